//! Maps made from other values, and what is made from them.

use super::BTreeMap;
use super::build::Builder;
use drust_heap::Portable;

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// A map of entries whose keys ascend; of those with equal keys the last one stays.
    #[track_caller]
    pub(in super::super) fn of_sorted(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V>
    where
        K: Ord,
    {
        let mut built = Builder::new();
        let mut entries = entries.into_iter().peekable();
        while let Some(entry) = entries.next() {
            if entries.peek().is_none_or(|next| next.0 != entry.0) {
                built.push(entry);
            }
        }
        built.finish()
    }
}

impl<K: Portable + Ord, V: Portable> FromIterator<(K, V)> for BTreeMap<K, V> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> BTreeMap<K, V> {
        let mut entries: std::vec::Vec<(K, V)> = entries.into_iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        BTreeMap::of_sorted(entries)
    }
}

impl<K: Portable + Ord, V: Portable, const N: usize> From<[(K, V); N]> for BTreeMap<K, V> {
    #[track_caller]
    fn from(entries: [(K, V); N]) -> BTreeMap<K, V> {
        entries.into_iter().collect()
    }
}

impl<K: Portable + Ord, V: Portable> From<std::collections::BTreeMap<K, V>> for BTreeMap<K, V> {
    #[track_caller]
    fn from(entries: std::collections::BTreeMap<K, V>) -> BTreeMap<K, V> {
        BTreeMap::of_sorted(entries)
    }
}

impl<K: Portable + Ord, V: Portable> From<BTreeMap<K, V>> for std::collections::BTreeMap<K, V> {
    /// Moves the entries out of the cluster's heap.
    #[track_caller]
    fn from(map: BTreeMap<K, V>) -> std::collections::BTreeMap<K, V> {
        map.into_iter().collect()
    }
}

impl<K: Portable + Ord, V: Portable> Extend<(K, V)> for BTreeMap<K, V> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K: Portable + Ord + Copy, V: Portable + Copy> Extend<(&'a K, &'a V)> for BTreeMap<K, V> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(&key, &value)| (key, value)));
    }
}
