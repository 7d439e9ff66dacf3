//! `Barrier`: threads of all nodes wait until all of them are there.

use super::mutex::deadline;
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Fixed, Portable, Targets};
use drust_runtime::sharing::turn;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// Lets so many threads, on whichever nodes, wait for each other, as std's. It stays on the node where it was made.
///
/// | operation | messages |
/// |---|---|
/// | `new`; `wait` at home | 0 |
/// | `wait` elsewhere | 1 request, 1 reply |
/// | drop elsewhere | 1 one-way |
///
/// ```
/// use drust::sync::{Arc, Barrier};
/// use drust::{node, thread};
/// let barrier = Arc::new(Barrier::new(node::count() + 1));
/// let tasks: Vec<_> = node::all()
///     .map(|node| thread::spawn_on(node, (barrier.clone(),), |(barrier,)| barrier.wait().is_leader()))
///     .collect();
/// let mut leaders = usize::from(barrier.wait().is_leader());
/// leaders += tasks.into_iter().filter_map(|task| task.join().ok()).filter(|leads| *leads).count();
/// assert_eq!(leaders, 1);
/// ```
pub struct Barrier {
    fixed: Fixed,
}

/// Whether a [`Barrier`]'s thread is the one that leads.
///
/// ```
/// let one = drust::sync::Barrier::new(1).wait();
/// assert!(one.is_leader());
/// ```
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// A barrier for `n` threads, on this node; for none it is as for one. Sends nothing.
    ///
    /// ```
    /// let barrier = drust::sync::Barrier::new(1);
    /// assert!(barrier.wait().is_leader() && barrier.wait().is_leader());
    /// ```
    #[must_use]
    pub fn new(n: usize) -> Barrier {
        Barrier { fixed: turn::make_barrier(n) }
    }

    /// Waits until as many threads wait as the barrier is for; one of them, any, is told that it is the leader. The
    /// barrier can be used again then. What any of them did before, all see after. 0 messages at home, else 1 request,
    /// 1 reply.
    ///
    /// ```
    /// let barrier = drust::sync::Barrier::new(1);
    /// assert!(barrier.wait().is_leader());
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        // SAFETY: it lives as long as its owner, which is borrowed.
        let leads = unsafe { turn::arrive(self.fixed, None) };
        BarrierWaitResult(leads.expect("who waits for good goes on"))
    }

    /// As [`Barrier::wait`], for at most so long; then this thread is as if it had not come. The same messages again
    /// where time is up.
    ///
    /// ```
    /// use std::time::Duration;
    /// let barrier = drust::sync::Barrier::new(2);
    /// assert!(barrier.wait_timeout(Duration::from_millis(1)).is_none());
    /// ```
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Option<BarrierWaitResult> {
        // SAFETY: as in `wait`.
        unsafe { turn::arrive(self.fixed, deadline(timeout)) }.map(BarrierWaitResult)
    }
}

impl BarrierWaitResult {
    /// Whether this is the one thread of those that waited.
    ///
    /// ```
    /// assert!(drust::sync::Barrier::new(0).wait().is_leader());
    /// ```
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Drop for Barrier {
    fn drop(&mut self) {
        // SAFETY: this is its owner, and whoever had borrowed it is done.
        unsafe { turn::end(self.fixed) }
    }
}

// SAFETY: the one handle in it is noted, and what it names stays at its home.
unsafe impl Carry for Barrier {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        found.note(unsafe { &raw const (*this).fixed }.cast(), &Fixed::KIND);
    }

    fn targets(_: &mut Targets) {}
}
// SAFETY: it borrows nothing.
unsafe impl Argument<'_> for Barrier {}
// SAFETY: as above.
unsafe impl Portable for Barrier {}

impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult").field("is_leader", &self.0).finish()
    }
}
