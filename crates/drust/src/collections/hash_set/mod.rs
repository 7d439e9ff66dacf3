//! `HashSet`: values without order, each once, found by hash.
//!
//! The values lie one behind the other in the order in which they came, until removals bring the last ones forward; so
//! iterating walks a vector, and in the same order in each run of a program that does the same. Beside them lies an
//! index, of 7 to 14 bytes a value. A value lies beside 4 bytes of its hash, so nothing is hashed twice.
//!
//! ```
//! use drust::collections::HashSet;
//! let mut seen = HashSet::new();
//! assert!(seen.insert(5));
//! assert!(!seen.insert(5));
//! ```

mod edit;
mod from;
mod iter;
mod operations;
mod traits;

pub use iter::{Drain, ExtractIf, IntoIter, Iter};
pub use operations::{Difference, Intersection, SymmetricDifference, Union};

use super::RandomState;
use super::table::{Found, Table, View};
use drust_heap::Portable;
use drust_macros::Portable;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

/// A set of values that are found by hash, as std's, wherever in the cluster they lie.
///
/// It owns two objects, its values and their index. With [`RandomState`] it is 96 bytes, and hashes alike on all nodes;
/// a hasher of your own is to do that too. A set holds at most 2^32 - 1 values.
///
/// | operation | messages (on `shm` a fetch is one direct read and no message) |
/// |---|---|
/// | reading or writing at home, reading again | 0 |
/// | first lookup in a remote set: values and index come whole | 2 fetches, at once up to 64 KiB |
/// | first iteration over a remote set | 1 fetch |
/// | insertion into, removal from a remote set | 2 fetches and 2 one-way frees; no fetch of what a lookup has copied |
/// | drop of a remote set | 2 one-ways (with a user's `Drop` inside: the values come here first) |
///
/// `Hash` and `Eq` of the values run on the calling thread. Where they panic the set is as before; where they
/// contradict each other or themselves, values may be missed or there twice, and nothing worse.
///
/// ```
/// use drust::collections::HashSet;
/// use drust::String;
/// let mut words: HashSet<String> = HashSet::new();
/// assert!(words.insert(String::from("one")));
/// assert!(!words.insert(String::from("one")));
/// assert!(words.contains("one") && !words.contains("two"));
/// ```
#[derive(Portable)]
pub struct HashSet<T: Portable, S = RandomState> {
    pub(crate) table: Table<T>,
    hasher: S,
}

impl<T: Portable> HashSet<T> {
    /// A set without values, room or messages, with new random keys.
    ///
    /// ```
    /// assert_eq!(drust::collections::HashSet::<u32>::new().capacity(), 0);
    /// ```
    #[must_use]
    pub fn new() -> HashSet<T> {
        HashSet::with_hasher(RandomState::new())
    }

    /// An empty set with room for at least `capacity` values, on this node.
    ///
    /// # Panics
    /// Where so many values are more than a set holds, or would take more than `isize::MAX` bytes. Where the node has
    /// no room the job ends, saying so.
    ///
    /// ```
    /// assert!(drust::collections::HashSet::<u32>::with_capacity(10).capacity() >= 10);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> HashSet<T> {
        HashSet::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T: Portable, S> HashSet<T, S> {
    /// A set without values, room or messages that hashes with what `hasher` builds.
    ///
    /// ```
    /// use drust::collections::{HashSet, RandomState};
    /// let set: HashSet<u32> = HashSet::with_hasher(RandomState::new());
    /// assert!(set.is_empty());
    /// ```
    #[must_use]
    pub const fn with_hasher(hasher: S) -> HashSet<T, S> {
        HashSet { table: Table::new(), hasher }
    }

    /// An empty set with room for at least `capacity` values that hashes with what `hasher` builds.
    ///
    /// # Panics
    /// As [`HashSet::with_capacity`].
    ///
    /// ```
    /// use drust::collections::{HashSet, RandomState};
    /// let set: HashSet<u32> = HashSet::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(set.capacity() >= 10);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> HashSet<T, S> {
        HashSet { table: Table::with_capacity(capacity), hasher }
    }

    /// How many values the set can hold without more room.
    ///
    /// ```
    /// assert!(drust::collections::HashSet::from([1, 2]).capacity() >= 2);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.table.capacity()
    }

    /// What builds this set's hashers.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// let a = HashSet::from([1, 2]);
    /// let b = HashSet::<u32>::with_hasher(a.hasher().clone());
    /// assert!(b.is_empty());
    /// ```
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// Values in it; known without looking at them.
    ///
    /// ```
    /// assert_eq!(drust::collections::HashSet::from([1, 2, 2]).len(), 2);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(!drust::collections::HashSet::from([1]).is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives back the copies that reading through the set has pinned, if there are any; sends nothing.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// let mut set = HashSet::from([1, 2]);
    /// HashSet::release(&mut set);
    /// assert!(set.contains(&1));
    /// ```
    pub fn release(this: &mut HashSet<T, S>) {
        this.table.release();
    }
}

impl<T: Portable + Eq + Hash, S: BuildHasher> HashSet<T, S> {
    /// Whether a value equals `value`. A remote set's copies stay pinned until it is written or dropped.
    ///
    /// ```
    /// assert!(drust::collections::HashSet::from([1, 2]).contains(&2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn contains<Q: ?Sized + Hash + Eq>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.find(value).is_some()
    }

    /// The value that equals `value`.
    ///
    /// ```
    /// assert_eq!(drust::collections::HashSet::from([1, 2]).get(&2), Some(&2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get<Q: ?Sized + Hash + Eq>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        self.find(value).map(|found| self.table.value(found))
    }

    /// Whether no value is in both; leaves no pin.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// assert!(HashSet::from([1, 2]).is_disjoint(&HashSet::from([3])));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_disjoint(&self, other: &HashSet<T, S>) -> bool {
        let (fewer, more) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        fewer.table.look(|fewer| more.look(|contains| !fewer.values().any(contains)))
    }

    /// Whether `other` has all values of this set; leaves no pin.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// assert!(HashSet::from([1, 2]).is_subset(&HashSet::from([1, 2, 3])));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_subset(&self, other: &HashSet<T, S>) -> bool {
        self.len() <= other.len() && self.table.look(|values| other.look(|contains| values.values().all(contains)))
    }

    /// Whether this set has all values of `other`; leaves no pin.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// assert!(HashSet::from([1, 2, 3]).is_superset(&HashSet::from([1, 2])));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_superset(&self, other: &HashSet<T, S>) -> bool {
        other.is_subset(self)
    }

    /// The entry of the value that equals `value`.
    #[inline]
    #[track_caller]
    fn find<Q: ?Sized + Hash + Eq>(&self, value: &Q) -> Option<Found>
    where
        T: Borrow<Q>,
    {
        if self.is_empty() {
            return None;
        }
        self.find_in(&self.table.view(), value)
    }

    /// The entry of the value that equals `value`, in this set's table as seen by `view`.
    #[inline]
    fn find_in<Q: ?Sized + Hash + Eq>(&self, view: &View<'_, T>, value: &Q) -> Option<Found>
    where
        T: Borrow<Q>,
    {
        view.search(self.hasher.hash_one(value), |other| other.borrow() == value)
    }

    /// Gives `look` what tells whether a value is in the set; leaves no pin.
    #[track_caller]
    fn look<R>(&self, look: impl FnOnce(&dyn Fn(&T) -> bool) -> R) -> R {
        self.table.look(|view| look(&|value| self.find_in(&view, value).is_some()))
    }
}
