//! Tasks of very different length, all spawned on one node beside their data, and what the nodes make of them together.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::median;
use crate::shuffle::Numbers;
use drust::{Ref, RefMut, node, stats, thread};
use std::hint::black_box;
use std::num::NonZero;
use std::time::{Duration, Instant};

/// Numbers that each task reads.
const LEN: usize = 512;
/// Passes over the numbers that the longest task makes; the nth part of them is as likely as the next.
const LONGEST: usize = 4000;

/// Sums the numbers so many times, and says how long that took.
fn sum((numbers, times, mut took): (Ref<'_, [u64]>, usize, RefMut<'_, u64>)) {
    let begun = Instant::now();
    let numbers = &numbers[..];
    for _ in 0..times {
        black_box(black_box(numbers).iter().fold(0_u64, |sum, number| sum.rotate_left(1) ^ number));
    }
    *took = begun.elapsed().as_nanos() as u64;
}

/// How long all tasks took together, and each. Nobody joins them: that would run tasks on one more thread.
fn round(data: &[drust::Vec<u64>], times: &[usize]) -> (Duration, Vec<u64>) {
    let begun = Instant::now();
    let mut took = vec![0; times.len()];
    thread::scope(|scope| {
        for ((numbers, &times), took) in data.iter().zip(times).zip(&mut took) {
            scope.spawn((Ref::new(numbers), times, RefMut::new(took)), sum);
        }
    });
    (begun.elapsed(), took)
}

pub fn steal(plan: &Plan) -> Vec<Figure> {
    let workers = node::count() * thread::available_parallelism().map_or(1, NonZero::get);
    let tasks = plan.scale(2000);
    let mut numbers = Numbers::new(7);
    let data: Vec<drust::Vec<u64>> = (0..tasks).map(|n| (0..LEN).map(|i| (n + i) as u64).collect()).collect();
    let times: Vec<_> = (0..tasks).map(|_| LONGEST / (1 + numbers.below(100))).collect();
    let (mut ratios, mut stolen) = (Vec::new(), 0);
    for _ in 0..=plan.rounds {
        let ((wall, took), counts) = stats::count(|| round(&data, &times));
        let longest = took.iter().copied().max().unwrap_or(1);
        let ideal = (took.iter().sum::<u64>() / workers as u64).max(longest);
        ratios.push(wall.as_nanos() as f64 / ideal as f64);
        stolen = counts.tasks_stolen;
    }
    let figure = Figure::new("steal_makespan_ratio", median(ratios.split_off(1)))
        .goal(Goal::AtMost(1.15))
        .beside("tasks", tasks as f64)
        .beside("stolen", stolen as f64)
        .note("all tasks and their data on one of two nodes; ideal: the sum of the tasks' own times over all workers");
    vec![figure]
}
