//! `ChunkedVec`: one vector whose chunks live on many nodes, and the operations that run on all of them at once.
//!
//! A chunk is a [`Vec`] like any other, homed on one node; the vector is a directory of them. So it travels, is fetched
//! and ends as vectors do, and its directory alone moves with it. What walks over all values sends functions to where
//! the chunks live: one task for each node with all that it is to do there, which splits the work into pieces for that
//! node's workers.
//!
//! | operation | messages |
//! |---|---|
//! | `len`, `is_empty`, `push` | 0 |
//! | `get`, index, `iter` of values of another node | 1 fetch a chunk, of the whole chunk |
//! | `get_mut`, `iter_mut` of values of another node | 1 fetch and 1 one-way a chunk, which moves here |
//! | `truncate`, `swap` | as `get_mut`, of a chunk that is cut or has one of the values |
//! | `contains`, `==`, `cmp`, `hash` | 1 fetch for each chunk of another node that is looked at |
//! | [`fetch`](ChunkedVec::fetch) of values of another node | 1 fetch of these values for each chunk that has some |
//! | [`gather`](ChunkedVec::gather), `scatter`, `update_many`, `update_each` | 1 request, 1 reply for each other node |
//! | [`from_fn`](ChunkedVec::from_fn), [`ParIter`], [`ParIterMut`] | 1 request, 1 reply for each other node |
//! | [`spread`](ChunkedVec::spread), `from`, `collect` | as those, and 1 fetch and 1 one-way a chunk that moves |
//! | the first look from another node than that where it was made | 1 fetch of the directory besides |
//! | [`shuffle_by`](ChunkedVec::shuffle_by) and the like | 2 tasks for each of all `w` workers; `w * w` parts move |
//! | [`par_sort`](ChunkedVec::par_sort) | the same, and as [`ParIter`] |
//! | drop | 1 one-way a chunk of another node |
//!
//! Functions that are sent are `fn`s, as those of tasks: what they need besides the values goes along as arguments
//! ([`ParIter::map_with`]). How many pieces there are depends on the nodes and their workers. So what is put together
//! by an operation that is not associative, as a sum of floats, may differ in its last bits from cluster to cluster.
//!
//! A panic of a function ends the operation, once what runs of it elsewhere has ended, with a panic here that tells
//! message, place and node.
//!
//! rayon's names are kept, and what its closures capture goes along as `args`. These are given as `&A`, to `map_with`
//! and `for_each_with` too: rayon's clones them for each piece and gives them as `&mut`.
//!
//! ```
//! use drust::collections::ChunkedVec;
//! let squares = ChunkedVec::from_fn(10_000, (), |(), index| (index * index) as u64);
//! let even: u64 = squares.par_iter().copied().filter(|n| n % 2 == 0).sum();
//! assert_eq!(even, (0..10_000).map(|n| n * n).filter(|n| n % 2 == 0).sum());
//! ```

mod build;
mod code;
mod edit;
mod exchange;
mod extremes;
mod finish;
mod iter;
mod lots;
mod many;
mod order;
mod par_iter;
mod par_iter_mut;
mod progress;
mod run;
mod shares;
mod shuffle;
mod sort;
mod stage;
mod stages;
mod traits;

pub use iter::{Chunks, IntoIter, Iter, IterMut};
pub use par_iter::ParIter;
pub use par_iter_mut::{EnumerateMut, ParIterMut};
pub use progress::Progress;
pub use stage::{All, Enumerate, Of, Stage};
pub use stages::{Cloned, Filter, FilterMap, FilterWith, FlatMapIter, Fold, FoldWith, Map, MapWith};

use crate::node::NodeId;
use crate::reference::{Lend, Ref};
use crate::vec::{Vec, bounds};
use drust_heap::Portable;
use drust_macros::Portable;
use std::ops::RangeBounds;

/// Bytes of a chunk that this module fills value by value: large enough that a message costs little beside it.
const CHUNK: usize = 1 << 20;

