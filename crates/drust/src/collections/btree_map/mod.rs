//! `BTreeMap`: an ordered map whose nodes lie in the cluster's heap.
//!
//! A [`BTreeMap`] is a root and a length. The other nodes are [`Vec`](crate::Vec)s of up to 64 entries, or of branches
//! to further nodes; each is an object of its own, and is fetched, copied and moved by itself.
//!
//! | operation | between nodes (on `shm` a fetch is one direct read and no message) |
//! |---|---|
//! | anything at home; what was read before | 0 |
//! | a lookup | 1 fetch for each node on the path, 3 or 4 for a million small entries |
//! | [`iter`](BTreeMap::iter), [`range`](BTreeMap::range) | 1 fetch for each node with such entries |
//! | `insert`, `remove`, `get_mut`, entries | the lookup; what is on the path, and is not here, moves here |
//! | [`iter_mut`](BTreeMap::iter_mut), `into_iter`, `retain`, `append` | each node moves here |
//! | drop of a remote map | 1 one-way (with a user's `Drop` inside: the values come here first) |
//!
//! Keys that own objects themselves, as long `String`s, are fetched one by one as they are compared.
//!
//! Moving a node is 1 fetch and 1 one-way free, and only the one-way if its copy is here, as after a lookup. The
//! tree's other nodes stay where they are, so that a map can lie on many nodes of the cluster.
//!
//! Where a fetch is a message, whoever iterates by reference has the next few leaves under way while it is at one: 2 at
//! the first leaf, then twice as many each time, up to 16. Clones and comparisons begin with 16.
//!
//! References that a lookup or `iter` hands out keep the tree's nodes pinned, as those from a `Vec` do, until the map
//! is written, sent or dropped. A scan of a map larger than this node's memory reads ranges, and calls
//! [`BTreeMap::release`] in between. The trait impls that only look, as `==`, `Debug`, `Hash` and `Clone`, leave no
//! pin.
//!
//! Keys whose `Ord` panics, contradicts itself or changes with time break no memory: the map may answer anything,
//! panic, or hold a key twice, but it holds each value once, and drops it once. A comparison that panics leaves the map
//! as it was, but for [`BTreeMap::append`], which may leave it empty.
//!
//! Of std's `BTreeMap` these are absent: what is unstable (cursors, `try_insert`, `merge`) and allocators.
//!
//! ```
//! use drust::collections::BTreeMap;
//! let mut initials = BTreeMap::from([(1815, 'A'), (1906, 'G')]);
//! initials.insert(1903, 'J');
//! assert_eq!(initials.range(1900..).next(), Some((&1903, &'J')));
//! ```

mod build;
mod bulk;
mod change;
mod entry;
mod from;
mod iter;
mod node;
mod path;
mod quiet;
mod range;
#[cfg(test)]
mod tests;
mod traits;
mod walk;

pub use bulk::ExtractIf;
pub(super) use bulk::Taking;
pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Values, ValuesMut};
pub use range::{Range, RangeMut};

use drust_heap::Portable;
use drust_macros::Portable;
use node::Node;
use path::Path;
use std::borrow::Borrow;

/// An ordered map, as std's, wherever in the cluster its nodes lie. [What it costs](self).
///
/// A `BTreeMap` is 56 bytes, and so is an `Option` of it; the layout is private.
///
/// ```
/// use drust::collections::BTreeMap;
/// let mut ages = BTreeMap::from([("Ada", 36), ("Alan", 41)].map(|(name, age)| (drust::String::from(name), age)));
/// ages.insert("Grace".into(), 85);
/// assert_eq!(ages["Alan"], 41);
/// assert!(ages.keys().map(|name| &name[..]).eq(["Ada", "Alan", "Grace"]));
/// ```
#[derive(Portable)]
pub struct BTreeMap<K: Portable, V: Portable> {
    root: Node<K, V>,
    len: usize,
}

