//! What a product costs: time, processor time of all nodes, and what was fetched.

use drust::{node, stats, thread};
use rustix::time::{ClockId, clock_gettime};
use std::time::Instant;

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of all processors of all nodes.
    pub cpu: f64,
    /// Bytes that nodes fetched from others.
    pub fetched: u64,
    /// Messages that asked for them, and direct reads of other nodes' memory.
    pub fetches: u64,
}

/// Runs `work`, and says what it cost.
pub fn cost_of(work: &mut dyn FnMut()) -> Cost {
    let cpu = cpu_of_all();
    let (wall, counts) = stats::count(|| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    let fetches = counts.direct_reads + counts.requests - counts.tasks_sent;
    Cost { wall, cpu: cpu_of_all() - cpu, fetched: counts.bytes_read, fetches }
}

/// Processor time of all nodes so far, in seconds.
fn cpu_of_all() -> f64 {
    let asked: Vec<_> = node::all().map(|node| thread::spawn_on(node, (), |()| cpu())).collect();
    asked.into_iter().map(|task| task.join().expect("reading a clock does not panic")).sum()
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
