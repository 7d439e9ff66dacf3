//! Words that all nodes change.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{median, turns, wall_of};
use crate::shuffle::Numbers;
use crate::wire::Wire;
use drust::collections::AtomicVec;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::{Box, Ref, node, thread};

/// Words of the table that is added to: 8 MiB.
const WORDS: usize = 1 << 20;
/// Words that are changed one at a time.
const FEW: usize = 1 << 10;

/// Adds to words anywhere in a table, so many times; they are done when the task has ended.
fn add((table, adds, seed): (Ref<'_, AtomicVec<u64>>, usize, u64)) {
    let mut numbers = Numbers::new(seed);
    table.add_many((0..adds).map(|_| (numbers.below(WORDS), 1)));
}

/// The same by two threads of one process on std's words.
fn add_by_std(table: &[std::sync::atomic::AtomicU64], adds: usize) {
    std::thread::scope(|scope| {
        for seed in 0..2 {
            scope.spawn(move || {
                let mut numbers = Numbers::new(seed);
                (0..adds).for_each(|_| _ = table[numbers.below(WORDS)].fetch_add(1, Ordering::Relaxed));
            });
        }
    });
}

pub fn batch(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let (adds, goal) = match wire {
        Wire::Shm => (plan.scale(10_000_000), 47e6),
        Wire::Tcp | Wire::Tls => (plan.scale(5_000_000), 17e6),
    };
    let table = Box::new(AtomicVec::<u64>::new(WORDS));
    let twin: Vec<_> = (0..WORDS).map(|_| std::sync::atomic::AtomicU64::new(0)).collect();
    let mut rounds = 0;
    let ours = || {
        rounds += 1;
        wall_of(|| {
            thread::scope(|scope| {
                let start = |(seed, node)| scope.spawn_on(node, (Ref::new(&table), adds, seed), add);
                (0..)
                    .zip(node::all())
                    .map(start)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .for_each(|task| task.join().expect("no panic"));
            });
        })
    };
    let pair = turns(plan.rounds, ours, || wall_of(|| add_by_std(&twin, adds)));
    let sum: u64 = table.iter().sum();
    assert_eq!(sum, (2 * adds * rounds) as u64, "every add counts once");
    vec![
        Figure::new(format!("atomic_batch_add_{}_2_per_s", wire.name()), (2 * adds) as f64 * 1e9 / pair.drust)
            .goal(Goal::AtLeast(goal))
            .beside("std per s", (2 * adds) as f64 * 1e9 / pair.base)
            .note("2 nodes, one thread each, random words of 8 MiB over both; std: two threads of one process"),
    ]
}

/// Changes each of so many words in turn; the median time of one, in ns.
fn change((words, passes): (Ref<'_, [AtomicU64]>, usize)) -> f64 {
    let pass = || {
        wall_of(|| {
            let sum: u64 = words.iter().map(|word| word.fetch_add(1, Ordering::Relaxed)).sum();
            assert_eq!(sum % words.len() as u64, 0, "nobody else changes them");
        })
    };
    median((0..passes).map(|_| pass()).collect()) / words.len() as f64
}

pub fn one(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let passes = if wire == Wire::Shm { plan.scale(400).max(2) } else { plan.scale(10).max(2) };
    let words: Box<[AtomicU64]> = (0..FEW).map(|_| AtomicU64::new(0)).collect();
    let twin: Vec<_> = (0..FEW).map(|_| std::sync::atomic::AtomicU64::new(0)).collect();
    let there = node::all().next_back().expect("two nodes");
    let mut rounds = 0;
    let ours = || {
        rounds += 1;
        thread::scope(|scope| scope.spawn_on(there, (Ref::new(&words), passes), change).join().expect("no panic"))
    };
    let twins = || wall_of(|| twin.iter().for_each(|word| _ = word.fetch_add(1, Ordering::Relaxed))) / FEW as f64;
    let pair = turns(plan.rounds, ours, twins);
    assert!(words.iter().all(|word| word.load(Ordering::Relaxed) == (passes * rounds) as u64), "every change counts");
    let note = "one at a time, 1024 words of the other node";
    vec![Figure::new(format!("atomic_fetch_add_{}_ns", wire.name()), pair.drust).beside("std ns", pair.base).note(note)]
}
