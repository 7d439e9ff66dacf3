//! Words that all nodes change.

use crate::Plan;
use crate::figure::Figure;
use crate::measure::{median, turns, wall_of};
use crate::wire::Wire;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::{Box, Ref, node, thread};

/// Words that are changed one at a time.
const FEW: usize = 1 << 10;

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
