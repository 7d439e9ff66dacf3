//! `HashMap`: one map over all nodes, used by all of their threads at once.
//!
//! Its entries are spread over shards by their keys' hashes, and the shards over the nodes, several a node. An
//! operation goes to the shard of its key: at home it runs on the calling thread, elsewhere it is one message there and
//! one back. Functions are sent to entries ([`HashMap::get_with`], [`HashMap::update`], [`HashMap::upsert`]), and many
//! entries are read or written by one message a node ([`HashMap::get_many`], [`HashMap::insert_many`],
//! [`HashMap::get_each`], [`HashMap::alter_each`]). What is read
//! from elsewhere again and again, and seldom written, is kept by its readers' nodes until a writer wants it back.
//!
//! | of std's `HashMap` | why it is absent | the way round |
//! |---|---|---|
//! | references into it, `get_mut`, `Index` | others may write | [`HashMap::get_with`], [`HashMap::update`] |
//! | `entry` | as above | [`HashMap::upsert`], [`HashMap::alter`] |
//! | `capacity`, `shrink_to_fit`, `try_reserve` | each shard has its own room, and grows alone | [`HashMap::reserve`] |
//! | `retain` and `extract_if` with closures | functions go where the entries are | [`HashMap::retain`] |
//! | `iter_mut`, `values_mut` | as for `get_mut` | [`HashMap::retain`] with what returns true |
//! | `drain`, `into_iter`, `into_keys`, `into_values` | | [`HashMap::iter`] and [`HashMap::clear`] |
//! | `==` | others may write meanwhile | collect both into a [`BTreeMap`](crate::collections::BTreeMap) |
//!
//! ```
//! use drust::collections::HashMap;
//! use drust::{Ref, node, thread};
//! let counts: HashMap<drust::String, u64> = HashMap::new();
//! thread::scope(|s| {
//!     for node in node::all() {
//!         s.spawn_on(node, (Ref::of(&counts),), |(counts,)| {
//!             for word in "to be or not to be".split(' ') {
//!                 counts.upsert(word.into(), 0, (), |count, ()| *count += 1);
//!             }
//!         });
//!     }
//! });
//! assert_eq!(counts.get("be"), Some(2 * node::count() as u64));
//! ```

mod alter;
mod calls;
mod each;
mod iter;
mod many;
mod read;
mod scan;
mod shard;
mod traits;
mod write;

pub use iter::{Iter, Keys, Values};

use super::RandomState;
use crate::vec::Vec;
use crate::{node, vec};
use drust_heap::{Fixed, Portable};
use drust_macros::Portable;
use drust_proto::{Address, Rank};
use drust_runtime::sharing::grant::Resident;
use shard::Shard;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

/// Shards for each node, at least.
const SHARDS: usize = 16;

/// A map whose entries lie on all nodes, and are used by threads of all nodes at once.
///
/// Share it as any value: in an `Arc`, by a [`Ref`](crate::Ref) to tasks of a scope, by a [`global!`](crate::global!).
/// Each key is in one shard, whose operations happen one at a time, in an order that all nodes agree on: the map is
/// linearizable, key by key. What looks at many entries ([`HashMap::len`], [`HashMap::iter`], [`HashMap::retain`] and
/// the like) looks at one shard after the other, and others may write meanwhile.
///
/// | operation on an entry of another node | messages |
/// |---|---|
/// | `get`, `get_with`, `contains_key` | 1 request, 1 reply; 0 where this node has kept the entry |
/// | `insert`, `remove`, `update`, `upsert`, `alter`, a page of `scan` | 1 request, 1 reply |
/// | `get_many`, `get_each`, `insert_many`, `alter_each`, `extend` | 1 request, 1 reply for each node and batch |
/// | `len`, `clear`, `retain`, `new`, drop | 1 request, 1 reply for each other node |
/// | `iter` | 1 request, 1 reply for each shard of another node |
/// | the first use of a map that came from another node | 1 fetch |
///
/// Of a shard that is read from other nodes often and written seldom the readers' nodes keep what they have read. A
/// writer first has those of that shard returned: 2 one-ways for each node that keeps some, and a wait until those who
/// read there are done. What grants were good for is learned: a shard whose grants are called back soon gives few.
///
/// `Hash` runs on the calling thread; `Eq`, `Clone` and functions run where the shard is, on the calling thread or on
/// one of the pool, or on the calling thread with what its node has kept. While they do, the shard is theirs: one that
/// uses an entry of the same shard panics, and any two entries may be in one, so let them use nothing of their own map.
/// What waits for another thread that needs the shard waits for ever. Where they panic the panic goes to who called,
/// and the map is as before, but for what a function has written to its value.
///
/// ```
/// use drust::collections::HashMap;
/// let map = HashMap::new();
/// assert_eq!(map.insert(1, 'a'), None);
/// assert_eq!(map.insert(1, 'b'), Some('a'));
/// assert_eq!((map.get(&1), map.get(&2), map.len()), (Some('b'), None, 1));
/// ```
#[derive(Portable)]
#[portable(drop)]
pub struct HashMap<K: Portable, V: Portable, S = RandomState> {
    /// The addresses of the shards, as many as a power of two.
    shards: Vec<u64>,
    hasher: S,
    of: PhantomData<(K, V)>,
}

