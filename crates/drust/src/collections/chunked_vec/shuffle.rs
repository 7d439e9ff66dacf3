//! Values brought together by keys: all of one key come to one node, whichever its hash says.

use super::code::Code;
use super::exchange::{Exchange, buckets_for, drained, exchange, joined};
use super::stage::Of;
use super::{Chunk, ChunkedVec};
use crate::collections::RandomState;
use crate::vec::Vec;
use drust_heap::Portable;
use drust_macros::Portable;
use drust_runtime::cancel;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

/// The bucket of a key, of so many: the same on all nodes, and in each run.
fn bucket_of<K: Hash>(key: &K, buckets: usize) -> usize {
    ((u128::from(RandomState::KNOWN.hash_one(key)) * buckets as u128) >> 64) as usize
}

/// Sends values with their keys. Contract: the code is that of a `fn(&T) -> K` for an `Of<(T, K)>`.
#[derive(Portable)]
struct Shuffle<O> {
    function: Code,
    of: O,
}

/// Sends pairs, and brings together those of a key.
#[derive(Portable)]
struct Grouping;

/// As [`Grouping`], putting values together before they are sent and after. Contract: the code is that of a `fn(V, V)
/// -> V` for an `Of<V>`.
#[derive(Portable)]
struct Reducing<O> {
    function: Code,
    of: O,
}

impl<T: Portable, K: Portable + Hash> Exchange<T> for Shuffle<Of<(T, K)>> {
    const NAME: &'static str = "shuffle_by";
    type Sent = (K, T);
    type Kept = (K, T);

    fn route(&self, chunks: &mut [Chunk<T>], buckets: &mut [Vec<(K, T)>]) {
        // SAFETY: by the contract.
        let function: fn(&T) -> K = unsafe { self.function.get() };
        for value in values_of(chunks) {
            let key = function(&value);
            buckets[bucket_of(&key, buckets.len())].push((key, value));
        }
    }

    fn settle(&self, shares: &mut [Vec<(K, T)>]) -> Vec<(K, T)> {
        joined(shares)
    }
}

impl<K: Portable + Hash + Eq, V: Portable> Exchange<(K, V)> for Grouping {
    const NAME: &'static str = "group_by_key";
    type Sent = (K, V);
    type Kept = (K, Vec<V>);

    fn route(&self, chunks: &mut [Chunk<(K, V)>], buckets: &mut [Vec<(K, V)>]) {
        values_of(chunks).for_each(|pair| buckets[bucket_of(&pair.0, buckets.len())].push(pair));
    }

    fn settle(&self, shares: &mut [Vec<(K, V)>]) -> Vec<(K, Vec<V>)> {
        in_order(values_in(shares), |group: Option<Vec<V>>, value| {
            let mut group = group.unwrap_or_default();
            group.push(value);
            group
        })
    }
}

impl<K: Portable + Hash + Eq, V: Portable> Exchange<(K, V)> for Reducing<Of<V>> {
    const NAME: &'static str = "reduce_by_key";
    type Sent = (K, V);
    type Kept = (K, V);

    fn route(&self, chunks: &mut [Chunk<(K, V)>], buckets: &mut [Vec<(K, V)>]) {
        let reduced: Vec<(K, V)> = in_order(values_of(chunks), self.together());
        reduced.into_iter().for_each(|pair| buckets[bucket_of(&pair.0, buckets.len())].push(pair));
    }

    fn settle(&self, shares: &mut [Vec<(K, V)>]) -> Vec<(K, V)> {
        in_order(values_in(shares), self.together())
    }
}

impl<V> Reducing<Of<V>> {
    fn together(&self) -> impl Fn(Option<V>, V) -> V {
        // SAFETY: by the contract.
        let function: fn(V, V) -> V = unsafe { self.function.get() };
        move |before, value| match before {
            Some(before) => function(before, value),
            None => value,
        }
    }
}

