//! `BTreeSet`: an ordered set, as a [`BTreeMap`] of values to nothing.
//!
//! It costs between nodes what the map costs; see its [table](super::btree_map). The operations on two sets walk both
//! from the least value on, as the map's `iter` does. Where one of them is much smaller, its values are looked up in
//! the other one, so that little of a large remote set is fetched.
//!
//! Of std's `BTreeSet` these are absent: what is unstable (cursors, `entry`, `get_or_insert_with`) and allocators.
//!
//! ```
//! use drust::collections::BTreeSet;
//! let mut years = BTreeSet::from([1906, 1815, 1903]);
//! assert!(years.remove(&1903));
//! assert_eq!(years.range(1900..).next(), Some(&1906));
//! ```

mod iter;
mod operations;
mod traits;

pub use iter::{ExtractIf, IntoIter, Iter, Range};
pub use operations::{Difference, Intersection, SymmetricDifference, Union};

use super::btree_map::{BTreeMap, Taking};
use drust_heap::Portable;
use drust_macros::Portable;
use std::borrow::Borrow;
use std::ops::RangeBounds;

/// An ordered set, as std's, wherever in the cluster its values lie. [What it costs](self).
///
/// ```
/// use drust::collections::BTreeSet;
/// let mut primes = BTreeSet::from([5, 2, 3]);
/// assert!(primes.insert(7) && !primes.insert(2));
/// assert!(primes.range(3..).eq(&[3, 5, 7]));
/// ```
#[derive(Portable)]
pub struct BTreeSet<T: Portable> {
    pub(crate) map: BTreeMap<T, ()>,
}