/// Where a key is, or would be.
struct Place<K: Portable, V: Portable> {
    hash: u64,
    shard: Resident<Shard<K, V>>,
}

impl<K: Portable, V: Portable> HashMap<K, V> {
    /// A map without entries, with new random keys for its hashes. 1 request, 1 reply for each other node.
    ///
    /// ```
    /// let map = drust::collections::HashMap::<u32, u32>::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new() -> HashMap<K, V> {
        HashMap::with_hasher(RandomState::new())
    }

    /// A map without entries, with room for so many. Costs as [`HashMap::new`].
    ///
    /// ```
    /// let map = drust::collections::HashMap::<u32, u32>::with_capacity(100);
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> HashMap<K, V> {
        HashMap::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: Portable, V: Portable, S> HashMap<K, V, S> {
    /// A map without entries that hashes with what `hasher` builds, which must hash alike on all nodes. Costs as
    /// [`HashMap::new`].
    ///
    /// ```
    /// use drust::collections::{HashMap, RandomState};
    /// let map = HashMap::<u32, u32>::with_hasher(RandomState::new());
    /// assert_eq!(map.len(), 0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_hasher(hasher: S) -> HashMap<K, V, S> {
        HashMap::with_capacity_and_hasher(0, hasher)
    }

    /// A map without entries, with room for so many, that hashes with what `hasher` builds. Costs as [`HashMap::new`].
    ///
    /// ```
    /// use drust::collections::{HashMap, RandomState};
    /// let map = HashMap::<u32, u32>::with_capacity_and_hasher(100, RandomState::new());
    /// assert_eq!(map.len(), 0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> HashMap<K, V, S> {
        let nodes = node::count();
        let count = (nodes * SHARDS).next_power_of_two();
        let made = shard::make::<K, V>(count, nodes, capacity.div_ceil(count));
        let mut shards = vec![0; count];
        for (node, made) in made.into_iter().enumerate() {
            // Shard by shard the nodes take turns.
            for (shard, address) in (node..count).step_by(nodes).zip(made) {
                shards[shard] = address;
            }
        }
        HashMap { shards, hasher, of: PhantomData }
    }

    /// What builds this map's hashers.
    ///
    /// ```
    /// use drust::collections::HashMap;
    /// use std::hash::BuildHasher;
    /// let map = HashMap::<u32, u32>::new();
    /// assert_eq!(map.hasher().hash_one(5), map.hasher().hash_one(5));
    /// ```
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// The addresses of each node's shards, by node.
    fn by_node(&self) -> std::vec::Vec<std::vec::Vec<u64>> {
        let mut by_node = std::vec![std::vec::Vec::new(); node::count()];
        for address in self.shards.iter() {
            by_node[usize::from(home_of(*address).0)].push(*address);
        }
        by_node
    }
}

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> HashMap<K, V, S> {
    /// Where a key is.
    #[inline]
    #[track_caller]
    fn place_of<Q: ?Sized + Hash>(&self, key: &Q) -> Place<K, V> {
        let (hash, number) = self.number_of(key);
        Place { hash, shard: named(self.shards[number]) }
    }

    /// A key's hash, and the number of its shard.
    #[inline]
    #[track_caller]
    fn number_of<Q: ?Sized + Hash>(&self, key: &Q) -> (u64, usize) {
        let hash = self.hasher.hash_one(key);
        // The upper bits of a product depend on all bits of the hash, also where a hasher leaves some as they are.
        let bits = self.shards.len().trailing_zeros();
        (hash, (hash.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (u64::BITS - bits)) as usize)
    }
}

fn home_of(address: u64) -> Rank {
    Address::from_word(address).home()
}

fn named<K: Portable, V: Portable>(address: u64) -> Resident<Shard<K, V>> {
    // SAFETY: a map's directory holds the addresses of its shards, and they live as long as it does; operations borrow
    // the map until they are done.
    unsafe { Resident::named(Fixed::new(Address::from_word(address))) }
}

impl<K: Portable, V: Portable, S> Drop for HashMap<K, V, S> {
    #[track_caller]
    fn drop(&mut self) {
        // SAFETY: the map is given up, and whoever used it borrowed it.
        unsafe { shard::end::<K, V>(self.by_node()) }
    }
}
