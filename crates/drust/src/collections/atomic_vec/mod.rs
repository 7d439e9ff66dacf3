//! `AtomicVec`: many atomic words, in blocks on all nodes, that threads of all nodes change where they are.
//!
//! For tables that all write at once: counters, histograms, bit sets, the updates of a graph. Nothing of it is ever
//! copied but a directory, of one word for each node, so no access waits for another's, and none is ever repeated.
//!
//! ```
//! use drust::collections::AtomicVec;
//! use drust::{Box, Ref, node, thread};
//! let counts = Box::new(AtomicVec::<u64>::new(1000));
//! thread::scope(|s| {
//!     for node in node::all() {
//!         s.spawn_on(node, (Ref::new(&counts),), |(counts,)| (0..5000).for_each(|i| counts.add(i % 1000, 1)));
//!     }
//! });
//! assert!(counts.iter().all(|count| count == 5 * node::count() as u64));
//! ```

mod from;
mod iter;
mod many;
mod number;

pub use iter::Iter;
pub use number::Number;

use crate::node;
use crate::sync::atomic::Ordering;
use crate::sync::atomic::word::Row;
use crate::{Vec, thread};
use drust_heap::Fixed;
use drust_macros::Portable;
use drust_proto::sharing::word::Op;
use drust_runtime::sharing::word::{self, Near};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

/// Words of a block, which lie side by side on one node; the next block lies on the next node.
pub const BLOCK: usize = 512;

const SEQ_CST: Ordering = Ordering::SeqCst;

/// A vector of atomic numbers of 8 bytes each, spread over all nodes; see the [module's page](self).
///
/// Its length is fixed. Each operation is one on an atomic, with the meaning and the orderings of
/// [`sync::atomic`](crate::sync::atomic); all take an index, and panic where no number has it.
///
/// | operation | messages (on `shm` none, but for those of the first line and of the last) |
/// |---|---|
/// | `new`, `from` | a task on each other node |
/// | a node's first access: the directory | 1 fetch |
/// | any operation on a number of this node | 0 |
/// | any operation on a number of another node | 1 request, 1 reply |
/// | `add`, `add_many` to numbers of another node | 1 one-way for up to 512 |
/// | `gather`, `scatter`, `update_many`, `update_each` | 1 request and 1 reply for up to 2^14 numbers of another node |
/// | iteration | 1 request and 1 reply for each block of 512 on another node |
/// | drop | 1 one-way for each other node |
///
/// ```
/// use drust::collections::AtomicVec;
/// use drust::sync::atomic::Ordering;
/// let totals = AtomicVec::<i64>::new(3);
/// totals.add(1, -5);
/// assert_eq!(totals.fetch_add(1, 2, Ordering::Relaxed), -5);
/// assert_eq!(totals.to_vec(), [0, -3, 0]);
/// ```
#[derive(Portable)]
pub struct AtomicVec<T: Number> {
    len: usize,
    /// A row on each node, or on the first few where there are fewer blocks.
    rows: Vec<Row>,
    of: PhantomData<T>,
}

/// Where a number is: its row, and its index there.
type Place = (Fixed, usize);

impl<T: Number> AtomicVec<T> {
    /// So many zeros, spread over all nodes.
    ///
    /// ```
    /// use drust::collections::AtomicVec;
    /// assert_eq!(AtomicVec::<usize>::new(2).to_vec(), [0, 0]);
    /// ```
    ///
    /// # Panics
    /// The share of a node would be 2^32 numbers or more. Where a node has no room for its share the job ends, saying
    /// so.
    #[must_use]
    #[track_caller]
    pub fn new(len: usize) -> AtomicVec<T> {
        let parts = node::count().min(len.div_ceil(BLOCK));
        let make = |(part, node)| {
            let share = share_of(part, parts, len);
            thread::spawn_on(node, (share,), |(share,)| Row::of(T::KIND, share))
        };
        let tasks: std::vec::Vec<_> = (0..parts).zip(node::all()).map(make).collect();
        let rows = tasks.into_iter().map(|task| task.join().unwrap_or_else(|error| panic!("{error}")));
        AtomicVec { len, rows: rows.collect(), of: PhantomData }
    }

