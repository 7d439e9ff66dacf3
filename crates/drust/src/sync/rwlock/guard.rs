//! What gives access to an `RwLock`'s data, and unlocks it.

use drust_heap::Portable;
use drust_proto::sharing::rwlock::Mode;
use drust_runtime::sharing::rwlock::Lock;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::thread;

/// Lets its thread read an [`RwLock`](super::RwLock)'s data until it is dropped. Reading costs nothing, and so does
/// unlocking, unless another node waits: then 1 one-way.
///
/// ```
/// use drust::sync::{RwLock, RwLockReadGuard};
/// let lock = RwLock::new(3);
/// let guard: RwLockReadGuard<'_, i32> = lock.read().unwrap();
/// assert_eq!(*guard, 3);
/// ```
#[must_use = "the lock is given back as soon as its guard is dropped"]
pub struct RwLockReadGuard<'a, T: Portable> {
    lock: Lock,
    place: NonNull<T>,
    borrows: PhantomData<&'a T>,
}

/// Lets its thread write an [`RwLock`](super::RwLock)'s data until it is dropped; dropped by a panic, it poisons the
/// lock. Costs as [`RwLockReadGuard`].
///
/// ```
/// use drust::sync::{RwLock, RwLockWriteGuard};
/// let lock = RwLock::new(3);
/// let mut guard: RwLockWriteGuard<'_, i32> = lock.write().unwrap();
/// *guard += 1;
/// assert_eq!(*guard, 4);
/// ```
#[must_use = "the lock is given back as soon as its guard is dropped"]
pub struct RwLockWriteGuard<'a, T: Portable> {
    lock: Lock,
    place: NonNull<T>,
    /// Whether its thread was panicking already.
    panicking: bool,
    borrows: PhantomData<&'a mut T>,
}

impl<T: Portable> RwLockReadGuard<'_, T> {
    /// # Safety
    /// The lock is held to read, for this guard, and its data lie at `place`.
    pub(super) unsafe fn new<'a>(lock: Lock, place: NonNull<T>) -> RwLockReadGuard<'a, T> {
        RwLockReadGuard { lock, place, borrows: PhantomData }
    }
}

impl<T: Portable> RwLockWriteGuard<'_, T> {
    /// # Safety
    /// The lock is held to write, for this guard, and its data lie at `place`.
    pub(super) unsafe fn new<'a>(lock: Lock, place: NonNull<T>) -> RwLockWriteGuard<'a, T> {
        RwLockWriteGuard { lock, place, panicking: thread::panicking(), borrows: PhantomData }
    }
}

// SAFETY: a guard shared is a reference to the data shared, which may be.
unsafe impl<T: Portable> Sync for RwLockReadGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Sync for RwLockWriteGuard<'_, T> {}

impl<T: Portable> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.unlock(Mode::Read);
    }
}

impl<T: Portable> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        if !self.panicking && thread::panicking() {
            self.lock.set_poisoned(true);
        }
        self.lock.unlock(Mode::Write);
    }
}

impl<T: Portable> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held, so the data lie there and nobody writes them.
        unsafe { self.place.as_ref() }
    }
}

impl<T: Portable> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held, so the data lie there and nobody else touches them.
        unsafe { self.place.as_ref() }
    }
}

impl<T: Portable> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is mutably borrowed.
        unsafe { self.place.as_mut() }
    }
}

/// Shows a guard as its data.
macro_rules! shown_as_data {
    ($($guard:ident),*) => {$(
        impl<T: Portable + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: Portable + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}

shown_as_data!(RwLockReadGuard, RwLockWriteGuard);
