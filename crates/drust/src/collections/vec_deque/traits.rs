//! std's traits for `VecDeque`. Those that only look read through guards and leave no pin.

use super::VecDeque;
use crate::vec::Vec;
use drust_heap::Portable;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{self, BufRead, Read, Write};
use std::ops::{Index, IndexMut};

impl<T: Portable + Clone> Clone for VecDeque<T> {
    /// A new deque on this node with clones of the values; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> VecDeque<T> {
        VecDeque { front: self.front.clone(), back: self.back.clone() }
    }

    /// Clones into the values and the room that are there, if they are this node's.
    #[track_caller]
    fn clone_from(&mut self, source: &VecDeque<T>) {
        self.front.clone_from(&source.front);
        self.back.clone_from(&source.back);
    }
}

impl<T: Portable> Default for VecDeque<T> {
    fn default() -> VecDeque<T> {
        VecDeque::new()
    }
}

impl<T: Portable + PartialEq> PartialEq for VecDeque<T> {
    #[track_caller]
    fn eq(&self, other: &VecDeque<T>) -> bool {
        self.len() == other.len() && self.look(|a| other.look(|b| a.eq(b)))
    }
}

impl<T: Portable + Eq> Eq for VecDeque<T> {}

/// Implements `==` with what borrows or owns a slice on this node.
macro_rules! equals {
    ($([$($generic:tt)*] $other:ty),* $(,)?) => {$(
        impl<T: Portable + PartialEq<U>, U, $($generic)*> PartialEq<$other> for VecDeque<T> {
            #[track_caller]
            fn eq(&self, other: &$other) -> bool {
                self.len() == other.len() && self.look(|values| values.eq(&other[..]))
            }
        }
    )*};
}

equals!(
    [] &[U],
    [] &mut [U],
    [const N: usize] [U; N],
    [const N: usize] &[U; N],
    [const N: usize] &mut [U; N],
    [] std::vec::Vec<U>,
);

impl<T: Portable + PartialEq<U>, U: Portable> PartialEq<Vec<U>> for VecDeque<T> {
    #[track_caller]
    fn eq(&self, other: &Vec<U>) -> bool {
        self.len() == other.len() && self.look(|a| other.look(|b| a.eq(b)))
    }
}

impl<T: Portable + PartialOrd> PartialOrd for VecDeque<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &VecDeque<T>) -> Option<Ordering> {
        self.look(|a| other.look(|b| a.partial_cmp(b)))
    }
}

impl<T: Portable + Ord> Ord for VecDeque<T> {
    #[track_caller]
    fn cmp(&self, other: &VecDeque<T>) -> Ordering {
        self.look(|a| other.look(|b| a.cmp(b)))
    }
}

impl<T: Portable + Hash> Hash for VecDeque<T> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        // One by one: how values are spread over front and back must not show.
        self.look(|values| values.for_each(|value| value.hash(state)));
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for VecDeque<T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|values| f.debug_list().entries(values).finish())
    }
}

impl<T: Portable> Index<usize> for VecDeque<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        self.get(index).expect("Out of bounds access")
    }
}

impl<T: Portable> IndexMut<usize> for VecDeque<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        self.get_mut(index).expect("Out of bounds access")
    }
}

impl Read for VecDeque<u8> {
    /// Takes the first bytes; it never fails.
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.len());
        for (byte, taken) in buffer.iter_mut().zip(self.drain(..count)) {
            *byte = taken;
        }
        Ok(count)
    }
}

impl BufRead for VecDeque<u8> {
    /// The first bytes: all of them where they lie in order, and else one, since the front lies in reverse.
    #[track_caller]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(match self.front.last() {
            Some(first) => std::slice::from_ref(first),
            None => &self.back,
        })
    }

    #[track_caller]
    fn consume(&mut self, count: usize) {
        drop(self.drain(..count));
    }
}

impl Write for VecDeque<u8> {
    /// Appends all of `bytes`; it never fails.
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.back.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
