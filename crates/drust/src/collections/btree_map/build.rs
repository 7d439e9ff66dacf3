//! Building a tree from entries that come in their order: each node is made once, and no key is compared.

use super::BTreeMap;
use super::node::{Branch, Entry, Node, make_room};
use crate::vec::Vec;
use drust_heap::Portable;

/// A tree that grows at its right end.
pub(super) struct Builder<K: Portable, V: Portable> {
    /// The leaves that are filled, with the entries that follow them.
    leaves: std::vec::Vec<Branch<K, V>>,
    leaf: Vec<Entry<K, V>>,
    len: usize,
}

impl<K: Portable, V: Portable> Builder<K, V> {
    /// How far leaves are filled: an eighth is left, so that later entries do not split each of them.
    const LEAF: usize = Node::<K, V>::LEAF - Node::<K, V>::LEAF / 8;
    const INNER: usize = Node::<K, V>::INNER - Node::<K, V>::INNER / 8;

    pub(super) fn new() -> Builder<K, V> {
        Builder { leaves: std::vec::Vec::new(), leaf: Vec::new(), len: 0 }
    }

    /// Adds the entry that follows all others.
    #[track_caller]
    pub(super) fn push(&mut self, entry: Entry<K, V>) {
        self.len += 1;
        if self.leaf.len() < Self::LEAF {
            make_room(&mut self.leaf, Node::<K, V>::LEAF);
            self.leaf.push(entry);
            return;
        }
        let full = std::mem::replace(&mut self.leaf, Vec::with_capacity(Node::<K, V>::LEAF));
        self.leaves.push(Branch { child: Node::Leaf(full), entry: Some(entry) });
    }

    #[track_caller]
    pub(super) fn finish(self) -> BTreeMap<K, V> {
        let Builder { leaves: mut level, leaf, len } = self;
        level.push(Branch { child: Node::Leaf(leaf), entry: None });
        while level.len() > 1 {
            level = parents(level, Self::INNER);
        }
        let mut root = level.pop().map_or(Node::EMPTY, |only| only.child);
        // All are full enough but the last leaf.
        root.mend_brink(true);
        BTreeMap { root, len }
    }
}

/// Puts the branches in as few nodes of at most `most` as can be, all about equally full, and these in branches.
#[track_caller]
fn parents<K: Portable, V: Portable>(level: std::vec::Vec<Branch<K, V>>, most: usize) -> std::vec::Vec<Branch<K, V>> {
    let (count, nodes) = (level.len(), level.len().div_ceil(most));
    let mut level = level.into_iter();
    let parent = |node: usize| {
        let share = count * (node + 1) / nodes - count * node / nodes;
        let mut branches = Vec::with_capacity(Node::<K, V>::INNER);
        branches.extend(level.by_ref().take(share));
        let entry = branches.last_mut().and_then(|last: &mut Branch<K, V>| last.entry.take());
        Branch { child: Node::Inner(branches), entry }
    };
    (0..nodes).map(parent).collect()
}
