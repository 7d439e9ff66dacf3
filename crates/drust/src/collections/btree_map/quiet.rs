//! Looking at a whole map without leaving pins, for the trait impls that take only a look.

use super::BTreeMap;
use super::node::{Entry, Node, fetch_ahead};
use super::path::HIGHEST;
use drust_heap::Portable;
use std::slice;

/// A place in a map to go on from. No borrow of a node outlives a step: the next one comes down from the root again.
pub(super) struct Quiet<'a, K: Portable, V: Portable> {
    map: &'a BTreeMap<K, V>,
    steps: [usize; HIGHEST],
    /// How deep the node is whose entry is next, if it is not a leaf's.
    entry: Option<usize>,
    /// Children of the node at each depth that are here, or that a fetch was begun for.
    begun: [usize; HIGHEST],
}

/// Looks at entries that follow each other, and says how many of them are done with.
pub(super) type Look<'l, K, V> = &'l mut dyn FnMut(&[Entry<K, V>]) -> usize;

impl<'a, K: Portable, V: Portable> Quiet<'a, K, V> {
    pub(super) fn new(map: &'a BTreeMap<K, V>) -> Quiet<'a, K, V> {
        Quiet { map, steps: [0; HIGHEST], entry: None, begun: [0; HIGHEST] }
    }

    /// Shows `look` the next entries of one node, and says whether there were any.
    #[track_caller]
    pub(super) fn step(&mut self, look: Look<'_, K, V>) -> bool {
        self.step_below(&self.map.root, 0, look)
    }

    #[track_caller]
    fn step_below(&mut self, node: &Node<K, V>, depth: usize, look: Look<'_, K, V>) -> bool {
        let at = self.steps[depth];
        match node {
            Node::Leaf(entries) => entries.look(|entries| {
                let rest = &entries[at..];
                self.steps[depth] += if rest.is_empty() { 0 } else { look(rest) };
                !rest.is_empty()
            }),
            Node::Inner(branches) => branches.look(|branches| {
                let branch = &branches[at];
                if self.entry != Some(depth) {
                    fetch_ahead(branches, at, &mut self.begun[depth]);
                    if self.step_below(&branch.child, depth + 1, look) {
                        return true;
                    }
                    self.entry = Some(depth);
                }
                let Some(entry) = &branch.entry else { return false };
                if look(slice::from_ref(entry)) > 0 {
                    self.steps[depth] += 1;
                    self.steps[depth + 1..].fill(0);
                    self.begun[depth + 1..].fill(0);
                    self.entry = None;
                }
                true
            }),
        }
    }
}

impl<K: Portable, V: Portable> BTreeMap<K, V> {
    /// Shows `look` all entries, and leaves no pin.
    #[track_caller]
    pub(crate) fn look(&self, mut look: impl FnMut(&K, &V)) {
        let mut place = Quiet::new(self);
        while place.step(&mut |entries| {
            entries.iter().for_each(|(key, value)| look(key, value));
            entries.len()
        }) {}
    }
}
