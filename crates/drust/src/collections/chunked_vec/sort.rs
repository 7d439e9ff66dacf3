//! Sorting: each value goes to a node by samples of all, and is sorted there.
//!
//! Samples have the index that they were taken from, which decides among equal ones. So a vector of few different
//! values is spread over the nodes as any other, and values that are equal stay in their order.

use super::code::Code;
use super::exchange::{Exchange, buckets_for, exchange, joined};
use super::run::{Finish, Group, pieces_of, run};
use super::stage::{Enumerate, Of};
use super::{Chunk, ChunkedVec};
use crate::vec::Vec;
use drust_heap::Portable;
use drust_macros::Portable;
use std::cmp::Ordering;
use std::marker::PhantomData;

/// Samples for each bucket, about: shares then differ by a fifth or so.
const SAMPLES: usize = 64;

/// What values are sorted by.
trait Order<T>: Portable {
    /// What is known of a value elsewhere.
    type Sample: Portable;

    fn sample(&self, value: &T) -> Self::Sample;

    fn compare(&self, a: &Self::Sample, b: &Self::Sample) -> Ordering;

    /// How many of the splitters, which are sorted, are not behind the value of that index.
    fn bucket(&self, splitters: &[(Self::Sample, usize)], index: usize, value: &T) -> usize;

    fn sort(&self, values: &mut [T]);
}

/// By themselves.
#[derive(Portable)]
struct Natural;

/// By what a function makes of them, told by `O`. Contract: the code is that of a `fn(&T) -> K` for an `Of<(T, K)>`.
#[derive(Portable)]
struct ByKey<O> {
    function: Code,
    of: O,
}

impl<T: Portable + Ord + Clone> Order<T> for Natural {
    type Sample = T;

    fn sample(&self, value: &T) -> T {
        value.clone()
    }

    fn compare(&self, a: &T, b: &T) -> Ordering {
        a.cmp(b)
    }

    fn bucket(&self, splitters: &[(T, usize)], index: usize, value: &T) -> usize {
        splitters.partition_point(|(sample, at)| sample.cmp(value).then(at.cmp(&index)).is_le())
    }

    fn sort(&self, values: &mut [T]) {
        values.sort();
    }
}

impl<T: 'static, K: 'static> ByKey<Of<(T, K)>> {
    fn new(function: fn(&T) -> K) -> Self {
        // SAFETY: it is a function pointer.
        ByKey { function: unsafe { Code::of(function) }, of: Of::IT }
    }

    fn function(&self) -> fn(&T) -> K {
        // SAFETY: by the contract.
        unsafe { self.function.get() }
    }
}

impl<T: 'static, K: Portable + Ord> Order<T> for ByKey<Of<(T, K)>> {
    type Sample = K;

    fn sample(&self, value: &T) -> K {
        self.function()(value)
    }

    fn compare(&self, a: &K, b: &K) -> Ordering {
        a.cmp(b)
    }

    fn bucket(&self, splitters: &[(K, usize)], index: usize, value: &T) -> usize {
        let key = self.sample(value);
        splitters.partition_point(|(sample, at)| sample.cmp(&key).then(at.cmp(&index)).is_le())
    }

    fn sort(&self, values: &mut [T]) {
        values.sort_by_key(self.function());
    }
}

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
        self.order.sort(&mut all);
        all
    }
}

#[track_caller]
fn sort<T: Portable, O: Order<T>>(vec: &mut ChunkedVec<T>, order: O) {
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
    *vec = exchange(std::mem::take(vec), Sorting { order, splitters }, buckets);
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
        sort(self, Natural);
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
        sort(self, ByKey::new(key));
    }
}
