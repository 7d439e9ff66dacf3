//! What the cluster did, counted; for tests that assert costs and for programs that show them.

use crate::node::NodeId;
use drust_runtime::node;

pub use drust_runtime::{Counts, Live};

/// Runs `body` and returns what all nodes together did meanwhile, one-ways carried out; what the counting itself sends
/// is not counted. Other work that runs at the same time is.
///
/// ```
/// let (sum, counts) = drust::stats::count(|| 1 + 1);
/// assert_eq!((sum, counts.requests), (2, 0));
/// ```
pub fn count<R>(body: impl FnOnce() -> R) -> (R, Counts) {
    let node = node::here();
    node.quiesce();
    let before = sum(&node.counts_of_all());
    let result = body();
    node.quiesce();
    let after = sum(&node.counts_of_all());
    (result, after - before)
}

/// What each node did since its start.
#[must_use]
pub fn by_node() -> Vec<(NodeId, Counts)> {
    crate::node::all().zip(node::here().counts_of_all()).collect()
}

/// What lives in the cluster's heap, by node and type, once all one-ways are carried out.
#[must_use]
pub fn live() -> Vec<Live> {
    node::here().live()
}

fn sum(counts: &[Counts]) -> Counts {
    counts.iter().fold(Counts::default(), |sum, &one| sum + one)
}