/// A vector in chunks that live on many nodes; see the [module's page](self).
///
/// ```
/// use drust::collections::ChunkedVec;
/// let mut numbers: ChunkedVec<u64> = (0..1000).collect();
/// numbers.par_iter_mut().for_each(|n| *n += 1);
/// numbers.push(5000);
/// assert_eq!((numbers.len(), numbers[0], numbers.get(1000)), (1001, 1, Some(&5000)));
/// assert_eq!(numbers.par_iter().copied().max(), Some(5000));
/// ```
#[derive(Portable)]
pub struct ChunkedVec<T: Portable> {
    len: usize,
    /// In order; none is empty.
    chunks: Vec<Chunk<T>>,
}

/// Some of the values.
#[derive(Portable)]
struct Chunk<T: Portable> {
    /// The index of its first value.
    start: usize,
    values: Vec<T>,
}

impl<T: Portable> Chunk<T> {
    /// The node where its values live; this one where they have no bytes.
    fn home(&self) -> NodeId {
        self.values.home().map_or_else(crate::node::current, NodeId::of)
    }
}

impl<T: Portable> ChunkedVec<T> {
    /// A vector without values.
    ///
    /// ```
    /// assert!(drust::collections::ChunkedVec::<u32>::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> ChunkedVec<T> {
        ChunkedVec { len: 0, chunks: Vec::new() }
    }

    /// A vector of these chunks, in this order; empty ones are left out.
    #[track_caller]
    fn of(chunks: impl IntoIterator<Item = Vec<T>>) -> ChunkedVec<T> {
        let mut made = ChunkedVec::new();
        chunks.into_iter().for_each(|values| made.append_chunk(values));
        made
    }

    #[track_caller]
    fn append_chunk(&mut self, values: Vec<T>) {
        let (start, more) = (self.len, values.len());
        if more > 0 {
            self.chunks.push(Chunk { start, values });
            self.len += more;
        }
    }

    /// Values in it; known without looking at them.
    ///
    /// ```
    /// assert_eq!(drust::collections::ChunkedVec::from([1, 2, 3]).len(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(!drust::collections::ChunkedVec::from([1, 2, 3]).is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The chunk that has the value at an index, and the value's index in it.
    #[inline]
    #[track_caller]
    fn place(&self, index: usize) -> Option<(usize, usize)> {
        if index >= self.len {
            return None;
        }
        let chunks: &[Chunk<T>] = &self.chunks;
        let chunk = chunks.partition_point(|chunk| chunk.start <= index) - 1;
        Some((chunk, index - chunks[chunk].start))
    }

    /// The node where the value at `index` lives, if there is one; sends nothing but a fetch of the directory.
    ///
    /// ```
    /// use drust::{collections::ChunkedVec, node};
    /// let numbers = ChunkedVec::from_fn(100, (), |(), index| index);
    /// assert_eq!(numbers.home_of(99), node::all().last());
    /// assert_eq!(numbers.home_of(100), None);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn home_of(&self, index: usize) -> Option<NodeId> {
        self.place(index).map(|(chunk, _)| self.chunks[chunk].home())
    }

    /// The value at `index`. Of another node its whole chunk is fetched, and a copy kept while the vector is borrowed
    /// and until it is written; [`ChunkedVec::fetch`] fetches less.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!((numbers.get(2), numbers.get(3)), (Some(&3), None));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get(&self, index: usize) -> Option<&T> {
        let (chunk, at) = self.place(index)?;
        self.chunks[chunk].values.get(at)
    }

    /// The value at `index`, to be written. A chunk of another node moves here.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// *numbers.get_mut(2).unwrap() += 1;
    /// assert_eq!(numbers, [1, 2, 4]);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (chunk, at) = self.place(index)?;
        self.chunks[chunk].values.get_mut(at)
    }

    /// The values in `range`, as one borrow for each chunk that has some of them: each costs nothing until it is looked
    /// at, and then one fetch of these values alone, whose copy is given back with the borrow.
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from_fn(1000, (), |(), index| index);
    /// let sum: usize = numbers.fetch(10..500).map(|part| part.iter().sum::<usize>()).sum();
    /// assert_eq!(sum, (10..500).sum());
    /// ```
    #[track_caller]
    pub fn fetch(&self, range: impl RangeBounds<usize>) -> impl Iterator<Item = Ref<'_, [T]>> {
        let (start, end) = bounds(range, self.len);
        let chunks: &[Chunk<T>] = &self.chunks;
        let first = chunks.partition_point(|chunk| chunk.start + chunk.values.len() <= start);
        let within = chunks[first..].iter().take_while(move |chunk| chunk.start < end && start < end);
        within.map(move |chunk| {
            let last = (end - chunk.start).min(chunk.values.len());
            Ref::new(&chunk.values).part(start.saturating_sub(chunk.start)..last)
        })
    }

    /// Adds a value at the end: to the last chunk, if that lives here and has room, else in a new one of this node.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::new();
    /// numbers.push(1);
    /// assert_eq!(numbers, [1]);
    /// ```
    #[track_caller]
    pub fn push(&mut self, value: T) {
        let here = crate::node::current();
        match self.chunks.last_mut() {
            Some(last) if last.values.len() < per_chunk::<T>() && last.home() == here => last.values.push(value),
            _ => self.chunks.push(Chunk { start: self.len, values: Vec::from([value]) }),
        }
        self.len += 1;
    }

    /// Takes the last value. Its chunk, if it lives on another node, moves here.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2]);
    /// assert_eq!((numbers.pop(), numbers.pop(), numbers.pop()), (Some(2), Some(1), None));
    /// ```
    #[track_caller]
    pub fn pop(&mut self) -> Option<T> {
        let last = self.chunks.last_mut()?;
        let value = last.values.pop();
        self.len -= 1;
        if last.values.is_empty() {
            self.chunks.pop();
        }
        value
    }

    /// Moves all values of `other` to the end of this vector: its chunks stay where they live.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let (mut a, mut b) = (ChunkedVec::from([1]), ChunkedVec::from([2, 3]));
    /// a.append(&mut b);
    /// assert_eq!((a.len(), b.len()), (3, 0));
    /// ```
    #[track_caller]
    pub fn append(&mut self, other: &mut ChunkedVec<T>) {
        // What may be cancelled comes before anything is taken.
        let _ = (self.chunks.as_mut_slice(), other.chunks.as_mut_slice());
        let other = std::mem::take(other);
        other.chunks.into_iter().for_each(|chunk| self.append_chunk(chunk.values));
    }

    /// Drops all values, where drust drops what lives there.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2]);
    /// numbers.clear();
    /// assert!(numbers.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        // A drop that panics leaves a vector without values.
        drop(std::mem::take(self));
    }

    /// The values, chunk by chunk, each as a borrow that costs nothing until it is looked at. A walk over more values
    /// than this node has room for holds one chunk's copy at a time.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from_fn(1000, (), |(), index| index);
    /// assert_eq!(numbers.chunks().map(|chunk| chunk.len()).sum::<usize>(), 1000);
    /// ```
    pub fn chunks(&self) -> Chunks<'_, T> {
        Chunks::new(&self.chunks)
    }

    /// Moves chunks so that each node has about as many values as any other, in order. A chunk larger than such a share
    /// is split.
    ///
    /// ```
    /// use drust::{collections::ChunkedVec, node};
    /// let mut numbers = ChunkedVec::new();
    /// numbers.extend(0..100);
    /// numbers.spread();
    /// assert_eq!(numbers.home_of(99), node::all().last());
    /// ```
    #[track_caller]
    pub fn spread(&mut self) {
        build::spread(self);
    }
}

#[cold]
#[track_caller]
fn out_of_bounds(len: usize, index: usize) -> ! {
    panic!("index out of bounds: the len is {len} but the index is {index}")
}

/// Values that a chunk is filled with, one by one.
fn per_chunk<T>() -> usize {
    (CHUNK / size_of::<T>().max(1)).max(1)
}
