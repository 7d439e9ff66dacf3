//! The nodes of the tree: what they hold, how they are searched, split and levelled.
//!
//! A leaf is a vector of entries. An inner node is a vector of branches: a child, and the entry between this child and
//! the next one. So a reader fetches one object per level.
//!
//! Contract, but for the root, which may hold less:
//!
//! 1. All leaves are equally deep. An inner node has at least two branches, and its last branch alone has no entry.
//! 2. A node holds between `least` and `most` items of its kind; it has no more room than `most`.
//! 3. Entries ascend by the order that the keys had when they were put in. Nothing but the answers depends on this: a
//!    key whose order is inconsistent, or changes, finds or breaks nothing but what the map answers.

use crate::reference::Lend;
use crate::vec::Vec;
use drust_heap::Portable;
use drust_macros::Portable;
use drust_runtime::node;
use std::borrow::Borrow;
use std::cmp::Ordering;

/// A leaf has as many entries, and an inner node as many branches, as fit in about so many bytes, within limits.
const LEAF_BYTES: usize = 1 << 10;
const INNER_BYTES: usize = 4 << 10;

/// How many children a walk fetches ahead, at first and at most. It doubles with each child, so that a look at the few
/// entries behind a key fetches little that nobody wants.
pub(super) const AHEAD: std::ops::RangeInclusive<usize> = 2..=16;

/// A key with its value.
pub(super) type Entry<K, V> = (K, V);

#[derive(Portable)]
pub(super) enum Node<K: Portable, V: Portable> {
    Leaf(Vec<Entry<K, V>>),
    Inner(Vec<Branch<K, V>>),
}

/// A child, and the entry that follows all of its own.
#[derive(Clone, Portable)]
pub(super) struct Branch<K: Portable, V: Portable> {
    pub(super) child: Node<K, V>,
    pub(super) entry: Option<Entry<K, V>>,
}

/// What a node that was split in two gives to its parent.
pub(super) struct Split<K: Portable, V: Portable> {
    /// The entry between the two.
    pub(super) middle: Entry<K, V>,
    pub(super) right: Node<K, V>,
}

/// What became of two neighbours.
pub(super) enum Levelled {
    /// All is in the left one now; what was the right one's is behind so many items.
    Merged(usize),
    /// So many items came to the right one's front.
    Evened(usize),
}

/// Items that fit in about `bytes`; not so few that the tree gets high, not so many that putting one in moves much.
const fn most(bytes: usize, size: usize) -> usize {
    match bytes.checked_div(size) {
        Some(fit @ 12..64) => fit,
        Some(..12) => 12,
        _ => 64,
    }
}

impl<K: Portable + Clone, V: Portable + Clone> Clone for Node<K, V> {
    #[track_caller]
    fn clone(&self) -> Node<K, V> {
        match self {
            Node::Leaf(entries) => Node::Leaf(entries.clone()),
            Node::Inner(branches) => branches.look(|branches| {
                let (mut copy, mut begun) = (Vec::with_capacity(branches.len()), 0);
                for (at, branch) in branches.iter().enumerate() {
                    fetch_ahead(branches, at, &mut begun);
                    copy.push(branch.clone());
                }
                Node::Inner(copy)
            }),
        }
    }
}

impl<K: Portable, V: Portable> Node<K, V> {
    /// The most entries of a leaf.
    pub(super) const LEAF: usize = most(LEAF_BYTES, size_of::<Entry<K, V>>());
    /// The most branches of an inner node.
    pub(super) const INNER: usize = most(INNER_BYTES, size_of::<Branch<K, V>>());

    pub(super) const EMPTY: Node<K, V> = Node::Leaf(Vec::new());

    /// Entries or branches in it; known without looking at them.
    pub(super) fn items(&self) -> usize {
        match self {
            Node::Leaf(entries) => entries.len(),
            Node::Inner(branches) => branches.len(),
        }
    }

    pub(super) fn most(&self) -> usize {
        match self {
            Node::Leaf(_) => Self::LEAF,
            Node::Inner(_) => Self::INNER,
        }
    }

    /// The fewest items it may have; less than half of the most, so that taking and adding at the brink costs nothing.
    pub(super) fn least(&self) -> usize {
        self.most() / 3
    }

    pub(super) fn is_full(&self) -> bool {
        self.items() >= self.most()
    }

