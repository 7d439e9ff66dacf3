//! `Weak`: a pointer that finds the value as long as others own it.

use super::Arc;
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Pointee, Portable, Targets};
use drust_runtime::sharing::count::{Counted, weak_kind};
use std::fmt;
use std::marker::PhantomData;

/// A pointer to the value of an [`Arc`] that does not keep it, as std's; it keeps the value's place.
///
/// ```
/// use drust::sync::{Arc, Weak};
/// let five = Arc::new(5);
/// let weak: Weak<i32> = Arc::downgrade(&five);
/// assert_eq!(*weak.upgrade().unwrap(), 5);
/// drop(five);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct Weak<T: ?Sized + Pointee> {
    len: T::Len,
    of: PhantomData<T>,
    handle: Counted,
}

const _: () = assert!(size_of::<Weak<u64>>() == 24 && size_of::<Option<Weak<u64>>>() == 24);

impl<T: Portable> Weak<T> {
    /// A pointer that finds nothing, ever. Sends nothing.
    ///
    /// ```
    /// let none: drust::sync::Weak<u32> = drust::sync::Weak::new();
    /// assert!(none.upgrade().is_none());
    /// ```
    #[must_use]
    pub const fn new() -> Weak<T> {
        Weak { len: (), of: PhantomData, handle: Counted::nothing() }
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Weak<T> {
    /// An [`Arc`] of the value, if it still has an owner. 0 messages at home and on a node that has an `Arc` of it,
    /// else 1 request, 1 reply.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let weak = Arc::downgrade(&five);
    /// assert_eq!(weak.upgrade(), Some(five));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        self.handle.upgrade::<T::Item>().map(|handle| Arc::from_parts(handle, self.len))
    }

    /// How many own the value, on all nodes; 0 of one that is gone, or never was. Costs what [`Arc::strong_count`]
    /// costs.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// assert_eq!(Arc::downgrade(&five).strong_count(), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        self.handle.count_strong()
    }

    /// How many `Weak`s of the value there are, on all nodes; 0 where it has no owner any more. Costs twice what
    /// [`Arc::strong_count`] costs.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let weak = Arc::downgrade(&five);
    /// assert_eq!(weak.weak_count(), 1);
    /// drop(five);
    /// assert_eq!(weak.weak_count(), 0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        match self.strong_count() {
            0 => 0,
            _ => self.handle.count_weak(),
        }
    }

    /// Whether both are of the same value, or of none. Sends nothing.
    ///
    /// ```
    /// use drust::sync::{Arc, Weak};
    /// let five = Arc::new(5);
    /// assert!(Arc::downgrade(&five).ptr_eq(&Arc::downgrade(&five)));
    /// assert!(!Arc::downgrade(&five).ptr_eq(&Weak::new()));
    /// ```
    #[must_use]
    pub fn ptr_eq(&self, other: &Weak<T>) -> bool {
        self.handle.is_same(&other.handle)
    }
}

impl<T: ?Sized + Pointee> Weak<T> {
    pub(super) fn from_parts(handle: Counted, len: T::Len) -> Weak<T> {
        Weak { len, of: PhantomData, handle }
    }

    pub(super) fn into_parts(self) -> (Counted, T::Len) {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: the `Weak` is not used again.
        (unsafe { std::ptr::read(&raw const this.handle) }, this.len)
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Clone for Weak<T> {
    /// One more pointer. Sends nothing, but through a copy or a `Ref` on a node that has no `Weak` of the value: 1
    /// request, 1 reply.
    #[inline]
    #[track_caller]
    fn clone(&self) -> Weak<T> {
        Weak::from_parts(self.handle.clone_weak::<T::Item>(), self.len)
    }
}

impl<T: Portable> Default for Weak<T> {
    fn default() -> Weak<T> {
        Weak::new()
    }
}

impl<T: ?Sized + Pointee> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

impl<T: ?Sized + Pointee> Drop for Weak<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: a `Weak` owns its weak handle, and is not used again.
        unsafe { self.handle.drop_weak::<T::Item>() }
    }
}

// SAFETY: as for `Arc`, which it may become.
unsafe impl<T: ?Sized + Pointee> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee> Sync for Weak<T> {}

impl<T: ?Sized + Pointee> Unpin for Weak<T> {}

impl<T: ?Sized + Pointee> std::panic::UnwindSafe for Weak<T> {}
impl<T: ?Sized + Pointee> std::panic::RefUnwindSafe for Weak<T> {}

// SAFETY: the handle is noted; the length is plain.
unsafe impl<T: ?Sized + Pointee<Item: Portable>> Carry for Weak<T> {
    const FACTS: Facts = Facts::COUNTED;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).handle }.cast(), weak_kind());
    }

    // It owns a place, and no value.
    fn targets(_: &mut Targets) {}
}

// SAFETY: a `Weak` borrows nothing.
unsafe impl<T: ?Sized + Pointee<Item: Portable> + 'static> Argument<'_> for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee<Item: Portable> + 'static> Portable for Weak<T> {}
