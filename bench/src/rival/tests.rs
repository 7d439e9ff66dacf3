//! Rivals do what they are asked, whoever asks: nodes of one process, each with threads of its own.

use super::{First, Kind, Post, follow};
use crate::link::join;
use crate::load::{Load, Outcome, Subject};
use crate::wire::{Wire, free_port};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// Runs `test` on the first of so many connected nodes.
fn with(kind: Kind, wire: Wire, size: u16, test: impl FnOnce(&First)) {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let place = match wire {
        Wire::Shm => format!("rivals-{}-{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed)),
        Wire::Tcp | Wire::Tls => free_port().to_string(),
    };
    thread::scope(|scope| {
        for rank in 1..size {
            let place = &place;
            scope.spawn(move || follow(kind, &Post::new(join(wire, rank, size, place))));
        }
        let first = First::new(kind, Post::new(join(wire, 0, size, &place)));
        let _ending = Ending(&first);
        test(&first);
    });
}

/// Ends the other nodes, also where the test panics: they are waited for.
struct Ending<'a>(&'a First);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Every worker does so many operations, however long that takes.
fn load(subject: Subject, reads: u8, most: u64, seed: u64) -> Load {
    Load { subject, reads, millis: 3_600_000, most, seed }
}

/// Workers of a cluster that draw operations of their own.
fn workers(kind: Kind, size: u16) -> u64 {
    match kind {
        Kind::Directory => super::directory::THREADS * u64::from(size),
        Kind::Delegation => u64::from(size),
    }
}

/// What is worked at, and how many of a hundred operations read.
const LOADS: [(Subject, u8); 5] =
    [(Subject::Mutex, 0), (Subject::Section, 0), (Subject::Rwlock, 90), (Subject::Rwlock, 50), (Subject::Map, 50)];

fn check_counts(kind: Kind, wire: Wire, size: u16, most: u64) {
    with(kind, wire, size, |first| {
        for (subject, reads) in LOADS {
            let before = first.updates(subject);
            let all: Vec<Outcome> = (0..2).map(|seed| first.run(&load(subject, reads, most, seed))).collect();
            let name = format!("{} over {}, {size} nodes, {subject:?}", kind.name(), wire.name());
            for outcome in &all {
                assert_eq!(outcome.tally.ops(), most * workers(kind, size), "{name}");
                assert!(outcome.messages > 0, "{name}");
            }
            let updated: u64 = all.iter().map(|outcome| outcome.tally.updates).sum();
            assert_eq!(first.updates(subject) - before, updated, "{name}");
        }
    });
}

#[test]
fn every_update_counts_and_no_value_is_torn_in_shared_memory() {
    check_counts(Kind::Directory, Wire::Shm, 2, 1000);
    check_counts(Kind::Directory, Wire::Shm, 4, 500);
    check_counts(Kind::Delegation, Wire::Shm, 2, 8000);
    check_counts(Kind::Delegation, Wire::Shm, 4, 4000);
}

#[test]
fn every_update_counts_and_no_value_is_torn_over_tcp() {
    check_counts(Kind::Directory, Wire::Tcp, 3, 500);
    check_counts(Kind::Delegation, Wire::Tcp, 3, 4000);
}

#[test]
fn a_directory_keeps_what_nobody_writes_and_delegation_keeps_nothing() {
    let reads = load(Subject::Map, 100, 20_000, 9);
    with(Kind::Directory, Wire::Shm, 2, |first| {
        let cold = first.run(&reads).messages;
        let warm = first.run(&reads).messages;
        assert!(cold > 1000 && warm <= 2, "cold {cold}, warm {warm}");
    });
    with(Kind::Delegation, Wire::Shm, 2, |first| {
        let outcomes = [0, 1].map(|_| first.run(&reads));
        let calls = outcomes.map(|outcome| outcome.per_op(outcome.messages as f64));
        // Half of the calls are for the other node, and each is answered.
        assert!(calls.iter().all(|&an_op| an_op > 1e-3 && an_op < 0.5), "calls share messages: {calls:?}");
    });
}

#[test]
fn a_run_ends_with_its_time() {
    for kind in Kind::ALL {
        with(kind, Wire::Shm, 2, |first| {
            let outcome = first.run(&Load { millis: 20, most: u64::MAX, ..load(Subject::Rwlock, 90, 0, 1) });
            assert!(outcome.tally.ops() > 0 && outcome.wall >= 20e6, "{outcome:?}");
            assert_eq!(first.updates(Subject::Rwlock), outcome.tally.updates);
            assert!(outcome.tally.times.count() > 0);
        });
    }
}
