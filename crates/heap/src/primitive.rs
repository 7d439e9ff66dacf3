//! The facade over `std` and `loom`: what synchronises in this crate takes its atomics, locks and threads from here,
//! so that under `--cfg loom` the model checker runs the code that ships.
//!
//! Slot metadata are the exception: they lie in mapped memory, where a loom object cannot, and are `core` atomics.

#[cfg(loom)]
pub use loom::{
    sync::{Arc, Condvar, Mutex, MutexGuard, atomic},
    thread,
};
#[cfg(not(loom))]
pub use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, atomic},
    thread,
};

use std::sync::{OnceLock, PoisonError, TryLockError};

/// Locks, also after a panic elsewhere: this crate runs no foreign code under its locks, and each of its critical
/// sections leaves the state whole at every point where an assertion may end it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks if nobody holds the lock now.
pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// How a thread lets others go on, where it may not sleep.
static WAIT_BY: OnceLock<fn()> = OnceLock::new();

/// Has every thread of this process that waits for another one call `pass` again and again instead of sleeping: for a
/// simulated cluster, whose threads run one at a time. The first to be given stays.
pub fn wait_by(pass: fn()) {
    let _ = WAIT_BY.set(pass);
}

/// Waits for a notification, or for less: look again. Like [`lock`], it goes on after a panic elsewhere.
pub fn wait<'a, T>(mutex: &'a Mutex<T>, condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    match WAIT_BY.get() {
        Some(pass) => {
            drop(guard);
            pass();
            lock(mutex)
        }
        #[expect(clippy::disallowed_methods, reason = "a simulated cluster waits by `WAIT_BY`")]
        None => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
    }
}
