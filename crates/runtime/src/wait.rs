//! Waits that last: nobody of the cluster waits for long without a word.
//!
//! Each wait of a node's threads for others (a value, an answer, a task, a scope, the others' agreement to end) goes
//! through [`visibly`], and is told of as the carriers' own waits are ([`Visible`]).

use crate::node::Node;
use drust_fabric::Visible;
use std::fmt::Display;
use std::time::Instant;

/// Waits by `until`, which waits until a time, or for ever, and answers whether what was waited for is there; `what` it
/// is that is told of. Whether it is there by `deadline`.
pub(crate) fn visibly(
    node: &Node,
    what: &dyn Display,
    deadline: Option<Instant>,
    until: impl Fn(Option<Instant>) -> bool,
) -> bool {
    let mut wait = Visible::begin();
    while let Some(look) = wait.next().filter(|look| deadline.is_none_or(|deadline| *look < deadline)) {
        if until(Some(look)) {
            return true;
        }
        if let Some(seconds) = wait.due() {
            let node = node.rank().0;
            Visible::tell(|| {
                tracing::warn!(target: "drust::wait", node, seconds, "a thread has waited {seconds} s for {what}");
            });
        }
    }
    until(deadline)
}

#[cfg(test)]
mod tests;
