//! The scenarios: each a few objects, what may happen to them, and how much of everything there is.

use crate::config::{Allow, Carrier, Config, Count};
use crate::fault::Fault;
use crate::starts::{chain, family, guests, near_and_far, one_box, pair, pair_and_vector, two_tasks, vectors};

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
    allow: Allow::WRITE
        .or(Allow::GIVE)
        .or(Allow::SHARE)
        .or(Allow::LOCAL)
        .or(Allow::RACE)
        .or(Allow::EVICT)
        .or(Allow::CHAIN),
    depth: 21,
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

pub const WALKS: Config = Config {
    name: "walks, and values copied",
    slots: 3,
    copies: 3,
    nodes: 2,
    tasks: 3,
    start: pair,
    allow: Allow::WRITE.or(Allow::SHARE).or(Allow::COPY).or(Allow::STEP).or(Allow::EVICT).or(Allow::DEEP),
    depth: 20,
    ..BASE
};

pub const GUESTS: Config = Config {
    name: "lent values with boxes in them",
    copies: 2,
    slots: 3,
    tasks: 2,
    start: guests,
    allow: Allow::WRITE
        .or(Allow::UNPIN)
        .or(Allow::GUEST)
        .or(Allow::LEND)
        .or(Allow::DEEP)
        .or(Allow::GROW)
        .or(Allow::SHARE),
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
    allow: Allow::GROW.or(Allow::SET).or(Allow::TAKE).or(Allow::DROP).or(Allow::EMPTY).or(Allow::GIVE).or(Allow::SHARE),
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

pub const CRASH_ASKED: Config = Config {
    name: "a node crashes while values are asked for",
    carrier: Carrier::Messages,
    tasks: 2,
    depth: 16,
    ..CRASH
};

pub const TOGETHER: Config = Config {
    name: "much of it together",
    carrier: Carrier::Messages,
    start: pair,
    count: Count::PerNode,
    tasks: 2,
    copies: 2,
    allow: Allow::WRITE
        .or(Allow::SHARE)
        .or(Allow::LEND)
        .or(Allow::GIVE)
        .or(Allow::EVICT)
        .or(Allow::DROP)
        .or(Allow::PREFETCH)
        .or(Allow::GIVE_UP)
        .or(Allow::NEW)
        .or(Allow::NEST)
        .or(Allow::DEEP),
    depth: 13,
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

/// A box that was asked for passes from task to task on one node by the means of std (a `Mutex`, a channel), where
/// drust sees nothing of it.
pub const HANDED: Config = Config {
    name: "boxes passed on unseen",
    carrier: Carrier::Messages,
    nodes: 2,
    count: Count::PerNode,
    start: two_tasks,
    allow: Allow::HAND
        .or(Allow::LOCAL)
        .or(Allow::PLAIN)
        .or(Allow::PREFETCH)
        .or(Allow::GIVE_UP)
        .or(Allow::WRITE)
        .or(Allow::DROP)
        .or(Allow::GIVE),
    depth: 18,
    ..BASE
};

pub const ALL: [Config; 18] = [
    READERS,
    RACES,
    FAMILY,
    CHAIN,
    LENDS,
    GUESTS,
    REUSE,
    NESTS,
    PREFETCH,
    WAITERS,
    VECTORS,
    USER_DROPS,
    RANGES,
    CRASH,
    HANDED,
    WALKS,
    CRASH_ASKED,
    TOGETHER,
];
