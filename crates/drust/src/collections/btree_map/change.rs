//! Putting an entry in at a path, and taking one out, so that the tree stays balanced.
//!
//! Both leave the path at a place that its owner can go on from. Nothing here calls what the user wrote: a change is
//! never left half done by a panic. Nor is it by a cancellation: what is waited for comes before the first change, or
//! is waited for whatever bounds this thread.

use super::node::{Branch, Entry, Levelled, Node, Split, make_room};
use super::path::Path;
use crate::vec::Vec;
use drust_heap::Portable;
use drust_runtime::cancel;

impl<K: Portable, V: Portable> Node<K, V> {
    /// Puts `entry` into the tree of this root, at `path` in a leaf, and leaves `path` where it is then.
    #[inline]
    #[track_caller]
    pub(super) fn insert_at(&mut self, path: &mut Path, entry: Entry<K, V>) {
        let mut node = &mut *self;
        let mut steps = path.steps().iter();
        loop {
            let step = usize::from(*steps.next().expect("a path leads to a leaf"));
            match node {
                Node::Inner(branches) => node = &mut branches[step].child,
                Node::Leaf(entries) if entries.len() < Self::LEAF => {
                    make_room(entries, Self::LEAF);
                    entries.insert(step, entry);
                    return;
                }
                Node::Leaf(_) => break,
            }
        }
        self.insert_splitting(path, entry);
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn insert_splitting(&mut self, path: &mut Path, entry: Entry<K, V>) {
        let Some((split, moved)) = self.insert_below(path.steps_mut(), entry) else { return };
        let left = std::mem::replace(self, Node::EMPTY);
        let first = Branch { child: left, entry: Some(split.middle) };
        *self = Node::Inner(Vec::from([first, Branch { child: split.right, entry: None }]));
        path.deepen(moved.into());
    }

    /// Puts `entry` in below this node. Where that splits the node, its new neighbour is returned, and whether the
    /// steps lead on from there.
    #[track_caller]
    fn insert_below(&mut self, steps: &mut [u8], entry: Entry<K, V>) -> Option<(Split<K, V>, bool)> {
        let (step, below) = steps.split_first_mut().expect("a path leads to a leaf");
        match self {
            Node::Leaf(_) => self.place(step, |half, at, most| {
                let Node::Leaf(entries) = half else { unreachable!("a leaf is split in leaves") };
                make_room(entries, most);
                entries.insert(at, entry);
                at
            }),
            Node::Inner(branches) => {
                let (split, moved) = branches[usize::from(*step)].child.insert_below(below, entry)?;
                self.place(step, |half, at, most| {
                    let branches = half.branches_mut();
                    make_room(branches, most);
                    let after = branches[at].entry.replace(split.middle);
                    branches.insert(at + 1, Branch { child: split.right, entry: after });
                    at + usize::from(moved)
                })
            }
        }
    }

    /// Splits this node if it is full, and lets `put` add an item at the step in the half where that leads; it returns
    /// where the step leads then.
    #[track_caller]
    fn place(
        &mut self,
        step: &mut u8,
        put: impl FnOnce(&mut Node<K, V>, usize, usize) -> usize,
    ) -> Option<(Split<K, V>, bool)> {
        let most = self.most();
        let at = usize::from(*step);
        if !self.is_full() {
            *step = put(self, at, most) as u8;
            return None;
        }
        let mut split = self.split();
        let kept = match self {
            Node::Leaf(entries) => entries.len() + 1,
            Node::Inner(branches) => branches.len(),
        };
        let moved = at >= kept;
        *step = if moved { put(&mut split.right, at - kept, most) } else { put(self, at, most) } as u8;
        Some((split, moved))
    }

    /// Takes out the entry at `path`, and leaves there the path to what followed it. Where that begins with the entry
    /// that was before, since this has taken the place of the one taken out, it says so.
    #[inline]
    #[track_caller]
    pub(super) fn remove_at(&mut self, path: &mut Path) -> (Entry<K, V>, bool) {
        let node = self.node_mut(path);
        if let Node::Leaf(entries) = node {
            let taken = entries.remove(path.last());
            if entries.len() < Self::LEAF / 3 {
                self.mend(path);
            }
            return (taken, false);
        }
        let taken = node.remove_inner(path);
        self.mend(path);
        (taken, true)
    }

    /// Takes out the entry of this inner node that `path` leads to. The last entry of the leaf before takes its place,
    /// and `path` leads behind that leaf then.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn remove_inner(&mut self, path: &mut Path) -> Entry<K, V> {
        let branch = &mut self.branches_mut()[path.last()];
        let mut node = &mut branch.child;
        loop {
            match node {
                Node::Inner(branches) => {
                    path.push(branches.len() - 1);
                    node = &mut branches.last_mut().expect("an inner node has branches").child;
                }
                Node::Leaf(entries) => {
                    let before = entries.pop().expect("a leaf that is not the root has entries");
                    path.push(entries.len());
                    return branch.entry.replace(before).expect("the path leads to an entry");
                }
            }
        }
    }