    /// How many numbers there are.
    ///
    /// ```
    /// assert_eq!(drust::collections::AtomicVec::<u64>::new(5).len(), 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(drust::collections::AtomicVec::<u64>::new(0).is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The part that a number is in, of so many, and its index there.
    #[inline]
    #[track_caller]
    fn split(&self, index: usize, parts: usize) -> (usize, usize) {
        assert!(index < self.len, "index out of bounds: the len is {} but the index is {index}", self.len);
        let (block, within) = (index / BLOCK, index % BLOCK);
        // Most blocks have small numbers, which processors divide sooner; there are 2^16 parts at most.
        let (part, round) = match u32::try_from(block) {
            Ok(block) => ((block % parts as u32) as usize, (block / parts as u32) as usize),
            Err(_) => (block % parts, block / parts),
        };
        (part, round * BLOCK + within)
    }

    /// Where a number is.
    #[inline]
    #[track_caller]
    fn place(&self, index: usize) -> Place {
        let rows: &[Row] = &self.rows;
        let (part, index) = self.split(index, rows.len());
        (rows[part].name(), index)
    }

    /// An operation, at once.
    #[inline]
    #[track_caller]
    fn operate(&self, index: usize, here: impl FnOnce(&AtomicU64) -> u64, op: Op, a: u64, b: u64) -> T {
        let (row, index) = self.place(index);
        word::begin();
        // SAFETY: the row has that word, and lives as long as `self`; all use of it is atomic.
        T::from_bits(match unsafe { word::reach(row, index) } {
            // SAFETY: as above.
            Some(place) => here(unsafe { AtomicU64::from_ptr(place) }),
            None => word::ask(row, index, op, a, b),
        })
    }

    /// The number.
    ///
    /// ```
    /// use drust::{collections::AtomicVec, sync::atomic::Ordering};
    /// assert_eq!(AtomicVec::from([5_u64]).load(0, Ordering::Acquire), 5);
    /// ```
    ///
    /// # Panics
    /// With an ordering that releases.
    #[inline]
    #[track_caller]
    pub fn load(&self, index: usize, order: Ordering) -> T {
        crate::sync::atomic::load_may_be(order);
        self.operate(index, |word| word.load(SEQ_CST), Op::Load, 0, 0)
    }

    /// Stores a number.
    ///
    /// ```
    /// use drust::{collections::AtomicVec, sync::atomic::Ordering};
    /// let numbers = AtomicVec::<u64>::new(2);
    /// numbers.store(1, 6, Ordering::Release);
    /// assert_eq!(numbers.to_vec(), [0, 6]);
    /// ```
    ///
    /// # Panics
    /// With an ordering that acquires.
    #[inline]
    #[track_caller]
    pub fn store(&self, index: usize, value: T, order: Ordering) {
        crate::sync::atomic::store_may_be(order);
        let bits = value.to_bits();
        self.operate(index, |word| word.swap(bits, SEQ_CST), Op::Store, bits, 0);
    }

    /// Stores a number; the one before.
    ///
    /// ```
    /// use drust::{collections::AtomicVec, sync::atomic::Ordering};
    /// assert_eq!(AtomicVec::from([5_u64]).swap(0, 6, Ordering::AcqRel), 5);
    /// ```
    #[inline]
    #[track_caller]
    pub fn swap(&self, index: usize, value: T, _order: Ordering) -> T {
        let bits = value.to_bits();
        self.operate(index, |word| word.swap(bits, SEQ_CST), Op::Swap, bits, 0)
    }

    /// Stores `new` where the number is `current`: `Ok` of that; else `Err` of the number.
    ///
    /// ```
    /// use drust::{collections::AtomicVec, sync::atomic::Ordering::Relaxed};
    /// let numbers = AtomicVec::from([5_u64]);
    /// assert_eq!(numbers.compare_exchange(0, 5, 6, Relaxed, Relaxed), Ok(5));
    /// assert_eq!(numbers.compare_exchange(0, 5, 7, Relaxed, Relaxed), Err(6));
    /// ```
    ///
    /// # Panics
    /// With an ordering for failure that releases.
    #[inline]
    #[track_caller]
    pub fn compare_exchange(
        &self,
        index: usize,
        current: T,
        new: T,
        _success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        crate::sync::atomic::failure_may_be(failure);
        let (current, new) = (current.to_bits(), new.to_bits());
        let here =
            |word: &AtomicU64| word.compare_exchange(current, new, SEQ_CST, SEQ_CST).unwrap_or_else(|found| found);
        let found = self.operate(index, here, Op::CompareExchange, current, new);
        if found.to_bits() == current { Ok(found) } else { Err(found) }
    }

