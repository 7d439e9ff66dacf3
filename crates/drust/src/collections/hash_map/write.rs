//! Changing one entry, or all of them, where they are.

use super::calls::on_all;
use super::shard::{Shard, landed_function, landed_shards, pack_addresses};
use super::{HashMap, named};
use crate::node;
use drust_heap::{Pointee, Portable};
use drust_runtime::sharing::grant::{Call, InTurn, Landed, Parcel, Resident};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> HashMap<K, V, S> {
    /// Puts a value under a key, and returns the one that was there. As std's, it keeps the key that was there.
    ///
    /// ```
    /// let map = drust::collections::HashMap::new();
    /// assert_eq!((map.insert(1, 'a'), map.insert(1, 'b')), (None, Some('a')));
    /// ```
    #[track_caller]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let place = self.place_of(&key);
        if let Some(mut shard) = place.shard.enter() {
            return insert(&mut shard, place.hash, key, value);
        }
        let mut parcel = Parcel::new();
        parcel.put(place.hash);
        parcel.put(key);
        parcel.put(value);
        let call = Call::using(place.shard.name(), serve_insert::<K, V>, &parcel);
        // SAFETY: `serve_insert` put it there.
        unsafe { call.wait(&"a shard of a map").landed().take::<Option<V>>() }
    }

    /// Takes the entry of a key out, and returns its value.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 'a')]);
    /// assert_eq!((map.remove(&1), map.remove(&1)), (Some('a'), None));
    /// ```
    #[track_caller]
    pub fn remove<Q: ?Sized + Hash + Eq + Pointee>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.remove_entry(key).map(|entry| entry.1)
    }

    /// Takes the entry of a key out.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 'a')]);
    /// assert_eq!(map.remove_entry(&1), Some((1, 'a')));
    /// ```
    #[track_caller]
    pub fn remove_entry<Q: ?Sized + Hash + Eq + Pointee>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        let place = self.place_of(key);
        if let Some(mut shard) = place.shard.enter() {
            return remove(&mut shard, place.hash, key);
        }
        let mut parcel = Parcel::new();
        parcel.put(place.hash);
        // SAFETY: the key is borrowed until the answer is here.
        unsafe { parcel.lend(key) };
        let call = Call::using(place.shard.name(), serve_remove::<K, V, Q>, &parcel);
        // SAFETY: `serve_remove` put it there.
        unsafe { call.wait(&"a shard of a map").landed().take::<Option<(K, V)>>() }
    }

    /// Calls `function` with the value of a key and `args`, where the value is, if it is there.
    ///
    /// # Panics
    /// Where the function does; the value is as it left it.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 10)]);
    /// assert_eq!(map.update(&1, 5, |value, more| { *value += more; *value }), Some(15));
    /// assert_eq!(map.update(&2, 5, |value, more| *value += more), None);
    /// ```
    #[track_caller]
    pub fn update<Q, A, R>(&self, key: &Q, args: A, function: fn(&mut V, A) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + Pointee,
        A: Portable,
        R: Portable,
    {
        let place = self.place_of(key);
        if let Some(mut shard) = place.shard.enter() {
            return update(&mut shard, place.hash, key, args, function);
        }
        let mut parcel = Parcel::new();
        parcel.put(place.hash);
        // SAFETY: the key is borrowed until the answer is here.
        unsafe { parcel.lend(key) };
        parcel.function(function as usize);
        parcel.put(args);
        let call = Call::using(place.shard.name(), serve_update::<K, V, Q, A, R>, &parcel);
        // SAFETY: `serve_update` put it there.
        unsafe { call.wait(&"a shard of a map").landed().take::<Option<R>>() }
    }

    /// As [`HashMap::update`], where a key that is not there gets an entry of `first` before.
    ///
    /// # Panics
    /// Where the function does; the entry is there all the same.
    ///
    /// ```
    /// let map = drust::collections::HashMap::new();
    /// for letter in "letter".chars() {
    ///     map.upsert(letter, 0, 1, |count, more| *count += more);
    /// }
    /// assert_eq!((map.get(&'t'), map.get(&'l')), (Some(2), Some(1)));
    /// ```
    #[track_caller]
    pub fn upsert<A: Portable, R: Portable>(&self, key: K, first: V, args: A, function: fn(&mut V, A) -> R) -> R {
        let place = self.place_of(&key);
        if let Some(mut shard) = place.shard.enter() {
            return upsert(&mut shard, place.hash, (key, first), args, function);
        }
        let mut parcel = Parcel::new();
        parcel.put(place.hash);
        parcel.put(key);
        parcel.put(first);
        parcel.function(function as usize);
        parcel.put(args);
        let call = Call::using(place.shard.name(), serve_upsert::<K, V, A, R>, &parcel);
        // SAFETY: `serve_upsert` put it there.
        unsafe { call.wait(&"a shard of a map").landed().take::<R>() }
    }
}

