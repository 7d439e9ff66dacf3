//! Single values and ends of a chunked vector, as std's vectors have them.

use super::{ChunkedVec, out_of_bounds};
use drust_heap::Portable;

impl<T: Portable> ChunkedVec<T> {
    /// The first value. Costs as [`ChunkedVec::get`].
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.first(), Some(&1));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The first value, to be written. Costs as [`ChunkedVec::get_mut`].
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// *numbers.first_mut().unwrap() = 5;
    /// assert_eq!(numbers, [5, 2, 3]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn first_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// The last value. Costs as [`ChunkedVec::get`].
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.last(), Some(&3));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// The last value, to be written. Costs as [`ChunkedVec::get_mut`].
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// *numbers.last_mut().unwrap() = 5;
    /// assert_eq!(numbers, [1, 2, 5]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len.checked_sub(1)?)
    }

    /// Drops the values from `len` on. The chunk in which the vector then ends moves here, if it is cut; the others
    /// that go are dropped where drust drops what lives there.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from_fn(100, (), |(), index| index);
    /// numbers.truncate(3);
    /// assert_eq!(numbers, [0, 1, 2]);
    /// ```
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        let Some((chunk, at)) = self.place(len) else { return };
        let kept = chunk + usize::from(at > 0);
        if at > 0 {
            // What is waited for comes before anything is cut.
            let _ = self.chunks[chunk].values.as_mut_slice();
        }
        let gone = self.chunks.split_off(kept);
        self.len = len;
        if at > 0 {
            self.chunks[chunk].values.truncate(at);
        }
        drop(gone);
    }

    /// Exchanges two values. Their chunks, if they live on other nodes, move here.
    ///
    /// # Panics
    /// Where no value has one of the indices.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// numbers.swap(0, 2);
    /// assert_eq!(numbers, [3, 2, 1]);
    /// ```
    #[track_caller]
    pub fn swap(&mut self, a: usize, b: usize) {
        let len = self.len;
        let place = |index| self.place(index).unwrap_or_else(|| out_of_bounds(len, index));
        let ((first, a), (second, b)) = (place(a), place(b));
        if first == second {
            return self.chunks[first].values.swap(a, b);
        }
        let chunks = self.chunks.get_disjoint_mut([first, second]);
        let [first, second] = chunks.expect("they are two chunks of this vector");
        std::mem::swap(&mut first.values[a], &mut second.values[b]);
    }

    /// Whether a value equals this one. Chunks of other nodes are fetched one after the other until one has it, and
    /// leave no copy in use; [`ParIter::any`](super::ParIter::any) has the values looked at where they live.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert!(numbers.contains(&2) && !numbers.contains(&4));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.chunks().any(|chunk| chunk.contains(value))
    }
}
