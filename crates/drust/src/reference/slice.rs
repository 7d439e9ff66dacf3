//! Borrows of runs of values: their parts, each fetched by itself, and streams.

use super::Ref;
use crate::vec::Stream;
use crate::vec::bounds;
use drust_heap::Portable;
use drust_proto::{Address, Extent};
use drust_runtime::memory::{self, Ahead};
use std::ops::RangeBounds;
use std::sync::atomic::Ordering;

impl<'a, T: Portable> Ref<'a, [T]> {
    /// Values borrowed; known without looking at them.
    ///
    /// ```
    /// use drust::{Ref, vec};
    /// assert_eq!(Ref::new(&vec![1, 2, 3]).len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    ///
    /// ```
    /// use drust::{Ref, vec};
    /// assert!(!Ref::new(&vec![1, 2, 3]).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A borrow of the values in `range`, by address like this one: it costs nothing until it is looked at, and then
    /// one fetch of these values alone.
    ///
    /// # Panics
    /// Where `range` does not lie inside.
    ///
    /// ```
    /// use drust::{Ref, node, thread, vec};
    /// let numbers: drust::Vec<u64> = (0..1000).collect();
    /// let half = Ref::new(&numbers).part(500..);
    /// let last = node::all().last().unwrap();
    /// let sum: u64 = thread::scope(|s| s.spawn_on(last, (half,), |(half,)| half.iter().sum()).join().unwrap());
    /// assert_eq!(sum, (500..1000).sum::<u64>());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn part(&self, range: impl RangeBounds<usize>) -> Ref<'a, [T]> {
        let (start, end) = bounds(range, self.len);
        if start == end {
            return Ref::of(&[]);
        }
        let mut part = self.clone();
        if end - start == self.len {
            return part;
        }
        let offset = start * size_of::<T>();
        let place = part.ptr.get_mut();
        if !place.is_null() {
            *place = place.wrapping_add(offset);
        }
        if part.stamp.is_some() {
            part.address += offset as u64;
            part.extent = Extent::Range;
        }
        part.len = end - start;
        part
    }

    /// Fetches the values in `range`, without the others. 0 messages at home or where a copy of all is pinned, else one
    /// fetch.
    ///
    /// # Panics
    /// Where `range` does not lie inside.
    ///
    /// ```
    /// use drust::{Ref, vec};
    /// let numbers = vec![1, 2, 3, 4];
    /// assert_eq!(*Ref::new(&numbers).fetch(1..3), [2, 3]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn fetch(&self, range: impl RangeBounds<usize>) -> Ref<'a, [T]> {
        let part = self.part(range);
        part.look();
        part
    }

    /// The values in order, run by run, fetched ahead of their use with bounded memory; see [`Stream`].
    ///
    /// ```
    /// use drust::{Ref, vec};
    /// let numbers = vec![1_u64, 2, 3];
    /// let sum: u64 = Ref::new(&numbers).stream().map(|run| run.iter().sum::<u64>()).sum();
    /// assert_eq!(sum, 6);
    /// ```
    pub fn stream(&self) -> Stream<'a, T> {
        Stream::new(self.clone())
    }

    /// The values, if they are here and need not be fetched.
    pub(crate) fn here(&self) -> Option<&[T]> {
        let place = self.ptr.load(Ordering::Acquire);
        // SAFETY: as for `deref`.
        (!place.is_null()).then(|| unsafe { std::slice::from_raw_parts(place.cast(), self.len) })
    }

    /// The values where their home's partition is mapped in this process, if it is, and if they can be read there.
    pub(crate) fn mapped(&self) -> Option<&'a [T]> {
        let place = memory::mapped(Address::inside(self.address), self.stamp?, self.shape())?;
        // SAFETY: the values are borrowed for `'a`, so nobody writes or moves them; without handles their bytes mean
        // the same here as at home; partitions stay mapped until exit.
        Some(unsafe { std::slice::from_raw_parts(place.cast(), self.len) })
    }

    /// Begins to fetch the values, unless they are here, or soon would be. The borrow outlives what is begun, or that
    /// is forgotten.
    #[track_caller]
    pub(crate) fn begin(&self) -> Option<Ahead> {
        let (address, stamp) = self.absent()?;
        // SAFETY: the values are borrowed for `'a`; what is returned is kept beside a borrow of that length.
        unsafe { Ahead::begin(address, stamp, self.shape(), self.extent) }
    }
}
