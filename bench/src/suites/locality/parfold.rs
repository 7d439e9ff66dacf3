//! A parallel fold over a column that all nodes have a share of, beside the same on one node with as many cores.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{median, wall_of};
use crate::part::{Part, run_apart};
use crate::wire::Wire;
use drust::collections::ChunkedVec;
use drust::node;

pub const INNER: &[Part] = &[
    Part { name: "parfold-on-1", nodes: 1, wire: Wire::Shm, workers: 2, copies: None, run: fold },
    Part { name: "parfold-on-8", nodes: 8, wire: Wire::Shm, workers: 1, copies: None, run: fold },
];

/// Folds that are measured in one job.
const FOLDS: usize = 9;

/// Wall time of a fold over the whole column, the median of some.
fn fold(plan: &Plan, _: Wire) -> Vec<Figure> {
    let column = ChunkedVec::from_fn(plan.scale(32_000_000), (), |(), index| mixed(index as u64));
    let mut sums = Vec::new();
    let mut once = || {
        let some = column.par_iter().filter(|n| **n % 3 != 0).map(|n| mixed(*n));
        sums.push(some.fold(|| 0, |sum: u64, n| sum.wrapping_add(n)).reduce(|| 0, u64::wrapping_add));
    };
    once();
    let wall = median((0..FOLDS).map(|_| wall_of(&mut once)).collect());
    assert!(sums.iter().all(|sum| *sum == sums[0]), "every fold gives the same");
    vec![
        Figure::new("wall", wall),
        Figure::new("values", column.len() as f64),
        Figure::new("nodes", node::count() as f64),
    ]
}

/// Some work for a value.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB)
}

pub fn spread(plan: &Plan) -> Vec<Figure> {
    let run = |part| run_apart(part, plan).expect("the job runs");
    let rounds: Vec<_> = (0..plan.rounds).map(|_| (run(&INNER[0]), run(&INNER[1]))).collect();
    let rate = |figures: &[Figure]| figures[1].value * 1e3 / figures[0].value;
    vec![
        Figure::new(
            "parfold_spread_ratio",
            median(rounds.iter().map(|(one, eight)| rate(eight) / rate(one)).collect()),
        )
        .goal(Goal::AtLeast(0.95))
        .beside("8 nodes M/s", median(rounds.iter().map(|(_, eight)| rate(eight)).collect()))
        .beside("1 node M/s", median(rounds.iter().map(|(one, _)| rate(one)).collect()))
        .note("values filtered, mapped and summed; 8 nodes of 1 worker on the cores of 1 node of 2 workers"),
    ]
}
