//! `RefMut`: a mutable borrow that a task on another node can use.

use drust_heap::trace::{Forgetting, Found, Kind, Landing, Outgoing, Place, Weights};
use drust_heap::{Argument, Carry, Facts, Pointee, Portable, Targets};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A mutable borrow that a task on another node can use: the values travel with the task and come home when it ends.
///
/// Until then it is a plain `&mut`. What the task wrote is home, under fresh stamps, when its `join` or its scope ends,
/// also when the task panicked or forgot the `RefMut`.
///
/// ```
/// use drust::{RefMut, thread};
/// let mut numbers = [1, 2, 3, 4];
/// let (left, right) = numbers.split_at_mut(2);
/// thread::scope(|s| {
///     s.spawn((RefMut::new(left),), |(mut part,)| part[0] = 10);
///     s.spawn((RefMut::new(right),), |(mut part,)| part[0] = 30);
/// });
/// assert_eq!(numbers, [10, 2, 30, 4]);
/// ```
#[repr(C)]
pub struct RefMut<'a, T: ?Sized + Pointee> {
    place: *mut u8,
    len: T::Len,
    borrows: PhantomData<&'a mut T>,
}

/// In a travelling `RefMut`, tells values lent mutably from those copied because the `RefMut` itself was shared.
const LENT: usize = 1;

impl<'a, T: ?Sized + Pointee<Item: Portable>> RefMut<'a, T> {
    /// Lends a value, or a run of values, mutably.
    ///
    /// ```
    /// let mut count = 1;
    /// *drust::RefMut::new(&mut count) += 1;
    /// assert_eq!(count, 2);
    /// ```
    #[must_use]
    pub fn new(value: &'a mut T) -> RefMut<'a, T> {
        let len = T::len_of(value);
        RefMut { place: std::ptr::from_mut(value).cast(), len, borrows: PhantomData }
    }
}

impl<T: ?Sized + Pointee> RefMut<'_, T> {
    const KIND: &'static Kind = &Kind {
        size: size_of::<Self>(),
        along: false,
        weigh: weigh_mut::<T>,
        send: send_mut::<T>,
        land: land_mut::<T>,
        forget: forget_mut,
    };
}

impl<T: ?Sized + Pointee> Deref for RefMut<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the value is mutably borrowed by this guard, and lies here since it was made or landed.
        unsafe { &*T::from_raw(self.place, self.len) }
    }
}

impl<T: ?Sized + Pointee> DerefMut for RefMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as for `deref`.
        unsafe { &mut *T::from_raw(self.place, self.len) }
    }
}

// SAFETY: a mutable borrow of a value that may be sent and shared.
unsafe impl<T: ?Sized + Pointee> Send for RefMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee> Sync for RefMut<'_, T> {}

// SAFETY: all its words are one handle, whose kind takes the values along.
unsafe impl<T: ?Sized + Pointee> Carry for RefMut<'_, T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), Self::KIND);
    }

    fn targets(_: &mut Targets) {}
}

// SAFETY: the borrow has the lifetime, and values lent mutably borrow nothing.
unsafe impl<'scope, T: ?Sized + Pointee<Item: Portable>> Argument<'scope> for RefMut<'scope, T> {}

unsafe fn weigh_mut<T: ?Sized + Pointee>(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a live `RefMut` of this node, whose values are borrowed.
    unsafe {
        let this = &*at.cast::<RefMut<'_, T>>();
        weights.along(this.place, T::descriptor(), T::elements(this.len));
    }
}

unsafe fn send_mut<T: ?Sized + Pointee>(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a `RefMut`, whose values are mutably borrowed; the target has room for it. A
    // departing `RefMut` is given up, so its values are the task's until they come home; a shared one only lets them be
    // read.
    unsafe {
        let this = &*source.cast::<RefMut<'_, T>>();
        let elements = T::elements(this.len);
        let marker = if out.departs() {
            out.send_lent(this.place, target, T::descriptor(), elements);
            LENT
        } else {
            out.send_borrowed(this.place, target, T::descriptor(), elements);
            0
        };
        let sent = RefMut::<T> { place: std::ptr::without_provenance_mut(marker), len: this.len, borrows: PhantomData };
        target.cast::<RefMut<'_, T>>().write_unaligned(sent);
    }
}

unsafe fn land_mut<T: ?Sized + Pointee>(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: a spot of this kind is a `RefMut`, and nobody else sees arrived bytes.
    let this = unsafe { &*at.cast::<RefMut<'_, T>>() };
    let place = if this.place.addr() == LENT { Place::Lent } else { Place::Borrowed };
    landing.expect(at, T::descriptor(), T::elements(this.len), place);
}

unsafe fn forget_mut(_: *mut u8, _: &mut Forgetting) {}

impl<T: ?Sized + Pointee + fmt::Debug> fmt::Debug for RefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: ?Sized + Pointee + fmt::Display> fmt::Display for RefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
