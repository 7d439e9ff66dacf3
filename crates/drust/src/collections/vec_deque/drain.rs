//! Taking values out of a `VecDeque` one after the other: all, or those of a range.

use super::VecDeque;
use crate::vec;
use drust_heap::Portable;
use std::fmt;
use std::iter::{FusedIterator, Rev};

/// Takes a range of values out of a [`VecDeque`]; forgetting it loses values, and nothing else.
///
/// ```
/// use drust::collections::{VecDeque, vec_deque::Drain};
/// let mut deque = VecDeque::from([1, 2, 3]);
/// let values: Drain<'_, u32> = deque.drain(..2);
/// assert!(values.eq([1, 2]));
/// assert_eq!(deque, [3]);
/// ```
pub struct Drain<'a, T: Portable> {
    front: Option<Rev<vec::Drain<'a, T>>>,
    back: Option<vec::Drain<'a, T>>,
}

/// The values of a [`VecDeque`], first to last; it stays on its node.
///
/// ```
/// use drust::collections::{VecDeque, vec_deque::IntoIter};
/// let mut values: IntoIter<u32> = VecDeque::from([1, 2, 3]).into_iter();
/// assert_eq!((values.next(), values.next_back()), (Some(1), Some(3)));
/// ```
pub struct IntoIter<T: Portable> {
    front: Option<Rev<vec::IntoIter<T>>>,
    back: Option<vec::IntoIter<T>>,
}

impl<'a, T: Portable> Drain<'a, T> {
    /// The values from `start` to `end`. A side without any is not touched.
    #[track_caller]
    pub(super) fn new(deque: &'a mut VecDeque<T>, start: usize, end: usize) -> Drain<'a, T> {
        deque.near(start, end);
        let (front, back) = deque.parts(start, end);
        let front = if front.is_empty() { None } else { Some(deque.front.drain(front).rev()) };
        let back = if back.is_empty() { None } else { Some(deque.back.drain(back)) };
        Drain { front, back }
    }
}

impl<T: Portable> IntoIterator for VecDeque<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Remote values move here first.
    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { front: Some(self.front.into_iter().rev()), back: Some(self.back.into_iter()) }
    }
}

/// Implements an iterator of values by those of the two sides.
macro_rules! of_two_sides {
    ([$($lifetime:lifetime,)?] $name:ty) => {
        impl<$($lifetime,)? T: Portable> Iterator for $name {
            type Item = T;

            #[inline]
            fn next(&mut self) -> Option<T> {
                let first = self.front.as_mut().and_then(Iterator::next);
                first.or_else(|| self.back.as_mut()?.next())
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let front = self.front.as_ref().map_or(0, ExactSizeIterator::len);
                let left = front + self.back.as_ref().map_or(0, ExactSizeIterator::len);
                (left, Some(left))
            }
        }

        impl<$($lifetime,)? T: Portable> DoubleEndedIterator for $name {
            #[inline]
            fn next_back(&mut self) -> Option<T> {
                let last = self.back.as_mut().and_then(DoubleEndedIterator::next_back);
                last.or_else(|| self.front.as_mut()?.next_back())
            }
        }

        impl<$($lifetime,)? T: Portable> ExactSizeIterator for $name {}
        impl<$($lifetime,)? T: Portable> FusedIterator for $name {}

        impl<$($lifetime,)? T: Portable + fmt::Debug> fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.front).field(&self.back).finish()
            }
        }
    };
}

of_two_sides!(['a,] Drain<'a, T>);
of_two_sides!([] IntoIter<T>);

impl<T: Portable + Clone> Clone for IntoIter<T> {
    fn clone(&self) -> IntoIter<T> {
        IntoIter { front: self.front.clone(), back: self.back.clone() }
    }
}

impl<T: Portable> Default for IntoIter<T> {
    fn default() -> IntoIter<T> {
        IntoIter { front: None, back: None }
    }
}
