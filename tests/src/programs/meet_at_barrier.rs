//! Eight tasks of one node meet at a std barrier, while others must run.

use super::world::*;
use std::sync::Barrier;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

static BARRIER: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(8));
static ARRIVED: AtomicU32 = AtomicU32::new(0);

fn meet((): ()) -> (bool, bool) {
    ARRIVED.fetch_add(1, Ordering::SeqCst);
    let leader = BARRIER.wait().is_leader();
    (leader, ARRIVED.load(Ordering::SeqCst).is_multiple_of(8))
}

pub fn run() -> String {
    let mut found = Vec::new();
    for node in 0..3 {
        let seven: Vec<_> = (0..7).map(|_| thread::spawn_on(nth(node), (), meet)).collect();
        let others: Vec<_> = (0..10).map(|i| thread::spawn_on(nth(node), (i,), |(i,)| i + 1)).collect();
        let sum: i32 = others.into_iter().map(|task| task.join().unwrap()).sum();
        let last = thread::spawn_on(nth(node), (), meet);
        let ends: Vec<_> = seven.into_iter().chain([last]).map(|task| task.join().unwrap()).collect();
        let leaders = ends.iter().filter(|end| end.0).count();
        found.push((sum, leaders, ends.iter().all(|end| end.1)));
    }
    format!("{found:?}")
}
