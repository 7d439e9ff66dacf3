//! Times that threads of all nodes can compare.

use drust::{Portable, thread};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, Ordering};

/// Statics are shared by simulated nodes.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// Where times come from.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Clock {
    /// A count of the process: exact, for simulated nodes, which are in one.
    Counted,
    /// The machine's monotonic clock in nanoseconds, one for all processes.
    Monotonic,
}

impl Clock {
    /// A time that is not before any that this function has returned, on whichever thread and node.
    #[must_use]
    pub fn now(self) -> u64 {
        match self {
            Clock::Counted => COUNT.fetch_add(1, Ordering::SeqCst),
            Clock::Monotonic => {
                let time = clock_gettime(ClockId::Monotonic);
                time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
            }
        }
    }

    /// Waits until this time, where there is one to wait for: threads that begin together overlap. Simulated ones do in
    /// any case.
    pub fn wait_until(self, time: u64) {
        while matches!(self, Clock::Monotonic) && self.now() < time {
            thread::yield_now();
        }
    }
}
