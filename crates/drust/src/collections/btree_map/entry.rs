//! The entry API: one search for a look and the change that follows.

use super::BTreeMap;
use super::path::Path;
use drust_heap::Portable;
use std::fmt;

/// A place in a map, taken or not; see [`BTreeMap::entry`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Entry};
/// let mut map = BTreeMap::from([(1, 'a')]);
/// let told = |entry: Entry<'_, u32, char>| match entry {
///     Entry::Vacant(place) => place.key() + 100,
///     Entry::Occupied(entry) => *entry.key(),
/// };
/// assert_eq!((told(map.entry(1)), told(map.entry(2))), (1, 102));
/// ```
pub enum Entry<'a, K: Portable, V: Portable> {
    /// The key is not in the map.
    Vacant(VacantEntry<'a, K, V>),
    /// The key is in the map.
    Occupied(OccupiedEntry<'a, K, V>),
}

/// A key that is not in the map, and its place there.
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Entry};
/// let mut map = BTreeMap::new();
/// if let Entry::Vacant(place) = map.entry(1) {
///     place.insert('a');
/// }
/// assert_eq!(map[&1], 'a');
/// ```
pub struct VacantEntry<'a, K: Portable, V: Portable> {
    map: &'a mut BTreeMap<K, V>,
    path: Path,
    key: K,
}

/// An entry of the map. Looking at it moves nothing; writing moves the nodes on its path here.
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Entry};
/// let mut map = BTreeMap::from([(1, 'a')]);
/// if let Entry::Occupied(entry) = map.entry(1) {
///     assert_eq!(entry.remove(), 'a');
/// }
/// assert!(map.is_empty());
/// ```
pub struct OccupiedEntry<'a, K: Portable, V: Portable> {
    map: &'a mut BTreeMap<K, V>,
    path: Path,
}

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// The place of `key`, to be looked at and changed. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// let mut counts = drust::collections::BTreeMap::new();
    /// for letter in "abcab".chars() {
    ///     *counts.entry(letter).or_insert(0) += 1;
    /// }
    /// assert_eq!((counts[&'a'], counts[&'c']), (2, 1));
    /// ```
    #[track_caller]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V>
    where
        K: Ord,
    {
        match self.root.find(&key) {
            (path, true) => Entry::Occupied(OccupiedEntry { map: self, path }),
            (path, false) => Entry::Vacant(VacantEntry { map: self, path, key }),
        }
    }

    /// The entry with the least key, to be looked at and changed. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a'), (2, 'b')]);
    /// map.first_entry().unwrap().insert('c');
    /// assert_eq!(map[&1], 'c');
    /// ```
    #[track_caller]
    pub fn first_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>>
    where
        K: Ord,
    {
        let path = self.end(false)?;
        Some(OccupiedEntry { map: self, path })
    }

    /// The entry with the greatest key, to be looked at and changed. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.last_entry().unwrap().remove(), 'b');
    /// ```
    #[track_caller]
    pub fn last_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>>
    where
        K: Ord,
    {
        let path = self.end(true)?;
        Some(OccupiedEntry { map: self, path })
    }
}

impl<'a, K: Portable + Ord, V: Portable> Entry<'a, K, V> {
    /// The value; `default` is put in if there is none.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 10)]);
    /// assert_eq!((*map.entry(1).or_insert(0), *map.entry(2).or_insert(0)), (10, 0));
    /// ```
    #[track_caller]
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// The value; what `default` makes is put in if there is none.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::new();
    /// assert_eq!(*map.entry(1).or_insert_with(|| 10), 10);
    /// ```
    #[track_caller]
    pub fn or_insert_with<F: FnOnce() -> V>(self, default: F) -> &'a mut V {
        self.or_insert_with_key(|_| default())
    }

    /// The value; what `default` makes of the key is put in if there is none.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::new();
    /// assert_eq!(*map.entry(3).or_insert_with_key(|key| key * 2), 6);
    /// ```
    #[track_caller]
    pub fn or_insert_with_key<F: FnOnce(&K) -> V>(self, default: F) -> &'a mut V {
        match self {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let value = default(entry.key());
                entry.insert(value)
            }
        }
    }

    /// The value; the default one is put in if there is none.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::<u32, u32>::new();
    /// assert_eq!(*map.entry(3).or_default(), 0);
    /// ```
    #[track_caller]
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// The key.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::<u32, u32>::new();
    /// assert_eq!(map.entry(3).key(), &3);
    /// ```
    #[track_caller]
    pub fn key(&self) -> &K {
        match self {
            Entry::Occupied(entry) => entry.key(),
            Entry::Vacant(entry) => entry.key(),
        }
    }

    /// Lets `change` change the value, if there is one.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 10)]);
    /// assert_eq!(*map.entry(1).and_modify(|value| *value += 1).or_insert(0), 11);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn and_modify<F: FnOnce(&mut V)>(mut self, change: F) -> Entry<'a, K, V> {
        if let Entry::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// Puts `value` in, whether there is one or not.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 10)]);
    /// assert_eq!(map.entry(1).insert_entry(20).get(), &20);
    /// ```
    #[track_caller]
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        match self {
            Entry::Vacant(entry) => entry.insert_entry(value),
            Entry::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
        }
    }
}

