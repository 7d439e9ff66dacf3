//! Many entries at once: one message a node.

use super::calls::{Given, on_all};
use super::shard::{Shard, expect_not_looked_at, pack_address};
use super::{HashMap, home_of, named};
use crate::node;
use drust_heap::{Pointee, Portable};
use drust_runtime::sharing::grant::{Landed, Parcel, Resident};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

/// Entries that an extension sends at once.
const BATCH: usize = 4096;

/// What a batch asks of one shard: what `group` says of it, in the order in which it came.
pub(super) struct Group<T> {
    pub(super) shard: u64,
    pub(super) items: std::vec::Vec<T>,
}

/// The items of a batch by node, and there by shard, with the place of each in the batch.
pub(super) struct Batch<T> {
    pub(super) by_node: std::vec::Vec<std::vec::Vec<Group<(usize, u64, T)>>>,
}

impl<T> Batch<T> {
    pub(super) fn new<K: Portable + Eq + Hash, V: Portable, S: BuildHasher, Q: ?Sized + Hash>(
        map: &HashMap<K, V, S>,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> &Q,
    ) -> Batch<T> {
        let shards = &map.shards[..];
        let room = items.size_hint().0.div_ceil(shards.len()) * 3 / 2;
        let group = |shard: &u64| Group { shard: *shard, items: std::vec::Vec::with_capacity(room) };
        let mut groups: std::vec::Vec<_> = shards.iter().map(group).collect();
        for (at, item) in items.enumerate() {
            let (hash, number) = map.number_of(key(&item));
            groups[number].items.push((at, hash, item));
        }
        let mut by_node: std::vec::Vec<_> = (0..node::count()).map(|_| std::vec::Vec::new()).collect();
        for group in groups.into_iter().filter(|group| !group.items.is_empty()) {
            by_node[usize::from(home_of(group.shard).0)].push(group);
        }
        Batch { by_node }
    }
}

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> HashMap<K, V, S> {
    /// Clones of the values of many keys, in their order. 1 request, 1 reply for each other node that has one of them.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.get_many(&[2, 3, 1]), [Some('b'), None, Some('a')]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get_many<'a, Q>(&self, keys: impl IntoIterator<Item = &'a Q>) -> std::vec::Vec<Option<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + Pointee + 'a,
        V: Clone,
    {
        let batch = Batch::new(self, keys.into_iter(), |key| *key);
        let by_node = &batch.by_node;
        let count = by_node.iter().flatten().map(|group| group.items.len()).sum();
        let mut values: std::vec::Vec<Option<V>> = std::vec::Vec::new();
        values.resize_with(count, || None);
        let pack = |node: usize, parcel: &mut Parcel| {
            pack_groups(&by_node[node], parcel, |(_, hash, key), parcel| {
                parcel.put(*hash);
                // SAFETY: the key is borrowed until the answer is here.
                unsafe { parcel.lend::<Q>(key) };
            })
        };
        let own = &by_node[node::current().index()];
        let mut here = std::vec::Vec::new();
        let mut away = std::vec::Vec::new();
        on_all(
            serve_get_many::<K, V, Q>,
            pack,
            || {
                for group in own {
                    let Some(shard) = named::<K, V>(group.shard).enter() else { continue };
                    here.extend(group.items.iter().map(|(at, hash, key)| (*at, value_of(&shard, *hash, *key))));
                }
            },
            |node, answer| {
                let mut landed = answer.landed();
                for (at, ..) in by_node[node].iter().flat_map(|group| &group.items) {
                    // SAFETY: `serve_get_many` put a value there for each key, in their order.
                    away.push((*at, unsafe { landed.take::<Option<V>>() }));
                }
            },
        );
        for (at, value) in here.into_iter().chain(away) {
            values[at] = value;
        }
        values
    }

    /// Puts many entries in; of those with one key the last stays. 1 request, 1 reply for each other node that gets one
    /// of them.
    ///
    /// ```
    /// let map = drust::collections::HashMap::new();
    /// map.insert_many([(1, 'a'), (2, 'b'), (1, 'c')]);
    /// assert_eq!((map.get(&1), map.len()), (Some('c'), 2));
    /// ```
    #[track_caller]
    pub fn insert_many(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let mut by_node = Batch::new(self, entries.into_iter(), |entry: &(K, V)| &entry.0).by_node;
        let own = std::mem::take(&mut by_node[node::current().index()]);
        // What is packed is lost with who unwinds then.
        by_node.iter().flatten().for_each(|group| expect_not_looked_at(group.shard));
        let mut by_node: std::vec::Vec<_> = by_node.into_iter().map(Some).collect();
        let pack = |node: usize, parcel: &mut Parcel| {
            let groups = by_node[node].take().unwrap_or_default();
            parcel.put(groups.len());
            let wanted = !groups.is_empty();
            for group in groups {
                pack_address(group.shard, parcel);
                parcel.put(group.items.len());
                for (_, hash, (key, value)) in group.items {
                    parcel.put(hash);
                    parcel.put(key);
                    parcel.put(value);
                }
            }
            wanted
        };
        let here = || {
            for group in own {
                let Some(mut shard) = named::<K, V>(group.shard).enter() else { continue };
                shard.table.reserve(group.items.len());
                for (_, hash, (key, value)) in group.items {
                    drop(super::write::insert(&mut shard, hash, key, value));
                }
            }
        };
        on_all(serve_insert_many::<K, V>, pack, here, |_, _| {});
    }

    /// Puts in what the iterator gives, in batches: as [`HashMap::insert_many`], in bounded memory.
    ///
    /// ```
    /// let map = drust::collections::HashMap::new();
    /// map.extend((0..10_000).map(|n| (n, n * n)));
    /// assert_eq!((map.get(&99), map.len()), (Some(9801), 10_000));
    /// ```
    #[track_caller]
    pub fn extend(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let mut entries = entries.into_iter();
        loop {
            let batch: std::vec::Vec<_> = entries.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return;
            }
            self.insert_many(batch);
        }
    }
}

