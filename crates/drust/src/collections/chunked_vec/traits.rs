//! std's traits for `ChunkedVec`. Those that only look read through guards and leave no pin.

use super::{ChunkedVec, out_of_bounds};
use crate::vec::Vec;
use drust_heap::Portable;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Index, IndexMut};

impl<T: Portable> Default for ChunkedVec<T> {
    fn default() -> ChunkedVec<T> {
        ChunkedVec::new()
    }
}

impl<T: Portable + Clone> Clone for ChunkedVec<T> {
    /// Clones of the values, made where they live, in chunks of the same nodes.
    #[track_caller]
    fn clone(&self) -> ChunkedVec<T> {
        self.par_iter().cloned().collect()
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for ChunkedVec<T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for chunk in self.chunks() {
            list.entries(chunk.iter());
        }
        list.finish()
    }
}

impl<T: Portable> ChunkedVec<T> {
    /// Whether the values are those of the slice.
    #[track_caller]
    fn is<U>(&self, mut others: &[U]) -> bool
    where
        T: PartialEq<U>,
    {
        self.len == others.len()
            && self.chunks().all(|chunk| {
                let (these, rest) = others.split_at(chunk.len());
                others = rest;
                *chunk == *these
            })
    }
}

impl<T: Portable> ChunkedVec<T> {
    /// The first thing that `look` makes of slices of both that lie at the same indices, as far as both go.
    #[track_caller]
    fn beside<R>(&self, other: &ChunkedVec<T>, mut look: impl FnMut(&[T], &[T]) -> Option<R>) -> Option<R> {
        let mut at = 0;
        self.fetch(..self.len.min(other.len)).find_map(|part| {
            let start = at;
            at += part.len();
            let mut rest = &*part;
            other.fetch(start..at).find_map(|others| {
                let (these, left) = rest.split_at(others.len());
                rest = left;
                look(these, &others)
            })
        })
    }
}

impl<T: Portable + PartialEq> PartialEq for ChunkedVec<T> {
    /// However the values are chunked, and wherever they live.
    #[track_caller]
    fn eq(&self, other: &ChunkedVec<T>) -> bool {
        self.len == other.len && self.beside(other, |a, b| (a != b).then_some(())).is_none()
    }
}

impl<T: Portable + Eq> Eq for ChunkedVec<T> {}

impl<T: Portable + PartialOrd> PartialOrd for ChunkedVec<T> {
    /// As that of slices, however the values are chunked.
    #[track_caller]
    fn partial_cmp(&self, other: &ChunkedVec<T>) -> Option<Ordering> {
        let order = |a: &[T], b: &[T]| Some(a.partial_cmp(b)).filter(|order| *order != Some(Ordering::Equal));
        self.beside(other, order).unwrap_or_else(|| self.len.partial_cmp(&other.len))
    }
}

impl<T: Portable + Ord> Ord for ChunkedVec<T> {
    /// As that of slices, however the values are chunked.
    #[track_caller]
    fn cmp(&self, other: &ChunkedVec<T>) -> Ordering {
        let order = |a: &[T], b: &[T]| Some(a.cmp(b)).filter(|order| order.is_ne());
        self.beside(other, order).unwrap_or_else(|| self.len.cmp(&other.len))
    }
}

impl<T: Portable + Hash> Hash for ChunkedVec<T> {
    /// The length, and each value by itself: a hasher may tell slices of one chunking from those of another.
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.chunks().for_each(|chunk| chunk.iter().for_each(|value| value.hash(state)));
    }
}

/// Implements `==` with what is a slice on this node.
macro_rules! equals {
    ($([$($generic:tt)*] $other:ty),* $(,)?) => {$(
        impl<T: Portable + PartialEq<U>, U, $($generic)*> PartialEq<$other> for ChunkedVec<T> {
            #[track_caller]
            fn eq(&self, other: &$other) -> bool {
                self.is(&other[..])
            }
        }
    )*};
}

equals!([] [U], [] &[U], [const N: usize] [U; N], [const N: usize] &[U; N], [] std::vec::Vec<U>);

impl<T: Portable + PartialEq> PartialEq<Vec<T>> for ChunkedVec<T> {
    #[track_caller]
    fn eq(&self, other: &Vec<T>) -> bool {
        self.len == other.len() && other.look(|values| self.is(values))
    }
}

impl<T: Portable> Index<usize> for ChunkedVec<T> {
    type Output = T;

    /// As [`ChunkedVec::get`].
    ///
    /// # Panics
    /// Where no value has the index.
    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        let len = self.len;
        self.get(index).unwrap_or_else(|| out_of_bounds(len, index))
    }
}

impl<T: Portable> IndexMut<usize> for ChunkedVec<T> {
    /// As [`ChunkedVec::get_mut`].
    ///
    /// # Panics
    /// Where no value has the index.
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len;
        self.get_mut(index).unwrap_or_else(|| out_of_bounds(len, index))
    }
}
