//! What the cluster did, counted; for tests that assert costs and for programs that show them.
//!
//! ```
//! use drust::{Box, Ref, stats, thread};
//! let boxed = Box::new([7_u64; 100]);
//! let (sum, counts) = stats::count(|| {
//!     thread::scope(|s| s.spawn((Ref::new(&boxed),), |(lent,)| lent.iter().sum::<u64>()).join().unwrap())
//! });
//! assert_eq!(sum, 700);
//! assert_eq!((counts.tasks, counts.requests), (1, 0)); // on one node a task is not a message
//! ```

use crate::node::NodeId;
use drust_runtime::node;

/// What [`count`] and [`by_node`] return.
///
/// ```
/// let (_, counts) = drust::stats::count(|| drust::spawn!([] || ()).join());
/// assert_eq!((counts.tasks, counts.tasks_sent), (1, 0));
/// ```
pub use drust_runtime::Counts;
/// What [`live`] returns of one type on one node.
///
/// ```
/// let kept = drust::Box::new(5_u32);
/// let live: Vec<drust::stats::Live> = drust::stats::live();
/// assert!(live[0].to_string().starts_with("node 0 holds 1 of u32"));
/// # drop(kept);
/// ```
pub use drust_runtime::Live;

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
///
/// ```
/// drust::spawn!([] || ()).join().unwrap();
/// let tasks: u64 = drust::stats::by_node().iter().map(|(_, counts)| counts.tasks).sum();
/// assert_eq!(tasks, 1);
/// ```
#[must_use]
pub fn by_node() -> Vec<(NodeId, Counts)> {
    crate::node::all().zip(node::here().counts_of_all()).collect()
}

/// What lives in the cluster's heap, by node and type, once all one-ways are carried out.
///
/// ```
/// let kept = drust::Box::new([0_u64; 4]);
/// let live = drust::stats::live();
/// assert!(live.iter().any(|live| live.type_name == "[u64; 4]" && live.count == 1));
/// drop(kept);
/// assert!(drust::stats::live().is_empty());
/// ```
#[must_use]
pub fn live() -> Vec<Live> {
    node::here().live()
}

fn sum(counts: &[Counts]) -> Counts {
    counts.iter().fold(Counts::default(), |sum, &one| sum + one)
}