/// Packs groups, and says whether there are any.
fn pack_groups<T>(groups: &[Group<T>], parcel: &mut Parcel, mut pack: impl FnMut(&T, &mut Parcel)) -> bool {
    parcel.put(groups.len());
    for group in groups {
        pack_address(group.shard, parcel);
        parcel.put(group.items.len());
        for item in &group.items {
            pack(item, parcel);
        }
    }
    !groups.is_empty()
}

fn value_of<K, V, Q>(shard: &Shard<K, V>, hash: u64, key: &Q) -> Option<V>
where
    K: Portable + Borrow<Q>,
    V: Portable + Clone,
    Q: ?Sized + Eq,
{
    shard.find(hash, key).map(|found| shard.table.value(found).1.clone())
}

/// The next group: its shard, if that is of this node, and how many items it has.
///
/// # Safety
/// A group was packed next.
pub(super) unsafe fn next_group<K: Portable, V: Portable>(landed: &mut Landed<'_>) -> (Resident<Shard<K, V>>, usize) {
    // SAFETY: the caller's promise.
    let (shard, count) = unsafe { (landed.take::<u64>(), landed.take::<usize>()) };
    (named(shard), count)
}

fn serve_get_many<K, V, Q>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Borrow<Q>,
    V: Portable + Clone,
    Q: ?Sized + Eq + Pointee,
{
    let mut values = Given::<Option<V>>::new(parcel);
    // SAFETY: `get_many` put it there, and lent the keys until it has its answer.
    unsafe {
        for _ in 0..landed.take::<usize>() {
            let (shard, count) = next_group::<K, V>(landed);
            let shard = shard.enter().expect("groups go to their shards' homes");
            for _ in 0..count {
                let (hash, key) = (landed.take::<u64>(), landed.take_lent::<Q>());
                values.put(value_of(&shard, hash, &*key));
            }
        }
    }
}

/// What `insert_many` sent. Entries that were not taken when this is dropped are dropped with it.
struct Sent<'a, 'b, K: Portable, V: Portable> {
    landed: &'a mut Landed<'b>,
    groups: usize,
    /// Entries of the group that came last.
    entries: usize,
    of: PhantomData<(K, V)>,
}

impl<'a, 'b, K: Portable, V: Portable> Sent<'a, 'b, K, V> {
    /// # Safety
    /// `insert_many` put it there, with these types.
    unsafe fn new(landed: &'a mut Landed<'b>) -> Sent<'a, 'b, K, V> {
        // SAFETY: the caller's promise.
        let groups = unsafe { landed.take::<usize>() };
        Sent { landed, groups, entries: 0, of: PhantomData }
    }

    /// The next group's shard, after all entries of the one before.
    fn group(&mut self) -> Option<Resident<Shard<K, V>>> {
        debug_assert_eq!(self.entries, 0);
        self.groups = self.groups.checked_sub(1)?;
        // SAFETY: by the promise of `new` there are so many groups, and the entries before were taken.
        let (shard, entries) = unsafe { next_group(self.landed) };
        self.entries = entries;
        Some(shard)
    }

    /// The group's next entry, with its hash.
    fn entry(&mut self) -> Option<(u64, K, V)> {
        self.entries = self.entries.checked_sub(1)?;
        // SAFETY: by the promise of `new` the group has so many entries.
        Some(unsafe { (self.landed.take::<u64>(), self.landed.take::<K>(), self.landed.take::<V>()) })
    }
}

impl<K: Portable, V: Portable> Drop for Sent<'_, '_, K, V> {
    fn drop(&mut self) {
        loop {
            while self.entry().is_some() {}
            if self.group().is_none() {
                return;
            }
        }
    }
}

fn serve_insert_many<K: Portable + Eq, V: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    // SAFETY: `insert_many` put it there.
    let mut sent = unsafe { Sent::<K, V>::new(landed) };
    while let Some(shard) = sent.group() {
        let mut shard = shard.enter().expect("groups go to their shards' homes");
        shard.table.reserve(sent.entries);
        while let Some((hash, key, value)) = sent.entry() {
            drop(super::write::insert(&mut shard, hash, key, value));
        }
    }
}
