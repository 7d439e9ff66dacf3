//! Walks over vectors in runs, and parts of them, far from where they live, while others are written.

use super::world::collections::Vec;
use super::world::*;

fn numbers((from, to): (u64, u64)) -> Vec<u64> {
    (from..to).map(|n| n * n % 1009).collect()
}

/// A sum over runs, the first and the last value of each weighted.
fn walk((values, run): (Ref<'_, [u64]>, usize)) -> u64 {
    values.stream().with_run_len(run).fold(0, |sum: u64, run| {
        sum.wrapping_mul(31).wrapping_add(run.iter().sum::<u64>() + run[0] + 7 * run[run.len() - 1])
    })
}

/// The first values of a few runs; the stream is left there.
fn glance((values,): (Ref<'_, [u64]>,)) -> u64 {
    let mut stream = values.stream().with_run_len(64);
    let seen = stream.by_ref().take(3).map(|run| run[0]).sum();
    if seen % 2 == 0 {
        std::mem::forget(stream);
    }
    seen
}

pub fn run() -> String {
    let mut all: std::vec::Vec<_> =
        (0..3).map(|i| thread::spawn_on(nth(i as usize), (i * 500, i * 900 + 1000), numbers).join().unwrap()).collect();
    let mut seen = std::vec::Vec::new();
    for round in 0..6_usize {
        let found = thread::scope(|s| {
            let mut tasks = std::vec::Vec::new();
            for (index, values) in all.iter().enumerate() {
                let part = Ref::new(values).part(round * 10..values.len() - 3 * round);
                tasks.push(s.spawn_on(nth(round + index), (part, 100 + round), walk));
                tasks.push(s.spawn_on(nth(round + 2 * index), (Ref::new(values),), glance));
            }
            tasks.into_iter().fold(0_u64, |sum, task| sum.rotate_left(5) ^ task.join().unwrap())
        });
        seen.push(found);
        let values = &mut all[round % 3];
        values.iter_mut().step_by(3).for_each(|value| *value += 1);
        values.push(round as u64);
    }
    format!("{seen:?}")
}
