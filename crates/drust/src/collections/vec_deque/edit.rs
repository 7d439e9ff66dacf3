//! Adding to a `VecDeque`, its room, and the order of its values.

use super::{Place, VecDeque};
use crate::vec::{TryReserveError, Vec};
use drust_heap::Portable;
use drust_runtime::cancel;

impl<T: Portable> VecDeque<T> {
    /// Makes room for at least `additional` more values at the back; growth is amortised.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// queue.reserve(10);
    /// assert!(queue.capacity() >= 11);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        self.back.reserve(additional);
    }

    /// Makes room for `additional` more values at the back and no more than that.
    ///
    /// # Panics
    /// As [`VecDeque::reserve`].
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// queue.reserve_exact(10);
    /// assert_eq!(queue.capacity(), 11);
    /// ```
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        self.back.reserve_exact(additional);
    }

    /// As [`VecDeque::reserve`], but returns an error where that panics, or ends the job; nothing is changed then.
    ///
    /// # Errors
    /// As [`Vec::try_reserve`].
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// assert!(queue.try_reserve(usize::MAX).is_err());
    /// assert!(queue.try_reserve(10).is_ok() && queue.capacity() >= 11);
    /// ```
    #[track_caller]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.back.try_reserve(additional)
    }

    /// As [`VecDeque::reserve_exact`], but returns an error where that panics, or ends the job, having changed nothing.
    ///
    /// # Errors
    /// As [`Vec::try_reserve`].
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// queue.try_reserve_exact(10)?;
    /// assert_eq!(queue.capacity(), 11);
    /// # Ok::<(), drust::collections::TryReserveError>(())
    /// ```
    #[track_caller]
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.back.try_reserve_exact(additional)
    }

    /// Gives back the room that no value takes; a remote side that has some moves here.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::with_capacity(10);
    /// queue.push_back(1);
    /// queue.shrink_to_fit();
    /// assert_eq!(queue.capacity(), 1);
    /// ```
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back room, down to `least` values.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::with_capacity(10);
    /// queue.push_back(1);
    /// queue.shrink_to(4);
    /// assert_eq!(queue.capacity(), 4);
    /// ```
    #[track_caller]
    pub fn shrink_to(&mut self, least: usize) {
        self.front.shrink_to_fit();
        self.back.shrink_to(least.saturating_sub(self.front.len()));
    }

    /// Puts a value in front of the one at `index`.
    ///
    /// # Panics
    /// Where `index` is larger than the length.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 3]);
    /// queue.insert(1, 2);
    /// assert_eq!(queue, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) {
        assert!(index <= self.len(), "index out of bounds");
        self.near(index, index);
        let (front, back) = (self.front.len(), self.back.len());
        if index < front || (index == front && front <= back) {
            self.front.insert(front - index, value);
        } else {
            self.back.insert(index - front, value);
        }
    }

    /// Puts a value in front of the one at `index`, and returns it there.
    ///
    /// # Panics
    /// Where `index` is larger than the length.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 3]);
    /// *queue.insert_mut(1, 2) += 10;
    /// assert_eq!(queue, [1, 12, 3]);
    /// ```
    #[track_caller]
    #[must_use = "use `insert` where the value is not wanted"]
    pub fn insert_mut(&mut self, index: usize, value: T) -> &mut T {
        self.insert(index, value);
        self.get_mut(index).expect("it was put there")
    }

    /// Adds a value before the first, and returns it there.
    ///
    /// # Panics
    /// As [`VecDeque::push_front`].
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([2]);
    /// *queue.push_front_mut(1) += 10;
    /// assert_eq!(queue, [11, 2]);
    /// ```
    #[track_caller]
    #[must_use = "use `push_front` where the value is not wanted"]
    pub fn push_front_mut(&mut self, value: T) -> &mut T {
        self.push_front(value);
        self.front_mut().expect("it was put there")
    }

    /// Adds a value after the last, and returns it there.
    ///
    /// # Panics
    /// As [`VecDeque::push_back`].
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// *queue.push_back_mut(2) += 10;
    /// assert_eq!(queue, [1, 12]);
    /// ```
    #[track_caller]
    #[must_use = "use `push_back` where the value is not wanted"]
    pub fn push_back_mut(&mut self, value: T) -> &mut T {
        self.push_back(value);
        self.back_mut().expect("it was put there")
    }

    /// Exchanges the values at two places.
    ///
    /// # Panics
    /// Where there is no value at one of them.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// queue.swap(0, 2);
    /// assert_eq!(queue, [3, 2, 1]);
    /// ```
    #[track_caller]
    pub fn swap(&mut self, i: usize, j: usize) {
        assert!(i < self.len());
        assert!(j < self.len());
        match (self.place(i), self.place(j)) {
            (Place::Front(a), Place::Front(b)) => self.front.swap(a, b),
            (Place::Back(a), Place::Back(b)) => self.back.swap(a, b),
            (Place::Front(a), Place::Back(b)) | (Place::Back(b), Place::Front(a)) => {
                std::mem::swap(&mut self.front[a], &mut self.back[b]);
            }
        }
    }

    /// Moves all values of `other` to the end of this deque.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// use drust::collections::VecDeque;
    /// let (mut a, mut b) = (VecDeque::from([1]), VecDeque::from([2, 3]));
    /// a.append(&mut b);
    /// assert_eq!((a.len(), b.len()), (3, 0));
    /// ```
    #[track_caller]
    pub fn append(&mut self, other: &mut VecDeque<T>) {
        if self.is_empty() {
            return std::mem::swap(self, other);
        }
        // Values that are under way between the two are not lost where this is cancelled.
        cancel::unbound(|| {
            if !other.front.is_empty() {
                self.back.reserve(other.len());
                self.back.extend(other.front.drain(..).rev());
            }
            self.back.append(&mut other.back);
        });
    }

    /// Sets the length to `len`, with values that `make` makes where it grows.
    ///
    /// ```
    /// let (mut queue, mut next) = (drust::collections::VecDeque::from([0]), 0);
    /// queue.resize_with(3, || { next += 1; next });
    /// assert_eq!(queue, [0, 1, 2]);
    /// ```
    #[track_caller]
    pub fn resize_with(&mut self, len: usize, make: impl FnMut() -> T) {
        let more = len.saturating_sub(self.len());
        self.truncate(len);
        self.back.extend(std::iter::repeat_with(make).take(more));
    }

    /// Sets the length to `len`, with clones of `value` where it grows.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// queue.resize(3, 0);
    /// assert_eq!(queue, [1, 0, 0]);
    /// ```
    #[track_caller]
    pub fn resize(&mut self, len: usize, value: T)
    where
        T: Clone,
    {
        let more = len.saturating_sub(self.len());
        self.truncate(len);
        self.back.extend(std::iter::repeat_n(value, more));
    }

    /// Moves the first `n` values to the end; O(min(`n`, length - `n`)) amortised.
    ///
    /// # Panics
    /// Where there are not so many.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// queue.rotate_left(1);
    /// assert_eq!(queue, [2, 3, 1]);
    /// ```
    #[track_caller]
    pub fn rotate_left(&mut self, n: usize) {
        assert!(n <= self.len());
        let rest = self.len() - n;
        if n <= rest {
            for _ in 0..n {
                let first = self.pop_front().expect("there are so many values");
                self.push_back(first);
            }
        } else {
            for _ in 0..rest {
                let last = self.pop_back().expect("there are so many values");
                self.push_front(last);
            }
        }
    }

    /// Moves the last `n` values to the front; O(min(`n`, length - `n`)) amortised.
    ///
    /// # Panics
    /// Where there are not so many.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2, 3]);
    /// queue.rotate_right(1);
    /// assert_eq!(queue, [3, 1, 2]);
    /// ```
    #[track_caller]
    pub fn rotate_right(&mut self, n: usize) {
        assert!(n <= self.len());
        self.rotate_left(self.len() - n);
    }

    /// Moves all values to one side; O(length), but nothing where they are there.
    ///
    /// The next value taken from the front turns them all again: sort a deque once, not between its uses.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([2, 1]);
    /// queue.push_front(3);
    /// queue.make_contiguous().sort();
    /// assert_eq!(queue, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn make_contiguous(&mut self) -> &mut [T] {
        if !self.front.is_empty() {
            self.settle(0);
        }
        &mut self.back
    }

    /// The values in order, in two slices of which the second is empty: they are moved to one side first.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([2, 3]);
    /// queue.push_front(1);
    /// assert_eq!(queue.as_mut_slices().0, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn as_mut_slices(&mut self) -> (&mut [T], &mut [T]) {
        (self.make_contiguous(), &mut [])
    }

    /// All values as one vector in order.
    #[track_caller]
    pub(super) fn into_vec(mut self) -> Vec<T> {
        self.make_contiguous();
        self.back
    }
}
