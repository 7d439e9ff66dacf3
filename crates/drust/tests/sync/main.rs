//! What threads share, as std documents its own, its users on one node and on several.

mod arc;
mod condvar;
#[path = "../counted/mod.rs"]
mod counted;
#[path = "../dice/mod.rs"]
mod dice;
mod mutex;
mod once;
mod rwlock;

use drust::{Portable, node, stats, thread};

/// Starts `body` on a node, counted from 0, as a task.
fn start<A: Portable, R: Portable>(rank: usize, args: A, body: fn(A) -> R) -> thread::JoinHandle<R> {
    let node = node::all().nth(rank).expect("such a node");
    thread::spawn_on(node, args, body)
}

/// Runs `body` on a node.
fn on<A: Portable, R: Portable>(rank: usize, args: A, body: fn(A) -> R) -> R {
    start(rank, args, body).join().expect("nothing panics there")
}

/// Objects of all nodes.
fn live() -> u64 {
    stats::live().iter().map(|live| live.count).sum::<u64>()
}

/// Messages of all kinds.
fn messages(counts: &stats::Counts) -> u64 {
    counts.requests + counts.replies + counts.one_ways
}
