//! Adding values to a `HashSet`, taking them out, and its room.

use super::{Drain, ExtractIf, HashSet};
use crate::vec::TryReserveError;
use drust_heap::Portable;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<T: Portable, S> HashSet<T, S> {
    /// Drops all values; the room is kept, but that of a remote set, which is freed by its home.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        self.table.clear();
    }

    /// Takes all values out, one after the other; those left when the iterator is dropped are dropped. Forgetting it
    /// loses values, and nothing else.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1, 2]);
    /// assert_eq!(set.drain().sum::<u32>(), 3);
    /// assert!(set.is_empty());
    /// ```
    #[track_caller]
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain::new(self.table.drain())
    }

    /// Keeps the values for which `keep` says so.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1, 2, 3]);
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 2);
    /// ```
    #[track_caller]
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.extract_if(|value| !keep(value)).for_each(drop);
    }

    /// Takes the values out for which `wanted` says so, as they are asked for; those that nobody asked for stay.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1, 2, 3]);
    /// assert!(set.extract_if(|n| n % 2 == 0).eq([2]));
    /// assert_eq!(set.len(), 2);
    /// ```
    #[track_caller]
    pub fn extract_if<F: FnMut(&T) -> bool>(&mut self, wanted: F) -> ExtractIf<'_, T, F> {
        ExtractIf::new(&mut self.table, wanted)
    }
}

impl<T: Portable + Eq + Hash, S: BuildHasher> HashSet<T, S> {
    /// Makes room for at least `additional` more values.
    ///
    /// # Panics
    /// As [`HashSet::with_capacity`].
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1]);
    /// set.reserve(10);
    /// assert!(set.capacity() >= 11);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        self.table.reserve(additional);
    }

    /// As [`HashSet::reserve`], but returns an error where that panics, or ends the job; no value is touched then.
    ///
    /// # Errors
    /// A set does not hold so many values, they would take more than `isize::MAX` bytes, or the node has no room.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1]);
    /// assert!(set.try_reserve(usize::MAX).is_err());
    /// assert!(set.try_reserve(10).is_ok() && set.capacity() >= 11);
    /// ```
    #[track_caller]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.table.try_reserve(additional)
    }

    /// Gives back the room that no value needs; a remote set that has some moves here.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::with_capacity(100);
    /// set.insert(1);
    /// set.shrink_to_fit();
    /// assert!(set.capacity() < 10);
    /// ```
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.table.shrink_to(0);
    }

    /// Gives back room, down to `least` values.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::<u32>::with_capacity(100);
    /// set.shrink_to(10);
    /// assert!((10..100).contains(&set.capacity()));
    /// ```
    #[track_caller]
    pub fn shrink_to(&mut self, least: usize) {
        self.table.shrink_to(least);
    }

    /// Adds `value`, if no value equals it; whether it did.
    ///
    /// # Panics
    /// Where a set holds no more values, or they would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::new();
    /// assert!(set.insert(1) && !set.insert(1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, value: T) -> bool {
        let hash = self.hasher.hash_one(&value);
        if self.table.view().search(hash, |other| *other == value).is_some() {
            return false;
        }
        self.table.add(hash, value);
        true
    }

    /// Adds `value`, in the place of the value that equals it, which is returned, if there is one.
    ///
    /// # Panics
    /// As [`HashSet::insert`].
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1]);
    /// assert_eq!((set.replace(1), set.replace(2)), (Some(1), None));
    /// ```
    #[track_caller]
    pub fn replace(&mut self, value: T) -> Option<T> {
        let hash = self.hasher.hash_one(&value);
        match self.table.view().search(hash, |other| *other == value) {
            Some(found) => Some(std::mem::replace(self.table.value_mut(found), value)),
            None => {
                self.table.add(hash, value);
                None
            }
        }
    }

    /// Drops the value that equals `value`; whether there was one.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1]);
    /// assert!(set.remove(&1) && !set.remove(&1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn remove<Q: ?Sized + Hash + Eq>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.take(value).is_some()
    }

    /// Takes the value that equals `value`.
    ///
    /// ```
    /// let mut set = drust::collections::HashSet::from([1]);
    /// assert_eq!((set.take(&1), set.take(&1)), (Some(1), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn take<Q: ?Sized + Hash + Eq>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
    {
        self.find(value).map(|found| self.table.remove(found))
    }
}