    /// Adds, wrapping around; the number before.
    ///
    /// ```
    /// use drust::{collections::AtomicVec, sync::atomic::Ordering};
    /// let numbers = AtomicVec::from([5_i64]);
    /// assert_eq!(numbers.fetch_add(0, -7, Ordering::Relaxed), 5);
    /// assert_eq!(numbers.to_vec(), [-2]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn fetch_add(&self, index: usize, value: T, _order: Ordering) -> T {
        let bits = value.to_bits();
        self.operate(index, |word| word.fetch_add(bits, SEQ_CST), Op::Add, bits, 0)
    }

    /// Stores what `change` makes of the number, as often as it takes until no other came between, and while it makes
    /// something; the number before, as `Ok` where something was stored.
    ///
    /// On another node each try costs 1 request and 1 reply, and 1 more of each for the first look.
    ///
    /// ```
    /// use drust::{collections::AtomicVec, sync::atomic::Ordering::Relaxed};
    /// let numbers = AtomicVec::from([5_u64]);
    /// assert_eq!(numbers.fetch_update(0, Relaxed, Relaxed, |number| number.checked_mul(2)), Ok(5));
    /// assert_eq!(numbers.to_vec(), [10]);
    /// ```
    ///
    /// # Panics
    /// With an ordering for the look that releases.
    #[track_caller]
    pub fn fetch_update(
        &self,
        index: usize,
        set_order: Ordering,
        fetch_order: Ordering,
        mut change: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        let mut found = self.load(index, fetch_order);
        while let Some(new) = change(found) {
            match self.compare_exchange(index, found, new, set_order, fetch_order) {
                Ok(found) => return Ok(found),
                Err(other) => found = other,
            }
        }
        Err(found)
    }

    /// Adds, wrapping around, and waits for nothing; see [`AtomicU64::add`](crate::sync::atomic::AtomicU64::add).
    ///
    /// ```
    /// use drust::collections::AtomicVec;
    /// let counts = AtomicVec::<u64>::new(10);
    /// (0..100).for_each(|i| counts.add(i % 10, 1));
    /// assert_eq!(counts.to_vec(), [10; 10]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn add(&self, index: usize, value: T) {
        let (row, index) = self.place(index);
        // SAFETY: the row has that word, of 64 bits, and lives as long as `self`.
        unsafe { word::add(row, index, value.to_bits()) }
    }

    /// Adds many values, each to the number of its index, as [`add`](Self::add) does and sooner: where the numbers are
    /// in no cache, many of them are fetched at the same time.
    ///
    /// Nothing is said of order between these additions and what the iterator does meanwhile.
    ///
    /// ```
    /// use drust::collections::AtomicVec;
    /// let counts = AtomicVec::<u64>::new(10);
    /// counts.add_many((0..100).map(|i| (i % 10, 1)));
    /// assert_eq!(counts.to_vec(), [10; 10]);
    /// ```
    #[track_caller]
    pub fn add_many(&self, additions: impl IntoIterator<Item = (usize, T)>) {
        word::begin_later();
        let rows: &[Row] = &self.rows;
        // SAFETY: each row has a first word, and lives as long as `self`.
        let first = |row: &Row| unsafe { word::reach(row.name(), 0) }.and_then(NonNull::new);
        let reached: std::vec::Vec<_> = rows.iter().map(first).collect();
        let mut near = Near::new();
        for (index, value) in additions {
            let (part, index) = self.split(index, rows.len());
            match reached[part] {
                // SAFETY: the row has that word, of 64 bits, and lives as long as `self`; all use of it is atomic.
                Some(first) => unsafe { near.add(first.add(index), value.to_bits()) },
                None => word::add_afar(rows[part].name(), index, value.to_bits()),
            }
        }
    }
}

/// Numbers of a part's row, of so many parts.
fn share_of(part: usize, parts: usize, len: usize) -> usize {
    let blocks = len.div_ceil(BLOCK);
    let own = (blocks - part).div_ceil(parts);
    let missing = blocks * BLOCK - len;
    own * BLOCK - if (blocks - 1) % parts == part { missing } else { 0 }
}

impl<T: Number> Default for AtomicVec<T> {
    /// No numbers.
    fn default() -> AtomicVec<T> {
        AtomicVec::new(0)
    }
}

impl<T: Number> fmt::Debug for AtomicVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
