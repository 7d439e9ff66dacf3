//! The harness itself: it must see what is forbidden where each node has words of its own.

use crate::harness::{Litmus, run};
use drust_tests::clock::Clock;
use std::sync::atomic::{AtomicU64, Ordering};

static WORDS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// Store buffering on statics, of which each node has its own, unless all are simulated in one process.
struct Statics;

impl Litmus for Statics {
    type Shared = u64;
    type End = ();
    const THREADS: usize = 2;

    fn deal(_: usize) -> (u64, Vec<()>) {
        // Values follow each other, each with a number of its own to store.
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        (NUMBER.fetch_add(1, Ordering::SeqCst), vec![(), ()])
    }

    fn run(thread: usize, number: &u64, (): ()) -> u64 {
        WORDS[thread].store(*number, Ordering::SeqCst);
        u64::from(WORDS[1 - thread].load(Ordering::SeqCst) >= *number)
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw != [0, 0]
    }
}

#[drust::test(nodes = 3, seed = 1)]
fn statics_of_one_process_are_in_one_order() {
    run::<Statics>(Clock::Counted).unwrap();
}

#[drust::test]
fn statics_of_one_node_are_in_one_order() {
    run::<Statics>(Clock::Monotonic).unwrap();
}

#[drust::test(nodes = 2, carrier = "shm")]
fn statics_of_two_nodes_are_not() {
    let forbidden = run::<Statics>(Clock::Monotonic).unwrap_err().to_string();
    assert!(forbidden.starts_with("no order lets the threads see [0, 0]"), "{forbidden}");
}
