//! Looking at all numbers, a block at a time.

use super::{AtomicVec, BLOCK, Number};
use drust_runtime::sharing::word;
use std::fmt;
use std::iter::FusedIterator;
use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers of an [`AtomicVec`] in order, made by [`AtomicVec::iter`].
///
/// ```
/// let numbers = drust::collections::AtomicVec::from([1_u64, 2, 3]);
/// let mut iter: drust::collections::atomic_vec::Iter<'_, u64> = numbers.iter();
/// assert_eq!((iter.len(), iter.next(), iter.len()), (3, Some(1), 2));
/// ```
pub struct Iter<'a, T: Number> {
    numbers: &'a AtomicVec<T>,
    /// The index of the first number that was not looked at.
    next: usize,
    block: std::vec::IntoIter<T>,
}

impl<T: Number> AtomicVec<T> {
    /// The numbers in order, each as it was when its block was looked at: together they may never have been there.
    ///
    /// ```
    /// let numbers = drust::collections::AtomicVec::from([1_u64, 2, 3]);
    /// assert_eq!(numbers.iter().sum::<u64>(), 6);
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { numbers: self, next: 0, block: std::vec::Vec::new().into_iter() }
    }

    /// The numbers in order, as [`AtomicVec::iter`] finds them, in a vector of std's.
    ///
    /// ```
    /// assert_eq!(drust::collections::AtomicVec::<u64>::new(3).to_vec(), [0, 0, 0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_vec(&self) -> std::vec::Vec<T> {
        let mut all = std::vec::Vec::with_capacity(self.len());
        while all.len() < self.len() {
            self.look(all.len(), &mut all);
        }
        all
    }

    /// Appends the numbers of the block that begins at `index`.
    #[track_caller]
    fn look(&self, index: usize, into: &mut std::vec::Vec<T>) {
        let count = BLOCK.min(self.len() - index);
        let (row, first) = self.place(index);
        word::begin();
        // SAFETY: the row has the words of this block, and lives as long as `self`; they are used atomically.
        match unsafe { word::reach(row, first) } {
            Some(place) => into.extend((0..count).map(|at| {
                // SAFETY: as above; a block's words lie side by side.
                T::from_bits(unsafe { AtomicU64::from_ptr(place.add(at)) }.load(Ordering::SeqCst))
            })),
            None => word::read(row, first, count, |bits| into.push(T::from_bits(bits))),
        }
    }
}

impl<T: Number> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.block.as_slice().is_empty() && self.next < self.numbers.len() {
            let mut block = std::vec::Vec::with_capacity(BLOCK);
            self.numbers.look(self.next, &mut block);
            self.next += block.len();
            self.block = block.into_iter();
        }
        self.block.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.numbers.len() - self.next + self.block.len();
        (left, Some(left))
    }
}

impl<T: Number> ExactSizeIterator for Iter<'_, T> {}

impl<T: Number> FusedIterator for Iter<'_, T> {}

impl<T: Number> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<'a, T: Number> IntoIterator for &'a AtomicVec<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
