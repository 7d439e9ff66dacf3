//! Adding to a `Vec`.

use super::Vec;
use crate::boxed::Box;
use drust_heap::Portable;
use std::ops::{Bound, RangeBounds};

impl<T: Portable> Vec<T> {
    /// Puts a value in front of the one at `index`.
    ///
    /// # Panics
    /// Where `index` is larger than the length.
    ///
    /// ```
    /// let mut v = drust::vec![1, 3];
    /// v.insert(1, 2);
    /// assert_eq!(v, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) {
        let _ = self.insert_mut(index, value);
    }

    /// As [`Vec::insert`], and borrows the value.
    ///
    /// # Panics
    /// As [`Vec::insert`].
    ///
    /// ```
    /// let mut v = drust::vec![1, 3];
    /// *v.insert_mut(1, 1) += 1;
    /// assert_eq!(v, [1, 2, 3]);
    /// ```
    #[track_caller]
    #[must_use = "use `insert` where the value is not looked at"]
    pub fn insert_mut(&mut self, index: usize, value: T) -> &mut T {
        let len = self.len;
        assert!(index <= len, "insertion index (is {index}) should be <= len (is {len})");
        self.reserve(1);
        // SAFETY: the slot is this node's own with room for one more value, and `index` lies in it.
        unsafe {
            let at = self.place_mut().cast::<T>().add(index);
            at.copy_to(at.add(1), len - index);
            at.write(value);
            self.len += 1;
            &mut *at
        }
    }

    /// Moves all values of `other` to the end of this vector.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let (mut a, mut b) = (drust::vec![1], drust::vec![2, 3]);
    /// a.append(&mut b);
    /// assert_eq!((a.len(), b.len()), (3, 0));
    /// ```
    #[track_caller]
    pub fn append(&mut self, other: &mut Vec<T>) {
        let count = other.len;
        if count == 0 {
            return;
        }
        self.reserve(count);
        // Both are here before anything is taken: who is cancelled while he waits for them leaves them as they are.
        let (target, source) = (self.place_mut().cast::<T>(), other.place_mut().cast::<T>());
        other.len = 0;
        // SAFETY: the values belong to `other` no more, and this vector has room for them in a slot of its own.
        unsafe { target.add(self.len).copy_from_nonoverlapping(source, count) };
        self.len += count;
    }

    /// Takes the values from `at` on.
    ///
    /// # Panics
    /// Where `at` is larger than the length.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// assert_eq!(v.split_off(1), [2, 3]);
    /// assert_eq!(v, [1]);
    /// ```
    #[track_caller]
    #[must_use = "use `truncate` to drop the values"]
    pub fn split_off(&mut self, at: usize) -> Vec<T> {
        let len = self.len;
        assert!(at <= len, "`at` split index (is {at}) should be <= len (is {len})");
        let mut rest = Vec::with_capacity(len - at);
        let source = self.place_mut().cast::<T>();
        self.len = at;
        // SAFETY: the values belong to this vector no more, and the new one has room for them.
        unsafe { rest.place_mut().cast::<T>().copy_from_nonoverlapping(source.add(at), len - at) };
        rest.len = len - at;
        rest
    }

    /// Sets the length to `len`, with values that `make` makes where it grows.
    ///
    /// ```
    /// let (mut v, mut next) = (drust::vec![0], 0);
    /// v.resize_with(3, || { next += 1; next });
    /// assert_eq!(v, [0, 1, 2]);
    /// ```
    #[track_caller]
    pub fn resize_with(&mut self, len: usize, make: impl FnMut() -> T) {
        if len <= self.len {
            self.truncate(len);
        } else {
            self.extend(std::iter::repeat_with(make).take(len - self.len));
        }
    }

    /// A boxed slice of the values; spare room is given back first.
    ///
    /// ```
    /// let boxed: drust::Box<[u32]> = drust::vec![1, 2].into_boxed_slice();
    /// assert_eq!(boxed.len(), 2);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_boxed_slice(mut self) -> Box<[T]> {
        self.shrink_to_fit();
        let (handle, len, _) = self.into_parts();
        Box::from_handle(handle, len)
    }

    /// Gives the values up for the rest of the program; they are never freed, and stay in this node's partition.
    ///
    /// ```
    /// let lasting: &'static mut [u32] = drust::vec![1, 2].leak();
    /// lasting[0] = 3;
    /// assert_eq!(lasting, [3, 2]);
    /// ```
    #[track_caller]
    pub fn leak<'a>(mut self) -> &'a mut [T]
    where
        T: 'a,
    {
        let values = std::ptr::from_mut::<[T]>(&mut self);
        std::mem::forget(self);
        // SAFETY: the values are at home here, partitions stay mapped until exit, and their only handle is gone.
        unsafe { &mut *values }
    }
}

