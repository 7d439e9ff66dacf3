//! Going through all entries, shard by shard.

use super::shard::Shard;
use super::{HashMap, named};
use drust_heap::Portable;
use drust_runtime::sharing::grant::{Call, Landed, Parcel, Resident};
use std::fmt;
use std::iter::FusedIterator;

/// Clones of a map's entries; what [`HashMap::iter`] returns.
///
/// ```
/// use drust::collections::hash_map::{HashMap, Iter};
/// let map = HashMap::from([(1, 'a')]);
/// let mut entries: Iter<'_, u32, char> = map.iter();
/// assert_eq!((entries.next(), entries.next()), (Some((1, 'a')), None));
/// ```
pub struct Iter<'a, K: Portable, V: Portable> {
    /// The shards that are still to be looked at.
    shards: std::slice::Iter<'a, u64>,
    /// The entries of the last one.
    entries: std::vec::IntoIter<(K, V)>,
}

/// Clones of a map's keys; what [`HashMap::keys`] returns.
///
/// ```
/// use drust::collections::hash_map::{HashMap, Keys};
/// let map = HashMap::from([(1, 'a')]);
/// let keys: Keys<'_, u32, char> = map.keys();
/// assert!(keys.eq([1]));
/// ```
pub struct Keys<'a, K: Portable, V: Portable>(Iter<'a, K, V>);

/// Clones of a map's values; what [`HashMap::values`] returns.
///
/// ```
/// use drust::collections::hash_map::{HashMap, Values};
/// let map = HashMap::from([(1, 'a')]);
/// let values: Values<'_, u32, char> = map.values();
/// assert!(values.eq(['a']));
/// ```
pub struct Values<'a, K: Portable, V: Portable>(Iter<'a, K, V>);

impl<K: Portable + Clone, V: Portable + Clone, S> HashMap<K, V, S> {
    /// Clones of all entries, in no order: each shard's as they are when it is reached. Entries that are there all the
    /// time come once; those that come or go meanwhile may come or not. 1 request, 1 reply for each shard of another
    /// node.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 'a'), (2, 'b')]);
    /// let mut entries: Vec<_> = map.iter().collect();
    /// entries.sort();
    /// assert_eq!(entries, [(1, 'a'), (2, 'b')]);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { shards: self.shards.iter(), entries: std::vec::Vec::new().into_iter() }
    }

    /// Clones of all keys, as [`HashMap::iter`] comes by them.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.keys().max(), Some(2));
    /// ```
    #[track_caller]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// Clones of all values, as [`HashMap::iter`] comes by them.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.values().max(), Some('b'));
    /// ```
    #[track_caller]
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.iter())
    }
}

/// Clones of a shard's entries.
#[track_caller]
fn entries_of<K: Portable + Clone, V: Portable + Clone>(shard: Resident<Shard<K, V>>) -> std::vec::Vec<(K, V)> {
    if let Some(shard) = shard.enter() {
        return shard.table.entries().iter().map(|entry| entry.value.clone()).collect();
    }
    let answer = Call::using(shard.name(), serve_entries::<K, V>, &Parcel::new()).wait(&"a shard of a map");
    let mut landed = answer.landed();
    // SAFETY: `serve_entries` put a number there, and so many entries.
    unsafe {
        let count = landed.take::<usize>();
        (0..count).map(|_| landed.take::<(K, V)>()).collect()
    }
}

fn serve_entries<K: Portable + Clone, V: Portable + Clone>(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    // SAFETY: `entries_of` called this for a shard, whose turn this is.
    let shard = unsafe { Resident::<Shard<K, V>>::entered(landed) };
    // What was packed would be lost where a clone panics.
    let entries: std::vec::Vec<(K, V)> = match shard.table.len() {
        0 => std::vec::Vec::new(),
        _ => shard.table.entries().iter().map(|entry| entry.value.clone()).collect(),
    };
    parcel.put(entries.len());
    entries.into_iter().for_each(|entry| parcel.put(entry));
}

impl<K: Portable + Clone, V: Portable + Clone> Iterator for Iter<'_, K, V> {
    type Item = (K, V);

    #[track_caller]
    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(entry);
            }
            self.entries = entries_of(named(*self.shards.next()?)).into_iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.entries.len(), None)
    }
}

impl<K: Portable + Clone, V: Portable + Clone> FusedIterator for Iter<'_, K, V> {}

impl<K: Portable + Clone, V: Portable + Clone> Iterator for Keys<'_, K, V> {
    type Item = K;

    #[track_caller]
    fn next(&mut self) -> Option<K> {
        self.0.next().map(|entry| entry.0)
    }
}

impl<K: Portable + Clone, V: Portable + Clone> Iterator for Values<'_, K, V> {
    type Item = V;

    #[track_caller]
    fn next(&mut self) -> Option<V> {
        self.0.next().map(|entry| entry.1)
    }
}

impl<K: Portable, V: Portable> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}

impl<K: Portable, V: Portable> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.0).finish()
    }
}

impl<K: Portable, V: Portable> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Values").field(&self.0).finish()
    }
}
