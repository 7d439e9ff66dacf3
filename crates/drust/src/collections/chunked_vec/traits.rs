//! std's traits for `ChunkedVec`. Those that only look read through guards and leave no pin.

use super::ChunkedVec;
use crate::vec::Vec;
use drust_heap::Portable;
use std::fmt;
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

impl<T: Portable + PartialEq> PartialEq for ChunkedVec<T> {
    /// However the values are chunked, and wherever they live.
    #[track_caller]
    fn eq(&self, other: &ChunkedVec<T>) -> bool {
        let mut at = 0;
        self.len == other.len
            && self.chunks().all(|chunk| {
                let start = at;
                at += chunk.len();
                let mut rest = &*chunk;
                other.fetch(start..at).all(|part| {
                    let (these, left) = rest.split_at(part.len());
                    rest = left;
                    *these == *part
                })
            })
    }
}

impl<T: Portable + Eq> Eq for ChunkedVec<T> {}

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
        self.get(index).unwrap_or_else(|| panic!("index out of bounds: the len is {len} but the index is {index}"))
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
        self.get_mut(index).unwrap_or_else(|| panic!("index out of bounds: the len is {len} but the index is {index}"))
    }
}
