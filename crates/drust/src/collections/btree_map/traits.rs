//! std's traits for `BTreeMap`. Those that only look leave no pin.

use super::BTreeMap;
use super::quiet::Quiet;
use drust_heap::Portable;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Index;

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// What `differ` finds at the first pair of entries where it finds something.
    #[track_caller]
    fn first<O>(&self, other: &BTreeMap<K, V>, mut differ: impl FnMut(&(K, V), &(K, V)) -> Option<O>) -> Option<O> {
        let (mut ours, mut others) = (Quiet::new(self), Quiet::new(other));
        let mut left = self.len.min(other.len);
        let mut found = None;
        while left > 0 && found.is_none() {
            ours.step(&mut |a| {
                let mut common = 0;
                others.step(&mut |b| {
                    common = a.len().min(b.len());
                    found = a.iter().zip(b).find_map(|(a, b)| differ(a, b));
                    common
                });
                left -= common;
                common
            });
        }
        found
    }
}

impl<K: Portable + Clone, V: Portable + Clone> Clone for BTreeMap<K, V> {
    /// A new map on this node with clones of the entries; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> BTreeMap<K, V> {
        BTreeMap { root: self.root.clone(), len: self.len }
    }
}

impl<K: Portable, V: Portable> Default for BTreeMap<K, V> {
    fn default() -> BTreeMap<K, V> {
        BTreeMap::new()
    }
}

impl<K: Portable + PartialEq, V: Portable + PartialEq> PartialEq for BTreeMap<K, V> {
    #[track_caller]
    fn eq(&self, other: &BTreeMap<K, V>) -> bool {
        self.len == other.len && self.first(other, |a, b| (a != b).then_some(())).is_none()
    }
}

impl<K: Portable + Eq, V: Portable + Eq> Eq for BTreeMap<K, V> {}

impl<K: Portable + PartialOrd, V: Portable + PartialOrd> PartialOrd for BTreeMap<K, V> {
    #[track_caller]
    fn partial_cmp(&self, other: &BTreeMap<K, V>) -> Option<Ordering> {
        let unequal = self.first(other, |a, b| Some(a.partial_cmp(b)).filter(|order| *order != Some(Ordering::Equal)));
        unequal.unwrap_or_else(|| Some(self.len.cmp(&other.len)))
    }
}

impl<K: Portable + Ord, V: Portable + Ord> Ord for BTreeMap<K, V> {
    #[track_caller]
    fn cmp(&self, other: &BTreeMap<K, V>) -> Ordering {
        let unequal = self.first(other, |a, b| Some(a.cmp(b)).filter(|order| order.is_ne()));
        unequal.unwrap_or_else(|| self.len.cmp(&other.len))
    }
}

impl<K: Portable + Hash, V: Portable + Hash> Hash for BTreeMap<K, V> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len);
        self.look(|key, value| {
            key.hash(state);
            value.hash(state);
        });
    }
}

impl<K: Portable + fmt::Debug, V: Portable + fmt::Debug> fmt::Debug for BTreeMap<K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        self.look(|key, value| {
            map.entry(key, value);
        });
        map.finish()
    }
}

impl<K, Q, V> Index<&Q> for BTreeMap<K, V>
where
    K: Portable + Borrow<Q> + Ord,
    Q: Ord + ?Sized,
    V: Portable,
{
    type Output = V;

    /// # Panics
    /// Where the key is not in the map.
    #[inline]
    #[track_caller]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}
