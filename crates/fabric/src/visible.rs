//! Waits that a user can see: one that lasts ten seconds is told of by an event of the target `drust::wait`, and again
//! each time that it has lasted twice as long.

use crate::schedule;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How long a wait lasts before it is told of for the first time.
const FIRST: Duration = Duration::from_secs(10);
/// How often one is told of: for the last time after 60 days. From then on it has no end in time, which a simulated
/// world must see to know that it is stuck.
const TIMES: u32 = 20;

/// When a wait is to be told of.
#[derive(Debug)]
pub struct Visible {
    begun: Instant,
    told: u32,
}

impl Visible {
    /// Begins to wait.
    #[must_use]
    pub fn begin() -> Visible {
        Visible { begun: schedule::now(), told: 0 }
    }

    /// When it is to be told of next; none where it was told of often enough.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        (self.told < TIMES).then(|| self.begun + self.lasted())
    }

    /// For how many seconds it has lasted, where it is time to tell: once for each such time.
    pub fn due(&mut self) -> Option<u64> {
        self.next().filter(|next| schedule::now() >= *next)?;
        let seconds = self.lasted().as_secs();
        self.told += 1;
        Some(seconds)
    }

    fn lasted(&self) -> Duration {
        FIRST * (1 << self.told)
    }

    /// Sleeps once, for as long as it is told to at most, and tells of the wait where it is time to.
    pub(crate) fn sleep(&mut self, what: impl fmt::Display, sleep: impl FnOnce(Option<Duration>)) {
        sleep(self.next().map(|next| next.saturating_duration_since(schedule::now())));
        if let Some(seconds) = self.due() {
            Visible::tell(|| {
                tracing::warn!(target: "drust::wait", seconds, "a thread has waited {seconds} s for {what}");
            });
        }
    }

    /// Tells of something by an event. Whoever listens is foreign code: what unwinds out of it does not leave the wait,
    /// since others rely on what is waited for, as on the end of tasks that borrow from this thread.
    pub fn tell(event: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(event)) {
            // Its drop is foreign code as well.
            std::mem::forget(payload);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_of_at_growing_intervals() {
        let mut wait = Visible::begin();
        assert_eq!((wait.due(), wait.next()), (None, Some(wait.begun + FIRST)));
        wait.begun -= 3 * FIRST;
        assert_eq!((wait.due(), wait.due(), wait.due()), (Some(10), Some(20), None));
        assert_eq!(wait.next(), Some(wait.begun + 4 * FIRST));
        wait.told = TIMES;
        assert_eq!((wait.due(), wait.next()), (None, None), "it has been told of for months");
    }
}
