//! Finding values in a `VecDeque`.

use super::VecDeque;
use drust_heap::Portable;
use std::cmp::Ordering;

impl<T: Portable> VecDeque<T> {
    /// Whether a value equals `value`; leaves no pin.
    ///
    /// ```
    /// assert!(drust::collections::VecDeque::from([1, 2]).contains(&2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.front.look(|values| values.contains(value)) || self.back.look(|values| values.contains(value))
    }

    /// Where `value` is among sorted values, or would be.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([1, 3]);
    /// assert_eq!((queue.binary_search(&3), queue.binary_search(&2)), (Ok(1), Err(1)));
    /// ```
    ///
    /// # Errors
    /// Where it could be put in without spoiling the order, if no value equals it.
    #[track_caller]
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>
    where
        T: Ord,
    {
        self.binary_search_by(|other| other.cmp(value))
    }

    /// Where `compare` says `Equal` among values sorted by it; leaves no pin.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([1, 3]);
    /// assert_eq!(queue.binary_search_by(|n| n.cmp(&3)), Ok(1));
    /// ```
    ///
    /// # Errors
    /// Where such a value could be put in without spoiling the order, if there is none.
    #[track_caller]
    pub fn binary_search_by<'a>(&'a self, mut compare: impl FnMut(&'a T) -> Ordering) -> Result<usize, usize> {
        let front = self.front.len();
        match self.back.first().map(&mut compare) {
            Some(Ordering::Equal) => Ok(front),
            Some(Ordering::Less) => self.back.binary_search_by(compare).map(|at| front + at).map_err(|at| front + at),
            _ => self
                .front
                .binary_search_by(|value| compare(value).reverse())
                .map(|at| front - 1 - at)
                .map_err(|at| front - at),
        }
    }

    /// Where a value with the key `wanted` is among values sorted by their keys.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([(1, 'a'), (3, 'b')]);
    /// assert_eq!(queue.binary_search_by_key(&3, |pair| pair.0), Ok(1));
    /// ```
    ///
    /// # Errors
    /// Where such a value could be put in without spoiling the order, if there is none.
    #[track_caller]
    pub fn binary_search_by_key<'a, K: Ord>(
        &'a self,
        wanted: &K,
        mut key: impl FnMut(&'a T) -> K,
    ) -> Result<usize, usize> {
        self.binary_search_by(|value| key(value).cmp(wanted))
    }

    /// The first place for which `before` says no, where it says yes for all before that and no for all after.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([1, 2, 3, 4]);
    /// assert_eq!(queue.partition_point(|n| *n < 3), 2);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let front = self.front.len();
        if self.back.first().is_some_and(&mut before) {
            front + self.back.partition_point(before)
        } else {
            front - self.front.partition_point(|value| !before(value))
        }
    }
}