impl<T: Portable> BTreeSet<T> {
    /// A set without values, objects or messages.
    ///
    /// ```
    /// static NONE: drust::collections::BTreeSet<u32> = drust::collections::BTreeSet::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> BTreeSet<T> {
        BTreeSet { map: BTreeMap::new() }
    }

    /// Drops all values. A remote set is freed by its home.
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Values in it; known without looking at them.
    ///
    /// ```
    /// assert_eq!(drust::collections::BTreeSet::from([1, 2]).len(), 2);
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(!drust::collections::BTreeSet::from([1, 2]).is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Whether `value` is in the set. Fetches as [`BTreeMap::get`].
    ///
    /// ```
    /// let set = drust::collections::BTreeSet::from([1, 2]);
    /// assert!(set.contains(&1) && !set.contains(&3));
    /// ```
    #[inline]
    #[track_caller]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.map.contains_key(value)
    }

    /// The value in the set that equals `value`. Fetches as [`BTreeMap::get`].
    ///
    /// ```
    /// let set = drust::collections::BTreeSet::from([1, 2]);
    /// assert_eq!((set.get(&1), set.get(&3)), (Some(&1), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.map.get_key_value(value).map(|(value, ())| value)
    }

    /// The values in `range`, in their order. Fetches as [`BTreeMap::range`].
    ///
    /// # Panics
    /// Where the range ends before it begins, or begins and ends at a value that both bounds exclude.
    ///
    /// ```
    /// let set = drust::collections::BTreeSet::from([3, 5, 8]);
    /// assert!(set.range(4..).eq(&[5, 8]));
    /// ```
    #[track_caller]
    pub fn range<K, R>(&self, range: R) -> Range<'_, T>
    where
        K: Ord + ?Sized,
        T: Borrow<K> + Ord,
        R: RangeBounds<K>,
    {
        Range(self.map.range_of("BTreeSet", range))
    }

    /// The values, in their order. Fetches as [`BTreeMap::iter`].
    ///
    /// ```
    /// let set = drust::collections::BTreeSet::from([2, 1]);
    /// assert!(set.iter().eq(&[1, 2]));
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self.map.keys())
    }

    /// The least value. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// assert_eq!(drust::collections::BTreeSet::from([2, 1]).first(), Some(&1));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn first(&self) -> Option<&T>
    where
        T: Ord,
    {
        self.map.first_key_value().map(|(value, ())| value)
    }

    /// The greatest value. Fetches the nodes on its path that are not here.
    ///
    /// ```
    /// assert_eq!(drust::collections::BTreeSet::from([2, 1]).last(), Some(&2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn last(&self) -> Option<&T>
    where
        T: Ord,
    {
        self.map.last_key_value().map(|(value, ())| value)
    }

    /// Takes the least value out, as [`BTreeMap::remove`].
    ///
    /// ```
    /// assert_eq!(drust::collections::BTreeSet::from([2, 1]).pop_first(), Some(1));
    /// ```
    #[track_caller]
    pub fn pop_first(&mut self) -> Option<T>
    where
        T: Ord,
    {
        self.map.pop_first().map(|(value, ())| value)
    }

    /// Takes the greatest value out, as [`BTreeMap::remove`].
    ///
    /// ```
    /// assert_eq!(drust::collections::BTreeSet::from([2, 1]).pop_last(), Some(2));
    /// ```
    #[track_caller]
    pub fn pop_last(&mut self) -> Option<T>
    where
        T: Ord,
    {
        self.map.pop_last().map(|(value, ())| value)
    }

    /// Puts a value in, and says whether it was not there; if it was, that one stays. The nodes on its path move here.
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::new();
    /// assert!(set.insert(1) && !set.insert(1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, value: T) -> bool
    where
        T: Ord,
    {
        self.map.insert(value, ()).is_none()
    }

    /// Puts a value in, and returns the one that equals it, if there was one. The nodes on its path move here.
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::new();
    /// assert_eq!((set.replace(1), set.replace(1)), (None, Some(1)));
    /// ```
    #[track_caller]
    pub fn replace(&mut self, value: T) -> Option<T>
    where
        T: Ord,
    {
        self.map.replace(value, ()).map(|(value, ())| value)
    }

    /// Drops the value that equals `value`, and says whether there was one; as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::from([1]);
    /// assert!(set.remove(&1) && !set.remove(&1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.map.remove(value).is_some()
    }

    /// Takes the value that equals `value` out, as [`BTreeMap::remove`].
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::from([1]);
    /// assert_eq!((set.take(&1), set.take(&1)), (Some(1), None));
    /// ```
    #[track_caller]
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.map.remove_entry(value).map(|(value, ())| value)
    }

    /// Keeps the values for which `keep` says so, which sees them in their order. Each node moves here.
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::from([1, 2, 3, 4]);
    /// set.retain(|n| n % 2 == 0);
    /// assert!(set.iter().eq(&[2, 4]));
    /// ```
    #[track_caller]
    pub fn retain<F>(&mut self, mut keep: F)
    where
        T: Ord,
        F: FnMut(&T) -> bool,
    {
        self.map.retain(|value, ()| keep(value));
    }

    /// Moves all values of `other` to this set; where a value is in both, this one's stays. As [`BTreeMap::append`].
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// let (mut a, mut b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
    /// a.append(&mut b);
    /// assert!(b.is_empty() && a.iter().eq(&[1, 2, 3]));
    /// ```
    #[track_caller]
    pub fn append(&mut self, other: &mut BTreeSet<T>)
    where
        T: Ord,
    {
        self.map.append(&mut other.map);
    }

    /// Takes the values from `value` on, as [`BTreeMap::split_off`].
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::from([1, 2, 3]);
    /// assert!(set.split_off(&2).iter().eq(&[2, 3]) && set.iter().eq(&[1]));
    /// ```
    #[track_caller]
    pub fn split_off<Q>(&mut self, value: &Q) -> BTreeSet<T>
    where
        Q: Ord + ?Sized,
        T: Borrow<Q> + Ord,
    {
        BTreeSet { map: self.map.split_off(value) }
    }

    /// Takes the values in `range` for which `wanted` says so, as [`BTreeMap::extract_if`].
    ///
    /// ```
    /// let mut set = drust::collections::BTreeSet::from([1, 2, 3, 4]);
    /// assert!(set.extract_if(2.., |n| n % 2 == 0).eq([2, 4]) && set.len() == 2);
    /// ```
    #[track_caller]
    pub fn extract_if<F, R>(&mut self, range: R, wanted: F) -> ExtractIf<'_, T, R, F>
    where
        T: Ord,
        R: RangeBounds<T>,
        F: FnMut(&T) -> bool,
    {
        ExtractIf { taking: Taking::new(&mut self.map, range), wanted }
    }

    /// Gives back the copies that looks into the set have pinned; sends nothing.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// let mut set = BTreeSet::from([1]);
    /// BTreeSet::release(&mut set);
    /// assert!(set.contains(&1));
    /// ```
    #[track_caller]
    pub fn release(this: &mut BTreeSet<T>) {
        BTreeMap::release(&mut this.map);
    }
}
