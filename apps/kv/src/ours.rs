//! The store in the memory of all nodes.

pub use drust::boxed::TBox;
pub use drust::collections::{AtomicVec, BTreeMap, HashMap};
pub use drust::sync::Arc;
pub use drust::sync::atomic::Ordering;
pub use drust::thread::spawn_local;
pub use drust::{Portable as Sent, Vec};

use drust::{node, thread};

macro_rules! data {
    ($($item:tt)*) => {
        #[derive(drust::Portable)]
        $($item)*
    };
}

#[allow(clippy::duplicate_mod, reason = "each twin has its own")]
#[path = "kv/mod.rs"]
pub mod kv;

/// How many nodes there are.
pub fn nodes() -> usize {
    node::count()
}

/// Runs a function so many times on each node, all at once, with the node's number and that of the run.
pub fn on_each_node<A: Sent + Clone, R: Sent>(
    times: usize,
    args: &A,
    function: fn((usize, usize, A)) -> R,
) -> std::vec::Vec<R> {
    let runs = node::all().flat_map(|node| (0..times).map(move |run| (node, run)));
    let start = |(node, run)| thread::spawn_on(node, (node.index(), run, args.clone()), function);
    let tasks: std::vec::Vec<_> = runs.map(start).collect();
    tasks.into_iter().map(|task| task.join().unwrap_or_else(|error| panic!("{error}"))).collect()
}
