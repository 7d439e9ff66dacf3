//! The iterator of [`Vec::drain`].

use super::Vec;
use drust_heap::Portable;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;

/// Takes a range of values out of a [`Vec`], which ends before the range until this iterator is dropped: forgetting it
/// loses values, and nothing else.
///
/// ```
/// let mut v = drust::vec![1, 2, 3];
/// let mut taken = v.drain(..2);
/// assert_eq!((taken.next(), taken.as_slice()), (Some(1), &[2][..]));
/// drop(taken);
/// assert_eq!(v, [3]);
/// ```
pub struct Drain<'a, T: Portable> {
    vec: &'a mut Vec<T>,
    /// Where the values lie, as long as some are left or behind.
    first: *mut T,
    left: Range<usize>,
    tail: usize,
    len: usize,
}

impl<'a, T: Portable> Drain<'a, T> {
    /// The values in `range` of the `len` values at `first`, `vec`'s own, which counts only those before them.
    pub(super) fn new(vec: &'a mut Vec<T>, first: *mut T, range: Range<usize>, len: usize) -> Drain<'a, T> {
        Drain { vec, first, tail: range.end, left: range, len }
    }

    /// The values not taken yet.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// assert_eq!(v.drain(1..).as_slice(), [2, 3]);
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: these values are initialised, and only this iterator owns them.
        unsafe { std::slice::from_raw_parts(self.first.add(self.left.start), self.left.len()) }
    }

    /// Puts values in the place of those taken, all of which are; whether there were enough of them.
    pub(super) fn fill(&mut self, values: &mut impl Iterator<Item = T>) -> bool {
        debug_assert!(self.left.is_empty());
        while self.vec.len < self.tail {
            let Some(value) = values.next() else { return false };
            // SAFETY: between the values that the vector counts and the tail there are none.
            unsafe { self.first.add(self.vec.len).write(value) };
            self.vec.len += 1;
        }
        true
    }

    /// Adds values behind those that the vector counts, where there is no tail; whether there was none.
    #[track_caller]
    pub(super) fn finish(&mut self, values: &mut impl Iterator<Item = T>) -> bool {
        let last = self.tail == self.len;
        if last {
            self.vec.extend(values);
        }
        last
    }

    /// Moves the tail up by `more` places, growing the vector if need be.
    #[track_caller]
    pub(super) fn widen(&mut self, more: usize) {
        if more > self.vec.capacity - self.len {
            let capacity = self.vec.grown(self.len, more);
            // The tail goes along, and what lies in the gap, which nobody looks at.
            self.first = self.vec.resize_slot_with(self.len, capacity).cast();
        }
        // SAFETY: the tail is initialised, and there is room for so many more behind it.
        unsafe { self.first.add(self.tail).copy_to(self.first.add(self.tail + more), self.len - self.tail) };
        self.tail += more;
        self.len += more;
        self.left = self.tail..self.tail;
    }
}

impl<T: Portable> Iterator for Drain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        // SAFETY: the value is initialised, and taken once.
        self.left.next().map(|index| unsafe { self.first.add(index).read() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T: Portable> DoubleEndedIterator for Drain<'_, T> {
    fn next_back(&mut self) -> Option<T> {
        // SAFETY: as in `next`.
        self.left.next_back().map(|index| unsafe { self.first.add(index).read() })
    }
}

impl<T: Portable> AsRef<[T]> for Drain<'_, T> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Portable> ExactSizeIterator for Drain<'_, T> {}
impl<T: Portable> FusedIterator for Drain<'_, T> {}

impl<T: Portable + fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_slice()).finish()
    }
}

// SAFETY: it owns values that may be sent and shared, and borrows a vector of them mutably.
unsafe impl<T: Portable> Send for Drain<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Sync for Drain<'_, T> {}

impl<T: Portable> Drop for Drain<'_, T> {
    fn drop(&mut self) {
        // The tail moves up also when a value's `Drop` panics.
        struct Close<'a, T: Portable>(&'a mut Vec<T>, *mut T, Range<usize>);
        impl<T: Portable> Drop for Close<'_, T> {
            fn drop(&mut self) {
                if self.2.is_empty() {
                    return;
                }
                let start = self.0.len;
                // SAFETY: the tail is initialised, and between it and the vector's values all are gone.
                unsafe { self.1.add(start).copy_from(self.1.add(self.2.start), self.2.len()) };
                self.0.len = start + self.2.len();
            }
        }
        let left = std::mem::take(&mut self.left);
        let _close = Close(self.vec, self.first, self.tail..self.len);
        if left.is_empty() {
            return;
        }
        // SAFETY: these values were not taken, and are not used again.
        unsafe { std::ptr::slice_from_raw_parts_mut(self.first.add(left.start), left.len()).drop_in_place() }
    }
}
