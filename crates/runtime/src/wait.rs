//! Waits that last: nobody of the cluster waits for long without a word.
//!
//! Each wait of a node's threads for others (a value, an answer, a task, a scope, the others' agreement to end) goes
//! through [`visibly`]. One that has lasted ten seconds is told of by an event of the target `drust::wait`, and again
//! each time that it has lasted twice as long.

use crate::node::Node;
use drust_fabric::schedule;
use std::fmt::Display;
use std::time::{Duration, Instant};

/// How long a wait lasts before it is told of.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often one is told of: for the last time after 60 days. From then on it has no end in time, which a simulated
/// world must see to know that it is stuck.
const TIMES: u32 = 20;

/// Waits by `until`, which waits until a time, or for ever, and answers whether what was waited for is there; `what` it
/// is that is told of. Whether it is there by `deadline`.
pub(crate) fn visibly(
    node: &Node,
    what: &dyn Display,
    deadline: Option<Instant>,
    until: impl Fn(Option<Instant>) -> bool,
) -> bool {
    let begun = schedule::now();
    for lasted in (0..TIMES).map(|time| PATIENCE * (1 << time)) {
        let look = begun + lasted;
        if deadline.is_some_and(|deadline| deadline <= look) {
            break;
        }
        if until(Some(look)) {
            return true;
        }
        let (node, seconds) = (node.rank().0, lasted.as_secs());
        tracing::warn!(target: "drust::wait", node, seconds, "a thread has waited {seconds} s for {what}");
    }
    until(deadline)
}

#[cfg(test)]
mod tests;
