//! std's traits for `Vec`. Those that only look read through guards and leave no pin.

use super::Vec;
use drust_heap::Portable;
use std::borrow::{Borrow, BorrowMut};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::ops::{Index, IndexMut};
use std::slice::SliceIndex;

impl<T: Portable + Clone> Clone for Vec<T> {
    /// A new vector on this node with clones of the values; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> Vec<T> {
        self.look(|values| Vec::from(values))
    }

    /// Clones into the values and the room that are there, if they are this node's.
    #[track_caller]
    fn clone_from(&mut self, source: &Vec<T>) {
        if self.handle.private().is_none() {
            *self = source.clone();
            return;
        }
        source.look(|source| {
            self.truncate(source.len());
            let (shared, rest) = source.split_at(self.len());
            self.clone_from_slice(shared);
            self.extend_from_slice(rest);
        });
    }
}

impl<T: Portable> Default for Vec<T> {
    fn default() -> Vec<T> {
        Vec::new()
    }
}

impl<T: Portable + PartialEq<U>, U: Portable> PartialEq<Vec<U>> for Vec<T> {
    #[track_caller]
    fn eq(&self, other: &Vec<U>) -> bool {
        self.len == other.len && self.look(|a| other.look(|b| a == b))
    }
}

impl<T: Portable + Eq> Eq for Vec<T> {}

/// Implements `==` with what borrows or owns a slice on this node.
macro_rules! equals {
    ($([$($generic:tt)*] $other:ty),* $(,)?) => {$(
        impl<T: Portable + PartialEq<U>, U, $($generic)*> PartialEq<$other> for Vec<T> {
            #[track_caller]
            fn eq(&self, other: &$other) -> bool {
                self.look(|values| *values == other[..])
            }
        }
    )*};
}

equals!([] [U], [] &[U], [] &mut [U], [const N: usize] [U; N], [const N: usize] &[U; N], [] std::vec::Vec<U>);

/// Implements `==` from the other side.
macro_rules! equals_from {
    ($($other:ty),* $(,)?) => {$(
        impl<T: PartialEq<U>, U: Portable> PartialEq<Vec<U>> for $other {
            #[track_caller]
            fn eq(&self, other: &Vec<U>) -> bool {
                other.look(|values| self[..] == *values)
            }
        }
    )*};
}

equals_from!([T], &[T], &mut [T], std::vec::Vec<T>);

impl<T: Portable + PartialOrd> PartialOrd for Vec<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &Vec<T>) -> Option<Ordering> {
        self.look(|a| other.look(|b| a.partial_cmp(b)))
    }
}

impl<T: Portable + Ord> Ord for Vec<T> {
    #[track_caller]
    fn cmp(&self, other: &Vec<T>) -> Ordering {
        self.look(|a| other.look(|b| a.cmp(b)))
    }
}

impl<T: Portable + Hash> Hash for Vec<T> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.look(|values| values.hash(state));
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Vec<T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|values| fmt::Debug::fmt(values, f))
    }
}

impl<T: Portable, I: SliceIndex<[T]>> Index<I> for Vec<T> {
    type Output = I::Output;

    #[inline]
    #[track_caller]
    fn index(&self, index: I) -> &I::Output {
        &(**self)[index]
    }
}

impl<T: Portable, I: SliceIndex<[T]>> IndexMut<I> for Vec<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut (**self)[index]
    }
}

impl<T: Portable> AsRef<[T]> for Vec<T> {
    #[track_caller]
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T: Portable> AsMut<[T]> for Vec<T> {
    #[track_caller]
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: Portable> AsRef<Vec<T>> for Vec<T> {
    fn as_ref(&self) -> &Vec<T> {
        self
    }
}

impl<T: Portable> AsMut<Vec<T>> for Vec<T> {
    fn as_mut(&mut self) -> &mut Vec<T> {
        self
    }
}

impl<T: Portable> Borrow<[T]> for Vec<T> {
    #[track_caller]
    fn borrow(&self) -> &[T] {
        self
    }
}

impl<T: Portable> BorrowMut<[T]> for Vec<T> {
    #[track_caller]
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}

impl io::Write for Vec<u8> {
    /// Appends all of `bytes`; it never fails.
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Appends all of all the buffers; room for them is made once.
    #[track_caller]
    fn write_vectored(&mut self, buffers: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let bytes = buffers.iter().map(|buffer| buffer.len()).sum();
        self.reserve(bytes);
        buffers.iter().for_each(|buffer| self.extend_from_slice(buffer));
        Ok(bytes)
    }

    #[track_caller]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