impl<T: Portable, const N: usize> Vec<[T; N]> {
    /// The arrays' values one after the other, in a new vector on this node: they are moved, since an object keeps the
    /// type that it was made with.
    ///
    /// # Panics
    /// Where values without bytes are more than `usize::MAX`.
    ///
    /// ```
    /// assert_eq!(drust::vec![[1, 2], [3, 4]].into_flattened(), [1, 2, 3, 4]);
    /// ```
    #[track_caller]
    pub fn into_flattened(mut self) -> Vec<T> {
        let count = self.len.checked_mul(N).expect("vec len overflow");
        if count == 0 {
            return Vec::new();
        }
        let values = self.place_mut().cast::<T>();
        self.len = 0;
        // SAFETY: arrays lie in a row as their values do, and belong to the other vector no more.
        unsafe { Vec::adopt(values, count) }
    }
}

impl<T: Portable + Clone> Vec<T> {
    /// Adds clones of all `values` at the end.
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// v.extend_from_slice(&[2, 3]);
    /// assert_eq!(v, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn extend_from_slice(&mut self, values: &[T]) {
        // A remote vector does not move for nothing.
        if values.is_empty() {
            return;
        }
        self.reserve(values.len());
        let mut filling = Filling::new(self);
        for value in values {
            // SAFETY: there is room for all of them.
            unsafe { filling.push(value.clone()) };
        }
    }

    /// Adds clones of the values in `range` at the end.
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// v.extend_from_within(1..);
    /// assert_eq!(v, [1, 2, 3, 2, 3]);
    /// ```
    #[track_caller]
    pub fn extend_from_within(&mut self, range: impl RangeBounds<usize>) {
        let (start, end) = bounds(range, self.len);
        self.reserve(end - start);
        let mut filling = Filling::new(self);
        for index in start..end {
            // SAFETY: the value at `index` is initialised and stays, and there is room for all clones.
            unsafe {
                let value = (*filling.first.add(index)).clone();
                filling.push(value);
            }
        }
    }

    /// Sets the length to `len`, with clones of `value` where it grows.
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// v.resize(3, 0);
    /// assert_eq!(v, [1, 0, 0]);
    /// ```
    #[track_caller]
    pub fn resize(&mut self, len: usize, value: T) {
        if len <= self.len {
            self.truncate(len);
            return;
        }
        let more = len - self.len;
        self.reserve(more);
        let mut filling = Filling::new(self);
        for _ in 1..more {
            // SAFETY: there is room for all of them.
            unsafe { filling.push(value.clone()) };
        }
        // SAFETY: as above.
        unsafe { filling.push(value) };
    }

    /// What `vec![value; count]` makes.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub fn repeated(value: T, count: usize) -> Vec<T> {
        let mut vec = Vec::with_capacity(count);
        vec.resize(count, value);
        vec
    }
}

/// Fills room that is there, and counts the values in when it ends, also by a panic.
pub(super) struct Filling<'a, T: Portable> {
    first: *mut T,
    len: usize,
    vec: &'a mut Vec<T>,
}

impl<'a, T: Portable> Filling<'a, T> {
    #[track_caller]
    pub(super) fn new(vec: &'a mut Vec<T>) -> Filling<'a, T> {
        Filling { first: vec.place_mut().cast(), len: vec.len, vec }
    }

    /// Adds a value.
    ///
    /// # Safety
    /// The vector has room for it.
    #[inline]
    pub(super) unsafe fn push(&mut self, value: T) {
        debug_assert!(self.len < self.vec.capacity);
        // SAFETY: the caller vouches for the room.
        unsafe { self.first.add(self.len).write(value) };
        self.len += 1;
    }

    /// Adds values as long as there is room; whether they ended before.
    #[inline]
    pub(super) fn fill(mut self, values: &mut impl Iterator<Item = T>) -> bool {
        let room = self.vec.capacity - self.len;
        // SAFETY: there is room for so many.
        values.take(room).for_each(|value| unsafe { self.push(value) });
        self.len < self.vec.capacity
    }
}

impl<T: Portable> Drop for Filling<'_, T> {
    fn drop(&mut self) {
        self.vec.len = self.len;
    }
}

/// A range's start and end, checked, with std's panics.
#[track_caller]
pub(crate) fn bounds(range: impl RangeBounds<usize>, len: usize) -> (usize, usize) {
    let start = match range.start_bound() {
        Bound::Included(&start) => Some(start),
        Bound::Excluded(&before) => before.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => last.checked_add(1),
        Bound::Excluded(&end) => Some(end),
        Bound::Unbounded => Some(len),
    };
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= len => (start, end),
        _ => refuse((range.start_bound().cloned(), range.end_bound().cloned()), len),
    }
}

/// Panics as std does where `range` does not lie inside `len` values: std is asked for it in so many empty ones, since
/// which bound it names, and how, is its own affair.
#[cold]
#[track_caller]
fn refuse(range: (Bound<usize>, Bound<usize>), len: usize) -> ! {
    let first = std::ptr::NonNull::<()>::dangling().as_ptr();
    // SAFETY: values without bytes lie at any aligned place, as many as one likes, and nobody else's are among them.
    let empty = unsafe { std::slice::from_raw_parts_mut(first, len) };
    empty.copy_within(range, 0);
    unreachable!("std takes a range that does not lie inside");
}
