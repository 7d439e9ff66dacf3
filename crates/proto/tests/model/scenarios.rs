//! The scenarios: each a few objects, what may happen to them, and how much of everything there is.

use crate::config::{Allow, Carrier, Config, Count};
use crate::fault::Fault;
use crate::stage::Stage;
use crate::task::{Status, Task};
use crate::world::{KIDS, Link};

const BASE: Config = Config {
    name: "",
    nodes: 3,
    slots: 2,
    copies: 2,
    tasks: 3,
    holds: 2,
    posts: 2,
    carrier: Carrier::Direct,
    count: Count::PerTask,
    allow: Allow(0),
    user_drop: 0,
    depth: 16,
    start: one_box,
    fault: Fault::None,
    only: &[],
};

/// `main` has a box.
fn one_box(stage: &mut Stage<'_>) {
    let link = stage.new_box(0, 0, [None; KIDS]).expect("an empty heap has room");
    stage.give(0, 0, link);
}

/// `main` has a box of its node and one of another.
fn near_and_far(stage: &mut Stage<'_>) {
    one_box(stage);
    let far = away(stage, 1, 1, [None; KIDS]);
    stage.give(0, 1, far);
}

/// `main` has a pair, and an empty vector.
fn pair_and_vector(stage: &mut Stage<'_>) {
    pair(stage);
    stage.give(0, 1, Link::nothing());
}

/// `main` has a box of a vector that is empty, and a box.
fn vectors(stage: &mut Stage<'_>) {
    one_box(stage);
    stage.give(0, 1, Link::nothing());
}

/// `main` has a box with two boxes in it: one of its node, one of another.
fn family(stage: &mut Stage<'_>) {
    let near = stage.new_box(0, 1, [None; KIDS]).expect("an empty heap has room");
    let far = away(stage, 1, 2, [None; KIDS]);
    let parent = stage.new_box(0, 0, [Some(near), Some(far)]).expect("an empty heap has room");
    stage.give(0, 0, parent);
}

/// `main` has a box in a box in a box, on three nodes.
fn chain(stage: &mut Stage<'_>) {
    let last = away(stage, 2, 2, [None; KIDS]);
    let middle = away(stage, 1, 1, [Some(last), None]);
    let first = stage.new_box(0, 0, [Some(middle), None]).expect("an empty heap has room");
    stage.give(0, 0, first);
}

/// `main` has a box with one in it, both of another node, and an empty vector in that.
fn guests(stage: &mut Stage<'_>) {
    let child = stage.new_box(0, 1, [Some(Link::nothing()), None]).expect("an empty heap has room");
    let parent = stage.new_box(0, 0, [Some(child), None]).expect("an empty heap has room");
    stage.give(0, 0, parent);
}

/// `main` has a box with one in it.
fn pair(stage: &mut Stage<'_>) {
    let child = stage.new_box(0, 1, [None; KIDS]).expect("an empty heap has room");
    let parent = stage.new_box(0, 0, [Some(child), None]).expect("an empty heap has room");
    stage.give(0, 0, parent);
}

/// A box of another node, as it arrives from there.
fn away(stage: &mut Stage<'_>, node: u8, object: u8, kids: [Option<Link>; KIDS]) -> Link {
    let link = stage.new_box(node, object, kids).expect("an empty heap has room");
    Link { handle: link.handle.sent(), ..link }
}

pub const READERS: Config = Config {
    name: "two readers beside a writer",
    allow: Allow::WRITE.or(Allow::SHARE).or(Allow::EVICT).or(Allow::GIVE).or(Allow::UNPIN),
    depth: 22,
    ..BASE
};

pub const RACES: Config = Config {
    name: "readers of one node race",
    nodes: 2,
    tasks: 4,
    allow: Allow::WRITE.or(Allow::GIVE).or(Allow::LOCAL).or(Allow::RACE).or(Allow::EVICT).or(Allow::CHAIN),
    depth: 24,
    ..BASE
};

pub const FAMILY: Config = Config {
    name: "a parent with two children",
    slots: 3,
    copies: 3,
    tasks: 2,
    posts: 3,
    start: family,
    allow: Allow::WRITE.or(Allow::SHARE).or(Allow::EVICT).or(Allow::GIVE).or(Allow::DEEP).or(Allow::UNPINS_FIRST),
    depth: 13,
    ..BASE
};

pub const CHAIN: Config = Config {
    name: "boxes in boxes on three nodes",
    copies: 3,
    start: chain,
    allow: Allow::WRITE.or(Allow::SHARE).or(Allow::EVICT).or(Allow::GIVE).or(Allow::DEEP).or(Allow::DROP),
    depth: 12,
    ..BASE
};

pub const LENDS: Config = Config {
    name: "a chain of lends",
    allow: Allow::WRITE
        .or(Allow::SHARE)
        .or(Allow::LEND)
        .or(Allow::CHAIN)
        .or(Allow::PANIC)
        .or(Allow::FORGET)
        .or(Allow::EVICT),
    depth: 17,
    ..BASE
};