    /// Gives the nodes on `path` in the tree of this root their least fill again; `path` leads where it led.
    #[track_caller]
    pub(super) fn mend(&mut self, path: &mut Path) {
        cancel::unbound(|| {
            self.mend_below(path.steps_mut());
            if self.flatten() {
                path.flatten();
            }
        });
    }

    /// Leaves out a root with one child, and says whether it did.
    #[track_caller]
    pub(super) fn flatten(&mut self) -> bool {
        match self {
            Node::Inner(branches) if branches.len() == 1 => {
                let only = branches.pop().expect("there is one");
                *self = only.child;
                true
            }
            _ => false,
        }
    }

    #[track_caller]
    fn mend_below(&mut self, steps: &mut [u8]) {
        let Node::Inner(branches) = self else { return };
        let Some((step, below)) = steps.split_first_mut() else { return };
        let at = usize::from(*step);
        let child = &mut branches[at].child;
        child.mend_below(below);
        if child.items() >= child.least() {
            return;
        }
        let left = if at + 1 < branches.len() { at } else { at - 1 };
        let levelled = level(branches, left);
        if at == left {
            return;
        }
        let (Levelled::Merged(count) | Levelled::Evened(count)) = levelled;
        if let Some(below) = below.first_mut() {
            *below += count as u8;
        }
        if let Levelled::Merged(_) = levelled {
            *step -= 1;
        }
    }

    /// Moves what is at `path`, which leads to a leaf, and all that follows to a new tree of the same height. The nodes
    /// at the brinks may hold too little then: [`Node::mend_brink`] is called for both trees.
    #[track_caller]
    pub(super) fn cut(&mut self, steps: &[u8]) -> Node<K, V> {
        let (&step, below) = steps.split_first().expect("a path leads to a leaf");
        let at = usize::from(step);
        match self {
            Node::Leaf(entries) => Node::Leaf(entries.split_off(at)),
            Node::Inner(branches) => {
                let child = branches[at].child.cut(below);
                let mut right = Vec::with_capacity(Self::INNER);
                right.push(Branch { child, entry: branches[at].entry.take() });
                right.extend(branches.drain(at + 1..));
                Node::Inner(right)
            }
        }
    }

    /// Gives the nodes on the left or the right brink of this root's tree their least fill again.
    #[track_caller]
    pub(super) fn mend_brink(&mut self, right: bool) {
        while self.flatten() {}
        let mut node = &mut *self;
        // From the top: a node with one child more than it needs can give one to let its own children be merged.
        while let Node::Inner(branches) = node {
            let at = if right { branches.len() - 1 } else { 0 };
            let child = &branches[at].child;
            if child.items() <= child.least() && branches.len() > 1 {
                level(branches, if right { at - 1 } else { 0 });
            }
            let at = if right { branches.len() - 1 } else { 0 };
            node = &mut branches[at].child;
        }
        while self.flatten() {}
    }

    /// Entries below this node and in it. The leaves are not looked at.
    #[track_caller]
    pub(super) fn count(&self) -> usize {
        match self {
            Node::Leaf(entries) => entries.len(),
            Node::Inner(branches) => {
                let below: usize = branches.iter().map(|branch| branch.child.count()).sum();
                below + branches.len() - 1
            }
        }
    }
}

/// Levels the children of branch `left` and of the next one, which is gone where they are merged.
#[track_caller]
fn level<K: Portable, V: Portable>(branches: &mut Vec<Branch<K, V>>, left: usize) -> Levelled {
    let [first, second] = &mut branches[left..left + 2] else { unreachable!("these are two") };
    let levelled = first.child.level(&mut first.entry, &mut second.child);
    if let Levelled::Merged(_) = levelled {
        let gone = branches.remove(left + 1);
        branches[left].entry = gone.entry;
    }
    levelled
}
