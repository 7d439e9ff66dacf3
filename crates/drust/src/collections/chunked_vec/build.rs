//! Vectors made of other values, and what is made of them; and where their chunks live.

use super::run::{Group, pieces_of};
use super::stage::Made;
use super::{Chunk, ChunkedVec, per_chunk};
use crate::node::{self, NodeId};
use crate::reference::Ref;
use crate::thread;
use crate::vec::Vec;
use drust_heap::Portable;
use drust_runtime::cancel;
use std::collections::BTreeMap;

impl<T: Portable> ChunkedVec<T> {
    /// A vector of `len` values, spread over all nodes and made there: `function` is called with `args` and each index.
    /// 1 request and 1 reply for each other node.
    ///
    /// # Panics
    /// Where `function` does. Where a node has no room for its share the job ends, saying so.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let powers = ChunkedVec::from_fn(5, (2_u64,), |&(base,), index| base.pow(index as u32));
    /// assert_eq!(powers, [1, 2, 4, 8, 16]);
    /// ```
    #[track_caller]
    pub fn from_fn<A: Portable>(len: usize, args: A, function: fn(&A, usize) -> T) -> ChunkedVec<T> {
        let nodes = node::count();
        let piece = pieces_of(len).min(per_chunk::<T>());
        let places = std::vec![(); piece];
        let mut groups = std::vec::Vec::new();
        for (number, node) in node::all().enumerate() {
            let mut group = Group::new(node);
            let (mut start, end) = (share_of(number, nodes, len), share_of(number + 1, nodes, len));
            while start < end {
                let count = piece.min(end - start);
                group.add(start, Ref::of(&places[..count]));
                start += count;
            }
            groups.push(group);
        }
        super::par_iter::collected(Made::new(args, function), groups)
    }
}

/// Where the share of a node begins, of so many values.
fn share_of(number: usize, nodes: usize, len: usize) -> usize {
    (number as u128 * len as u128 / nodes as u128) as usize
}

/// See [`ChunkedVec::spread`]. The chunks are taken out and put back, cancelled or not.
#[track_caller]
pub(super) fn spread<T: Portable>(vec: &mut ChunkedVec<T>) {
    cancel::unbound(|| spread_all(vec));
}

#[track_caller]
fn spread_all<T: Portable>(vec: &mut ChunkedVec<T>) {
    let nodes = node::count();
    let (len, share) = (vec.len, vec.len.div_ceil(nodes));
    let mut places = BTreeMap::<NodeId, (std::vec::Vec<usize>, Vec<Vec<T>>)>::new();
    let mut chunks = std::vec::Vec::new();
    for Chunk { mut values, .. } in std::mem::take(vec).chunks {
        while values.len() > share {
            let rest = values.split_off(share);
            chunks.push(std::mem::replace(&mut values, rest));
        }
        chunks.push(values);
    }
    let mut start = 0;
    for (at, values) in chunks.iter_mut().enumerate() {
        // The middle of a chunk decides.
        let middle = start + values.len() / 2;
        let number = (0..nodes).rfind(|&number| share_of(number, nodes, len) <= middle).unwrap_or(0);
        start += values.len();
        let node = node::all().nth(number).expect("there are so many nodes");
        let place = places.entry(node).or_default();
        place.0.push(at);
        place.1.push(std::mem::take(values));
    }
    let bring = |(node, (at, chunks))| (at, thread::spawn_on(node, (chunks,), bring_here::<T>));
    let tasks: std::vec::Vec<(std::vec::Vec<usize>, _)> = places.into_iter().map(bring).collect();
    for (at, task) in tasks {
        let brought = task.join().unwrap_or_else(|error| panic!("{error}"));
        at.into_iter().zip(brought).for_each(|(at, values)| chunks[at] = values);
    }
    *vec = ChunkedVec::of(chunks);
}

/// Has the chunks live on this node.
fn bring_here<T: Portable>((mut chunks,): (Vec<Vec<T>>,)) -> Vec<Vec<T>> {
    for values in &mut chunks {
        let _ = values.as_mut_slice();
    }
    chunks
}

impl<T: Portable> From<std::vec::Vec<T>> for ChunkedVec<T> {
    /// Moves the values into chunks and spreads these over all nodes.
    #[track_caller]
    fn from(values: std::vec::Vec<T>) -> ChunkedVec<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable, const N: usize> From<[T; N]> for ChunkedVec<T> {
    /// As that of a vector.
    #[track_caller]
    fn from(values: [T; N]) -> ChunkedVec<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable + Clone> From<&[T]> for ChunkedVec<T> {
    /// As that of a vector.
    #[track_caller]
    fn from(values: &[T]) -> ChunkedVec<T> {
        values.iter().cloned().collect()
    }
}

impl<T: Portable> From<Vec<T>> for ChunkedVec<T> {
    /// The vector as a chunk, where it lives; [`ChunkedVec::spread`] then spreads the values.
    fn from(values: Vec<T>) -> ChunkedVec<T> {
        ChunkedVec::of([values])
    }
}

impl<T: Portable> From<ChunkedVec<T>> for std::vec::Vec<T> {
    /// Moves the values here, out of the cluster's heap.
    #[track_caller]
    fn from(values: ChunkedVec<T>) -> std::vec::Vec<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable> From<ChunkedVec<T>> for Vec<T> {
    /// Moves the values here, into one object.
    #[track_caller]
    fn from(values: ChunkedVec<T>) -> Vec<T> {
        let mut all = Vec::with_capacity(values.len);
        for mut chunk in values.chunks {
            all.append(&mut chunk.values);
        }
        all
    }
}

impl<T: Portable> FromIterator<T> for ChunkedVec<T> {
    /// Collects the values here, in chunks, and spreads these over all nodes.
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> ChunkedVec<T> {
        let mut made = ChunkedVec::new();
        made.extend(values);
        made.spread();
        made
    }
}

impl<T: Portable> Extend<T> for ChunkedVec<T> {
    /// Adds the values at the end, in chunks of this node; [`ChunkedVec::spread`] then spreads them.
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let mut values = values.into_iter().fuse();
        let here = node::current();
        if let Some(last) = self.chunks.last_mut()
            && last.home() == here
            && let Some(room) = per_chunk::<T>().checked_sub(last.values.len())
        {
            // What an iterator gave before it panicked must not be in the chunk without being counted.
            let mut more: Vec<T> = values.by_ref().take(room).collect();
            let count = more.len();
            last.values.append(&mut more);
            self.len += count;
        }
        loop {
            let chunk: Vec<T> = values.by_ref().take(per_chunk::<T>()).collect();
            if chunk.is_empty() {
                return;
            }
            self.append_chunk(chunk);
        }
    }
}

impl<'a, T: Portable + Copy> Extend<&'a T> for ChunkedVec<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}
