//! Ranges of a map: where they begin and end, and the walks between.

use super::BTreeMap;
use super::node::{Branch, Entry, Node, search_inner, search_leaf};
use super::path::Path;
use super::walk::{Mutable, Opened, Piece, Shared, Walk, Way};
use crate::collections::ordered::{at_its_end, iterates};
use drust_heap::Portable;
use std::borrow::Borrow;
use std::fmt;
use std::ops::{Bound, RangeBounds};

/// The entries of a range of a map; see [`BTreeMap::range`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::Range};
/// let map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let range: Range<'_, u32, char> = map.range(2..);
/// assert!(range.eq([(&2, &'b')]));
/// ```
pub struct Range<'a, K: Portable, V: Portable>(Walk<Shared<'a, K, V>>);

/// The entries of a range of a map, their values to be written; see [`BTreeMap::range_mut`].
///
/// ```
/// use drust::collections::{BTreeMap, btree_map::RangeMut};
/// let mut map = BTreeMap::from([(2, 'b'), (1, 'a')]);
/// let range: RangeMut<'_, u32, char> = map.range_mut(..2);
/// range.for_each(|(_, value)| *value = 'z');
/// assert_eq!((map[&1], map[&2]), ('z', 'b'));
/// ```
pub struct RangeMut<'a, K: Portable, V: Portable>(Walk<Mutable<'a, K, V>>);

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// The entries whose keys are in `range`, in their order. Fetches the nodes on the paths to both ends that are not
    /// here, and then as [`BTreeMap::iter`]: nodes outside of the range are not looked at.
    ///
    /// # Panics
    /// Where the range ends before it begins, or begins and ends at a key that both bounds exclude.
    ///
    /// ```
    /// let map = drust::collections::BTreeMap::from([(3, 'a'), (5, 'b'), (8, 'c')]);
    /// assert!(map.range(4..).eq([(&5, &'b'), (&8, &'c')]));
    /// ```
    #[track_caller]
    pub fn range<T, R>(&self, range: R) -> Range<'_, K, V>
    where
        T: Ord + ?Sized,
        K: Borrow<T> + Ord,
        R: RangeBounds<T>,
    {
        self.range_of("BTreeMap", range)
    }

    /// As [`BTreeMap::range`], with panics that name `collection`.
    #[track_caller]
    pub(in super::super) fn range_of<T, R>(&self, collection: &str, range: R) -> Range<'_, K, V>
    where
        T: Ord + ?Sized,
        K: Borrow<T> + Ord,
        R: RangeBounds<T>,
    {
        let (from, to) = edges(&range, collection);
        Range(Walk::range(&self.root, from, to))
    }

    /// The entries whose keys are in `range`, in their order, with values that may be changed. The nodes on the paths
    /// to both ends move here, and each node that the iterator comes to.
    ///
    /// # Panics
    /// As [`BTreeMap::range`].
    ///
    /// ```
    /// let mut map = drust::collections::BTreeMap::from([(3, 30), (5, 50)]);
    /// map.range_mut(4..).for_each(|(_, value)| *value += 1);
    /// assert!(map.values().eq(&[30, 51]));
    /// ```
    #[track_caller]
    pub fn range_mut<T, R>(&mut self, range: R) -> RangeMut<'_, K, V>
    where
        T: Ord + ?Sized,
        K: Borrow<T> + Ord,
        R: RangeBounds<T>,
    {
        let (from, to) = edges(&range, "BTreeMap");
        RangeMut(Walk::range(&mut self.root, from, to))
    }
}

