//! Going through the values in order, on this node.

use super::{Chunk, ChunkedVec};
use crate::reference::Ref;
use crate::vec::{self, Vec};
use drust_heap::Portable;
use std::fmt;
use std::iter::FusedIterator;

/// The values of a [`ChunkedVec`] in order, made by [`ChunkedVec::iter`].
///
/// ```
/// let numbers = drust::collections::ChunkedVec::from([1_u64, 2, 3]);
/// let mut iter: drust::collections::chunked_vec::Iter<'_, u64> = numbers.iter();
/// assert_eq!((iter.len(), iter.next(), iter.next_back(), iter.len()), (3, Some(&1), Some(&3), 1));
/// ```
pub struct Iter<'a, T: Portable> {
    chunks: std::slice::Iter<'a, Chunk<T>>,
    front: std::slice::Iter<'a, T>,
    back: std::slice::Iter<'a, T>,
    left: usize,
}

/// The values of a [`ChunkedVec`] in order, to be written, made by [`ChunkedVec::iter_mut`].
///
/// ```
/// let mut numbers = drust::collections::ChunkedVec::from([1_u64, 2, 3]);
/// let iter: drust::collections::chunked_vec::IterMut<'_, u64> = numbers.iter_mut();
/// iter.for_each(|n| *n *= 2);
/// assert_eq!(numbers, [2, 4, 6]);
/// ```
pub struct IterMut<'a, T: Portable> {
    chunks: std::slice::IterMut<'a, Chunk<T>>,
    front: std::slice::IterMut<'a, T>,
    back: std::slice::IterMut<'a, T>,
    left: usize,
}

/// The values of a [`ChunkedVec`] in order, moved out of it.
///
/// ```
/// let numbers = drust::collections::ChunkedVec::from([1_u64, 2, 3]);
/// let iter: drust::collections::chunked_vec::IntoIter<u64> = numbers.into_iter();
/// assert_eq!(iter.rev().collect::<Vec<_>>(), [3, 2, 1]);
/// ```
pub struct IntoIter<T: Portable> {
    chunks: vec::IntoIter<Chunk<T>>,
    front: vec::IntoIter<T>,
    back: vec::IntoIter<T>,
    left: usize,
}

/// Borrows of the chunks of a [`ChunkedVec`] in order, made by [`ChunkedVec::chunks`].
///
/// ```
/// let numbers = drust::collections::ChunkedVec::from([1_u64]);
/// let mut chunks: drust::collections::chunked_vec::Chunks<'_, u64> = numbers.chunks();
/// assert_eq!(*chunks.next().unwrap(), [1]);
/// ```
pub struct Chunks<'a, T: Portable> {
    chunks: std::slice::Iter<'a, Chunk<T>>,
}

impl<'a, T: Portable> Chunks<'a, T> {
    pub(super) fn new(chunks: &'a [Chunk<T>]) -> Chunks<'a, T> {
        Chunks { chunks: chunks.iter() }
    }
}

impl<T: Portable> ChunkedVec<T> {
    /// The values in order. Chunks of other nodes are fetched whole, and copies of them kept while the vector is
    /// borrowed and until it is written; [`ChunkedVec::chunks`] keeps none.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.iter().sum::<i32>(), 6);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { chunks: self.chunks.iter(), front: [].iter(), back: [].iter(), left: self.len }
    }

    /// The values in order, to be written. Chunks of other nodes move here; [`ChunkedVec::par_iter_mut`] leaves them
    /// where they are.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// numbers.iter_mut().for_each(|n| *n += 1);
    /// assert_eq!(numbers, [2, 3, 4]);
    /// ```
    #[track_caller]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut { left: self.len, chunks: self.chunks.iter_mut(), front: [].iter_mut(), back: [].iter_mut() }
    }
}

/// Implements the iterators that give a chunk's values when they come to it, from both ends.
macro_rules! from_both_ends {
    ($($name:ident<$($lifetime:lifetime,)? T> of $item:ty, |$chunk:ident| $open:expr;)*) => {$(
        impl<$($lifetime,)? T: Portable> Iterator for $name<$($lifetime,)? T> {
            type Item = $item;

            #[inline]
            #[track_caller]
            fn next(&mut self) -> Option<$item> {
                loop {
                    if let Some(value) = self.front.next() {
                        self.left -= 1;
                        return Some(value);
                    }
                    let Some($chunk) = self.chunks.next() else { break };
                    self.front = $open;
                }
                let value = self.back.next()?;
                self.left -= 1;
                Some(value)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.left, Some(self.left))
            }
        }

        impl<$($lifetime,)? T: Portable> DoubleEndedIterator for $name<$($lifetime,)? T> {
            #[inline]
            #[track_caller]
            fn next_back(&mut self) -> Option<$item> {
                loop {
                    if let Some(value) = self.back.next_back() {
                        self.left -= 1;
                        return Some(value);
                    }
                    let Some($chunk) = self.chunks.next_back() else { break };
                    self.back = $open;
                }
                let value = self.front.next_back()?;
                self.left -= 1;
                Some(value)
            }
        }

        impl<$($lifetime,)? T: Portable> ExactSizeIterator for $name<$($lifetime,)? T> {}
        impl<$($lifetime,)? T: Portable> FusedIterator for $name<$($lifetime,)? T> {}

        impl<$($lifetime,)? T: Portable> fmt::Debug for $name<$($lifetime,)? T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.left).finish_non_exhaustive()
            }
        }
    )*};
}

from_both_ends! {
    Iter<'a, T> of &'a T, |chunk| chunk.values.iter();
    IterMut<'a, T> of &'a mut T, |chunk| chunk.values.iter_mut();
    IntoIter<T> of T, |chunk| chunk.values.into_iter();
}

impl<'a, T: Portable> Iterator for Chunks<'a, T> {
    type Item = Ref<'a, [T]>;

    fn next(&mut self) -> Option<Ref<'a, [T]>> {
        self.chunks.next().map(|chunk| Ref::new(&chunk.values))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl<T: Portable> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.chunks.next_back().map(|chunk| Ref::new(&chunk.values))
    }
}

impl<T: Portable> ExactSizeIterator for Chunks<'_, T> {}
impl<T: Portable> FusedIterator for Chunks<'_, T> {}

impl<T: Portable> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { chunks: self.chunks.clone(), front: self.front.clone(), back: self.back.clone(), left: self.left }
    }
}

impl<T: Portable> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Chunks { chunks: self.chunks.clone() }
    }
}

impl<T: Portable> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("left", &self.chunks.len()).finish_non_exhaustive()
    }
}

impl<T: Portable> IntoIterator for ChunkedVec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        let none = || Vec::new().into_iter();
        IntoIter { left: self.len, chunks: self.chunks.into_iter(), front: none(), back: none() }
    }
}

impl<'a, T: Portable> IntoIterator for &'a ChunkedVec<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Portable> IntoIterator for &'a mut ChunkedVec<T> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    #[track_caller]
    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
