//! Sorting: each value goes to a node by samples of all, and is sorted there.
//!
//! Samples have the index that they were taken from, which decides among equal ones. So a vector of few different
//! values is spread over the nodes as any other, and values that are equal stay in their order.

use super::exchange::{Exchange, buckets_for, exchange, joined};
use super::order::{By, ByKey, Natural, Order};
use super::run::{Finish, Group, pieces_of, run};
use super::stage::Enumerate;
use super::{Chunk, ChunkedVec};
use crate::vec::Vec;
use drust_heap::Portable;
use drust_macros::Portable;
use std::cmp::Ordering;
use std::marker::PhantomData;

/// Samples for each bucket, about: shares then differ by a fifth or so.
const SAMPLES: usize = 64;

/// Takes one value of each `every`.
#[derive(Portable)]
struct Sampling<O> {
    order: O,
    every: usize,
}

impl<T: Portable, O: Order<T>> Finish<Enumerate<T>> for Sampling<O> {
    const NAME: &'static str = "sample";
    type Out = Vec<(O::Sample, usize)>;

    fn piece<'a>(&self, items: impl Iterator<Item = (usize, &'a T)>) -> Self::Out {
        // Not the first of each, so that what repeats itself is not always met at the same place.
        let taken = |index: usize| {
            let dice = (index / self.every) as u64;
            index % self.every == (dice.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % self.every
        };
        items.filter(|item| taken(item.0)).map(|(index, value)| (self.order.sample(value), index)).collect()
    }

    fn merge(&self, mut left: Self::Out, mut right: Self::Out) -> Self::Out {
        left.append(&mut right);
        left
    }
}

/// Sends values to the buckets that splitters bound, and sorts them there.
#[derive(Portable)]
struct Sorting<O, S: Portable> {
    order: O,
    stable: bool,
    splitters: Vec<(S, usize)>,
}

impl<T: Portable, S: Portable, O: Order<T, Sample = S>> Exchange<T> for Sorting<O, S> {
    const NAME: &'static str = "sort";
    type Sent = T;
    type Kept = T;

    fn route(&self, chunks: &mut [Chunk<T>], buckets: &mut [Vec<T>]) {
        let splitters: &[(S, usize)] = &self.splitters;
        for chunk in chunks {
            let mut values = std::mem::take(&mut chunk.values);
            if let [all] = buckets {
                all.append(&mut values);
                continue;
            }
            for (index, value) in (chunk.start..).zip(values) {
                buckets[self.order.bucket(splitters, index, &value)].push(value);
            }
        }
    }

    fn settle(&self, shares: &mut [Vec<T>]) -> Vec<T> {
        let mut all = joined(shares);
        self.order.sort(&mut all, self.stable);
        all
    }
}

#[track_caller]
fn sort<T: Portable, O: Order<T>>(vec: &mut ChunkedVec<T>, order: O, stable: bool) {
    let buckets = buckets_for(vec.len);
    let every = (vec.len / (buckets * SAMPLES)).max(1);
    let groups = Group::all(&vec.chunks, pieces_of(vec.len));
    let (Sampling { order, .. }, samples) = run(Enumerate(PhantomData), Sampling { order, every }, groups);
    let mut samples: std::vec::Vec<(O::Sample, usize)> = samples.into_iter().flatten().collect();
    samples.sort_by(|(a, at), (b, than)| order.compare(a, b).then(at.cmp(than)));
    let count = samples.len();
    let bounds: std::vec::Vec<usize> = (1..buckets).map(|bucket| bucket * count / buckets).collect();
    let splitters = samples.into_iter().enumerate().filter(|(at, _)| bounds.binary_search(at).is_ok());
    let splitters: Vec<_> = splitters.map(|(_, sample)| sample).collect();
    let buckets = splitters.len() + 1;
    *vec = exchange(std::mem::take(vec), Sorting { order, stable, splitters }, buckets);
}

impl<T: Portable> ChunkedVec<T> {
    /// Sorts the values, over all nodes; equal ones stay in their order. Each node then has about as many as any other.
    ///
    /// They are cloned for samples, some dozens for each worker, to divide the others by.
    ///
    /// # Panics
    /// Where comparing or cloning does; the values may be lost then.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([3, 1, 2]);
    /// numbers.par_sort();
    /// assert_eq!(numbers, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn par_sort(&mut self)
    where
        T: Ord + Clone,
    {
        sort(self, Natural, true);
    }

    /// As [`ChunkedVec::par_sort`], by what `key` makes of the values; they are not cloned.
    ///
    /// # Panics
    /// Where `key` or comparing keys does; the values may be lost then.
    ///
    /// ```
    /// let mut words = drust::collections::ChunkedVec::from(["three", "one", "four"].map(drust::String::from));
    /// words.par_sort_by_key(|word| word.len());
    /// assert_eq!(words, ["one", "four", "three"]);
    /// ```
    #[track_caller]
    pub fn par_sort_by_key<K: Portable + Ord>(&mut self, key: fn(&T) -> K) {
        sort(self, ByKey::new(key), true);
    }

    /// As [`ChunkedVec::par_sort`], as `compare` says.
    ///
    /// # Panics
    /// Where `compare` or cloning does; the values may be lost then.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([0.5_f64, 2.0, 1.0]);
    /// numbers.par_sort_by(|a, b| b.total_cmp(a));
    /// assert_eq!(numbers, [2.0, 1.0, 0.5]);
    /// ```
    #[track_caller]
    pub fn par_sort_by(&mut self, compare: fn(&T, &T) -> Ordering)
    where
        T: Clone,
    {
        sort(self, By::new(compare), true);
    }

    /// As [`ChunkedVec::par_sort`], in less time and memory where equal ones need not stay in their order.
    ///
    /// # Panics
    /// Where comparing or cloning does; the values may be lost then.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([3, 1, 2]);
    /// numbers.par_sort_unstable();
    /// assert_eq!(numbers, [1, 2, 3]);
    /// ```
    #[track_caller]
    pub fn par_sort_unstable(&mut self)
    where
        T: Ord + Clone,
    {
        sort(self, Natural, false);
    }

    /// As [`ChunkedVec::par_sort_by`], in less time and memory where equal ones need not stay in their order.
    ///
    /// # Panics
    /// Where `compare` or cloning does; the values may be lost then.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([3, 1, 2]);
    /// numbers.par_sort_unstable_by(|a, b| b.cmp(a));
    /// assert_eq!(numbers, [3, 2, 1]);
    /// ```
    #[track_caller]
    pub fn par_sort_unstable_by(&mut self, compare: fn(&T, &T) -> Ordering)
    where
        T: Clone,
    {
        sort(self, By::new(compare), false);
    }

    /// As [`ChunkedVec::par_sort_by_key`], in less time and memory where equal ones need not stay in their order.
    ///
    /// # Panics
    /// Where `key` or comparing keys does; the values may be lost then.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([3, -1, -2]);
    /// numbers.par_sort_unstable_by_key(|n: &i32| n.abs());
    /// assert_eq!(numbers, [-1, -2, 3]);
    /// ```
    #[track_caller]
    pub fn par_sort_unstable_by_key<K: Portable + Ord>(&mut self, key: fn(&T) -> K) {
        sort(self, ByKey::new(key), false);
    }
}
