//! Changes of many entries at once.

use super::BTreeMap;
use super::build::Builder;
use super::node::Node;
use super::path::Path;
use super::range::{Edge, lower};
use drust_heap::Portable;
use drust_runtime::cancel;
use std::borrow::Borrow;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Bound, RangeBounds};

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// Moves all entries of `other` to this map. Where a key is in both, the value is `other`'s, and the key stays.
    ///
    /// Few entries are put in one by one, each as by [`BTreeMap::insert`]; for many both maps are built anew, and all
    /// their nodes move here.
    ///
    /// ```
    /// use drust::collections::BTreeMap;
    /// let (mut a, mut b) = (BTreeMap::from([(1, 'a'), (2, 'b')]), BTreeMap::from([(2, 'c'), (3, 'd')]));
    /// a.append(&mut b);
    /// assert!(b.is_empty() && a.into_values().eq(['a', 'c', 'd']));
    /// ```
    #[track_caller]
    pub fn append(&mut self, other: &mut BTreeMap<K, V>)
    where
        K: Ord,
    {
        if self.is_empty() {
            std::mem::swap(self, other);
            return;
        }
        // Entries are under way between the maps from here on: that is done whatever bounds this thread.
        cancel::check();
        cancel::unbound(|| self.merge(std::mem::take(other)));
    }

    #[track_caller]
    fn merge(&mut self, other: BTreeMap<K, V>)
    where
        K: Ord,
    {
        if other.len < self.len / 8 {
            self.extend(other);
            return;
        }
        let mut built = Builder::new();
        let (mut left, mut right) = (std::mem::take(self).into_iter().peekable(), other.into_iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let order = a.0.cmp(&b.0);
            let first = if order.is_le() { left.next() } else { right.next() };
            let Some((key, mut value)) = first else { break };
            if order.is_eq()
                && let Some((_, newer)) = right.next()
            {
                value = newer;
            }
            built.push((key, value));
        }
        left.chain(right).for_each(|entry| built.push(entry));
        *self = built.finish();
    }

    /// Takes the entries from `key` on. The nodes on its path move here, and their neighbours that get too empty; those
    /// at a leaf's distance are read, to count the entries.
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
    /// let rest = map.split_off(&2);
    /// assert!(map.keys().eq(&[1]) && rest.keys().eq(&[2, 3]));
    /// ```
    #[track_caller]
    pub fn split_off<Q>(&mut self, key: &Q) -> BTreeMap<K, V>
    where
        Q: Ord + ?Sized,
        K: Borrow<Q> + Ord,
    {
        let path = lower(&self.root, Edge::Before(key));
        cancel::unbound(|| {
            let mut root = self.root.cut(path.steps());
            self.root.mend_brink(true);
            root.mend_brink(false);
            let len = root.count();
            self.len -= len;
            BTreeMap { root, len }
        })
    }

    /// Keeps the entries for which `keep` says so, which sees them in the order of their keys. Each node moves here.
    ///
    /// ```
    /// let mut map: drust::collections::BTreeMap<_, _> = (0..8).map(|n| (n, n * 10)).collect();
    /// map.retain(|key, _| key % 2 == 0);
    /// assert!(map.values().eq(&[0, 20, 40, 60]));
    /// ```
    #[track_caller]
    pub fn retain<F>(&mut self, mut keep: F)
    where
        K: Ord,
        F: FnMut(&K, &mut V) -> bool,
    {
        let mut next = self.end(false);
        while let Some(mut path) = next {
            let more = if matches!(self.root.node_mut(&path), Node::Leaf(_)) {
                self.retain_in_leaf(&mut path, &mut keep)
            } else {
                self.retain_in_inner(&mut path, &mut keep)
            };
            next = more.then_some(path);
        }
    }

    /// Sifts the entries of a leaf from `path` on, and goes on to what follows, if there is anything.
    #[track_caller]
    fn retain_in_leaf(&mut self, path: &mut Path, keep: &mut impl FnMut(&K, &mut V) -> bool) -> bool {
        let at = path.last();
        let mut sifting = Sifting { map: self, path, kept: at, next: at };
        if let Node::Leaf(entries) = sifting.map.root.node_mut(sifting.path) {
            let entries = &mut entries[..];
            while let Some((key, value)) = entries.get_mut(sifting.next) {
                if keep(key, value) {
                    entries.swap(sifting.kept, sifting.next);
                    sifting.kept += 1;
                }
                sifting.next += 1;
            }
        }
        drop(sifting);
        self.root.settle(path)
    }

    /// Sifts an entry of an inner node, and goes on to the next one, if there is one.
    #[track_caller]
    fn retain_in_inner(&mut self, path: &mut Path, keep: &mut impl FnMut(&K, &mut V) -> bool) -> bool {
        let (key, value) = self.root.at_mut(path).expect("the path leads to an entry");
        if !keep(key, value) {
            drop(self.remove_at(path));
            self.root.settle(path);
        }
        // Past the entry that was kept, or the one from a leaf before that took its place.
        self.root.advance(path)
    }

    /// Takes the entries in `range` for which `wanted` says so, which sees them in the order of their keys; those that
    /// the iterator did not come to stay in the map. Each node that it comes to moves here.
    ///
    /// ```
    /// let mut map: drust::collections::BTreeMap<_, _> = (0..8).map(|n| (n, n)).collect();
    /// assert!(map.extract_if(2..6, |key, _| key % 2 == 0).eq([(2, 2), (4, 4)]));
    /// assert_eq!(map.len(), 6);
    /// ```
    #[track_caller]
    pub fn extract_if<F, R>(&mut self, range: R, wanted: F) -> ExtractIf<'_, K, V, R, F>
    where
        K: Ord,
        R: RangeBounds<K>,
        F: FnMut(&K, &mut V) -> bool,
    {
        ExtractIf { taking: Taking::new(self, range), wanted }
    }
}

