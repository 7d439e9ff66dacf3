//! The nodes of the cluster.
//!
//! ```
//! use drust::{node, spawn};
//! let tasks: Vec<_> = node::all().map(|node| spawn!(on node; [] || node::current())).collect();
//! let ran_on: Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
//! assert!(ran_on.into_iter().eq(node::all()));
//! ```

use drust_heap::carry::{Facts, Portable};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Targets};
use drust_proto::Rank;
use drust_runtime::node as engine;
use std::fmt;

/// A node of this cluster: one process, by its rank.
///
/// ```
/// let first: drust::node::NodeId = drust::node::all().next().unwrap();
/// assert_eq!(first.to_string(), "0");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Rank);

impl NodeId {
    pub(crate) fn rank(self) -> Rank {
        self.0
    }

    pub(crate) fn of(rank: Rank) -> NodeId {
        NodeId(rank)
    }

    /// The node's number, from 0; node 0 runs `main`.
    ///
    /// ```
    /// let indices: Vec<usize> = drust::node::all().map(|node| node.index()).collect();
    /// assert_eq!(indices[0], 0);
    /// ```
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
    usize::from(engine::here().size())
}

/// The node this thread runs on; sends nothing.
///
/// ```
/// assert_eq!(drust::node::current().index(), 0); // node 0 runs `main`
/// ```
#[must_use]
pub fn current() -> NodeId {
    NodeId(engine::here().rank())
}

/// Makes a thread that drust did not start belong to a node, until the thread ends.
///
/// Only a simulated cluster ([`testing`](crate::testing)) needs this: there several nodes live in one process, and a
/// thread of [`std::thread::spawn`] belongs to none. Everywhere else every thread of a process belongs to its node, and
/// this does nothing.
///
/// A thread that enters another node than that whose values it borrows by std's means is to read what it has begun to
/// stream to its end, or to drop the stream: one that is forgotten there is not awaited where the borrow ends, and the
/// simulated cluster may then end by blaming a node.
///
/// ```
/// use drust::{Box, node};
/// let (boxed, here) = (Box::new(20), node::current());
/// let thread = std::thread::spawn(move || {
///     node::enter(here);
///     *boxed + 1
/// });
/// assert_eq!(thread.join().unwrap(), 21);
/// ```
///
/// # Panics
/// Where the node does not live in this process, the thread belongs to another one, or the simulation is over.
pub fn enter(node: NodeId) {
    engine::enter(node.0);
}

/// All nodes, by rank; sends nothing.
///
/// ```
/// let names: Vec<String> = drust::node::all().map(|node| node.to_string()).collect();
/// assert_eq!(names, ["0"]);
/// ```
pub fn all() -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator + Clone {
    (0..engine::here().size()).map(|rank| NodeId(Rank(rank)))
}
