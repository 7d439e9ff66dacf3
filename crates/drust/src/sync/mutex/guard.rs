//! The right to the value of a mutex.

use super::Mutex;
use drust_heap::Portable;
use drust_runtime::sharing::lock::{self, Holding};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// The lock of a [`Mutex`], and its value; given back when it is dropped.
///
/// ```
/// use drust::sync::{Mutex, MutexGuard};
/// let mutex = Mutex::new(5);
/// let mut guard: MutexGuard<'_, i32> = mutex.lock().unwrap();
/// *guard += 1;
/// drop(guard);
/// assert_eq!(mutex.into_inner().unwrap(), 6);
/// ```
#[must_use = "if unused the mutex is unlocked at once"]
pub struct MutexGuard<'a, T: Portable> {
    mutex: &'a Mutex<T>,
    value: NonNull<T>,
    /// Whether the thread was unwinding when it took the lock.
    panicking: bool,
}

// SAFETY: it gives what `&T` gives to whom it is shared with; only its own thread unlocks.
unsafe impl<T: Portable> Sync for MutexGuard<'_, T> {}

impl<'a, T: Portable> MutexGuard<'a, T> {
    #[inline]
    pub(super) fn new(mutex: &'a Mutex<T>, holding: Holding) -> MutexGuard<'a, T> {
        let value = NonNull::new(holding.data.cast()).expect("what is locked has a place");
        MutexGuard { mutex, value, panicking: std::thread::panicking() }
    }

    /// The mutex that a guard is of.
    pub(in crate::sync) fn mutex(guard: &MutexGuard<'a, T>) -> &'a Mutex<T> {
        guard.mutex
    }
}

impl<T: Portable> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this thread has the lock, and the value lies there until it is given back.
        unsafe { self.value.as_ref() }
    }
}

impl<T: Portable> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is mutably borrowed.
        unsafe { self.value.as_mut() }
    }
}

impl<T: Portable> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let fixed = self.mutex.fixed;
        // SAFETY: this thread has the lock, and the value is not used any more.
        unsafe {
            if !self.panicking && std::thread::panicking() {
                lock::poison::<T>(fixed);
            }
            lock::unlock::<T>(fixed);
        }
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: Portable + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
