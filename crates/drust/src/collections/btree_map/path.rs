//! Paths: where in the tree an entry is, or would be, as the steps that lead there from the root.
//!
//! A path outlives the borrows under which it was found, so one search serves a look and the change that follows. It is
//! checked at each step: a path that fits its tree no more panics, or finds something else.

use super::node::{Branch, Entry, Node, search_inner, search_leaf};
use crate::vec::Vec;
use drust_heap::Portable;
use std::borrow::Borrow;

/// Higher than any tree: a node has at least four children, and an address less than 64 bits.
pub(super) const HIGHEST: usize = 32;

/// Which item to go to in each node from the root down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    steps: [u8; HIGHEST],
    len: u8,
}

impl Path {
    pub(super) const ROOT: Path = Path { steps: [0; HIGHEST], len: 0 };

    pub(super) fn push(&mut self, step: usize) {
        self.steps[usize::from(self.len)] = u8::try_from(step).expect("nodes have few items");
        self.len += 1;
    }

    pub(super) fn pop(&mut self) -> Option<usize> {
        self.len = self.len.checked_sub(1)?;
        Some(self.steps[usize::from(self.len)].into())
    }

    /// Puts a step in front, since there is a new root.
    pub(super) fn deepen(&mut self, step: u8) {
        self.steps.copy_within(..usize::from(self.len), 1);
        self.steps[0] = step;
        self.len += 1;
    }

    /// Leaves the first step out, since the root is gone.
    pub(super) fn flatten(&mut self) {
        self.steps.copy_within(1..usize::from(self.len), 0);
        self.len -= 1;
    }

    /// The last step: which item of its node the path leads to.
    pub(super) fn last(&self) -> usize {
        self.steps().last().map_or(0, |&step| step.into())
    }

    pub(super) fn set_last(&mut self, step: usize) {
        self.pop();
        self.push(step);
    }

    pub(super) fn steps(&self) -> &[u8] {
        &self.steps[..usize::from(self.len)]
    }

    pub(super) fn steps_mut(&mut self) -> &mut [u8] {
        &mut self.steps[..usize::from(self.len)]
    }
}

impl<K: Portable, V: Portable> Node<K, V> {
    /// Where `key` is, or would be in a leaf, and whether it is there.
    #[track_caller]
    pub(super) fn find<Q>(&self, key: &Q) -> (Path, bool)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut path = Path::ROOT;
        let mut node = self;
        loop {
            match node {
                Node::Leaf(entries) => {
                    let found = search_leaf(entries, key);
                    path.push(found.unwrap_or_else(|at| at));
                    return (path, found.is_ok());
                }
                Node::Inner(branches) => {
                    let branches = &branches[..];
                    let found = search_inner(branches, key);
                    let at = found.unwrap_or_else(|at| at);
                    path.push(at);
                    if found.is_ok() {
                        return (path, true);
                    }
                    node = &branches[at].child;
                }
            }
        }
    }

    /// Goes on along `path`, which leads to this node, to the first place below it.
    #[track_caller]
    pub(super) fn go_first(&self, path: &mut Path) {
        let mut node = self;
        path.push(0);
        while let Node::Inner(branches) = node {
            node = &branches[0].child;
            path.push(0);
        }
    }

    /// Goes on along `path`, which leads to this node, to the last entry below it.
    #[track_caller]
    pub(super) fn go_last(&self, path: &mut Path) {
        let mut node = self;
        while let Node::Inner(branches) = node {
            let last = branches.len() - 1;
            path.push(last);
            node = &branches[last].child;
        }
        path.push(node.items().saturating_sub(1));
    }

    /// The entry at the end of `path`, unless that is behind the last one of a leaf.
    #[track_caller]
    pub(super) fn at(&self, path: &Path) -> Option<&Entry<K, V>> {
        let mut node = self;
        let (&last, steps) = path.steps().split_last()?;
        for &step in steps {
            node = &node.branches()[usize::from(step)].child;
        }
        match node {
            Node::Leaf(entries) => entries.get(usize::from(last)),
            Node::Inner(branches) => branches[usize::from(last)].entry.as_ref(),
        }
    }

    /// As [`Node::at`], to be written.
    #[track_caller]
    pub(super) fn at_mut(&mut self, path: &Path) -> Option<&mut Entry<K, V>> {
        let last = path.last();
        match self.node_mut(path) {
            Node::Leaf(entries) => entries.get_mut(last),
            Node::Inner(branches) => branches[last].entry.as_mut(),
        }
    }

    /// The node that `path` leads to an item of.
    #[track_caller]
    pub(super) fn node_mut(&mut self, path: &Path) -> &mut Node<K, V> {
        let mut node = self;
        for &step in path.steps().split_last().map_or(&[][..], |(_, steps)| steps) {
            node = &mut node.branches_mut()[usize::from(step)].child;
        }
        node
    }

    /// Goes up while `path` ends behind all entries of a node: to the entry that follows, if there is one.
    #[track_caller]
    pub(super) fn settle(&self, path: &mut Path) -> bool {
        while self.at(path).is_none() {
            if path.pop().is_none() {
                return false;
            }
        }
        true
    }

    /// Goes from an entry to the next one, if there is one.
    #[track_caller]
    pub(super) fn advance(&self, path: &mut Path) -> bool {
        let Some(at) = path.pop() else { return false };
        let mut node = self;
        for &step in path.steps() {
            node = &node.branches()[usize::from(step)].child;
        }
        path.push(at + 1);
        if let Node::Inner(branches) = node {
            branches[at + 1].child.go_first(path);
        }
        self.settle(path)
    }

    #[inline]
    #[track_caller]
    pub(super) fn branches(&self) -> &[Branch<K, V>] {
        match self {
            Node::Inner(branches) => branches,
            Node::Leaf(_) => unreachable!("the path ends in this leaf"),
        }
    }

    #[inline]
    #[track_caller]
    pub(super) fn branches_mut(&mut self) -> &mut Vec<Branch<K, V>> {
        match self {
            Node::Inner(branches) => branches,
            Node::Leaf(_) => unreachable!("the path ends in this leaf"),
        }
    }
}