impl<K: Portable, V: Portable, S> HashMap<K, V, S> {
    /// Keeps the entries for which `keep` says so, where they are; each node looks at its own, at the same time.
    ///
    /// # Panics
    /// Where `keep` does; the entries that it has not said no of are there then.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 10), (2, 20), (3, 30)]);
    /// map.retain(25, |key, value, most| *key != 1 && *value < *most);
    /// assert_eq!((map.len(), map.get(&2)), (1, Some(20)));
    /// ```
    #[track_caller]
    pub fn retain<A: Portable + Clone>(&self, args: A, keep: fn(&K, &mut V, &A) -> bool) {
        let by_node = self.by_node();
        let pack = |node: usize, parcel: &mut Parcel| {
            pack_addresses(&by_node[node], parcel);
            parcel.function(keep as usize);
            parcel.put(args.clone());
            true
        };
        let own = by_node[node::current().index()].iter().map(|address| named(*address));
        on_all(serve_retain::<K, V, A>, pack, || retain(own, &args, keep), |_, _| {});
    }

    /// Drops all entries.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 10), (2, 20)]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&self) {
        let by_node = self.by_node();
        let pack = |node: usize, parcel: &mut Parcel| {
            pack_addresses(&by_node[node], parcel);
            true
        };
        let own = by_node[node::current().index()].iter().map(|address| named(*address));
        on_all(serve_clear::<K, V>, pack, || clear::<K, V>(own), |_, _| {});
    }

    /// Makes room for so many entries more, spread evenly.
    ///
    /// ```
    /// let map = drust::collections::HashMap::<u32, u32>::new();
    /// map.reserve(1000);
    /// assert!(map.is_empty());
    /// ```
    #[track_caller]
    pub fn reserve(&self, additional: usize) {
        let by_node = self.by_node();
        let each = additional.div_ceil(self.shards.len());
        let pack = |node: usize, parcel: &mut Parcel| {
            pack_addresses(&by_node[node], parcel);
            parcel.put(each);
            true
        };
        let own = by_node[node::current().index()].iter().map(|address| named(*address));
        on_all(serve_reserve::<K, V>, pack, || reserve::<K, V>(own, each), |_, _| {});
    }
}

pub(super) type Turn<'a, K, V> = InTurn<'a, Shard<K, V>>;

