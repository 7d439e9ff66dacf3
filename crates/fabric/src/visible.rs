//! Waits that a user can see: one that lasts is told of, with what it is for, again and again at growing intervals.

use crate::schedule;
use std::fmt;
use std::time::{Duration, Instant};

/// How long a wait lasts before it is told of for the first time.
const FIRST: Duration = Duration::from_secs(10);

/// A wait that is told of where it lasts.
pub(crate) struct Visible {
    begun: Instant,
    /// When it is told of next.
    tell: Duration,
}

impl Visible {
    /// Begins to wait.
    pub(crate) fn begin() -> Visible {
        Visible { begun: schedule::now(), tell: FIRST }
    }

    fn left(&self) -> Duration {
        self.tell.saturating_sub(schedule::now().duration_since(self.begun))
    }

    /// Sleeps once, for as long as it is told to at most, and tells of the wait where it is time to.
    pub(crate) fn sleep(&mut self, what: impl fmt::Display, sleep: impl FnOnce(Duration)) {
        sleep(self.left());
        self.look(what);
    }

    fn look(&mut self, what: impl fmt::Display) {
        let lasted = schedule::now().duration_since(self.begun);
        if lasted >= self.tell {
            tracing::warn!(target: "drust::wait", "waiting for {what} for {lasted:?}");
            self.tell = lasted * 2;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_of_at_growing_intervals() {
        let mut wait = Visible::begin();
        assert!(wait.left() > FIRST / 2 && wait.left() <= FIRST);
        wait.begun -= FIRST;
        assert_eq!(wait.left(), Duration::ZERO);
        wait.look("a test");
        assert!(wait.tell >= 2 * FIRST);
        wait.look("a test");
        assert!(wait.left() > FIRST / 2, "it was told of just now");
    }
}
