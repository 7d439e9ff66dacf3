//! Walking a tree from both ends, once for all three ways: by reference, by mutable reference, by value.
//!
//! What is left of a walk is a row of pieces: the rest of the leaf at the front, rests of inner nodes, the rest of the
//! leaf at the back. Taking an item opens the piece at that end until a leaf is there. Pieces never overlap, so the
//! same code hands out `&mut`, and no step looks at more nodes than the tree is high.

use super::node::{AHEAD, Branch, Entry, Node};
use crate::vec;
use drust_heap::Portable;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::slice;

/// One of the three ways.
pub(super) trait Way {
    type Entry;
    type Child;
    type Leaf: DoubleEndedIterator<Item = Self::Entry> + ExactSizeIterator;
    type Branches: DoubleEndedIterator<Item = (Self::Child, Option<Self::Entry>)> + ExactSizeIterator;

    fn open(child: Self::Child) -> Opened<Self::Leaf, Self::Branches>;

    /// The rest of no leaf.
    fn nothing() -> Self::Leaf;
}

/// What is in a node.
pub(super) enum Opened<L, B> {
    Leaf(L),
    Inner(B),
}

/// What is left of an inner node: an entry whose child is gone, branches, a child whose entry is gone.
pub(super) struct Piece<W: Way> {
    pub(super) entry: Option<W::Entry>,
    pub(super) branches: W::Branches,
    pub(super) child: Option<W::Child>,
}

enum Item<W: Way> {
    Entry(W::Entry),
    Child(W::Child),
}

impl<W: Way> Piece<W> {
    pub(super) fn new(branches: W::Branches) -> Piece<W> {
        Piece { entry: None, branches, child: None }
    }

    #[track_caller]
    fn next(&mut self) -> Option<Item<W>> {
        if let Some(entry) = self.entry.take() {
            return Some(Item::Entry(entry));
        }
        let Some((child, entry)) = self.branches.next() else { return self.child.take().map(Item::Child) };
        self.entry = entry;
        Some(Item::Child(child))
    }

    #[track_caller]
    fn next_back(&mut self) -> Option<Item<W>> {
        if let Some(child) = self.child.take() {
            return Some(Item::Child(child));
        }
        let Some((child, entry)) = self.branches.next_back() else { return self.entry.take().map(Item::Entry) };
        let Some(entry) = entry else { return Some(Item::Child(child)) };
        self.child = Some(child);
        Some(Item::Entry(entry))
    }
}

/// The entries of a tree, or of a range of it, that were not taken yet.
pub(super) struct Walk<W: Way> {
    pub(super) front: W::Leaf,
    pub(super) pieces: VecDeque<Piece<W>>,
    pub(super) back: W::Leaf,
}

impl<W: Way> Walk<W> {
    /// All entries.
    #[track_caller]
    pub(super) fn whole(root: W::Child) -> Walk<W> {
        let mut walk = Walk::default();
        walk.open_front(root);
        walk
    }

    #[inline(never)]
    #[track_caller]
    fn next_piece(&mut self) -> Option<W::Entry> {
        while let Some(piece) = self.pieces.front_mut() {
            match piece.next() {
                Some(Item::Entry(entry)) => return Some(entry),
                Some(Item::Child(child)) => {
                    self.open_front(child);
                    if let Some(entry) = self.front.next() {
                        return Some(entry);
                    }
                }
                None => drop(self.pieces.pop_front()),
            }
        }
        self.back.next()
    }

    #[inline(never)]
    #[track_caller]
    fn next_piece_back(&mut self) -> Option<W::Entry> {
        while let Some(piece) = self.pieces.back_mut() {
            match piece.next_back() {
                Some(Item::Entry(entry)) => return Some(entry),
                Some(Item::Child(child)) => {
                    self.open_back(child);
                    if let Some(entry) = self.back.next_back() {
                        return Some(entry);
                    }
                }
                None => drop(self.pieces.pop_back()),
            }
        }
        self.front.next_back()
    }

    #[track_caller]
    fn open_front(&mut self, child: W::Child) {
        match W::open(child) {
            Opened::Leaf(leaf) => self.front = leaf,
            Opened::Inner(branches) => self.pieces.push_front(Piece::new(branches)),
        }
    }

