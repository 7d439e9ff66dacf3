//! The iterators over whole maps.

use super::BTreeMap;
use super::walk::{Mutable, Owned, Shared, Walk, Way};
use crate::collections::ordered::{at_its_end, iterates};
use drust_heap::Portable;
use std::fmt;

/// The entries of a map, in the order of their keys; see [`BTreeMap::iter`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Iter};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let mut entries: Iter<'_, u32, char> = map.iter();
/// assert_eq!((entries.len(), entries.next_back()), (2, Some((&2, &'b'))));
/// ```
pub struct Iter<'a, K: Portable, V: Portable>(Known<Shared<'a, K, V>>);

/// The entries of a map, their values to be written; see [`BTreeMap::iter_mut`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::IterMut};
/// let mut map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let entries: IterMut<'_, u32, char> = map.iter_mut();
/// entries.for_each(|(_, value)| value.make_ascii_uppercase());
/// assert_eq!(map[&2], 'B');
/// ```
pub struct IterMut<'a, K: Portable, V: Portable>(Known<Mutable<'a, K, V>>);

/// The entries of a map by value, in the order of their keys. It stays on its node; nodes of the tree that it did not
/// come to stay where they are, and are freed from here.
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::IntoIter};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let mut entries: IntoIter<u32, char> = map.into_iter();
/// assert_eq!(entries.next(), Some((1, 'a')));
/// ```
pub struct IntoIter<K: Portable, V: Portable>(Known<Owned<K, V>>);

/// The keys of a map, in their order; see [`BTreeMap::keys`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Keys};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let keys: Keys<'_, u32, char> = map.keys();
/// assert!(keys.eq(&[1, 2]));
/// ```
pub struct Keys<'a, K: Portable, V: Portable>(Iter<'a, K, V>);

/// The values of a map, in the order of their keys; see [`BTreeMap::values`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Values};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let values: Values<'_, u32, char> = map.values();
/// assert_eq!(values.collect::<std::string::String>(), "ab");
/// ```
pub struct Values<'a, K: Portable, V: Portable>(Iter<'a, K, V>);

/// The values of a map, to be written; see [`BTreeMap::values_mut`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::ValuesMut};
/// let mut map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let mut values: ValuesMut<'_, u32, char> = map.values_mut();
/// *values.next().unwrap() = 'z';
/// assert_eq!(map[&1], 'z');
/// ```
pub struct ValuesMut<'a, K: Portable, V: Portable>(IterMut<'a, K, V>);

/// The keys of a map by value; see [`BTreeMap::into_keys`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::IntoKeys};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let keys: IntoKeys<u32, char> = map.into_keys();
/// assert!(keys.eq([1, 2]));
/// ```
pub struct IntoKeys<K: Portable, V: Portable>(IntoIter<K, V>);

/// The values of a map by value; see [`BTreeMap::into_values`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::IntoValues};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let values: IntoValues<u32, char> = map.into_values();
/// assert!(values.eq(['a', 'b']));
/// ```
pub struct IntoValues<K: Portable, V: Portable>(IntoIter<K, V>);

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// The entries, in the order of their keys. Nodes that are not here are fetched as the iterator comes to them, each
    /// once, and stay pinned as long as the map is borrowed.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert!(map.iter().eq([(&1, &'a'), (&2, &'b')]));
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(Known { walk: Walk::whole(&self.root), left: self.len })
    }

    /// The entries, in the order of their keys, with values that may be changed. Each node that the iterator comes to
    /// moves here.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 10), (2, 20)]);
    /// map.iter_mut().for_each(|(key, value)| *value += key);
    /// assert!(map.values().eq(&[11, 22]));
    /// ```
    #[track_caller]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut(Known { walk: Walk::whole(&mut self.root), left: self.len })
    }

    /// The keys, in their order. Fetches as [`BTreeMap::iter`].
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert!(map.keys().eq(&[1, 2]));
    /// ```
    #[track_caller]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// The values, in the order of their keys. Fetches as [`BTreeMap::iter`].
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert!(map.values().eq(&['a', 'b']));
    /// ```
    #[track_caller]
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.iter())
    }

    /// The values, in the order of their keys, to be changed. Each node that the iterator comes to moves here.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 10), (2, 20)]);
    /// map.values_mut().for_each(|value| *value += 1);
    /// assert_eq!(map[&2], 21);
    /// ```
    #[track_caller]
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut(self.iter_mut())
    }

    /// The keys by value, in their order. Each node that the iterator comes to moves here.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert!(map.into_keys().eq([1, 2]));
    /// ```
    #[track_caller]
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys(self.into_iter())
    }

    /// The values by value, in the order of their keys. Each node that the iterator comes to moves here.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert!(map.into_values().eq(['a', 'b']));
    /// ```
    #[track_caller]
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues(self.into_iter())
    }
}

