//! Taking values out of a `VecDeque`.

use super::{Drain, Place, VecDeque};
use crate::vec::bounds;
use drust_heap::Portable;
use std::ops::RangeBounds;

impl<T: Portable> VecDeque<T> {
    /// Takes the value at `index`; those behind it move up.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// assert_eq!((queue.remove(1), queue.remove(5)), (Some(2), None));
    /// assert_eq!(queue, [1, 3]);
    /// ```
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        self.near(index, index + 1);
        Some(match self.place(index) {
            Place::Front(at) => self.front.remove(at),
            Place::Back(at) => self.back.remove(at),
        })
    }

    /// Takes the value at `index`, and puts the first one there.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// assert_eq!(queue.swap_remove_front(2), Some(3));
    /// assert_eq!(queue, [2, 1]);
    /// ```
    #[track_caller]
    pub fn swap_remove_front(&mut self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        self.swap(index, 0);
        self.pop_front()
    }

    /// Takes the value at `index`, and puts the last one there.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// assert_eq!(queue.swap_remove_back(0), Some(1));
    /// assert_eq!(queue, [3, 2]);
    /// ```
    #[track_caller]
    pub fn swap_remove_back(&mut self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        self.swap(index, self.len() - 1);
        self.pop_back()
    }

    /// Takes the first value if `wanted` says so.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// assert_eq!(queue.pop_front_if(|first| *first == 1), Some(1));
    /// assert_eq!(queue.pop_front_if(|first| *first == 1), None);
    /// ```
    #[track_caller]
    pub fn pop_front_if(&mut self, wanted: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if wanted(self.front_mut()?) { self.pop_front() } else { None }
    }

    /// Takes the last value if `wanted` says so.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// assert_eq!(queue.pop_back_if(|last| *last == 2), Some(2));
    /// assert_eq!(queue.pop_back_if(|last| *last == 2), None);
    /// ```
    #[track_caller]
    pub fn pop_back_if(&mut self, wanted: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if wanted(self.back_mut()?) { self.pop_back() } else { None }
    }

    /// Drops all values but the first `len`; nothing if there are no more.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// queue.truncate(1);
    /// assert_eq!(queue, [1]);
    /// ```
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        if len == 0 {
            self.clear();
        } else if len < self.len() {
            drop(self.drain(len..));
        }
    }

    /// Drops all values; the room is kept, but that of a remote side, which is freed by its home.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// queue.clear();
    /// assert!(queue.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        // The back is cleared also when a value's `Drop` panics in the front.
        struct Back<'a, T: Portable>(&'a mut VecDeque<T>);
        impl<T: Portable> Drop for Back<'_, T> {
            #[track_caller]
            fn drop(&mut self) {
                self.0.back.clear();
            }
        }
        Back(self).0.front.clear();
    }

    /// Takes the values from `at` on; O(min(`at`, length - `at`)) amortised.
    ///
    /// # Panics
    /// Where `at` is larger than the length.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// assert_eq!(queue.split_off(1), [2, 3]);
    /// assert_eq!(queue, [1]);
    /// ```
    #[track_caller]
    #[must_use = "use `truncate` to drop the values"]
    pub fn split_off(&mut self, at: usize) -> VecDeque<T> {
        let len = self.len();
        assert!(at <= len, "`at` out of bounds");
        if at == 0 {
            return std::mem::take(self);
        }
        self.near(at, len);
        let front = self.front.len();
        if at >= front {
            let back = if at == len { crate::Vec::new() } else { self.back.split_off(at - front) };
            return VecDeque { back, ..VecDeque::new() };
        }
        // The first values are the last of the front.
        let kept = self.front.split_off(front - at);
        let front = std::mem::replace(&mut self.front, kept);
        VecDeque { front, back: std::mem::take(&mut self.back) }
    }

    /// Takes the values in `range` out, one after the other; those left when the iterator is dropped are dropped.
    ///
    /// # Panics
    /// Where `range` does not lie inside the deque.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3, 4]);
    /// assert!(queue.drain(1..3).eq([2, 3]));
    /// assert_eq!(queue, [1, 4]);
    /// ```
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        let (start, end) = bounds(range, self.len());
        Drain::new(self, start, end)
    }

    /// Keeps the values for which `keep` says so, in their order.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3, 4]);
    /// queue.retain(|n| n % 2 == 0);
    /// assert_eq!(queue, [2, 4]);
    /// ```
    #[track_caller]
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|value| keep(value));
    }

    /// As [`VecDeque::retain`], with values that may be changed.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// queue.retain_mut(|n| { *n *= 2; *n > 2 });
    /// assert_eq!(queue, [4, 6]);
    /// ```
    #[track_caller]
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut T) -> bool) {
        // All are looked at anyway, and in order where they lie on one side.
        self.make_contiguous();
        self.back.retain_mut(keep);
    }
}
