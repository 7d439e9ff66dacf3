//! Iterating over a `HashSet`, by reference and by value.

use super::HashSet;
use crate::collections::table::{Entry, Table};
use crate::vec;
use drust_heap::Portable;
use std::fmt;
use std::iter::FusedIterator;
use std::slice;

/// The values of a [`HashSet`].
///
/// ```
/// use drust::collections::{HashSet, hash_set::Iter};
/// let set = HashSet::from([1, 2]);
/// let values: Iter<'_, u32> = set.iter();
/// assert_eq!((values.len(), values.sum::<u32>()), (2, 3));
/// ```
pub struct Iter<'a, T> {
    entries: slice::Iter<'a, Entry<T>>,
}

/// The values of a [`HashSet`], by value; it stays on its node.
///
/// ```
/// use drust::collections::{HashSet, hash_set::IntoIter};
/// let values: IntoIter<u32> = HashSet::from([1, 2]).into_iter();
/// assert_eq!(values.sum::<u32>(), 3);
/// ```
pub struct IntoIter<T: Portable> {
    entries: vec::IntoIter<Entry<T>>,
}

/// Takes all values out of a [`HashSet`].
///
/// ```
/// use drust::collections::{HashSet, hash_set::Drain};
/// let mut set = HashSet::from([1, 2]);
/// let values: Drain<'_, u32> = set.drain();
/// assert_eq!(values.sum::<u32>(), 3);
/// assert!(set.is_empty());
/// ```
pub struct Drain<'a, T: Portable> {
    entries: vec::Drain<'a, Entry<T>>,
}

/// Takes those values out of a [`HashSet`] that a function asks for.
///
/// ```
/// use drust::collections::{HashSet, hash_set::ExtractIf};
/// let mut set = HashSet::from([1, 2, 3]);
/// let odd: ExtractIf<'_, u32, _> = set.extract_if(|value| value % 2 == 1);
/// assert_eq!(odd.sum::<u32>(), 1 + 3);
/// assert_eq!(set, HashSet::from([2]));
/// ```
pub struct ExtractIf<'a, T: Portable, F> {
    table: &'a mut Table<T>,
    wanted: F,
    next: usize,
}

impl<'a, T: Portable> Drain<'a, T> {
    pub(super) fn new(entries: vec::Drain<'a, Entry<T>>) -> Drain<'a, T> {
        Drain { entries }
    }
}

impl<'a, T: Portable, F> ExtractIf<'a, T, F> {
    pub(super) fn new(table: &'a mut Table<T>, wanted: F) -> ExtractIf<'a, T, F> {
        ExtractIf { table, wanted, next: 0 }
    }
}

impl<T: Portable, S> HashSet<T, S> {
    /// The values, in no order to rely on. Remote ones are fetched, and stay pinned until the set is written or dies.
    ///
    /// ```
    /// assert_eq!(drust::collections::HashSet::from([1, 2]).iter().sum::<u32>(), 3);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { entries: self.table.entries().iter() }
    }
}

impl<'a, T: Portable, S> IntoIterator for &'a HashSet<T, S> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Portable, S> IntoIterator for HashSet<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Remote values move here first.
    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { entries: self.table.into_entries() }
    }
}

/// Implements an iterator by that of the entries.
macro_rules! of_entries {
    ([$($generics:tt)*] $name:ty, $item:ty, $entry:ident => $value:expr) => {
        impl<$($generics)*> Iterator for $name {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.entries.next().map(|$entry| $value)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.entries.size_hint()
            }

            fn fold<B, F: FnMut(B, $item) -> B>(self, start: B, mut step: F) -> B {
                self.entries.fold(start, |folded, $entry| step(folded, $value))
            }
        }

        impl<$($generics)*> ExactSizeIterator for $name {}
        impl<$($generics)*> FusedIterator for $name {}
    };
}

of_entries!(['a, T] Iter<'a, T>, &'a T, entry => &entry.value);
of_entries!([T: Portable] IntoIter<T>, T, entry => entry.value);
of_entries!([T: Portable] Drain<'_, T>, T, entry => entry.value);

impl<T: Portable, F: FnMut(&T) -> bool> Iterator for ExtractIf<'_, T, F> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        while self.next < self.table.len() {
            // Where a value is taken out the last one gets its number, and its turn.
            if let taken @ Some(_) = self.table.remove_if(self.next, &mut self.wanted) {
                return taken;
            }
            self.next += 1;
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.table.len() - self.next))
    }
}

impl<T: Portable, F: FnMut(&T) -> bool> FusedIterator for ExtractIf<'_, T, F> {}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { entries: self.entries.clone() }
    }
}

impl<T> Default for Iter<'_, T> {
    fn default() -> Self {
        Iter { entries: [].iter() }
    }
}

impl<T: Portable> Default for IntoIter<T> {
    fn default() -> IntoIter<T> {
        IntoIter { entries: crate::Vec::new().into_iter() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.as_slice().iter().map(|entry| &entry.value)).finish()
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.as_slice().iter().map(|entry| &entry.value)).finish()
    }
}

impl<T: Portable, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
