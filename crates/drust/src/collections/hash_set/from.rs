//! Sets made from other values, and what is made from them.

use super::HashSet;
use drust_heap::Portable;
use std::hash::{BuildHasher, Hash};

impl<T: Portable + Eq + Hash, const N: usize> From<[T; N]> for HashSet<T> {
    #[track_caller]
    fn from(values: [T; N]) -> HashSet<T> {
        HashSet::from_iter(values)
    }
}

impl<T: Portable + Eq + Hash, S> From<std::collections::HashSet<T, S>> for HashSet<T> {
    #[track_caller]
    fn from(values: std::collections::HashSet<T, S>) -> HashSet<T> {
        HashSet::from_iter(values)
    }
}

impl<T: Portable + Eq + Hash, S> From<HashSet<T, S>> for std::collections::HashSet<T> {
    /// Moves the values out of the cluster's heap.
    #[track_caller]
    fn from(values: HashSet<T, S>) -> std::collections::HashSet<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable + Eq + Hash, S: BuildHasher + Default> FromIterator<T> for HashSet<T, S> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> HashSet<T, S> {
        let mut set = HashSet::with_hasher(S::default());
        set.extend(values);
        set
    }
}

impl<T: Portable + Eq + Hash, S: BuildHasher> Extend<T> for HashSet<T, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let values = values.into_iter();
        // Of values that come to others, half may well be there.
        let promised = values.size_hint().0;
        self.reserve(if self.is_empty() { promised } else { promised.div_ceil(2) });
        for value in values {
            self.insert(value);
        }
    }
}

impl<'a, T: Portable + Eq + Hash + Copy, S: BuildHasher> Extend<&'a T> for HashSet<T, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}
