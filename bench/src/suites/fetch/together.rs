//! Many reads outstanding at once. Nothing reads ahead for one thread yet, so as many threads read, each one at a time.

use super::{Boxes, Times, blobs, expected, there};
use crate::Plan;
use crate::bare::Bare;
use crate::figure::{Figure, Goal};
use crate::measure::{median, turns, wall_of};
use crate::wire::Wire;
use drust::{Box, stats, thread};
use std::sync::{Arc, Barrier};
use std::time::Instant;

/// Threads that read.
const THREADS: usize = 16;
/// Objects of each.
const COUNT: usize = 1 << 10;
/// Requests in flight in the floor.
const FLYING: usize = 32;

type Shares = drust::Vec<Boxes<[u8; 512]>>;

/// Has each share read by a thread of its own; the time in ns from when all are there until the last one is done.
fn read((shares, passes): (Shares, usize)) -> (Shares, u64, f64) {
    let start = Arc::new(Barrier::new(THREADS + 1));
    let read = |mut boxes: Boxes<[u8; 512]>| {
        let start = start.clone();
        thread::spawn_local(move || {
            let handles = &mut boxes[..];
            start.wait();
            let reads = (0..passes).flat_map(|_| &*handles).map(|value| u64::from(Box::read(value)[511]));
            let sum: u64 = reads.sum();
            (boxes, sum)
        })
    };
    let threads: Vec<_> = shares.into_iter().map(read).collect();
    start.wait();
    let from = Instant::now();
    let done: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    let nanos = from.elapsed().as_nanos() as f64;
    let sum = done.iter().map(|(_, sum)| sum).sum();
    (done.into_iter().map(|(boxes, _)| boxes).collect(), sum, nanos)
}

pub fn batch(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let passes = Times::of(plan, wire, THREADS * COUNT, 3_200_000).passes;
    let mut shares: Shares = (0..THREADS).map(|_| blobs::<512>(COUNT)).collect();
    let reads = THREADS * COUNT * passes;
    let mut fetched = 0;
    let mut fetches = || {
        let task = (std::mem::take(&mut shares), passes);
        let (read, counts) = stats::count(|| thread::spawn_on(there(), task, read).join().expect("no panic"));
        fetched = counts.direct_reads + counts.requests;
        let (back, sum, nanos) = read;
        shares = back;
        assert_eq!(sum, (expected(COUNT) * passes as u64) * THREADS as u64);
        nanos / reads as f64
    };
    let key = format!("batch16_{}_512", wire.name());
    let note = "16 outstanding: 16 threads, one read at a time each";
    if wire == Wire::Shm {
        fetches();
        let nanos = median((0..plan.rounds).map(|_| fetches()).collect());
        let share = fetched as f64 / reads as f64;
        let note = format!("{note}; fetches a read {share:.2}");
        return vec![Figure::new(format!("{key}_per_s"), 1e9 / nanos).beside("wall ns", nanos).note(note)];
    }
    let mut bare = Bare::start();
    let floor = |bare: &mut Bare, flying| wall_of(|| bare.pipeline(512, reads, flying)) / reads as f64;
    let pair = turns(plan.rounds, fetches, || floor(&mut bare, FLYING));
    let equal = median((0..plan.rounds).map(|_| floor(&mut bare, THREADS)).collect());
    let share = fetched as f64 / reads as f64;
    vec![
        Figure::new(format!("{key}_per_s"), 1e9 / pair.drust)
            .beside("wall ns", pair.drust)
            .note(format!("{note}; fetches a read {share:.2}")),
        Figure::new(format!("{key}_ratio"), 1.0 / pair.ratio)
            .goal(Goal::AtLeast(0.6))
            .beside("bare per s", 1e9 / pair.base)
            .beside("bare with 16 per s", 1e9 / equal)
            .note(format!("/ one thread on a bare socket with {FLYING} requests in flight")),
    ]
}