pub(super) fn insert<K, V>(shard: &mut Turn<'_, K, V>, hash: u64, key: K, value: V) -> Option<V>
where
    K: Portable + Eq,
    V: Portable,
{
    match shard.find(hash, &key) {
        Some(found) => {
            shard.settle();
            Some(std::mem::replace(&mut shard.table.value_mut(found).1, value))
        }
        None => {
            // Nobody keeps that there was no such entry, and what else is kept stays as it is.
            shard.table.add(hash, (key, value));
            None
        }
    }
}

fn remove<K, V, Q>(shard: &mut Turn<'_, K, V>, hash: u64, key: &Q) -> Option<(K, V)>
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq,
{
    let found = shard.find(hash, key)?;
    shard.settle();
    Some(shard.table.remove(found))
}

fn update<K, V, Q, A, R>(
    shard: &mut Turn<'_, K, V>,
    hash: u64,
    key: &Q,
    args: A,
    function: fn(&mut V, A) -> R,
) -> Option<R>
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq,
{
    let found = shard.find(hash, key)?;
    shard.settle();
    Some(function(&mut shard.table.value_mut(found).1, args))
}

fn upsert<K, V, A, R>(
    shard: &mut Turn<'_, K, V>,
    hash: u64,
    (key, first): (K, V),
    args: A,
    function: fn(&mut V, A) -> R,
) -> R
where
    K: Portable + Eq,
    V: Portable,
{
    if shard.find(hash, &key).is_some() {
        let updated = update(shard, hash, &key, args, function);
        return updated.expect("an entry that was found is there");
    }
    let last = shard.table.len();
    shard.table.add(hash, (key, first));
    function(&mut shard.table.nth_mut(last).1, args)
}

fn retain<K: Portable, V: Portable, A>(
    shards: impl Iterator<Item = Resident<Shard<K, V>>>,
    args: &A,
    keep: fn(&K, &mut V, &A) -> bool,
) {
    for mut shard in shards.filter_map(Resident::enter) {
        shard.settle();
        let mut number = 0;
        while number < shard.table.len() {
            let entry = shard.table.nth_mut(number);
            if keep(&entry.0, &mut entry.1, args) {
                number += 1;
            } else {
                drop(shard.table.remove_if(number, |_| true));
            }
        }
    }
}

fn clear<K: Portable, V: Portable>(shards: impl Iterator<Item = Resident<Shard<K, V>>>) {
    for mut shard in shards.filter_map(Resident::enter) {
        shard.settle();
        shard.table.clear();
    }
}

fn reserve<K: Portable, V: Portable>(shards: impl Iterator<Item = Resident<Shard<K, V>>>, each: usize) {
    for mut shard in shards.filter_map(Resident::enter) {
        shard.table.reserve(each);
    }
}

fn serve_insert<K: Portable + Eq, V: Portable>(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    // SAFETY: `insert` put it there for a shard, whose turn this is.
    let (hash, key, value, mut shard) =
        unsafe { (landed.take::<u64>(), landed.take::<K>(), landed.take::<V>(), Resident::entered(landed)) };
    parcel.put(insert(&mut shard, hash, key, value));
}

fn serve_remove<K, V, Q>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
{
    // SAFETY: `remove_entry` put it there for a shard, whose turn this is, and lent the key until it has its answer.
    let (hash, key, mut shard) =
        unsafe { (landed.take::<u64>(), landed.take_lent::<Q>(), Resident::<Shard<K, V>>::entered(landed)) };
    parcel.put(remove(&mut shard, hash, &*key));
}

fn serve_update<K, V, Q, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
    A: Portable,
    R: Portable,
{
    // SAFETY: `update` put it there for a shard, whose turn this is, and lent the key until it has its answer.
    let (hash, key, function, args, mut shard) = unsafe {
        let (hash, key) = (landed.take::<u64>(), landed.take_lent::<Q>());
        let function = landed_function::<fn(&mut V, A) -> R>(landed);
        (hash, key, function, landed.take::<A>(), Resident::<Shard<K, V>>::entered(landed))
    };
    parcel.put(update(&mut shard, hash, &*key, args, function));
}

fn serve_upsert<K, V, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Eq,
    V: Portable,
    A: Portable,
    R: Portable,
{
    // SAFETY: `upsert` put it there for a shard, whose turn this is.
    let (hash, entry, function, args, mut shard) = unsafe {
        let (hash, entry) = (landed.take::<u64>(), (landed.take::<K>(), landed.take::<V>()));
        let function = landed_function::<fn(&mut V, A) -> R>(landed);
        (hash, entry, function, landed.take::<A>(), Resident::<Shard<K, V>>::entered(landed))
    };
    parcel.put(upsert(&mut shard, hash, entry, args, function));
}

fn serve_retain<K: Portable, V: Portable, A: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    let shards = landed_shards::<K, V>(landed);
    // SAFETY: `retain` put them there.
    let (keep, args) = unsafe { (landed_function::<fn(&K, &mut V, &A) -> bool>(landed), landed.take::<A>()) };
    retain(shards.into_iter(), &args, keep);
}

fn serve_clear<K: Portable, V: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    clear::<K, V>(landed_shards(landed).into_iter());
}

fn serve_reserve<K: Portable, V: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    let shards = landed_shards::<K, V>(landed);
    // SAFETY: `reserve` put it there.
    reserve(shards.into_iter(), unsafe { landed.take::<usize>() });
}