impl<'a, K: Portable + Ord, V: Portable> VacantEntry<'a, K, V> {
    /// The key.
    ///
    /// ```
    /// use drust::collections::{BTreeMap, btree_map::Entry};
    /// let mut map = BTreeMap::<u32, u32>::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { panic!() };
    /// assert_eq!(entry.key(), &1);
    /// ```
    #[must_use]
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key, given back.
    ///
    /// ```
    /// use drust::collections::{BTreeMap, btree_map::Entry};
    /// let mut map = BTreeMap::<u32, u32>::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { panic!() };
    /// assert_eq!(entry.into_key(), 1);
    /// ```
    #[must_use]
    pub fn into_key(self) -> K {
        self.key
    }

    /// Puts the key in with `value`. The nodes on its path move here.
    ///
    /// ```
    /// use drust::collections::{BTreeMap, btree_map::Entry};
    /// let mut map = BTreeMap::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { panic!() };
    /// assert_eq!(*entry.insert('a'), 'a');
    /// ```
    #[track_caller]
    pub fn insert(self, value: V) -> &'a mut V {
        self.insert_entry(value).into_mut()
    }

    /// As [`VacantEntry::insert`], but returns the entry.
    ///
    /// ```
    /// use drust::collections::{BTreeMap, btree_map::Entry};
    /// let mut map = BTreeMap::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { panic!() };
    /// assert_eq!(entry.insert_entry('a').remove_entry(), (1, 'a'));
    /// ```
    #[track_caller]
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        let VacantEntry { map, mut path, key } = self;
        map.root.insert_at(&mut path, (key, value));
        map.len += 1;
        OccupiedEntry { map, path }
    }
}

const TAKEN: &str = "an occupied entry is in the map";

impl<'a, K: Portable + Ord, V: Portable> OccupiedEntry<'a, K, V> {
    /// The key in the map.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!(map.first_entry().unwrap().key(), &1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn key(&self) -> &K {
        &self.map.root.at(&self.path).expect(TAKEN).0
    }

    /// The value.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!(map.first_entry().unwrap().get(), &'a');
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get(&self) -> &V {
        &self.map.root.at(&self.path).expect(TAKEN).1
    }

    /// The value, to be written.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// *map.first_entry().unwrap().get_mut() = 'b';
    /// assert_eq!(map[&1], 'b');
    /// ```
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.map.root.at_mut(&self.path).expect(TAKEN).1
    }

    /// The value, to be written as long as the map is borrowed.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// let value: &mut char = map.first_entry().unwrap().into_mut();
    /// *value = 'b';
    /// assert_eq!(map[&1], 'b');
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_mut(self) -> &'a mut V {
        &mut self.map.root.at_mut(&self.path).expect(TAKEN).1
    }

    /// Replaces the value, and returns the old one.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!(map.first_entry().unwrap().insert('b'), 'a');
    /// ```
    #[track_caller]
    pub fn insert(&mut self, value: V) -> V {
        std::mem::replace(self.get_mut(), value)
    }

    /// Takes the value out, as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!((map.first_entry().unwrap().remove(), map.len()), ('a', 0));
    /// ```
    #[track_caller]
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Takes the entry out, as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!(map.first_entry().unwrap().remove_entry(), (1, 'a'));
    /// ```
    #[track_caller]
    pub fn remove_entry(mut self) -> (K, V) {
        self.map.remove_at(&mut self.path)
    }
}

impl<K: Portable + Ord + fmt::Debug, V: Portable + fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Entry::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: Portable + Ord + fmt::Debug, V: Portable> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}

impl<K: Portable + Ord + fmt::Debug, V: Portable + fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry").field("key", self.key()).field("value", self.get()).finish()
    }
}
