//! Iterating over a `Vec` by value.

use super::Vec;
use crate::boxed::Box;
use drust_heap::{Described, Portable};
use drust_runtime::memory;
use std::fmt;
use std::iter::FusedIterator;
use std::mem::ManuallyDrop;
use std::ops::Range;

/// The values of a [`Vec`] or of a boxed slice, one after the other; it stays on its node.
///
/// ```
/// let mut values = drust::vec![1, 2, 3].into_iter();
/// assert_eq!((values.next_back(), values.len()), (Some(3), 2));
/// ```
pub struct IntoIter<T: Portable> {
    first: *mut T,
    left: Range<usize>,
    capacity: usize,
}

impl<T: Portable> IntoIter<T> {
    /// The values not taken yet.
    ///
    /// ```
    /// let mut values = drust::vec![1, 2, 3].into_iter();
    /// values.next();
    /// assert_eq!(values.as_slice(), [2, 3]);
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: these values are initialised, and only this iterator owns them.
        unsafe { std::slice::from_raw_parts(self.first.add(self.left.start), self.left.len()) }
    }

    /// The values not taken yet, to be written.
    ///
    /// ```
    /// let mut values = drust::vec![1, 2].into_iter();
    /// values.as_mut_slice()[0] = 5;
    /// assert!(values.eq([5, 2]));
    /// ```
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as for `as_slice`.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(self.left.start), self.left.len()) }
    }
}

impl<T: Portable> IntoIterator for Vec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// A remote vector moves here first.
    #[track_caller]
    fn into_iter(mut self) -> IntoIter<T> {
        if self.len == 0 && self.handle.private().is_none() {
            // Nothing is fetched to be iterated over: the slot is freed where it is.
            self = Vec::new();
        }
        // Where this is cancelled the vector still has its values, and is dropped with them.
        let first = self.place_mut();
        let vec = ManuallyDrop::new(self);
        IntoIter { first: first.cast(), left: 0..vec.len, capacity: vec.capacity }
    }
}

impl<T: Portable> IntoIterator for Box<[T]> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// A remote slice moves here first.
    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        self.into_vec().into_iter()
    }
}

impl<'a, T: Portable> IntoIterator for &'a Vec<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> std::slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Portable> IntoIterator for &'a mut Vec<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    #[track_caller]
    fn into_iter(self) -> std::slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<'a, T: Portable> IntoIterator for &'a Box<[T]> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> std::slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Portable> IntoIterator for &'a mut Box<[T]> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    #[track_caller]
    fn into_iter(self) -> std::slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T: Portable> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        // SAFETY: the value is initialised, and taken once.
        self.left.next().map(|index| unsafe { self.first.add(index).read() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T: Portable> DoubleEndedIterator for IntoIter<T> {
    fn next_back(&mut self) -> Option<T> {
        // SAFETY: as in `next`.
        self.left.next_back().map(|index| unsafe { self.first.add(index).read() })
    }
}

impl<T: Portable> ExactSizeIterator for IntoIter<T> {}
impl<T: Portable> FusedIterator for IntoIter<T> {}

impl<T: Portable> AsRef<[T]> for IntoIter<T> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Portable> Default for IntoIter<T> {
    fn default() -> IntoIter<T> {
        Vec::new().into_iter()
    }
}

impl<T: Portable + Clone> Clone for IntoIter<T> {
    fn clone(&self) -> IntoIter<T> {
        Vec::from(self.as_slice()).into_iter()
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

// SAFETY: it owns values that may be sent and shared.
unsafe impl<T: Portable> Send for IntoIter<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Sync for IntoIter<T> {}

impl<T: Portable> Drop for IntoIter<T> {
    fn drop(&mut self) {
        // The slot is freed also when a value's `Drop` panics.
        struct Free<T: Portable>(*mut T, usize);
        impl<T: Portable> Drop for Free<T> {
            fn drop(&mut self) {
                // SAFETY: the slot is this node's, has room for so many values, and none is left in it.
                unsafe { memory::free(self.0.cast(), T::DESCRIPTOR.layout(self.1)) }
            }
        }
        let _free = Free(self.first, self.capacity);
        // SAFETY: these values were not taken, and are not used again.
        unsafe { std::ptr::from_mut(self.as_mut_slice()).drop_in_place() }
    }
}
