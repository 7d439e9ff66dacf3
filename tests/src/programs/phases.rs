//! Tasks on all nodes go through phases together: what one wrote before the barrier, all see after it.

use super::world::sync::atomic::{AtomicU64, Ordering};
use super::world::sync::{Arc, Barrier};
use super::world::*;

const TASKS: usize = 5;
const PHASES: u64 = 6;

#[derive(Portable)]
struct Field {
    barrier: Barrier,
    cells: [AtomicU64; TASKS],
}

fn work((field, number): (Arc<Field>, usize)) -> (u64, bool) {
    let (mut led, mut right) = (0, true);
    for phase in 0..PHASES {
        field.cells[number].fetch_add(phase + 1, Ordering::Relaxed);
        led += u64::from(field.barrier.wait().is_leader());
        let sum: u64 = field.cells.iter().map(|cell| cell.load(Ordering::Relaxed)).sum();
        right &= sum == TASKS as u64 * (phase + 1) * (phase + 2) / 2;
        field.barrier.wait();
    }
    (led, right)
}

pub fn run() -> String {
    let field = Field { barrier: Barrier::new(TASKS), cells: [const { 0_u64 }; TASKS].map(AtomicU64::new) };
    let field = Arc::new(field);
    let tasks: Vec<_> = (0..TASKS).map(|i| thread::spawn_on(nth(i), (field.clone(), i), work)).collect();
    let ends: Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
    format!("{} {}", ends.iter().map(|end| end.0).sum::<u64>(), ends.iter().all(|end| end.1))
}
