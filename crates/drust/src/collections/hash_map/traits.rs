//! What std's map implements too.

use super::HashMap;
use crate::collections::RandomState;
use drust_heap::Portable;
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<K: Portable + Eq + Hash + Clone, V: Portable + Clone, S: BuildHasher + Clone> Clone for HashMap<K, V, S> {
    /// Another map with clones of the entries, as [`HashMap::iter`] comes by them.
    #[track_caller]
    fn clone(&self) -> HashMap<K, V, S> {
        let map = HashMap::with_hasher(self.hasher.clone());
        HashMap::extend(&map, self.iter());
        map
    }
}

impl<K: Portable, V: Portable, S: Default> Default for HashMap<K, V, S> {
    #[track_caller]
    fn default() -> HashMap<K, V, S> {
        HashMap::with_hasher(S::default())
    }
}

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher + Default> FromIterator<(K, V)> for HashMap<K, V, S> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> HashMap<K, V, S> {
        let map = HashMap::with_hasher(S::default());
        HashMap::extend(&map, entries);
        map
    }
}

impl<K: Portable + Eq + Hash, V: Portable, const N: usize> From<[(K, V); N]> for HashMap<K, V, RandomState> {
    #[track_caller]
    fn from(entries: [(K, V); N]) -> HashMap<K, V, RandomState> {
        entries.into_iter().collect()
    }
}

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> Extend<(K, V)> for HashMap<K, V, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        HashMap::extend(self, entries);
    }
}

impl<'a, K: Portable + Clone, V: Portable + Clone, S> IntoIterator for &'a HashMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = super::Iter<'a, K, V>;

    #[track_caller]
    fn into_iter(self) -> super::Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Portable + Clone + fmt::Debug, V: Portable + Clone + fmt::Debug, S> fmt::Debug for HashMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
