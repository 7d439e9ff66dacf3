//! The same store in this process's memory, with std's types. Where drust has a map that threads share, std's programs
//! have a row of locks with a map each.

pub use std::boxed::Box as TBox;
pub use std::collections::BTreeMap;
pub use std::sync::Arc;
pub use std::sync::atomic::Ordering;
pub use std::thread::spawn as spawn_local;
pub use std::vec::Vec;

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, MutexGuard, PoisonError};

macro_rules! data {
    ($($item:tt)*) => {
        $($item)*
    };
}

#[allow(clippy::duplicate_mod, reason = "each twin has its own")]
#[path = "kv/mod.rs"]
pub mod kv;

/// What may be given to another node: anything, since there is none.
pub trait Sent: Send + 'static {}
impl<T: Send + 'static> Sent for T {}

const SHARDS: usize = 64;

/// A map that many threads use.
pub struct HashMap<K, V> {
    shards: Vec<Mutex<std::collections::HashMap<K, V>>>,
    hasher: RandomState,
}

impl<K: Hash + Eq, V: Default> HashMap<K, V> {
    pub fn new() -> HashMap<K, V> {
        HashMap { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    fn shard<Q: ?Sized + Hash>(&self, key: &Q) -> MutexGuard<'_, std::collections::HashMap<K, V>> {
        self.lock(self.hasher.hash_one(key) as usize % SHARDS)
    }

    fn lock(&self, number: usize) -> MutexGuard<'_, std::collections::HashMap<K, V>> {
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn len(&self) -> usize {
        (0..SHARDS).map(|number| self.lock(number).len()).sum()
    }

    pub fn get_with<Q, A, R>(&self, key: &Q, args: A, function: fn(&V, A) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.shard(key).get(key).map(|value| function(value, args))
    }

    pub fn get_each<'a, Q, A, R>(
        &self,
        entries: impl IntoIterator<Item = (&'a Q, A)>,
        function: fn(&V, A) -> R,
    ) -> Vec<Option<R>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + 'a,
    {
        entries.into_iter().map(|(key, args)| self.get_with(key, args, function)).collect()
    }

    pub fn alter<A, R>(&self, key: K, args: A, function: fn(&mut V, A) -> (R, bool)) -> R {
        let mut shard = self.shard(&key);
        let Some(value) = shard.get_mut(&key) else {
            let mut value = V::default();
            let (result, stays) = function(&mut value, args);
            if stays {
                shard.insert(key, value);
            }
            return result;
        };
        let (result, stays) = function(value, args);
        if !stays {
            shard.remove(&key);
        }
        result
    }

    pub fn alter_each<A, R>(
        &self,
        entries: impl IntoIterator<Item = (K, A)>,
        function: fn(&mut V, A) -> (R, bool),
    ) -> Vec<R> {
        entries.into_iter().map(|(key, args)| self.alter(key, args, function)).collect()
    }

    /// A page is a shard: std's maps cannot be left in the middle.
    pub fn scan<A, R>(&self, cursor: u64, _: usize, args: A, pick: fn(&K, &V, &A) -> Option<R>) -> (u64, Vec<R>) {
        let number = (cursor >> 32) as usize % SHARDS;
        let picked = self.lock(number).iter().filter_map(|(key, value)| pick(key, value, &args)).collect();
        (((number + 1) % SHARDS) as u64 * (1 << 32), picked)
    }
}

/// Words that many threads change.
pub struct AtomicVec<T>(Vec<AtomicI64>, std::marker::PhantomData<T>);

impl AtomicVec<i64> {
    pub fn new(len: usize) -> AtomicVec<i64> {
        AtomicVec((0..len).map(|_| AtomicI64::new(0)).collect(), std::marker::PhantomData)
    }

    pub fn load(&self, index: usize, order: Ordering) -> i64 {
        self.0[index].load(order)
    }

    pub fn store(&self, index: usize, value: i64, order: Ordering) {
        self.0[index].store(value, order);
    }

    pub fn fetch_add(&self, index: usize, value: i64, order: Ordering) -> i64 {
        self.0[index].fetch_add(value, order)
    }

    pub fn to_vec(&self) -> Vec<i64> {
        self.0.iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }
}

/// How many nodes there are.
pub fn nodes() -> usize {
    1
}

/// Runs a function so many times on threads of this process, all at once.
pub fn on_each_node<A: Clone + Send, R: Send>(times: usize, args: &A, function: fn((usize, usize, A)) -> R) -> Vec<R> {
    std::thread::scope(|scope| {
        let start = |run| {
            let args = args.clone();
            scope.spawn(move || function((0, run, args)))
        };
        let threads: Vec<_> = (0..times).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| panic!("a worker panicked"))).collect()
    })
}