    /// The entry of `key`.
    #[track_caller]
    pub(super) fn get<Q>(&self, key: &Q) -> Option<&Entry<K, V>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(entries) => {
                    let entries = &entries[..];
                    return search_leaf(entries, key).ok().map(|at| &entries[at]);
                }
                Node::Inner(branches) => {
                    let branches = &branches[..];
                    match search_inner(branches, key) {
                        Ok(at) => return branches[at].entry.as_ref(),
                        Err(at) => node = &branches[at].child,
                    }
                }
            }
        }
    }

    /// Begins to fetch this node, since it is likely to be looked at soon.
    #[track_caller]
    pub(super) fn prefetch(&self) {
        match self {
            Node::Leaf(entries) => entries.prefetch(),
            Node::Inner(branches) => branches.prefetch(),
        }
    }

    /// Gives back the copies below this node. Those of its children go with the copy of an inner node; where that is at
    /// home here, the children give back their own.
    pub(super) fn release(&mut self) {
        match self {
            Node::Leaf(entries) => Vec::release(entries),
            Node::Inner(branches) if branches.home() == Some(node::here().rank()) => {
                branches.iter_mut().for_each(|branch| branch.child.release());
            }
            Node::Inner(branches) => Vec::release(branches),
        }
    }

    /// Moves the upper half of a full node to a new one.
    #[track_caller]
    pub(super) fn split(&mut self) -> Split<K, V> {
        match self {
            Node::Leaf(entries) => {
                let right = upper(entries, Self::LEAF / 2 + 1, Self::LEAF);
                let middle = entries.pop().expect("a full leaf has entries");
                Split { middle, right: Node::Leaf(right) }
            }
            Node::Inner(branches) => {
                let right = upper(branches, Self::INNER / 2, Self::INNER);
                let middle = take_last_entry(branches);
                Split { middle, right: Node::Inner(right) }
            }
        }
    }

    /// Merges two neighbours into the left one if that leaves room, or else makes them equally full. `between` is the
    /// entry between them, which is gone where they are merged.
    #[track_caller]
    pub(super) fn level(&mut self, between: &mut Option<Entry<K, V>>, right: &mut Node<K, V>) -> Levelled {
        match (self, right) {
            (Node::Leaf(left), Node::Leaf(right)) => level_leaves(left, between, right, Self::LEAF),
            (Node::Inner(left), Node::Inner(right)) => level_inner(left, between, right, Self::INNER),
            _ => unreachable!("neighbours are of one kind"),
        }
    }
}

/// Begins to fetch the children that follow the one at `at`, of which `begun` counts those that were begun before.
#[track_caller]
pub(super) fn fetch_ahead<K: Portable, V: Portable>(branches: &[Branch<K, V>], at: usize, begun: &mut usize) {
    let end = branches.len().min(at + 1 + AHEAD.end());
    let next = (at + 1).max(*begun);
    for branch in branches.get(next..end).unwrap_or_default() {
        branch.child.prefetch();
    }
    *begun = end;
}

/// Where `key` is among the entries, or would be.
#[inline]
pub(super) fn search_leaf<K, V, Q>(entries: &[Entry<K, V>], key: &Q) -> Result<usize, usize>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    search::<K, _>(entries, |entry| entry.0.borrow().cmp(key))
}

/// Which branch's entry has `key`, or whose child it belongs to.
#[inline]
pub(super) fn search_inner<K, V, Q>(branches: &[Branch<K, V>], key: &Q) -> Result<usize, usize>
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: Ord + ?Sized,
{
    search::<K, _>(branches, |branch| match &branch.entry {
        Some(entry) => entry.0.borrow().cmp(key),
        None => Ordering::Greater,
    })
}

/// Searches by how items compare with what is sought: the last items of all eights first, then one eight. That is more
/// comparisons than a binary search makes, but none has to wait for another one's memory: the processor begins with the
/// next ones meanwhile.
#[inline]
fn search<K, T>(items: &[T], order: impl Fn(&T) -> Ordering) -> Result<usize, usize> {
    if std::mem::needs_drop::<K>() || size_of::<K>() > 16 {
        search_early(items, order)
    } else {
        search_all(items, order)
    }
}

