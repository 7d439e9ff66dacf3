//! `Condvar`: waiting until another thread, on whichever node, says that something has changed.

use super::mutex::{MutexGuard, deadline};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Fixed, Portable, Targets};
use drust_runtime::sharing::board;
use drust_runtime::{cancel, node};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{LockResult, PoisonError};
use std::time::{Duration, Instant};

/// Waits for notifications, as std's, wherever in the cluster the threads are.
///
/// Threads are notified in the order in which they began to wait. A waiting task gives its place among those that run
/// to another. A `Condvar` is 8 bytes; unlike std's it may be used with several mutexes.
///
/// | operation | messages |
/// |---|---|
/// | `new`, `notify_one`, `notify_all` where it was made, while nobody waits on other nodes | 0 |
/// | `notify_one`, `notify_all` elsewhere | 1 one-way; and 1 for each waiter that is not where it was made |
/// | waiting where it was made | 0 |
/// | waiting elsewhere | 1 request, 1 reply; the same again where time is up |
///
/// To which come those of the mutex.
///
/// ```
/// use drust::sync::{Arc, Condvar, Mutex};
/// use drust::{node, spawn};
/// let pair = Arc::new((Mutex::new(false), Condvar::new()));
/// let last = node::all().last().unwrap();
/// let starts = spawn!(on last; [pair = Arc::clone(&pair)] || {
///     *pair.0.lock().unwrap() = true;
///     pair.1.notify_one();
/// });
/// let mut started = pair.0.lock().unwrap();
/// while !*started {
///     started = pair.1.wait(started).unwrap();
/// }
/// drop(started);
/// starts.join().unwrap();
/// ```
pub struct Condvar {
    fixed: Fixed,
}

/// Whether a wait ended because its time was up.
///
/// ```
/// use drust::sync::{Condvar, Mutex};
/// use std::time::Duration;
/// let (mutex, condvar) = (Mutex::new(()), Condvar::new());
/// let (_guard, result) = condvar.wait_timeout(mutex.lock().unwrap(), Duration::from_millis(1)).unwrap();
/// assert!(result.timed_out());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether time was up.
    ///
    /// ```
    /// use drust::sync::{Condvar, Mutex};
    /// let (mutex, condvar) = (Mutex::new(5), Condvar::new());
    /// let forever = std::time::Duration::MAX;
    /// let (_guard, result) = condvar.wait_timeout_while(mutex.lock().unwrap(), forever, |n| *n != 5).unwrap();
    /// assert!(!result.timed_out(), "there was nothing to wait for");
    /// ```
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// What a wait with a bound returns.
type TimedWait<'a, T> = LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>;

impl Condvar {
    /// A condition variable for which nobody waits, made on this node. Ends the job where its heap has no room.
    ///
    /// ```
    /// drust::sync::Condvar::new().notify_all();
    /// ```
    #[must_use]
    pub fn new() -> Condvar {
        Condvar { fixed: board::make() }
    }

