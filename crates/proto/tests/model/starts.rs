//! The worlds that scenarios begin with.

use crate::stage::Stage;
use crate::task::{Status, Task};
use crate::world::{KIDS, Link};

/// `main` has a box.
pub fn one_box(stage: &mut Stage<'_>) {
    let link = stage.new_box(0, 0, [None; KIDS]).expect("an empty heap has room");
    stage.give(0, 0, link);
}

/// `main` has a box of its node and one of another.
pub fn near_and_far(stage: &mut Stage<'_>) {
    one_box(stage);
    let far = away(stage, 1, 1, [None; KIDS]);
    stage.give(0, 1, far);
}

/// `main` has a pair, and an empty vector.
pub fn pair_and_vector(stage: &mut Stage<'_>) {
    pair(stage);
    stage.give(0, 1, Link::nothing());
}

/// `main` has a box of a vector that is empty, and a box.
pub fn vectors(stage: &mut Stage<'_>) {
    one_box(stage);
    stage.give(0, 1, Link::nothing());
}

/// `main` has a box with two boxes in it: one of its node, one of another.
pub fn family(stage: &mut Stage<'_>) {
    let near = stage.new_box(0, 1, [None; KIDS]).expect("an empty heap has room");
    let far = away(stage, 1, 2, [None; KIDS]);
    let parent = stage.new_box(0, 0, [Some(near), Some(far)]).expect("an empty heap has room");
    stage.give(0, 0, parent);
}

/// `main` has a box in a box in a box, on three nodes.
pub fn chain(stage: &mut Stage<'_>) {
    let last = away(stage, 2, 2, [None; KIDS]);
    let middle = away(stage, 1, 1, [Some(last), None]);
    let first = stage.new_box(0, 0, [Some(middle), None]).expect("an empty heap has room");
    stage.give(0, 0, first);
}

/// `main` has a box with one in it, both of another node, and an empty vector in that.
pub fn guests(stage: &mut Stage<'_>) {
    let child = stage.new_box(0, 1, [Some(Link::nothing()), None]).expect("an empty heap has room");
    let parent = stage.new_box(0, 0, [Some(child), None]).expect("an empty heap has room");
    stage.give(0, 0, parent);
}

/// `main` has a box with one in it.
pub fn pair(stage: &mut Stage<'_>) {
    let child = stage.new_box(0, 1, [None; KIDS]).expect("an empty heap has room");
    let parent = stage.new_box(0, 0, [Some(child), None]).expect("an empty heap has room");
    stage.give(0, 0, parent);
}

/// A box of another node, as it arrives from there.
pub fn away(stage: &mut Stage<'_>, node: u8, object: u8, kids: [Option<Link>; KIDS]) -> Link {
    let link = stage.new_box(node, object, kids).expect("an empty heap has room");
    Link { handle: link.handle.sent(), ..link }
}

/// `main` has a box of another node, and a task beside it on its node has nothing.
pub fn two_tasks(stage: &mut Stage<'_>) {
    let far = away(stage, 1, 0, [None; KIDS]);
    stage.give(0, 0, far);
    let beside = Task::new(0, 0, Status::Running, stage.config.holds, 0);
    stage.world.tasks[1] = Some(beside);
}