    #[track_caller]
    fn open_back(&mut self, child: W::Child) {
        match W::open(child) {
            Opened::Leaf(leaf) => self.back = leaf,
            Opened::Inner(branches) => self.pieces.push_back(Piece::new(branches)),
        }
    }
}

impl<W: Way> Iterator for Walk<W> {
    type Item = W::Entry;

    #[inline]
    #[track_caller]
    fn next(&mut self) -> Option<W::Entry> {
        match self.front.next() {
            Some(entry) => Some(entry),
            None => self.next_piece(),
        }
    }
}

impl<W: Way> DoubleEndedIterator for Walk<W> {
    #[inline]
    #[track_caller]
    fn next_back(&mut self) -> Option<W::Entry> {
        match self.back.next_back() {
            Some(entry) => Some(entry),
            None => self.next_piece_back(),
        }
    }
}

/// A walk without entries.
impl<W: Way> Default for Walk<W> {
    fn default() -> Walk<W> {
        Walk { front: W::nothing(), pieces: VecDeque::new(), back: W::nothing() }
    }
}

impl<W: Way> Clone for Walk<W>
where
    W::Leaf: Clone,
    W::Branches: Clone,
    W::Entry: Clone,
    W::Child: Clone,
{
    fn clone(&self) -> Walk<W> {
        Walk { front: self.front.clone(), pieces: self.pieces.clone(), back: self.back.clone() }
    }
}

impl<W: Way> Clone for Piece<W>
where
    W::Branches: Clone,
    W::Entry: Clone,
    W::Child: Clone,
{
    fn clone(&self) -> Piece<W> {
        Piece { entry: self.entry.clone(), branches: self.branches.clone(), child: self.child.clone() }
    }
}

/// By reference.
pub(super) struct Shared<'a, K: Portable, V: Portable>(PhantomData<&'a (K, V)>);

impl<'a, K: Portable, V: Portable> Way for Shared<'a, K, V> {
    type Entry = &'a Entry<K, V>;
    type Child = &'a Node<K, V>;
    type Leaf = slice::Iter<'a, Entry<K, V>>;
    type Branches = SharedBranches<'a, K, V>;

    #[track_caller]
    fn open(child: &'a Node<K, V>) -> Opened<Self::Leaf, Self::Branches> {
        match child {
            Node::Leaf(entries) => Opened::Leaf(entries.iter()),
            Node::Inner(branches) => Opened::Inner(SharedBranches::new(branches.iter())),
        }
    }

    fn nothing() -> Self::Leaf {
        [].iter()
    }
}

/// By mutable reference.
pub(super) struct Mutable<'a, K: Portable, V: Portable>(PhantomData<&'a mut (K, V)>);

impl<'a, K: Portable, V: Portable> Way for Mutable<'a, K, V> {
    type Entry = &'a mut Entry<K, V>;
    type Child = &'a mut Node<K, V>;
    type Leaf = slice::IterMut<'a, Entry<K, V>>;
    type Branches = MutableBranches<'a, K, V>;

    #[track_caller]
    fn open(child: &'a mut Node<K, V>) -> Opened<Self::Leaf, Self::Branches> {
        match child {
            Node::Leaf(entries) => Opened::Leaf(entries.iter_mut()),
            Node::Inner(branches) => Opened::Inner(MutableBranches(branches.iter_mut())),
        }
    }

    fn nothing() -> Self::Leaf {
        [].iter_mut()
    }
}

/// By value.
pub(super) struct Owned<K: Portable, V: Portable>(PhantomData<(K, V)>);

impl<K: Portable, V: Portable> Way for Owned<K, V> {
    type Entry = Entry<K, V>;
    type Child = Node<K, V>;
    type Leaf = vec::IntoIter<Entry<K, V>>;
    type Branches = OwnedBranches<K, V>;

    #[track_caller]
    fn open(child: Node<K, V>) -> Opened<Self::Leaf, Self::Branches> {
        match child {
            Node::Leaf(entries) => Opened::Leaf(entries.into_iter()),
            Node::Inner(branches) => Opened::Inner(OwnedBranches(branches.into_iter())),
        }
    }

    fn nothing() -> Self::Leaf {
        vec::Vec::new().into_iter()
    }
}

