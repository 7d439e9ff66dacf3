//! Iterating over a `VecDeque` by reference.

use super::VecDeque;
use crate::vec::bounds;
use drust_heap::Portable;
use std::fmt;
use std::iter::{FusedIterator, Rev};
use std::ops::RangeBounds;
use std::slice;

/// The values of a [`VecDeque`], first to last.
///
/// ```
/// use drust::collections::{VecDeque, vec_deque::Iter};
/// let mut deque = VecDeque::from([2, 3]);
/// deque.push_front(1);
/// let values: Iter<'_, u32> = deque.iter();
/// assert!(values.eq(&[1, 2, 3]));
/// ```
pub struct Iter<'a, T> {
    front: Rev<slice::Iter<'a, T>>,
    back: slice::Iter<'a, T>,
}

/// The values of a [`VecDeque`], first to last, to be written.
///
/// ```
/// use drust::collections::{VecDeque, vec_deque::IterMut};
/// let mut deque = VecDeque::from([1, 2]);
/// let values: IterMut<'_, u32> = deque.iter_mut();
/// values.for_each(|value| *value *= 10);
/// assert_eq!(deque, [10, 20]);
/// ```
pub struct IterMut<'a, T> {
    front: Rev<slice::IterMut<'a, T>>,
    back: slice::IterMut<'a, T>,
}

impl<'a, T> Iter<'a, T> {
    /// The values of a front, which lies in reverse, and of a back.
    pub(super) fn new(front: &'a [T], back: &'a [T]) -> Iter<'a, T> {
        Iter { front: front.iter().rev(), back: back.iter() }
    }
}

impl<T: Portable> VecDeque<T> {
    /// The values, first to last. Remote values are fetched, and stay pinned until the deque is written or dropped.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([1, 2]);
    /// assert_eq!(queue.iter().sum::<u32>(), 3);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        self.prefetch();
        Iter::new(&self.front, &self.back)
    }

    /// The values, first to last, to be written; remote ones move here.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// queue.iter_mut().for_each(|n| *n *= 2);
    /// assert_eq!(queue, [2, 4]);
    /// ```
    #[track_caller]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        let len = self.len();
        self.part_mut(0, len)
    }

    /// The values in `range`.
    ///
    /// # Panics
    /// Where `range` does not lie inside the deque.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// assert!(queue.range(1..).eq(&[2, 3]));
    /// ```
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Iter<'_, T> {
        let (start, end) = bounds(range, self.len());
        let (front, back) = self.parts(start, end);
        // Where nothing is to be seen nothing is fetched.
        let front = if front.is_empty() { &[][..] } else { &self.front[front] };
        let back = if back.is_empty() { &[][..] } else { &self.back[back] };
        Iter::new(front, back)
    }

    /// The values in `range`, to be written.
    ///
    /// # Panics
    /// Where `range` does not lie inside the deque.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// queue.range_mut(1..).for_each(|n| *n *= 2);
    /// assert_eq!(queue, [1, 4, 6]);
    /// ```
    #[track_caller]
    pub fn range_mut(&mut self, range: impl RangeBounds<usize>) -> IterMut<'_, T> {
        let (start, end) = bounds(range, self.len());
        self.part_mut(start, end)
    }

    #[track_caller]
    fn part_mut(&mut self, start: usize, end: usize) -> IterMut<'_, T> {
        let (front, back) = self.parts(start, end);
        let front = if front.is_empty() { &mut [][..] } else { &mut self.front[front] };
        let back = if back.is_empty() { &mut [][..] } else { &mut self.back[back] };
        IterMut { front: front.iter_mut().rev(), back: back.iter_mut() }
    }
}

/// Implements an iterator of references by those of the two sides.
macro_rules! of_two_sides {
    ($name:ident, $item:ty) => {
        impl<'a, T> Iterator for $name<'a, T> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.front.next().or_else(|| self.back.next())
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let left = self.front.len() + self.back.len();
                (left, Some(left))
            }

            fn nth(&mut self, n: usize) -> Option<$item> {
                let front = self.front.len();
                if n < front {
                    return self.front.nth(n);
                }
                self.front = Default::default();
                self.back.nth(n - front)
            }

            fn last(mut self) -> Option<$item> {
                self.next_back()
            }

            fn fold<B, F: FnMut(B, $item) -> B>(self, start: B, mut step: F) -> B {
                let start = self.front.fold(start, &mut step);
                self.back.fold(start, step)
            }
        }

        impl<'a, T> DoubleEndedIterator for $name<'a, T> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.back.next_back().or_else(|| self.front.next_back())
            }

            fn nth_back(&mut self, n: usize) -> Option<$item> {
                let back = self.back.len();
                if n < back {
                    return self.back.nth_back(n);
                }
                self.back = Default::default();
                self.front.nth_back(n - back)
            }

            fn rfold<B, F: FnMut(B, $item) -> B>(self, start: B, mut step: F) -> B {
                let start = self.back.rfold(start, &mut step);
                self.front.rfold(start, step)
            }
        }

        impl<T> ExactSizeIterator for $name<'_, T> {}
        impl<T> FusedIterator for $name<'_, T> {}

        impl<T> Default for $name<'_, T> {
            fn default() -> Self {
                $name { front: Default::default(), back: Default::default() }
            }
        }
    };
}

of_two_sides!(Iter, &'a T);
of_two_sides!(IterMut, &'a mut T);

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { front: self.front.clone(), back: self.back.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for IterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IterMut").field(&self.front).field(&self.back).finish()
    }
}

impl<'a, T: Portable> IntoIterator for &'a VecDeque<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Portable> IntoIterator for &'a mut VecDeque<T> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    #[track_caller]
    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
