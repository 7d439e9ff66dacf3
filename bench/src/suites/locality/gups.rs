//! Updates of words anywhere in a table that no cache holds and that lies on all nodes.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{cold_bytes, median, turns, wall_of};
use crate::shuffle::Numbers;
use crate::wire::Wire;
use drust::collections::AtomicVec;
use drust::{Box, Ref, node, thread};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

/// Updates of a function that is sent to the words at once.
const BATCH: usize = 1 << 17;

/// The table, how many updates, and which.
type Updates<'a> = (Ref<'a, AtomicVec<u64>>, usize, u64);

/// Adds to words anywhere in a table, so many times; they are done when the task has ended.
fn update((table, updates, seed): Updates<'_>) {
    let mut numbers = Numbers::new(seed);
    let words = table.len();
    table.add_many((0..updates).map(|_| (numbers.below(words), 1)));
}

/// The same by a function that is sent to the words, with an argument for each.
fn update_by_function((table, updates, seed): Updates<'_>) {
    let mut numbers = Numbers::new(seed);
    let function: fn(&mut u64, &u64) = black_box(|word, more| *word += more);
    for done in (0..updates).step_by(BATCH) {
        let indices: Vec<usize> = (done..updates).take(BATCH).map(|_| numbers.below(table.len())).collect();
        table.update_each(&indices, &vec![1; indices.len()], function);
    }
}

/// Has every node update the table, so many times each; the time, in ns.
fn update_by_all(table: &Box<AtomicVec<u64>>, updates: usize, how: fn(Updates<'_>)) -> f64 {
    wall_of(|| {
        thread::scope(|scope| {
            for (seed, node) in (0..).zip(node::all()) {
                scope.spawn_on(node, (Ref::new(table), updates, seed), how);
            }
        });
    })
}

/// Two threads of one process on std's words, as many updates each.
fn update_by_std(table: &[AtomicU64], updates: usize) {
    std::thread::scope(|scope| {
        for seed in 0..2 {
            scope.spawn(move || {
                let mut numbers = Numbers::new(seed);
                (0..updates).for_each(|_| _ = table[numbers.below(table.len())].fetch_add(1, Ordering::Relaxed));
            });
        }
    });
}

pub fn gups(plan: &Plan, wire: Wire, nodes: usize) -> Vec<Figure> {
    let words = plan.scale(cold_bytes() / 8).next_power_of_two();
    let (all, goal) = match wire {
        Wire::Shm => (plan.scale(32_000_000), 47e6),
        Wire::Tcp | Wire::Tls => (plan.scale(16_000_000), 17e6),
    };
    let each = all / nodes;
    let table = Box::new(AtomicVec::<u64>::new(words));
    let twin: Vec<_> = (0..words).map(|_| AtomicU64::new(0)).collect();
    let (mut rounds, mut by_function) = (0, Vec::new());
    let ours = || {
        rounds += 1;
        by_function.push(update_by_all(&table, each, update_by_function));
        update_by_all(&table, each, update)
    };
    let pair = turns(plan.rounds, ours, || wall_of(|| update_by_std(&twin, all / 2)));
    assert_eq!(table.iter().sum::<u64>(), (2 * each * nodes * rounds) as u64, "every update counts once");
    let rate = |nanos: f64| (each * nodes) as f64 * 1e9 / nanos;
    let figure = Figure::new(format!("gups_{}_{nodes}_per_s", wire.name()), rate(pair.drust))
        .beside("function per s", rate(median(by_function)))
        .beside("std per s", rate(pair.base))
        .beside("table MiB", (words >> 17) as f64)
        .note("random words of all nodes, one thread a node; std: two threads of one process");
    vec![if nodes == 2 { figure.goal(Goal::AtLeast(goal)) } else { figure }]
}
