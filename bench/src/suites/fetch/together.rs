//! Many reads outstanding at once, of one thread that names what it reads next.

use super::{Boxes, Times, blobs, expected, there};
use crate::Plan;
use crate::bare::Bare;
use crate::figure::{Figure, Goal};
use crate::measure::{median, turns, wall_of};
use crate::wire::Wire;
use drust::{Box, prefetch, stats, thread};

/// Reads outstanding at most.
const OUTSTANDING: usize = 16;
/// Objects.
const COUNT: usize = 1 << 14;
/// Requests in flight in the floor.
const FLYING: usize = 32;

/// Reads every object so many times, half of what may be outstanding asked for while the half before is used; the time
/// in ns.
fn read((mut boxes, passes): (Boxes<[u8; 512]>, usize)) -> (Boxes<[u8; 512]>, u64, f64) {
    // The handles come to live here: only what they point to is remote.
    let handles = &mut boxes[..];
    let mut sum = 0;
    let nanos = wall_of(|| {
        for _ in 0..passes {
            let halves = handles.chunks(OUTSTANDING / 2);
            prefetch(&handles[..OUTSTANDING / 2]);
            for (half, next) in halves.clone().zip(halves.skip(1).map(Some).chain([None])) {
                next.into_iter().for_each(prefetch);
                sum += half.iter().map(|value| u64::from(Box::read(value)[511])).sum::<u64>();
            }
        }
    });
    (boxes, sum, nanos)
}

pub fn batch(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let passes = Times::of(plan, wire, COUNT, 6_400_000).passes;
    let mut boxes = blobs::<512>(COUNT);
    let reads = COUNT * passes;
    let mut fetched = 0;
    let mut fetches = || {
        let task = (std::mem::take(&mut boxes), passes);
        let (read, counts) = stats::count(|| thread::spawn_on(there(), task, read).join().expect("no panic"));
        fetched = counts.direct_reads + counts.requests;
        let (back, sum, nanos) = read;
        boxes = back;
        assert_eq!(sum, expected(COUNT) * passes as u64);
        nanos / reads as f64
    };
    let key = format!("batch16_{}_512", wire.name());
    let note = "one thread, 16 outstanding, 8 of them asked for at a time";
    if wire == Wire::Shm {
        fetches();
        let nanos = median((0..plan.rounds).map(|_| fetches()).collect());
        let share = fetched as f64 / reads as f64;
        let note = format!("one thread, each read at once; fetches a read {share:.2}");
        return vec![Figure::new(format!("{key}_per_s"), 1e9 / nanos).beside("wall ns", nanos).note(note)];
    }
    let mut bare = Bare::start();
    let floor = |bare: &mut Bare, flying| wall_of(|| bare.pipeline(512, reads, flying)) / reads as f64;
    let pair = turns(plan.rounds, fetches, || floor(&mut bare, FLYING));
    let equal = median((0..plan.rounds).map(|_| floor(&mut bare, OUTSTANDING)).collect());
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