/// The branches of one node, each taken apart.
pub(super) struct SharedBranches<'a, K: Portable, V: Portable> {
    branches: slice::Iter<'a, Branch<K, V>>,
    front: Ahead,
    back: Ahead,
}
pub(super) struct MutableBranches<'a, K: Portable, V: Portable>(slice::IterMut<'a, Branch<K, V>>);
pub(super) struct OwnedBranches<K: Portable, V: Portable>(vec::IntoIter<Branch<K, V>>);

/// What was fetched ahead at one end.
#[derive(Clone)]
struct Ahead {
    /// Children that a fetch was begun for, of those that are left.
    begun: usize,
    /// How many there are to be next time.
    window: usize,
}

impl Ahead {
    const NONE: Ahead = Ahead { begun: 0, window: *AHEAD.start() };

    /// Begins to fetch the children that come next, of those that `child` gives by their distance.
    #[track_caller]
    fn fetch<'n, K: Portable, V: Portable>(&mut self, child: impl Fn(usize) -> Option<&'n Branch<K, V>>) {
        self.begun = self.begun.saturating_sub(1);
        while self.begun < self.window
            && let Some(next) = child(self.begun)
        {
            next.child.prefetch();
            self.begun += 1;
        }
        self.window = (2 * self.window).min(*AHEAD.end());
    }
}

impl<'a, K: Portable, V: Portable> SharedBranches<'a, K, V> {
    fn new(branches: slice::Iter<'a, Branch<K, V>>) -> Self {
        SharedBranches { branches, front: Ahead::NONE, back: Ahead::NONE }
    }

    fn apart(branch: &'a Branch<K, V>) -> (&'a Node<K, V>, Option<&'a Entry<K, V>>) {
        (&branch.child, branch.entry.as_ref())
    }
}

impl<'a, K: Portable, V: Portable> Iterator for SharedBranches<'a, K, V> {
    type Item = (&'a Node<K, V>, Option<&'a Entry<K, V>>);

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        let branch = self.branches.next()?;
        let rest = self.branches.as_slice();
        self.front.fetch(|at| rest.get(at));
        Some(Self::apart(branch))
    }

    fn nth(&mut self, at: usize) -> Option<Self::Item> {
        self.branches.nth(at).map(Self::apart)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.branches.size_hint()
    }
}

impl<K: Portable, V: Portable> DoubleEndedIterator for SharedBranches<'_, K, V> {
    #[track_caller]
    fn next_back(&mut self) -> Option<Self::Item> {
        let branch = self.branches.next_back()?;
        let rest = self.branches.as_slice();
        self.back.fetch(|at| rest.len().checked_sub(at + 1).map(|at| &rest[at]));
        Some(Self::apart(branch))
    }

    fn nth_back(&mut self, at: usize) -> Option<Self::Item> {
        self.branches.nth_back(at).map(Self::apart)
    }
}

impl<K: Portable, V: Portable> ExactSizeIterator for SharedBranches<'_, K, V> {}

impl<K: Portable, V: Portable> Clone for SharedBranches<'_, K, V> {
    fn clone(&self) -> Self {
        SharedBranches { branches: self.branches.clone(), front: self.front.clone(), back: self.back.clone() }
    }
}

/// Implements the iterators over branches that are not fetched ahead, which differ in how a branch is taken apart.
macro_rules! branches {
    ([$($lifetime:tt)*] $branches:ty, $item:ty, $apart:expr) => {
        impl<$($lifetime)* K: Portable, V: Portable> Iterator for $branches {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map($apart)
            }

            fn nth(&mut self, at: usize) -> Option<Self::Item> {
                self.0.nth(at).map($apart)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<$($lifetime)* K: Portable, V: Portable> DoubleEndedIterator for $branches {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map($apart)
            }

            fn nth_back(&mut self, at: usize) -> Option<Self::Item> {
                self.0.nth_back(at).map($apart)
            }
        }

        impl<$($lifetime)* K: Portable, V: Portable> ExactSizeIterator for $branches {}
    };
}

branches!(['a,] MutableBranches<'a, K, V>, (&'a mut Node<K, V>, Option<&'a mut Entry<K, V>>), |branch| {
    (&mut branch.child, branch.entry.as_mut())
});
branches!([] OwnedBranches<K, V>, (Node<K, V>, Option<Entry<K, V>>), |branch| (branch.child, branch.entry));
