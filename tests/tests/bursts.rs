//! Tasks that are queued at once, just as a thread of the pool has run out of work: they use the cores there are.

use drust::thread;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

static RUNNING: AtomicU64 = AtomicU64::new(0);
static MOST: AtomicU64 = AtomicU64::new(0);

const BURSTS: usize = 40;

fn compute(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// How many of a burst's tasks ran at one time.
fn burst() -> u64 {
    MOST.store(0, Ordering::Relaxed);
    let first = thread::spawn((), |()| ());
    while !first.is_finished() {
        std::hint::spin_loop();
    }
    let task = |()| {
        MOST.fetch_max(RUNNING.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        compute(Duration::from_millis(2));
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    };
    let tasks: Vec<_> = (0..10).map(|_| thread::spawn((), task)).collect();
    // A join would run tasks itself.
    while !tasks.iter().all(thread::JoinHandle::is_finished) {
        std::thread::sleep(Duration::from_millis(1));
    }
    MOST.load(Ordering::Relaxed)
}

/// The thread that naps finds the burst by itself, and no spawner calls another: it has to.
#[drust::test]
fn a_napping_thread_calls_others() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return;
    }
    let alone = (0..BURSTS).filter(|_| burst() < 2).count();
    assert!(alone < BURSTS / 2, "{alone} of {BURSTS} bursts ran on one thread");
}