/// Stops at the first item that is not less: for keys whose comparison takes time.
#[inline]
fn search_early<T>(items: &[T], order: impl Fn(&T) -> Ordering) -> Result<usize, usize> {
    let mut start = 0;
    for eight in items.chunks_exact(8) {
        match order(&eight[7]) {
            Ordering::Less => start += 8,
            Ordering::Equal => return Ok(start + 7),
            Ordering::Greater => break,
        }
    }
    for (at, item) in items.iter().enumerate().skip(start).take(8) {
        match order(item) {
            Ordering::Less => {}
            Ordering::Equal => return Ok(at),
            Ordering::Greater => return Err(at),
        }
    }
    Err(items.len().min(start + 8))
}

/// Counts the items that are less, without a branch: for keys whose comparison costs less than a guess gone wrong.
#[inline]
fn search_all<T>(items: &[T], order: impl Fn(&T) -> Ordering) -> Result<usize, usize> {
    let less = |item: &T| usize::from(order(item).is_lt());
    let eights = items.chunks_exact(8).map(|eight| less(&eight[7])).sum::<usize>();
    let rest = items.get(8 * eights..).unwrap_or_default();
    let at = 8 * eights + rest.iter().take(8).map(less).sum::<usize>();
    if items.get(at).is_some_and(|item| order(item).is_eq()) { Ok(at) } else { Err(at) }
}

/// Makes room for one more item, in steps that end at `most`.
#[inline]
#[track_caller]
pub(super) fn make_room<T: Portable>(items: &mut Vec<T>, most: usize) {
    if items.len() == items.capacity() {
        let more = items.len().max(4).min(most.saturating_sub(items.len())).max(1);
        items.reserve_exact(more);
    }
}

/// Takes the items from `at` on, with room for `most`.
#[track_caller]
fn upper<T: Portable>(items: &mut Vec<T>, at: usize, most: usize) -> Vec<T> {
    let mut upper = Vec::with_capacity(most);
    upper.extend(items.drain(at..));
    upper
}

/// Takes the entry of the branch that is the last one now.
#[track_caller]
fn take_last_entry<K: Portable, V: Portable>(branches: &mut Vec<Branch<K, V>>) -> Entry<K, V> {
    let last = branches.last_mut().expect("an inner node has branches");
    last.entry.take().expect("it was not the last one")
}

#[track_caller]
fn put_last_entry<K: Portable, V: Portable>(branches: &mut Vec<Branch<K, V>>, entry: Option<Entry<K, V>>) {
    branches.last_mut().expect("an inner node has branches").entry = entry;
}

/// Whether so many items are few enough for one node.
fn fits(items: usize, most: usize) -> bool {
    items <= most - most / 4
}

#[track_caller]
fn level_leaves<K: Portable, V: Portable>(
    left: &mut Vec<Entry<K, V>>,
    between: &mut Option<Entry<K, V>>,
    right: &mut Vec<Entry<K, V>>,
    most: usize,
) -> Levelled {
    let (before, all) = (left.len(), left.len() + right.len() + 1);
    if fits(all, most) {
        left.reserve_exact(most - before);
        left.extend(between.take());
        left.append(right);
        return Levelled::Merged(before + 1);
    }
    let target = (all - 1) / 2;
    if before < target {
        left.reserve_exact(most - before);
        left.extend(between.take());
        left.extend(right.drain(..target - before));
        *between = left.pop();
        return Levelled::Evened(0);
    }
    let mut moved = upper(left, target, most);
    if moved.is_empty() {
        return Levelled::Evened(0);
    }
    let count = moved.len();
    moved.extend(between.take());
    moved.append(right);
    *between = Some(moved.remove(0));
    *right = moved;
    Levelled::Evened(count)
}

#[track_caller]
fn level_inner<K: Portable, V: Portable>(
    left: &mut Vec<Branch<K, V>>,
    between: &mut Option<Entry<K, V>>,
    right: &mut Vec<Branch<K, V>>,
    most: usize,
) -> Levelled {
    let (before, all) = (left.len(), left.len() + right.len());
    let target = all / 2;
    if fits(all, most) || before < target {
        let count = if fits(all, most) { right.len() } else { target - before };
        left.reserve_exact(most - before);
        put_last_entry(left, between.take());
        left.extend(right.drain(..count));
        if !right.is_empty() {
            *between = Some(take_last_entry(left));
            return Levelled::Evened(0);
        }
        return Levelled::Merged(before);
    }
    let mut moved = upper(left, target, most);
    if moved.is_empty() {
        return Levelled::Evened(0);
    }
    let count = moved.len();
    put_last_entry(&mut moved, between.take());
    moved.append(right);
    *between = Some(take_last_entry(left));
    *right = moved;
    Levelled::Evened(count)
}