    /// Gives the guard's mutex up, waits for a notification, and takes the mutex again.
    ///
    /// A notification is not missed that comes after the mutex was given up. As std's it may wake without one.
    ///
    /// # Errors
    /// A thread panicked while it had the lock; the guard is in the error.
    ///
    /// ```
    /// use drust::sync::{Arc, Condvar, Mutex};
    /// let pair = Arc::new((Mutex::new(0), Condvar::new()));
    /// let adds = drust::spawn!([pair = Arc::clone(&pair)] || {
    ///     *pair.0.lock().unwrap() += 1;
    ///     pair.1.notify_all();
    /// });
    /// let mut count = pair.0.lock().unwrap();
    /// while *count == 0 {
    ///     count = pair.1.wait(count).unwrap();
    /// }
    /// drop(count);
    /// adds.join().unwrap();
    /// ```
    #[track_caller]
    pub fn wait<'a, T: Portable>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.pause(guard, None).0
    }

    #[track_caller]
    fn pause<'a, T: Portable>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> (LockResult<MutexGuard<'a, T>>, bool) {
        let mutex = MutexGuard::mutex(&guard);
        if cancel::is_due() {
            // A task that is cancelled here has not the lock, whose value is as it should be.
            drop(guard);
            cancel::check();
            return (mutex.lock(), false);
        }
        // SAFETY: the condition variable is borrowed, and so alive.
        let notified = unsafe { board::wait(self.fixed, || drop(guard), deadline) };
        if notified {
            // Nobody else is told of what this thread was.
            return (cancel::unbound(|| mutex.lock()), true);
        }
        cancel::check();
        (mutex.lock(), false)
    }

    /// Waits as long as `condition` says so of the value.
    ///
    /// # Errors
    /// As [`Condvar::wait`].
    ///
    /// ```
    /// use drust::sync::{Arc, Condvar, Mutex};
    /// let pair = Arc::new((Mutex::new(true), Condvar::new()));
    /// let ends = drust::spawn!([pair = Arc::clone(&pair)] || {
    ///     *pair.0.lock().unwrap() = false;
    ///     pair.1.notify_one();
    /// });
    /// let pending = pair.1.wait_while(pair.0.lock().unwrap(), |pending| *pending).unwrap();
    /// assert!(!*pending);
    /// drop(pending);
    /// ends.join().unwrap();
    /// ```
    #[track_caller]
    pub fn wait_while<'a, T, F>(&self, mut guard: MutexGuard<'a, T>, mut condition: F) -> LockResult<MutexGuard<'a, T>>
    where
        T: Portable,
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`Condvar::wait`], for at most so long.
    ///
    /// # Errors
    /// As [`Condvar::wait`].
    ///
    /// ```
    /// use drust::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    /// let (mutex, condvar) = (Mutex::new(5), Condvar::new());
    /// let (guard, result) = condvar.wait_timeout(mutex.lock().unwrap(), Duration::from_millis(1)).unwrap();
    /// assert!(*guard == 5 && result.timed_out());
    /// ```
    #[track_caller]
    pub fn wait_timeout<'a, T: Portable>(&self, guard: MutexGuard<'a, T>, timeout: Duration) -> TimedWait<'a, T> {
        let (guard, notified) = self.pause(guard, deadline(timeout));
        let result = WaitTimeoutResult(!notified);
        match guard {
            Ok(guard) => Ok((guard, result)),
            Err(error) => Err(PoisonError::new((error.into_inner(), result))),
        }
    }

    /// As [`Condvar::wait_while`], for at most so long.
    ///
    /// # Errors
    /// As [`Condvar::wait`].
    ///
    /// ```
    /// use drust::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    /// let (mutex, condvar) = (Mutex::new(5), Condvar::new());
    /// let wait = condvar.wait_timeout_while(mutex.lock().unwrap(), Duration::from_millis(1), |n| *n == 5);
    /// assert!(wait.unwrap().1.timed_out());
    /// ```
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: F,
    ) -> TimedWait<'a, T>
    where
        T: Portable,
        F: FnMut(&mut T) -> bool,
    {
        let end = deadline(timeout);
        loop {
            if !condition(&mut guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            if end.is_some_and(|end| end <= node::now()) {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            let (again, _) = self.pause(guard, end);
            guard = match again {
                Ok(guard) => guard,
                Err(error) => return Err(PoisonError::new((error.into_inner(), WaitTimeoutResult(false)))),
            };
        }
    }

    /// Wakes the thread that has waited longest, if one waits.
    ///
    /// ```
    /// use drust::sync::{Arc, Condvar, Mutex};
    /// let pair = Arc::new((Mutex::new(1), Condvar::new()));
    /// let takes = drust::spawn!([pair = Arc::clone(&pair)] || {
    ///     let count = pair.1.wait_while(pair.0.lock().unwrap(), |count| *count < 2).unwrap();
    ///     *count
    /// });
    /// *pair.0.lock().unwrap() += 1;
    /// pair.1.notify_one();
    /// assert_eq!(takes.join().unwrap(), 2);
    /// ```
    pub fn notify_one(&self) {
        // SAFETY: the condition variable is borrowed, and so alive.
        unsafe { board::notify(self.fixed, false) };
    }

    /// Wakes all threads that wait.
    ///
    /// ```
    /// use drust::sync::{Arc, Condvar, Mutex};
    /// use drust::{node, spawn};
    /// let gate = Arc::new((Mutex::new(false), Condvar::new()));
    /// let tasks: Vec<_> = node::all()
    ///     .map(|node| {
    ///         spawn!(on node; [gate = Arc::clone(&gate)] || {
    ///             *gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap()
    ///         })
    ///     })
    ///     .collect();
    /// *gate.0.lock().unwrap() = true;
    /// gate.1.notify_all();
    /// assert!(tasks.into_iter().all(|task| task.join().unwrap()));
    /// ```
    pub fn notify_all(&self) {
        // SAFETY: as in `notify_one`.
        unsafe { board::notify(self.fixed, true) };
    }
}

impl Drop for Condvar {
    fn drop(&mut self) {
        // SAFETY: the condition variable is owned, so nobody waits on it, and goes.
        unsafe { board::end(self.fixed) };
    }
}

// SAFETY: the handle is noted, and there is nothing else.
unsafe impl Carry for Condvar {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), &Fixed::KIND);
    }

    fn targets(_: &mut Targets) {}
}

// SAFETY: a condition variable borrows nothing.
unsafe impl Argument<'_> for Condvar {}
// SAFETY: as above.
unsafe impl Portable for Condvar {}

impl UnwindSafe for Condvar {}
impl RefUnwindSafe for Condvar {}

impl Default for Condvar {
    fn default() -> Condvar {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
