//! The iterators of [`Vec::splice`] and [`Vec::extract_if`], which change the vector as they go.

use super::Vec;
use super::drain::Drain;
use super::edit::bounds;
use drust_heap::Portable;
use std::fmt;
use std::ops::{Range, RangeBounds};

impl<T: Portable> Vec<T> {
    /// Puts the values of `with` in the place of those in `range`, and returns an iterator of what was there.
    ///
    /// The values are put in when the iterator is dropped, whether all of it was taken or not; those left in it are
    /// dropped then. Forgetting it loses values, as with [`Vec::drain`]. A remote vector moves here first.
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3, 4];
    /// let taken: Vec<u32> = v.splice(1..3, [7, 8, 9]).collect();
    /// assert_eq!((taken, &v[..]), (vec![2, 3], &[1, 7, 8, 9, 4][..]));
    /// ```
    #[track_caller]
    pub fn splice<R, I>(&mut self, range: R, with: I) -> Splice<'_, I::IntoIter>
    where
        R: RangeBounds<usize>,
        I: IntoIterator<Item = T>,
    {
        Splice { drain: self.drain(range), replace_with: with.into_iter() }
    }

    /// Takes those values in `range` out for which `filter` says so, each when the iterator is asked for it; the
    /// others, and those behind where it is dropped, stay.
    ///
    /// Forgetting the iterator loses all values of the vector, and nothing else. A remote vector moves here first.
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2, 3, 4];
    /// assert!(v.extract_if(.., |n| *n % 2 == 0).eq([2, 4]));
    /// assert_eq!(v, [1, 3]);
    /// ```
    #[track_caller]
    pub fn extract_if<F, R>(&mut self, range: R, filter: F) -> ExtractIf<'_, T, F>
    where
        F: FnMut(&mut T) -> bool,
        R: RangeBounds<usize>,
    {
        let len = self.len;
        let (start, end) = bounds(range, len);
        self.place_mut();
        self.len = 0;
        ExtractIf { vec: self, range: start..end, taken: 0, len, filter }
    }
}

/// What [`Vec::splice`] takes out of a vector; its end puts the new values in.
///
/// ```
/// let mut v = drust::vec![1, 2];
/// assert_eq!(v.splice(.., [3]).len(), 2);
/// assert_eq!(v, [3]);
/// ```
#[derive(Debug)]
pub struct Splice<'a, I: Iterator<Item: Portable>> {
    drain: Drain<'a, I::Item>,
    replace_with: I,
}

impl<I: Iterator<Item: Portable>> Iterator for Splice<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.drain.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.drain.size_hint()
    }
}

impl<I: Iterator<Item: Portable>> DoubleEndedIterator for Splice<'_, I> {
    fn next_back(&mut self) -> Option<I::Item> {
        self.drain.next_back()
    }
}

impl<I: Iterator<Item: Portable>> ExactSizeIterator for Splice<'_, I> {}

impl<I: Iterator<Item: Portable>> Drop for Splice<'_, I> {
    /// The gap is filled first, then widened by as many as surely come, then by as many as did. A panic leaves the
    /// drain to close the gap.
    #[track_caller]
    fn drop(&mut self) {
        let Splice { drain, replace_with } = self;
        drain.by_ref().for_each(drop);
        if drain.finish(replace_with) || !drain.fill(replace_with) {
            return;
        }
        let surely = replace_with.size_hint().0;
        if surely > 0 {
            drain.widen(surely);
            if !drain.fill(replace_with) {
                return;
            }
        }
        let rest: std::vec::Vec<I::Item> = replace_with.collect();
        if !rest.is_empty() {
            drain.widen(rest.len());
            drain.fill(&mut rest.into_iter());
        }
    }
}

/// Takes values out of a [`Vec`], which is empty until this iterator is dropped: see [`Vec::extract_if`].
///
/// ```
/// let mut v = drust::vec![1, 2, 3];
/// assert_eq!(v.extract_if(1.., |n| *n == 2).next(), Some(2));
/// assert_eq!(v, [1, 3]);
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed; use `retain_mut` to drop values"]
pub struct ExtractIf<'a, T: Portable, F> {
    /// Homed here under a stamp of its own, and counting none of its values.
    vec: &'a mut Vec<T>,
    /// Values not looked at yet.
    range: Range<usize>,
    /// Values taken, and so the width of the gap before those not looked at.
    taken: usize,
    /// Values that the vector had.
    len: usize,
    filter: F,
}

impl<T: Portable, F: FnMut(&mut T) -> bool> Iterator for ExtractIf<'_, T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let first = self.vec.place_mut().cast::<T>();
        while self.range.start < self.range.end {
            let index = self.range.start;
            // SAFETY: values not looked at are where they were, initialised, and this iterator's alone.
            let value = unsafe { first.add(index) };
            // SAFETY: as above. Where the filter panics the value was not looked at.
            let wanted = (self.filter)(unsafe { &mut *value });
            self.range.start += 1;
            // SAFETY: the value is moved once, out or to the place of one that was moved before.
            unsafe {
                if wanted {
                    self.taken += 1;
                    return Some(value.read());
                }
                value.copy_to(first.add(index - self.taken), 1);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.range.len()))
    }
}

impl<T: Portable + fmt::Debug, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.vec.handle.peek().cast::<T>();
        let next = self.range.clone().next();
        // SAFETY: as in `next`; the values are at home here.
        let peek = next.map(|index| unsafe { &*first.add(index) });
        f.debug_struct("ExtractIf").field("peek", &peek).finish_non_exhaustive()
    }
}

impl<T: Portable, F> Drop for ExtractIf<'_, T, F> {
    fn drop(&mut self) {
        let (next, len) = (self.range.start, self.len);
        if self.taken > 0 && next < len {
            let first = self.vec.place_mut().cast::<T>();
            // SAFETY: the values from `next` on are initialised; those before them moved up or out.
            unsafe { first.add(next).copy_to(first.add(next - self.taken), len - next) };
        }
        self.vec.len = len - self.taken;
    }
}