const _: () = assert!(size_of::<BTreeMap<u8, u8>>() == 56 && size_of::<Option<BTreeMap<u8, u8>>>() == 56);

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// A map without entries, objects or messages.
    ///
    /// ```
    /// use drust::collections::BTreeMap;
    /// static NONE: BTreeMap<u32, u32> = BTreeMap::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> BTreeMap<K, V> {
        BTreeMap { root: Node::EMPTY, len: 0 }
    }

    /// Drops all entries. A remote map is freed by its home.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        drop(std::mem::take(self));
    }

    /// Entries in it; known without looking at them.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.len(), 2);
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::<u32, u32>::new();
    /// assert!(map.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of `key`. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!((map.get(&1), map.get(&2)), (Some(&'a'), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.root.get(key).map(|(_, value)| value)
    }

    /// The key in the map that equals `key`, and its value. Fetches as [`BTreeMap::get`].
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!(map.get_key_value(&1), Some((&1, &'a')));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.root.get(key).map(|(key, value)| (key, value))
    }

    /// Whether `key` is in the map. Fetches as [`BTreeMap::get`].
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert!(map.contains_key(&1) && !map.contains_key(&2));
    /// ```
    #[inline]
    #[track_caller]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.root.get(key).is_some()
    }

    /// The value of `key`, to be written. If it is there, the nodes on its path move here.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// *map.get_mut(&1).unwrap() = 'b';
    /// assert_eq!(map[&1], 'b');
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        let (path, found) = self.root.find(key);
        if found { self.root.at_mut(&path).map(|(_, value)| value) } else { None }
    }

    /// Puts an entry in. If the key is there already, its value is replaced and returned, and the key stays. The nodes
    /// on its path move here.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::new();
    /// assert_eq!((map.insert(1, 'a'), map.insert(1, 'b')), (None, Some('a')));
    /// ```
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, key: K, value: V) -> Option<V>
    where
        K: Ord,
    {
        let (mut path, found) = self.root.find(&key);
        if found {
            return self.root.at_mut(&path).map(|entry| std::mem::replace(&mut entry.1, value));
        }
        self.root.insert_at(&mut path, (key, value));
        self.len += 1;
        None
    }

    /// Takes the value of `key` out. If it is there, the nodes on its path move here, and a neighbour of one that gets
    /// too empty.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!((map.remove(&1), map.remove(&1)), (Some('a'), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Takes the entry of `key` out, as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a')]);
    /// assert_eq!(map.remove_entry(&1), Some((1, 'a')));
    /// ```
    #[inline]
    #[track_caller]
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        let (mut path, found) = self.root.find(key);
        found.then(|| self.remove_at(&mut path))
    }

    /// Gives back the copies that looks into the map have pinned; sends nothing.
    ///
    /// ```
    /// use drust::collections::BTreeMap;
    /// let mut map = BTreeMap::from([(1, 'a')]);
    /// BTreeMap::release(&mut map);
    /// assert_eq!(map[&1], 'a');
    /// ```
    #[track_caller]
    pub fn release(this: &mut BTreeMap<K, V>) {
        this.root.release();
    }

    /// Puts an entry in. If the key is there already, it is replaced and returned, and so is its value.
    #[track_caller]
    pub(super) fn replace(&mut self, key: K, value: V) -> Option<(K, V)>
    where
        K: Ord,
    {
        let (mut path, found) = self.root.find(&key);
        if found {
            return self.root.at_mut(&path).map(|entry| std::mem::replace(entry, (key, value)));
        }
        self.root.insert_at(&mut path, (key, value));
        self.len += 1;
        None
    }

    /// Takes out the entry at `path`.
    #[inline]
    #[track_caller]
    fn remove_at(&mut self, path: &mut Path) -> (K, V) {
        let (entry, _) = self.root.remove_at(path);
        self.len -= 1;
        entry
    }

    /// The path to the first entry, or to the last.
    #[track_caller]
    fn end(&self, last: bool) -> Option<Path> {
        let mut path = Path::ROOT;
        if self.is_empty() {
            return None;
        }
        if last {
            self.root.go_last(&mut path);
        } else {
            self.root.go_first(&mut path);
        }
        Some(path)
    }

    /// The entry with the least key. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.first_key_value(), Some((&1, &'a')));
    /// ```
    #[track_caller]
    pub fn first_key_value(&self) -> Option<(&K, &V)>
    where
        K: Ord,
    {
        self.root.at(&self.end(false)?).map(|(key, value)| (key, value))
    }

    /// The entry with the greatest key. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.last_key_value(), Some((&2, &'b')));
    /// ```
    #[track_caller]
    pub fn last_key_value(&self) -> Option<(&K, &V)>
    where
        K: Ord,
    {
        self.root.at(&self.end(true)?).map(|(key, value)| (key, value))
    }

    /// Takes out the entry with the least key, as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!((map.pop_first(), map.len()), (Some((1, 'a')), 1));
    /// ```
    #[track_caller]
    pub fn pop_first(&mut self) -> Option<(K, V)>
    where
        K: Ord,
    {
        let mut path = self.end(false)?;
        Some(self.remove_at(&mut path))
    }

    /// Takes out the entry with the greatest key, as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!((map.pop_last(), map.len()), (Some((2, 'b')), 1));
    /// ```
    #[track_caller]
    pub fn pop_last(&mut self) -> Option<(K, V)>
    where
        K: Ord,
    {
        let mut path = self.end(true)?;
        Some(self.remove_at(&mut path))
    }
}
