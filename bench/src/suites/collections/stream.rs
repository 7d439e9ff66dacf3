//! A walk over a vector of another node that is larger than what its reader holds of it.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::floor::Floor;
use crate::measure::{median, wall_of};
use crate::wire::Wire;
use drust::{Box, Ref, Vec as List, node, thread};

/// Bytes of the vector.
const BYTES: usize = 256 << 20;
/// Bytes of a run of the stream, and how many are under way at once.
const RUN: usize = 256 << 10;
const FLYING: usize = 5;

/// What one round took, in ns: the stream, the floor, the floor in runs.
type Round = (f64, f64, Option<f64>);

fn walk((numbers, wire, rounds): (Ref<'_, [u64]>, Wire, usize)) -> Box<[Round]> {
    let mut floor = Floor::start(wire);
    let bytes = numbers.len() * 8;
    let expected = (numbers.len() as u64 - 1) * numbers.len() as u64 / 2;
    let mut costs = Vec::new();
    for round in 0..=rounds {
        let mut sum = 0_u64;
        let stream = wall_of(|| sum = numbers.stream().map(|run| run.iter().sum::<u64>()).sum());
        assert_eq!(sum, expected);
        if round > 0 {
            costs.push((stream, floor.bring(bytes), floor.bring_runs(bytes, RUN, FLYING)));
        }
    }
    costs.into()
}

pub fn stream(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let bytes = if plan.quick { BYTES / 64 } else { BYTES };
    let there = node::all().last().expect("a cluster has nodes");
    let numbers: List<u64> = (0..bytes as u64 / 8).collect();
    let costs = thread::scope(|s| {
        let task = s.spawn_on(there, (Ref::new(&numbers), wire, plan.rounds), walk);
        task.join().expect("no panic")
    });
    let of = |pick: fn(&Round) -> f64| median(costs.iter().map(pick).collect());
    let gb = |nanos: f64| bytes as f64 / nanos;
    let figure = Figure::new(format!("vec_stream_{}_ratio", wire.name()), of(|round| round.1 / round.0))
        .beside("stream GB/s", gb(of(|round| round.0)))
        .beside("floor GB/s", gb(of(|round| round.1)));
    vec![match wire {
        Wire::Shm => figure.note("256 MiB read where they lie; / memcpy of as many bytes between warm buffers"),
        Wire::Tcp | Wire::Tls => figure
            .goal(Goal::AtLeast(0.85))
            .beside("floor in runs GB/s", gb(of(|round| round.2.expect("a bare socket has runs"))))
            .note("256 MiB summed; / a bare socket, in answers of 64 MiB to warm memory that nobody sums"),
    }]
}
