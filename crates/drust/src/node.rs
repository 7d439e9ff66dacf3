//! The nodes of the cluster.

use drust_heap::carry::{Facts, Portable};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Targets};
use drust_proto::Rank;
use drust_runtime::node;
use std::fmt;

/// A node of this cluster: one process, by its rank.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Rank);

impl NodeId {
    pub(crate) fn rank(self) -> Rank {
        self.0
    }

    /// The node's number, from 0; node 0 runs `main`.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0.0)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({})", self.0)
    }
}

// SAFETY: a number.
unsafe impl Carry for NodeId {
    const FACTS: Facts = Facts::NONE;
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}
// SAFETY: it borrows nothing.
unsafe impl Argument<'_> for NodeId {}
// SAFETY: as above.
unsafe impl Portable for NodeId {}

/// Nodes in the cluster; sends nothing.
///
/// ```
/// assert_eq!(drust::node::count(), 1); // `cargo test` runs an example on one node
/// ```
#[must_use]
pub fn count() -> usize {
    usize::from(node::here().size())
}

/// The node this thread runs on; sends nothing.
#[must_use]
pub fn current() -> NodeId {
    NodeId(node::here().rank())
}

/// All nodes, by rank; sends nothing.
///
/// ```
/// let names: Vec<String> = drust::node::all().map(|node| node.to_string()).collect();
/// assert_eq!(names, ["0"]);
/// ```
pub fn all() -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator + Clone {
    (0..node::here().size()).map(|rank| NodeId(Rank(rank)))
}