/// A place between two entries of a tree, or of a part of it.
pub(super) enum Edge<'q, Q: ?Sized> {
    First,
    Before(&'q Q),
    After(&'q Q),
    Last,
}

impl<Q: ?Sized> Clone for Edge<'_, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: ?Sized> Copy for Edge<'_, Q> {}

impl<'q, Q: Ord + ?Sized> Edge<'q, Q> {
    /// How many entries of a leaf are before it.
    fn in_leaf<K: Borrow<Q>, V>(self, entries: &[Entry<K, V>]) -> usize {
        match self {
            Edge::First => 0,
            Edge::Before(key) => search_leaf(entries, key).unwrap_or_else(|at| at),
            Edge::After(key) => search_leaf(entries, key).map_or_else(|at| at, |at| at + 1),
            Edge::Last => entries.len(),
        }
    }

    /// In which child it is, and where there.
    fn in_inner<K: Portable + Borrow<Q>, V: Portable>(self, branches: &[Branch<K, V>]) -> (usize, Edge<'q, Q>) {
        match self {
            Edge::First => (0, self),
            Edge::Before(key) => search_inner(branches, key).map_or_else(|at| (at, self), |at| (at, Edge::Last)),
            Edge::After(key) => search_inner(branches, key).map_or_else(|at| (at, self), |at| (at + 1, Edge::First)),
            Edge::Last => (branches.len() - 1, self),
        }
    }
}

/// A range's beginning and end, with std's panics for a `collection` of that name.
#[track_caller]
fn edges<'q, Q: Ord + ?Sized, R: RangeBounds<Q>>(range: &'q R, collection: &str) -> (Edge<'q, Q>, Edge<'q, Q>) {
    let (from, to) = (range.start_bound(), range.end_bound());
    match (from, to) {
        (Bound::Excluded(from), Bound::Excluded(to)) if from == to => {
            panic!("range start and end are equal and excluded in {collection}");
        }
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) if from > to => {
            panic!("range start is greater than range end in {collection}");
        }
        _ => {}
    }
    let from = match from {
        Bound::Unbounded => Edge::First,
        Bound::Included(key) => Edge::Before(key),
        Bound::Excluded(key) => Edge::After(key),
    };
    let to = match to {
        Bound::Unbounded => Edge::Last,
        Bound::Included(key) => Edge::After(key),
        Bound::Excluded(key) => Edge::Before(key),
    };
    (from, to)
}

/// The path to the first entry behind an edge, or behind all entries of its leaf.
#[track_caller]
pub(super) fn lower<K, V, Q>(root: &Node<K, V>, from: Edge<'_, Q>) -> Path
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: Ord + ?Sized,
{
    let mut path = Path::ROOT;
    let (mut node, mut from) = (root, from);
    loop {
        match node {
            Node::Leaf(entries) => {
                path.push(from.in_leaf(entries));
                return path;
            }
            Node::Inner(branches) => {
                let at;
                (at, from) = from.in_inner(branches);
                path.push(at);
                node = &branches[at].child;
            }
        }
    }
}

/// A way whose nodes can be looked at before they are opened.
trait Ranged<K: Portable, V: Portable>: Way {
    fn node(child: &Self::Child) -> &Node<K, V>;
}

impl<K: Portable, V: Portable> Ranged<K, V> for Shared<'_, K, V> {
    fn node(child: &Self::Child) -> &Node<K, V> {
        child
    }
}

impl<K: Portable, V: Portable> Ranged<K, V> for Mutable<'_, K, V> {
    fn node(child: &Self::Child) -> &Node<K, V> {
        child
    }
}

impl<W: Way> Walk<W> {
    /// The entries between two edges.
    #[track_caller]
    fn range<K, V, Q>(root: W::Child, from: Edge<'_, Q>, to: Edge<'_, Q>) -> Walk<W>
    where
        W: Ranged<K, V>,
        K: Portable + Borrow<Q>,
        V: Portable,
        Q: Ord + ?Sized,
    {
        let mut walk = Walk::default();
        let (mut child, mut from, mut to) = (root, from, to);
        loop {
            if matches!((from, to), (Edge::First, Edge::First) | (Edge::Last, Edge::Last)) {
                return walk;
            }
            let (first, last) = match W::node(&child) {
                Node::Leaf(entries) => {
                    let entries = &entries[..];
                    let (first, last) = (from.in_leaf(entries), to.in_leaf(entries));
                    assert!(first <= last, "Ord is ill-defined in BTreeMap range");
                    let surplus = entries.len() - last;
                    walk.front = leaf::<W>(child, first, surplus);
                    return walk;
                }
                Node::Inner(branches) => {
                    let (first, last);
                    (first, from) = from.in_inner(branches);
                    (last, to) = to.in_inner(branches);
                    assert!(first <= last, "Ord is ill-defined in BTreeMap range");
                    (first, last)
                }
            };
            let mut piece = Piece::new(inner::<W>(child, first, Some(last)));
            if first < last {
                let (low, high) = (piece.cut_front(from), piece.cut_back());
                walk.pieces.push_front(piece);
                if let Some(low) = low {
                    walk.descend(low, from);
                }
                walk.descend_back(high, to);
                return walk;
            }
            child = piece.branches.next().expect("there is one").0;
        }
    }

