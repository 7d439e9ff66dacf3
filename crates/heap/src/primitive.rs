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

use std::sync::{PoisonError, TryLockError};

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

/// Waits for a notification; like [`lock`], it goes on after a panic elsewhere.
pub fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}