pub const GUESTS: Config = Config {
    name: "lent values with boxes in them",
    copies: 2,
    slots: 3,
    tasks: 2,
    start: guests,
    allow: Allow::WRITE.or(Allow::GUEST).or(Allow::LEND).or(Allow::DEEP).or(Allow::GROW).or(Allow::SHARE),
    depth: 13,
    ..BASE
};

pub const REUSE: Config = Config {
    name: "slots are freed and used again",
    slots: 1,
    posts: 3,
    tasks: 2,
    allow: Allow::NEW.or(Allow::DROP).or(Allow::GIVE).or(Allow::SHARE).or(Allow::WRITE).or(Allow::SET),
    depth: 17,
    ..BASE
};

pub const NESTS: Config = Config {
    name: "boxes go into values and out",
    slots: 2,
    copies: 3,
    tasks: 2,
    start: pair,
    allow: Allow::NEST
        .or(Allow::GIVE)
        .or(Allow::SHARE)
        .or(Allow::WRITE)
        .or(Allow::DEEP)
        .or(Allow::EVICT)
        .or(Allow::TAKE),
    depth: 14,
    ..BASE
};

pub const PREFETCH: Config = Config {
    name: "fetches that nobody waits for",
    carrier: Carrier::Messages,
    allow: Allow::WRITE
        .or(Allow::SHARE)
        .or(Allow::GIVE)
        .or(Allow::PREFETCH)
        .or(Allow::GIVE_UP)
        .or(Allow::EVICT)
        .or(Allow::LEND)
        .or(Allow::DROP),
    tasks: 3,
    nodes: 2,
    depth: 15,
    start: near_and_far,
    ..BASE
};

pub const WAITERS: Config = Config {
    name: "two wait for one fetch, and there is no memory",
    carrier: Carrier::Messages,
    nodes: 2,
    tasks: 4,
    allow: Allow::WRITE
        .or(Allow::GIVE)
        .or(Allow::LOCAL)
        .or(Allow::GIVE_UP)
        .or(Allow::FULL)
        .or(Allow::CHAIN)
        .or(Allow::SHARE),
    depth: 17,
    ..BASE
};

pub const VECTORS: Config = Config {
    name: "vectors grow, are set, taken and dropped",
    tasks: 2,
    nodes: 2,
    holds: 3,
    start: vectors,
    allow: Allow::GROW
        .or(Allow::UNPIN)
        .or(Allow::SET)
        .or(Allow::TAKE)
        .or(Allow::DROP)
        .or(Allow::EMPTY)
        .or(Allow::GIVE)
        .or(Allow::LEND)
        .or(Allow::SHARE),
    depth: 12,
    ..BASE
};

pub const USER_DROPS: Config = Config {
    name: "values whose drop is the user's",
    carrier: Carrier::Messages,
    user_drop: 0xFF,
    tasks: 2,
    start: pair_and_vector,
    allow: Allow::GIVE.or(Allow::DROP).or(Allow::SET).or(Allow::SHARE).or(Allow::WRITE).or(Allow::TAKE).or(Allow::GROW),
    depth: 17,
    holds: 3,
    nodes: 2,
    ..BASE
};

pub const RANGES: Config = Config {
    name: "parts and wholes",
    nodes: 2,
    tasks: 4,
    copies: 3,
    allow: Allow::PART.or(Allow::SHARE).or(Allow::WRITE).or(Allow::GIVE).or(Allow::EVICT),
    depth: 15,
    ..BASE
};

pub const CRASH: Config = Config {
    name: "a node crashes",
    carrier: Carrier::Direct,
    start: pair,
    slots: 3,
    allow: Allow::CRASH.or(Allow::WRITE).or(Allow::SHARE).or(Allow::LEND).or(Allow::GIVE).or(Allow::DROP),
    depth: 13,
    ..BASE
};

/// `main` has a box of another node, and a task beside it on its node has nothing.
fn two_tasks(stage: &mut Stage<'_>) {
    let far = away(stage, 1, 0, [None; KIDS]);
    stage.give(0, 0, far);
    let beside = Task::new(0, 0, Status::Running, stage.config.holds, 0);
    stage.world.tasks[1] = Some(beside);
}

/// A box that was asked for passes from task to task on one node by the means of std (a `Mutex`, a channel), where
/// drust sees nothing of it.
pub const HANDED: Config = Config {
    name: "boxes passed on unseen",
    carrier: Carrier::Messages,
    nodes: 2,
    count: Count::PerNode,
    start: two_tasks,
    allow: Allow::HAND.or(Allow::PREFETCH).or(Allow::GIVE_UP).or(Allow::WRITE).or(Allow::DROP).or(Allow::GIVE),
    depth: 18,
    ..BASE
};

pub const ALL: [Config; 15] = [
    READERS, RACES, FAMILY, CHAIN, LENDS, GUESTS, REUSE, NESTS, PREFETCH, WAITERS, VECTORS, USER_DROPS, RANGES, CRASH,
    HANDED,
];