/// A leaf being sifted: entries between `kept` and `next` are to go. They do when this ends, also by a panic.
struct Sifting<'a, K: Portable, V: Portable> {
    map: &'a mut BTreeMap<K, V>,
    path: &'a mut Path,
    kept: usize,
    next: usize,
}

impl<K: Portable, V: Portable> Drop for Sifting<'_, K, V> {
    #[track_caller]
    fn drop(&mut self) {
        let mut gone = std::vec::Vec::new();
        if let Node::Leaf(entries) = self.map.root.node_mut(self.path) {
            gone.extend(entries.drain(self.kept..self.next));
        }
        self.map.len -= gone.len();
        self.path.set_last(self.kept);
        self.map.root.mend(self.path);
        // What their drops do finds the tree in order.
        drop(gone);
    }
}

/// Takes entries out of a map; see [`BTreeMap::extract_if`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::ExtractIf};
/// let mut map = BTreeMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
/// let odd: ExtractIf<'_, u32, char, _, _> = map.extract_if(.., |key, _| key % 2 == 1);
/// assert!(odd.eq([(1, 'a'), (3, 'c')]));
/// assert_eq!(map.len(), 1);
/// ```
#[must_use = "iterators are lazy; `retain` takes entries out at once"]
pub struct ExtractIf<'a, K: Portable, V: Portable, R, F> {
    taking: Taking<'a, K, V, R>,
    wanted: F,
}

/// How far the entries of a range were looked at, to be taken out or not.
pub(in super::super) struct Taking<'a, K: Portable, V: Portable, R> {
    map: &'a mut BTreeMap<K, V>,
    /// The path to the entry to be looked at next.
    next: Option<Path>,
    range: R,
}

impl<'a, K: Portable + Ord, V: Portable, R: RangeBounds<K>> Taking<'a, K, V, R> {
    #[track_caller]
    pub(in super::super) fn new(map: &'a mut BTreeMap<K, V>, range: R) -> Taking<'a, K, V, R> {
        let from = match range.start_bound() {
            Bound::Unbounded => Edge::First,
            Bound::Included(key) => Edge::Before(key),
            Bound::Excluded(key) => Edge::After(key),
        };
        let mut path = lower(&map.root, from);
        let next = map.root.settle(&mut path).then_some(path);
        Taking { map, next, range }
    }

    /// Takes out the next entry that is `wanted`.
    #[track_caller]
    pub(in super::super) fn next(&mut self, mut wanted: impl FnMut(&K, &mut V) -> bool) -> Option<(K, V)> {
        loop {
            let mut path = self.next?;
            let root = &mut self.map.root;
            let (key, value) = root.at_mut(&path).expect("the path leads to an entry");
            let inside = match self.range.end_bound() {
                Bound::Unbounded => true,
                Bound::Included(last) => (*key).cmp(last).is_le(),
                Bound::Excluded(end) => (*key).cmp(end).is_lt(),
            };
            if !inside {
                self.next = None;
                return None;
            }
            if !wanted(key, value) {
                self.next = root.advance(&mut path).then_some(path);
                continue;
            }
            let (taken, passed) = root.remove_at(&mut path);
            self.map.len -= 1;
            let root = &self.map.root;
            // The entry is not lost where this is cancelled.
            let more = cancel::unbound(|| root.settle(&mut path) && (!passed || root.advance(&mut path)));
            self.next = more.then_some(path);
            return Some(taken);
        }
    }

    /// The most entries that may be taken yet.
    pub(in super::super) fn most(&self) -> usize {
        self.map.len
    }
}

impl<K, V, R, F> Iterator for ExtractIf<'_, K, V, R, F>
where
    K: Portable + Ord,
    V: Portable,
    R: RangeBounds<K>,
    F: FnMut(&K, &mut V) -> bool,
{
    type Item = (K, V);

    #[track_caller]
    fn next(&mut self) -> Option<(K, V)> {
        self.taking.next(&mut self.wanted)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.taking.most()))
    }
}

impl<K, V, R, F> FusedIterator for ExtractIf<'_, K, V, R, F>
where
    K: Portable + Ord,
    V: Portable,
    R: RangeBounds<K>,
    F: FnMut(&K, &mut V) -> bool,
{
}

impl<K: Portable, V: Portable, R, F> fmt::Debug for ExtractIf<'_, K, V, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
