//! std's traits for `HashSet`. Those that only look read through guards and leave no pin.

use super::HashSet;
use drust_heap::Portable;
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<T: Portable + Clone, S: Clone> Clone for HashSet<T, S> {
    /// A new set on this node with clones of the values, and the same keys; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> HashSet<T, S> {
        HashSet { table: self.table.clone(), hasher: self.hasher.clone() }
    }
}

impl<T: Portable, S: Default> Default for HashSet<T, S> {
    fn default() -> HashSet<T, S> {
        HashSet::with_hasher(S::default())
    }
}

impl<T: Portable + Eq + Hash, S: BuildHasher> PartialEq for HashSet<T, S> {
    #[track_caller]
    fn eq(&self, other: &HashSet<T, S>) -> bool {
        self.len() == other.len() && self.is_subset(other)
    }
}

impl<T: Portable + Eq + Hash, S: BuildHasher> Eq for HashSet<T, S> {}

impl<T: Portable + fmt::Debug, S> fmt::Debug for HashSet<T, S> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.look(|view| f.debug_set().entries(view.values()).finish())
    }
}