    /// Opens the part of `child` behind an edge, at the front.
    #[track_caller]
    fn descend<K, V, Q>(&mut self, child: W::Child, from: Edge<'_, Q>)
    where
        W: Ranged<K, V>,
        K: Portable + Borrow<Q>,
        V: Portable,
        Q: Ord + ?Sized,
    {
        let (mut child, mut from) = (child, from);
        while !matches!(from, Edge::Last) {
            let first;
            match W::node(&child) {
                Node::Leaf(entries) => {
                    let first = from.in_leaf(entries);
                    self.front = leaf::<W>(child, first, 0);
                    return;
                }
                Node::Inner(branches) => (first, from) = from.in_inner(branches),
            }
            let mut piece = Piece::new(inner::<W>(child, first, None));
            let below = piece.cut_front(from);
            self.pieces.push_front(piece);
            let Some(below) = below else { return };
            child = below;
        }
    }

    /// Opens the part of `child` before an edge, at the back.
    #[track_caller]
    fn descend_back<K, V, Q>(&mut self, child: W::Child, to: Edge<'_, Q>)
    where
        W: Ranged<K, V>,
        K: Portable + Borrow<Q>,
        V: Portable,
        Q: Ord + ?Sized,
    {
        let (mut child, mut to) = (child, to);
        loop {
            let last;
            match to {
                Edge::First => return,
                Edge::Last => {
                    if let Some(piece) = self.pieces.back_mut() {
                        piece.child = Some(child);
                    }
                    return;
                }
                _ => {}
            }
            match W::node(&child) {
                Node::Leaf(entries) => {
                    let surplus = entries.len() - to.in_leaf(entries);
                    self.back = leaf::<W>(child, 0, surplus);
                    return;
                }
                Node::Inner(branches) => (last, to) = to.in_inner(branches),
            }
            let mut piece = Piece::new(inner::<W>(child, 0, Some(last)));
            child = piece.cut_back();
            self.pieces.push_back(piece);
        }
    }
}

impl<W: Way> Piece<W> {
    /// Takes the first child out, and leaves its entry, unless the child is behind the edge as a whole.
    #[track_caller]
    fn cut_front<Q: ?Sized>(&mut self, from: Edge<'_, Q>) -> Option<W::Child> {
        if matches!(from, Edge::First) {
            return None;
        }
        let (child, entry) = self.branches.next()?;
        self.entry = entry;
        Some(child)
    }

    /// Takes the last child out, and its entry.
    #[track_caller]
    fn cut_back(&mut self) -> W::Child {
        // Not the next one from the back: nobody walks from there yet, so nothing is fetched ahead.
        self.branches.nth_back(0).expect("a branch is at the edge").0
    }
}

/// The entries of a leaf but for so many at both ends.
#[track_caller]
fn leaf<W: Way>(child: W::Child, before: usize, behind: usize) -> W::Leaf {
    match W::open(child) {
        Opened::Leaf(leaf) => trimmed(leaf, before, behind),
        Opened::Inner(_) => unreachable!("it was a leaf"),
    }
}

/// The branches of an inner node from `first` to `last`.
#[track_caller]
fn inner<W: Way>(child: W::Child, first: usize, last: Option<usize>) -> W::Branches {
    match W::open(child) {
        Opened::Inner(branches) => {
            let behind = last.map_or(0, |last| branches.len() - 1 - last);
            trimmed(branches, first, behind)
        }
        Opened::Leaf(_) => unreachable!("it was an inner node"),
    }
}

fn trimmed<I: DoubleEndedIterator>(mut items: I, before: usize, behind: usize) -> I {
    if before > 0 {
        items.nth(before - 1);
    }
    if behind > 0 {
        items.nth_back(behind - 1);
    }
    items
}

iterates!(in order: ['a, K: Portable, V: Portable] Range<'a, K, V>, (&'a K, &'a V), |(key, value)| (key, value));
iterates! {
    in order: ['a, K: Portable, V: Portable] RangeMut<'a, K, V>, (&'a K, &'a mut V), |(key, value)| (&*key, value)
}
at_its_end! { ['a, K: Portable, V: Portable] Range<'a, K, V>; }

impl<K: Portable, V: Portable> Clone for Range<'_, K, V> {
    fn clone(&self) -> Self {
        Range(self.0.clone())
    }
}

impl<K: Portable + fmt::Debug, V: Portable + fmt::Debug> fmt::Debug for Range<'_, K, V> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: Portable, V: Portable> fmt::Debug for RangeMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeMut").finish_non_exhaustive()
    }
}