/// The values of some chunks, which are emptied.
fn values_of<T: Portable>(chunks: &mut [Chunk<T>]) -> impl Iterator<Item = T> {
    chunks.iter_mut().flat_map(|chunk| std::mem::take(&mut chunk.values))
}

/// The values of all shares, which are emptied.
fn values_in<T: Portable>(shares: &mut [Vec<T>]) -> impl Iterator<Item = T> {
    drained(shares).flatten()
}

/// What is made of each key's values one after the other, in the order in which the keys come first.
fn in_order<K, V, G>(pairs: impl Iterator<Item = (K, V)>, together: impl Fn(Option<G>, V) -> G) -> Vec<(K, G)>
where
    K: Portable + Hash + Eq,
    G: Portable,
{
    let mut groups: HashMap<K, (usize, Option<G>)> = HashMap::new();
    for (key, value) in pairs {
        let next = groups.len();
        let (_, group) = groups.entry(key).or_insert((next, None));
        *group = Some(together(group.take(), value));
    }
    let mut groups: std::vec::Vec<_> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(_, (order, _))| *order);
    groups.into_iter().filter_map(|(key, (_, group))| Some((key, group?))).collect()
}

impl<T: Portable> ChunkedVec<T> {
    /// The values with the keys that `key` makes of them, in chunks that each have all values of their keys. Which
    /// chunk that is, a hash decides, which is the same in each run. Within a chunk the values keep their order.
    ///
    /// # Panics
    /// Where `key` or hashing does; the values are lost then.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let numbers = ChunkedVec::from_fn(100, (), |(), n| n);
    /// let by_remainder = numbers.shuffle_by(|n| n % 7);
    /// let of_three = |chunk: &drust::Ref<'_, [(usize, usize)]>| chunk.iter().any(|(key, _)| *key == 3);
    /// assert_eq!((by_remainder.len(), by_remainder.chunks().filter(of_three).count()), (100, 1));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn shuffle_by<K: Portable + Hash>(self, key: fn(&T) -> K) -> ChunkedVec<(K, T)> {
        cancel::check();
        let buckets = buckets_for(self.len);
        // SAFETY: it is a function pointer.
        exchange(self, Shuffle { function: unsafe { Code::of(key) }, of: Of::<(T, K)>::IT }, buckets)
    }
}

impl<K: Portable + Hash + Eq, V: Portable> ChunkedVec<(K, V)> {
    /// Each key with all its values, in their order; the keys in no order.
    ///
    /// # Panics
    /// Where hashing or comparing keys does; the values are lost then.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let pairs = ChunkedVec::from([('a', 1), ('b', 2), ('a', 3)]);
    /// let mut groups = Vec::from(pairs.group_by_key());
    /// groups.sort();
    /// assert_eq!(groups, [('a', drust::vec![1, 3]), ('b', drust::vec![2])]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn group_by_key(self) -> ChunkedVec<(K, Vec<V>)> {
        cancel::check();
        let buckets = buckets_for(self.len);
        exchange(self, Grouping, buckets)
    }

    /// Each key with what `function` makes of its values, two at a time and in order; the keys in no order. Values are
    /// put together where they are before they are sent, so that of each key one goes for each worker.
    ///
    /// # Panics
    /// Where `function`, hashing or comparing keys does; the values are lost then.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let letters = ChunkedVec::from(['a', 'b', 'a']);
    /// let counts: ChunkedVec<(char, u32)> = letters.par_iter().map(|letter| (*letter, 1)).collect();
    /// let mut counts = Vec::from(counts.reduce_by_key(|a, b| a + b));
    /// counts.sort();
    /// assert_eq!(counts, [('a', 2), ('b', 1)]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn reduce_by_key(self, function: fn(V, V) -> V) -> ChunkedVec<(K, V)> {
        cancel::check();
        let buckets = buckets_for(self.len);
        // SAFETY: it is a function pointer.
        exchange(self, Reducing { function: unsafe { Code::of(function) }, of: Of::<V>::IT }, buckets)
    }
}
