//! Taking values out of a `Vec`.

use super::Vec;
use super::drain::Drain;
use super::edit::bounds;
use drust_heap::Portable;
use std::ops::RangeBounds;

impl<T: Portable> Vec<T> {
    /// Takes the value at `index`; those behind it move up.
    ///
    /// # Panics
    /// Where there is none.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// assert_eq!(v.remove(1), 2);
    /// assert_eq!(v, [1, 3]);
    /// ```
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len;
        assert!(index < len, "removal index (is {index}) should be < len (is {len})");
        let at = self.place_mut().cast::<T>().wrapping_add(index);
        self.len -= 1;
        // SAFETY: `at` is the value at `index`; with the others moved up, `len - 1` values are left.
        unsafe {
            let value = at.read();
            at.copy_from(at.add(1), len - index - 1);
            value
        }
    }

    /// Takes the value at `index`, and puts the last one there.
    ///
    /// # Panics
    /// Where there is none.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// assert_eq!(v.swap_remove(0), 1);
    /// assert_eq!(v, [3, 2]);
    /// ```
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len;
        assert!(index < len, "swap_remove index (is {index}) should be < len (is {len})");
        let first = self.place_mut().cast::<T>();
        self.len -= 1;
        // SAFETY: both places hold values; the last one is no longer counted where it was.
        unsafe {
            let value = first.add(index).read();
            first.add(index).copy_from(first.add(len - 1), 1);
            value
        }
    }

    /// Takes the last value if `wanted` says so.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2];
    /// assert_eq!(v.pop_if(|last| *last == 2), Some(2));
    /// assert_eq!(v.pop_if(|last| *last == 2), None);
    /// ```
    #[track_caller]
    pub fn pop_if(&mut self, wanted: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if wanted(self.last_mut()?) { self.pop() } else { None }
    }

    /// Drops all values but the first `len`; nothing if there are no more. A remote vector moves here first.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// v.truncate(1);
    /// assert_eq!(v, [1]);
    /// ```
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        let surplus = self.len - len;
        let first = self.place_mut().cast::<T>();
        self.len = len;
        // SAFETY: these values are no longer counted.
        unsafe { std::ptr::slice_from_raw_parts_mut(first.add(len), surplus).drop_in_place() }
    }

    /// Drops all values; the room is kept, but that of a remote vector, which is freed by its home.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2];
    /// v.clear();
    /// assert!(v.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        if self.handle.private().is_some() {
            self.truncate(0);
        } else {
            *self = Vec::new();
        }
    }

    /// Keeps the values for which `keep` says so, in their order.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3, 4];
    /// v.retain(|n| n % 2 == 0);
    /// assert_eq!(v, [2, 4]);
    /// ```
    #[track_caller]
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|value| keep(value));
    }

    /// As [`Vec::retain`], with values that may be changed.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3];
    /// v.retain_mut(|n| { *n *= 2; *n > 2 });
    /// assert_eq!(v, [4, 6]);
    /// ```
    #[track_caller]
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.sift(|_, value| keep(value));
    }

    /// Drops each value for which `same(value, the one kept before it)` says so.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 4, 5];
    /// v.dedup_by(|next, kept| *next == *kept + 1);
    /// assert_eq!(v, [1, 4]);
    /// ```
    #[track_caller]
    pub fn dedup_by(&mut self, mut same: impl FnMut(&mut T, &mut T) -> bool) {
        self.sift(|kept, value| kept.is_none_or(|kept| !same(value, kept)));
    }

    /// Drops each value with the same key as the one before it.
    ///
    /// ```
    /// let mut v = drust::vec![10, 11, 20];
    /// v.dedup_by_key(|n| *n / 10);
    /// assert_eq!(v, [10, 20]);
    /// ```
    #[track_caller]
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut T) -> K) {
        self.dedup_by(|value, kept| key(value) == key(kept));
    }

    /// Drops each value that equals the one before it.
    ///
    /// ```
    /// let mut v = drust::vec![1, 1, 2, 1];
    /// v.dedup();
    /// assert_eq!(v, [1, 2, 1]);
    /// ```
    #[track_caller]
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        self.dedup_by(|value, kept| value == kept);
    }

    /// Takes the values in `range` out, one after the other; those left when the iterator is dropped are dropped.
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3, 4];
    /// assert!(v.drain(1..3).eq([2, 3]));
    /// assert_eq!(v, [1, 4]);
    /// ```
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        let len = self.len;
        let (start, end) = bounds(range, len);
        let first = self.place_mut().cast::<T>();
        self.len = start;
        Drain::new(self, first, start..end, len)
    }

    /// Keeps the values for which `keep(the one kept before, the value)` says so.
    #[track_caller]
    fn sift(&mut self, mut keep: impl FnMut(Option<&mut T>, &mut T) -> bool) {
        let first = self.place_mut().cast::<T>();
        let len = std::mem::take(&mut self.len);
        let mut sifting = Sifting { vec: self, first, kept: 0, next: 0, len };
        while sifting.next < len {
            // SAFETY: values from `next` on and before `kept` are initialised, and nobody else sees them.
            unsafe {
                let value = first.add(sifting.next);
                let before = sifting.kept.checked_sub(1).map(|last| &mut *first.add(last));
                let keep = keep(before, &mut *value);
                sifting.next += 1;
                if keep {
                    first.add(sifting.kept).copy_from(value, 1);
                    sifting.kept += 1;
                } else {
                    value.drop_in_place();
                }
            }
        }
    }
}

/// A vector being sifted: what lies between `kept` and `next` is gone. Its end, also by a panic, closes the gap.
struct Sifting<'a, T: Portable> {
    vec: &'a mut Vec<T>,
    first: *mut T,
    kept: usize,
    next: usize,
    len: usize,
}

impl<T: Portable> Drop for Sifting<'_, T> {
    fn drop(&mut self) {
        let rest = self.len - self.next;
        // SAFETY: the values from `next` on are initialised and were not looked at; they move up.
        unsafe { self.first.add(self.kept).copy_from(self.first.add(self.next), rest) };
        self.vec.len = self.kept + rest;
    }
}
