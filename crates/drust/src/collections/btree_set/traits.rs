//! std's traits for `BTreeSet`. Those that only look leave no pin.

use super::BTreeSet;
use crate::collections::BTreeMap;
use drust_heap::Portable;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

impl<T: Portable + Clone> Clone for BTreeSet<T> {
    /// A new set on this node with clones of the values; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> BTreeSet<T> {
        BTreeSet { map: self.map.clone() }
    }
}

impl<T: Portable> Default for BTreeSet<T> {
    fn default() -> BTreeSet<T> {
        BTreeSet::new()
    }
}

impl<T: Portable + PartialEq> PartialEq for BTreeSet<T> {
    #[track_caller]
    fn eq(&self, other: &BTreeSet<T>) -> bool {
        self.map == other.map
    }
}

impl<T: Portable + Eq> Eq for BTreeSet<T> {}

impl<T: Portable + PartialOrd> PartialOrd for BTreeSet<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &BTreeSet<T>) -> Option<Ordering> {
        self.map.partial_cmp(&other.map)
    }
}

impl<T: Portable + Ord> Ord for BTreeSet<T> {
    #[track_caller]
    fn cmp(&self, other: &BTreeSet<T>) -> Ordering {
        self.map.cmp(&other.map)
    }
}

impl<T: Portable + Hash> Hash for BTreeSet<T> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for BTreeSet<T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        self.map.look(|value, ()| {
            set.entry(value);
        });
        set.finish()
    }
}

impl<T: Portable + Ord> BTreeSet<T> {
    /// A set of values that ascend; of those that are equal one stays.
    #[track_caller]
    pub(super) fn of_sorted(values: impl IntoIterator<Item = T>) -> BTreeSet<T> {
        BTreeSet { map: BTreeMap::of_sorted(values.into_iter().map(|value| (value, ()))) }
    }
}

impl<T: Portable + Ord> FromIterator<T> for BTreeSet<T> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> BTreeSet<T> {
        BTreeSet { map: values.into_iter().map(|value| (value, ())).collect() }
    }
}

impl<T: Portable + Ord, const N: usize> From<[T; N]> for BTreeSet<T> {
    #[track_caller]
    fn from(values: [T; N]) -> BTreeSet<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable + Ord> From<std::collections::BTreeSet<T>> for BTreeSet<T> {
    #[track_caller]
    fn from(values: std::collections::BTreeSet<T>) -> BTreeSet<T> {
        BTreeSet::of_sorted(values)
    }
}

impl<T: Portable + Ord> From<BTreeSet<T>> for std::collections::BTreeSet<T> {
    /// Moves the values out of the cluster's heap.
    #[track_caller]
    fn from(set: BTreeSet<T>) -> std::collections::BTreeSet<T> {
        set.into_iter().collect()
    }
}

impl<T: Portable + Ord> Extend<T> for BTreeSet<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.insert(value);
        }
    }
}

impl<'a, T: Portable + Ord + Copy> Extend<&'a T> for BTreeSet<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}
