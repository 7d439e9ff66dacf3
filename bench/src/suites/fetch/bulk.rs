//! Much at once, or what nobody waits for: streams, moves of ownership, batched frees.

use super::{Boxes, blobs, there};
use crate::Plan;
use crate::bare::MOST;
use crate::figure::{Figure, Goal};
use crate::floor::Floor;
use crate::measure::{median, wall_of};
use crate::wire::Wire;
use drust::{Box, stats, thread};
use std::time::Instant;

/// Words of what is streamed.
const LARGE: usize = MOST / 8;

/// Fetches each large object in turn, and has the floor bring as much, in turns; nanoseconds of both.
fn fetch_large((boxes, wire, rounds): (Boxes<[u64]>, Wire, usize)) -> Box<[(f64, f64)]> {
    let mut floor = Floor::start(wire);
    let mut costs = Vec::new();
    for round in 0..rounds {
        let number = round % boxes.len();
        let mut guard = None;
        let fetch = wall_of(|| guard = Some(Box::read(&boxes[number])));
        assert_eq!(guard.expect("it was fetched")[LARGE - 1], number as u64);
        costs.push((fetch, floor.bring(MOST)));
    }
    costs.into()
}

pub fn stream(plan: &Plan, wire: Wire) -> Vec<Figure> {
    const KINDS: usize = 2;
    let large = |number| Box::<[u64]>::from(vec![number; LARGE]);
    let boxes: Boxes<[u64]> = (0..KINDS as u64).map(large).collect();
    let rounds = 2 * plan.rounds + 2 * KINDS;
    let costs = thread::spawn_on(there(), (boxes, wire, rounds), fetch_large).join().expect("no panic");
    let warm = &costs[2 * KINDS..];
    let of = |pick: fn(&(f64, f64)) -> f64| median(warm.iter().map(pick).collect());
    let gb = |nanos: f64| MOST as f64 / nanos;
    let (floor, note) = match wire {
        Wire::Shm => ("memcpy GB/s", "64 MiB, warm on both sides"),
        Wire::Tcp | Wire::Tls => ("bare GB/s", "64 MiB, warm on both sides; / a bare socket between two processes"),
    };
    vec![
        Figure::new(format!("stream_{}_ratio", wire.name()), of(|(fetch, floor)| floor / fetch))
            .goal(Goal::AtLeast(0.85))
            .beside("fetch GB/s", gb(of(|cost| cost.0)))
            .beside(floor, gb(of(|cost| cost.1)))
            .beside("first touch GB/s", gb(costs[0].0))
            .note(note),
    ]
}

/// Writes to every object without a look at it, which moves it here; the median time in ns of a write, where the clock
/// is looked at after every so many.
fn write_all((mut boxes, mark, every): (Boxes<[u8; 512]>, u8, usize)) -> (Boxes<[u8; 512]>, f64) {
    let write = |some: &mut [Box<[u8; 512]>]| wall_of(|| some.iter_mut().for_each(|value| value[0] = mark));
    let nanos = median(boxes.chunks_mut(every).map(write).collect());
    (boxes, nanos / every as f64)
}

pub fn take_over(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let (count, every, times) = match wire {
        Wire::Shm => (2048, 2048, plan.scale(40).max(2)),
        Wire::Tcp | Wire::Tls => (256, 1, plan.scale(10).max(2)),
    };
    let mut boxes = blobs::<512>(count);
    let mut rounds = Vec::new();
    let mut moves = 0;
    for round in 0..=plan.rounds {
        let (costs, counts) = stats::count(|| {
            let mut costs = Vec::new();
            for mark in (0..times).map(|time| time as u8) {
                let there = thread::spawn_on(there(), (std::mem::take(&mut boxes), mark, every), write_all);
                let (back, nanos) = there.join().expect("no panic");
                assert!(Box::read(&back[0])[0] == mark);
                costs.push(nanos);
                // They come home before they go again.
                (boxes, _) = write_all((back, mark, every));
            }
            costs
        });
        moves = counts.moves;
        if round > 0 {
            rounds.push(median(costs));
        }
    }
    let note = format!("{count} objects, moves a write {:.2}", moves as f64 / (2 * times * count) as f64);
    vec![Figure::new(format!("move_{}_512_ns", wire.name()), median(rounds)).note(note)]
}

/// Drops every object by its own box; when the first and the last were dropped here.
fn drop_all((mut boxes,): (Boxes<[u8; 64]>,)) -> u64 {
    let handles = &mut boxes[..];
    let start = Instant::now();
    assert!(!handles.is_empty());
    drop(boxes);
    start.elapsed().as_nanos() as u64
}

pub fn free(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let count = plan.scale(200_000);
    let (mut rounds, mut locally) = (Vec::new(), Vec::new());
    for round in 0..=plan.rounds {
        let boxes = blobs::<64>(count);
        let start = Instant::now();
        // Counting ends only when all frees have been carried out.
        let (dropped, counts) =
            stats::count(|| thread::spawn_on(there(), (boxes,), drop_all).join().expect("no panic"));
        let nanos = start.elapsed().as_nanos() as f64;
        assert!(counts.one_ways >= count as u64, "{counts:?}");
        if round > 0 {
            rounds.push(nanos / count as f64);
            locally.push(dropped as f64 / count as f64);
        }
    }
    vec![
        Figure::new(format!("free_{}_per_s", wire.name()), 1e9 / median(rounds))
            .beside("dropper ns", median(locally))
            .note("64 B each, until carried out at home; task and counting included"),
    ]
}
