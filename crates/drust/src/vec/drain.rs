//! The iterator of [`Vec::drain`].

use super::Vec;
use drust_heap::Portable;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;

/// Takes a range of values out of a [`Vec`], which ends before the range until this iterator is dropped: forgetting it
/// loses values, and nothing else.
pub struct Drain<'a, T: Portable> {
    vec: &'a mut Vec<T>,
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
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: these values are initialised, and only this iterator owns them.
        unsafe { std::slice::from_raw_parts(self.first.add(self.left.start), self.left.len()) }
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
                let start = self.0.len;
                // SAFETY: the tail is initialised, and between it and the vector's values all are gone.
                unsafe { self.1.add(start).copy_from(self.1.add(self.2.start), self.2.len()) };
                self.0.len = start + self.2.len();
            }
        }
        let left = std::mem::take(&mut self.left);
        let _close = Close(self.vec, self.first, self.tail..self.len);
        // SAFETY: these values were not taken, and are not used again.
        unsafe { std::ptr::slice_from_raw_parts_mut(self.first.add(left.start), left.len()).drop_in_place() }
    }
}