impl<K: Portable, V: Portable> IntoIterator for BTreeMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter(Known { walk: Walk::whole(self.root), left: self.len })
    }
}

impl<'a, K: Portable, V: Portable> IntoIterator for &'a BTreeMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Portable, V: Portable> IntoIterator for &'a mut BTreeMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[track_caller]
    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

/// A walk over so many entries.
struct Known<W: Way> {
    walk: Walk<W>,
    left: usize,
}

impl<W: Way> Iterator for Known<W> {
    type Item = W::Entry;

    #[inline]
    #[track_caller]
    fn next(&mut self) -> Option<W::Entry> {
        let entry = self.walk.next()?;
        self.left -= 1;
        Some(entry)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<W: Way> DoubleEndedIterator for Known<W> {
    #[inline]
    #[track_caller]
    fn next_back(&mut self) -> Option<W::Entry> {
        let entry = self.walk.next_back()?;
        self.left -= 1;
        Some(entry)
    }
}

impl<W: Way> Default for Known<W> {
    fn default() -> Known<W> {
        Known { walk: Walk::default(), left: 0 }
    }
}

impl<W: Way> Clone for Known<W>
where
    Walk<W>: Clone,
{
    fn clone(&self) -> Known<W> {
        Known { walk: self.walk.clone(), left: self.left }
    }
}

iterates!(in order: ['a, K: Portable, V: Portable] Iter<'a, K, V>, (&'a K, &'a V), |(key, value)| (key, value));
iterates! {
    in order: ['a, K: Portable, V: Portable] IterMut<'a, K, V>, (&'a K, &'a mut V), |(key, value)| (&*key, value)
}
iterates!(in order: [K: Portable, V: Portable] IntoIter<K, V>, (K, V), |entry| entry);
iterates!(in order: ['a, K: Portable, V: Portable] Keys<'a, K, V>, &'a K, |(key, _)| key);
iterates!(['a, K: Portable, V: Portable] Values<'a, K, V>, &'a V, |(_, value)| value,);
iterates!(['a, K: Portable, V: Portable] ValuesMut<'a, K, V>, &'a mut V, |(_, value)| value,);
iterates!(in order: [K: Portable, V: Portable] IntoKeys<K, V>, K, |(key, _)| key);
iterates!([K: Portable, V: Portable] IntoValues<K, V>, V, |(_, value)| value,);

at_its_end! {
    ['a, K: Portable, V: Portable] Iter<'a, K, V>;
    ['a, K: Portable, V: Portable] IterMut<'a, K, V>;
    [K: Portable, V: Portable] IntoIter<K, V>;
    ['a, K: Portable, V: Portable] Keys<'a, K, V>;
    ['a, K: Portable, V: Portable] Values<'a, K, V>;
    ['a, K: Portable, V: Portable] ValuesMut<'a, K, V>;
    [K: Portable, V: Portable] IntoKeys<K, V>;
    [K: Portable, V: Portable] IntoValues<K, V>;
}

impl<K: Portable, V: Portable> ExactSizeIterator for Iter<'_, K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for IntoIter<K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for Keys<'_, K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for Values<'_, K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for ValuesMut<'_, K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for IntoKeys<K, V> {}
impl<K: Portable, V: Portable> ExactSizeIterator for IntoValues<K, V> {}

impl<K: Portable, V: Portable> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<K: Portable, V: Portable> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Keys(self.0.clone())
    }
}

impl<K: Portable, V: Portable> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Values(self.0.clone())
    }
}

impl<K: Portable + fmt::Debug, V: Portable + fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: Portable + fmt::Debug, V: Portable> fmt::Debug for Keys<'_, K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: Portable, V: Portable + fmt::Debug> fmt::Debug for Values<'_, K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows how many items are left: what they are cannot be seen without taking them.
macro_rules! shows_what_is_left {
    ($([$($lifetime:tt)*] $name:literal $of:ty),*) => {$(
        impl<K: Portable, V: Portable> fmt::Debug for $of {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

shows_what_is_left!(
    ['_] "IterMut" IterMut<'_, K, V>,
    ['_] "ValuesMut" ValuesMut<'_, K, V>,
    [] "IntoIter" IntoIter<K, V>,
    [] "IntoKeys" IntoKeys<K, V>,
    [] "IntoValues" IntoValues<K, V>
);
