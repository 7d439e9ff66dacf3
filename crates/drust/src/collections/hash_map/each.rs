//! Many entries at once, each with arguments of its own: one message a node.

use super::alter::{Alter, alter};
use super::calls::{Given, on_all};
use super::many::{Batch, Group, next_group};
use super::shard::{Shard, expect_not_looked_at, landed_function, pack_address};
use super::{HashMap, named};
use crate::node;
use drust_heap::{Pointee, Portable};
use drust_runtime::sharing::grant::{Answer, Landed, Parcel, Resident};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> HashMap<K, V, S> {
    /// As [`HashMap::alter`] of many keys, each with arguments of its own; what the function returned of each, in their
    /// order. A key that comes twice is altered twice, in that order; of different keys any may be altered first.
    /// 1 request, 1 reply for each other node that has one of them.
    ///
    /// # Panics
    /// Where the function does; others may have been altered.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([('a', 1)]);
    /// let add = |sum: &mut u32, more| {
    ///     *sum += more;
    ///     (*sum, true)
    /// };
    /// assert_eq!(map.alter_each([('a', 10), ('b', 20), ('a', 30)], add), [11, 20, 41]);
    /// ```
    #[track_caller]
    pub fn alter_each<A: Portable, R: Portable>(
        &self,
        entries: impl IntoIterator<Item = (K, A)>,
        function: fn(&mut V, A) -> (R, bool),
    ) -> std::vec::Vec<R>
    where
        V: Default,
    {
        let mut by_node = Batch::new(self, entries.into_iter(), |entry: &(K, A)| &entry.0).by_node;
        let mut results = Results::of(&by_node);
        let own = std::mem::take(&mut by_node[node::current().index()]);
        // What is packed is lost with who unwinds then.
        by_node.iter().flatten().for_each(|group| expect_not_looked_at(group.shard));
        let pack = |node: usize, parcel: &mut Parcel| {
            parcel.function(function as usize);
            pack_groups(std::mem::take(&mut by_node[node]), parcel, |(key, args), parcel| {
                parcel.put(key);
                parcel.put(args);
            })
        };
        let here = || {
            let mut altered = std::vec::Vec::new();
            for group in own {
                let Some(mut shard) = named::<K, V>(group.shard).enter() else { continue };
                for (at, hash, (key, args)) in group.items {
                    altered.push((at, alter(&mut shard, hash, key, args, function)));
                }
            }
            altered
        };
        let here = on_all(serve_alter_each::<K, V, A, R>, pack, here, |node, answer| results.land(node, answer));
        results.with(here)
    }

    /// What `function` returns of the values of many keys, each with arguments of its own, in their order; it runs
    /// where the values are. 1 request, 1 reply for each other node that has one of them.
    ///
    /// # Panics
    /// Where the function does.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([('a', drust::vec![5, 6]), ('b', drust::vec![7])]);
    /// let nth = |values: &drust::Vec<u32>, index: usize| values.get(index).copied();
    /// assert_eq!(map.get_each([(&'a', 1), (&'c', 0), (&'b', 1)], nth), [Some(Some(6)), None, Some(None)]);
    /// ```
    #[track_caller]
    pub fn get_each<'a, Q, A: Portable, R: Portable>(
        &self,
        entries: impl IntoIterator<Item = (&'a Q, A)>,
        function: fn(&V, A) -> R,
    ) -> std::vec::Vec<Option<R>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + Pointee + 'a,
    {
        let mut by_node = Batch::new(self, entries.into_iter(), |entry: &(&'a Q, A)| entry.0).by_node;
        let mut results = Results::of(&by_node);
        let own = std::mem::take(&mut by_node[node::current().index()]);
        // What is packed is lost with who unwinds then.
        by_node.iter().flatten().for_each(|group| expect_not_looked_at(group.shard));
        let pack = |node: usize, parcel: &mut Parcel| {
            parcel.function(function as usize);
            pack_groups(std::mem::take(&mut by_node[node]), parcel, |(key, args), parcel| {
                // SAFETY: the key is borrowed until the answer is here.
                unsafe { parcel.lend::<Q>(key) };
                parcel.put(args);
            })
        };
        let here = || {
            let mut read = std::vec::Vec::new();
            for group in own {
                let Some(shard) = named::<K, V>(group.shard).enter() else { continue };
                for (at, hash, (key, args)) in group.items {
                    read.push((at, look(&shard, hash, key, args, function)));
                }
            }
            read
        };
        let here = on_all(serve_get_each::<K, V, Q, A, R>, pack, here, |node, answer| results.land(node, answer));
        results.with(here)
    }
}

/// What goes to a shard, with the place of each in the batch.
type Placed<T> = Group<(usize, u64, T)>;

/// The results of a batch, which come by node.
struct Results<R> {
    /// The places in the batch of what a node was asked for, in the order of its answer.
    places: std::vec::Vec<std::vec::Vec<usize>>,
    results: std::vec::Vec<Option<R>>,
}

impl<R: Portable> Results<R> {
    fn of<T>(by_node: &[std::vec::Vec<Placed<T>>]) -> Results<R> {
        let of_node = |groups: &std::vec::Vec<Placed<T>>| {
            groups.iter().flat_map(|group| group.items.iter().map(|item| item.0)).collect()
        };
        let places: std::vec::Vec<std::vec::Vec<usize>> = by_node.iter().map(of_node).collect();
        let count = places.iter().map(std::vec::Vec::len).sum();
        let mut results = std::vec::Vec::new();
        results.resize_with(count, || None);
        Results { places, results }
    }

    fn land(&mut self, node: usize, answer: &Answer) {
        let mut landed = answer.landed();
        for place in &self.places[node] {
            // SAFETY: a result was put there for each item, in their order.
            self.results[*place] = Some(unsafe { landed.take::<R>() });
        }
    }

    /// All of them, with those of this node.
    fn with(mut self, here: std::vec::Vec<(usize, R)>) -> std::vec::Vec<R> {
        for (place, result) in here {
            self.results[place] = Some(result);
        }
        self.results.into_iter().map(|result| result.expect("each item has a result")).collect()
    }
}

/// Packs groups, and says whether there are any.
fn pack_groups<T>(groups: std::vec::Vec<Placed<T>>, parcel: &mut Parcel, mut put: impl FnMut(T, &mut Parcel)) -> bool {
    parcel.put(groups.len());
    let wanted = !groups.is_empty();
    for group in groups {
        pack_address(group.shard, parcel);
        parcel.put(group.items.len());
        for (_, hash, item) in group.items {
            parcel.put(hash);
            put(item, parcel);
        }
    }
    wanted
}

fn look<K, V, Q, A, R>(shard: &Shard<K, V>, hash: u64, key: &Q, args: A, function: fn(&V, A) -> R) -> Option<R>
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq,
{
    shard.find(hash, key).map(|found| function(&shard.table.value(found).1, args))
}

/// A shard, and the items that came for it, with their hashes.
type Landing<K, V, T> = (Resident<Shard<K, V>>, std::vec::Vec<(u64, T)>);

/// All groups that came: of each its shard, and its items with their hashes. They are taken out before any of them is
/// used, since those that are still in a message where somebody panics are lost.
///
/// # Safety
/// `pack_groups` put them there, of shards of this node, and `take` takes what its `put` put.
unsafe fn landed_groups<'a, K: Portable, V: Portable, T>(
    landed: &mut Landed<'a>,
    mut take: impl FnMut(&mut Landed<'a>) -> T,
) -> std::vec::Vec<Landing<K, V, T>> {
    // SAFETY: the caller's promise.
    let groups = unsafe { landed.take::<usize>() };
    let group = |_| {
        // SAFETY: as above.
        let (shard, count) = unsafe { next_group::<K, V>(landed) };
        // SAFETY: as above.
        (shard, (0..count).map(|_| (unsafe { landed.take::<u64>() }, take(landed))).collect())
    };
    (0..groups).map(group).collect()
}

fn serve_alter_each<K, V, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Eq,
    V: Portable + Default,
    A: Portable,
    R: Portable,
{
    // SAFETY: `alter_each` put it there.
    let (function, groups) = unsafe {
        let function = landed_function::<Alter<V, A, R>>(landed);
        (function, landed_groups::<K, V, _>(landed, |landed| (landed.take::<K>(), landed.take::<A>())))
    };
    let mut results = Given::<R>::new(parcel);
    for (shard, items) in groups {
        let mut shard = shard.enter().expect("groups go to their shards' homes");
        for (hash, (key, args)) in items {
            results.put(alter(&mut shard, hash, key, args, function));
        }
    }
}

fn serve_get_each<K, V, Q, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
    A: Portable,
    R: Portable,
{
    // SAFETY: `get_each` put it there, and lent the keys until it has its answer.
    let (function, groups) = unsafe {
        let function = landed_function::<fn(&V, A) -> R>(landed);
        (function, landed_groups::<K, V, _>(landed, |landed| (landed.take_lent::<Q>(), landed.take::<A>())))
    };
    let mut results = Given::<Option<R>>::new(parcel);
    for (shard, items) in groups {
        let shard = shard.enter().expect("groups go to their shards' homes");
        for (hash, (key, args)) in items {
            results.put(look(&shard, hash, &*key, args, function));
        }
    }
}
