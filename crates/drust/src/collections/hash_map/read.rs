//! Reading one entry: at home, from what this node has kept, or by asking.

use super::calls::on_all;
use super::shard::{Shard, landed_function, landed_shards, pack_addresses};
use super::{HashMap, Place};
use crate::node;
use drust_heap::{Pointee, Portable};
use drust_runtime::sharing::grant::{Asking, Call, Landed, Look, Parcel, Resident};
use std::any::TypeId;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

/// What the home answers: there is no such entry,
const ABSENT: u8 = 0;
/// what the function returned of it,
const READ: u8 = 1;
/// or the entry itself, to be kept, and the function's arguments back;
const LENT: u8 = 2;
/// or a copy of the value's plain bytes.
const COPIED: u8 = 3;

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> HashMap<K, V, S> {
    /// A clone of the value of a key.
    ///
    /// ```
    /// use drust::collections::HashMap;
    /// let map: HashMap<drust::String, u32> = HashMap::from([("one".into(), 1)]);
    /// assert_eq!((map.get("one"), map.get("two")), (Some(1), None));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get<Q: ?Sized + Hash + Eq + Pointee + 'static>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        V: Clone,
    {
        self.get_with(key, (), |value, ()| value.clone())
    }

    /// What `function` returns of the value of a key.
    ///
    /// It runs at the entry's home, or here with what this node has kept of it, or with a copy where that is no more
    /// than a few plain bytes.
    ///
    /// # Panics
    /// Where the function does.
    ///
    /// ```
    /// use drust::collections::HashMap;
    /// let map = HashMap::from([(1, drust::vec![5, 6, 7])]);
    /// assert_eq!(map.get_with(&1, 2, |values, index| values[index]), Some(7));
    /// ```
    #[track_caller]
    pub fn get_with<Q, A, R>(&self, key: &Q, args: A, function: fn(&V, A) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + Pointee + 'static,
        A: Portable,
        R: Portable,
    {
        let place = self.place_of(key);
        if let Some(shard) = place.shard.enter() {
            let found = shard.find(place.hash, key)?;
            return Some(function(&shard.table.value(found).1, args));
        }
        let asking = match Look::at(place.shard.name(), place.hash) {
            Look::Kept(inside) => {
                // SAFETY: what is kept under a shard's address is its entries, and readable while looked at.
                let entry = unsafe { &*inside.place().cast::<(K, V)>() };
                if entry.0.borrow() == key {
                    return Some(function(&entry.1, args));
                }
                drop(inside);
                Look::ask(place.shard.name())
            }
            Look::Ask(asking) => asking,
        };
        if is_plain::<K, V, Q>() {
            look(&place, &asking, key, args, function)
        } else {
            ask(&place, &asking, key, args, function)
        }
    }

    /// Whether there is an entry of this key.
    ///
    /// ```
    /// use drust::collections::HashMap;
    /// assert!(HashMap::from([(1, 2)]).contains_key(&1));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn contains_key<Q: ?Sized + Hash + Eq + Pointee + 'static>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get_with(key, (), |_, ()| ()).is_some()
    }
}

impl<K: Portable, V: Portable, S> HashMap<K, V, S> {
    /// Entries in it: of each shard as many as it has when it is asked. 1 request, 1 reply for each other node.
    ///
    /// ```
    /// assert_eq!(drust::collections::HashMap::from([(1, 'a'), (2, 'b')]).len(), 2);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn len(&self) -> usize {
        let by_node = self.by_node();
        let pack = |node: usize, parcel: &mut Parcel| {
            pack_addresses(&by_node[node], parcel);
            true
        };
        let mut away = 0;
        let own = by_node[node::current().index()].iter().map(|address| super::named::<K, V>(*address));
        let here = on_all(
            serve_len::<K, V>,
            pack,
            || sum(own),
            |_, answer| {
                // SAFETY: `serve_len` put it there.
                away += unsafe { answer.landed().take::<usize>() };
            },
        );
        here + away
    }

    /// Whether there are none. Costs as [`HashMap::len`].
    ///
    /// ```
    /// assert!(!drust::collections::HashMap::from([(1, 'a')]).is_empty());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The entries in shards of this node.
fn sum<K: Portable, V: Portable>(shards: impl Iterator<Item = Resident<Shard<K, V>>>) -> usize {
    shards.filter_map(Resident::enter).map(|shard| shard.table.len()).sum()
}

fn serve_len<K: Portable, V: Portable>(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    parcel.put(sum(landed_shards::<K, V>(landed).into_iter()));
}

/// Whether an entry can be looked up by a thread that serves, and its value sent as it is: both are a few plain bytes,
/// and keys are compared by code that is not the user's.
fn is_plain<K: Portable, V: Portable, Q: ?Sized + 'static>() -> bool {
    const MOST: usize = 512;
    let plain = !K::FACTS.handles && !V::FACTS.handles && size_of::<(K, V)>() <= MOST;
    plain && TypeId::of::<Q>() == TypeId::of::<K>() && is_plain_key(TypeId::of::<K>())
}

fn is_plain_key(key: TypeId) -> bool {
    macro_rules! is_one_of {
        ($($type:ty),* $(,)?) => { $(key == TypeId::of::<$type>())||* };
    }
    is_one_of!(
        u32,
        u64,
        usize,
        i32,
        i64,
        isize,
        u8,
        u16,
        u128,
        i8,
        i16,
        i128,
        char,
        [u8; 8],
        [u8; 12],
        [u8; 16],
        [u8; 20],
        [u8; 24],
        [u8; 32],
        [u8; 64],
        [u64; 2],
        [u32; 2],
        (u32, u32),
        (u64, u64),
    )
}

/// Asks the home of a plain entry, which is looked up where the question is served; the function runs here.
#[track_caller]
fn look<K, V, Q, A, R>(place: &Place<K, V>, asking: &Asking, key: &Q, args: A, function: fn(&V, A) -> R) -> Option<R>
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
{
    let mut keeps = true;
    loop {
        let mut parcel = Parcel::new();
        parcel.put((place.hash, keeps));
        // SAFETY: the key is borrowed until the answer is here.
        unsafe { parcel.lend(key) };
        let call = Call::looking(place.shard.name(), serve_look::<K, V, Q>, &parcel);
        let answer = call.wait(&"an entry of a map");
        let mut landed = answer.landed();
        // SAFETY: `serve_look` put there what each tag says.
        unsafe {
            match landed.take::<u8>() {
                ABSENT => return None,
                COPIED => return Some(function(&landed.take_lent::<V>(), args)),
                _ => {
                    let epoch = landed.take::<u64>();
                    let lodged = landed.take_lodged::<(K, V)>();
                    if let Some(inside) = asking.lent(epoch, place.hash, lodged) {
                        return Some(function(&(*inside.place().cast::<(K, V)>()).1, args));
                    }
                }
            }
        }
        // The grant was recalled before it was here.
        keeps = false;
    }
}

/// On whichever thread serves: it waits for nothing, and compares keys by std's code.
fn serve_look<K, V, Q>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
{
    // SAFETY: `look` put it there for a shard, whose turn this is, and lent the key until it has its answer.
    let (hash, keeps, key, shard) = unsafe {
        let (hash, keeps) = landed.take::<(u64, bool)>();
        (hash, keeps, landed.take_lent::<Q>(), Resident::<Shard<K, V>>::entered(landed))
    };
    let Some(found) = shard.find(hash, &*key) else {
        parcel.put(ABSENT);
        return;
    };
    let entry = shard.table.value(found);
    // SAFETY: who changes or drops an entry has all grants returned before; what is plain is copied at once.
    unsafe {
        match shard.lends(landed.from(), keeps) {
            None => {
                parcel.put(COPIED);
                parcel.lend(&entry.1);
            }
            Some(epoch) => {
                parcel.put(LENT);
                parcel.put(epoch);
                parcel.lend(entry);
            }
        }
    }
}

/// Asks the home of an entry, which may lend it; then the function runs here.
#[track_caller]
fn ask<K, V, Q, A, R>(place: &Place<K, V>, asking: &Asking, key: &Q, mut args: A, function: fn(&V, A) -> R) -> Option<R>
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
    A: Portable,
    R: Portable,
{
    let mut keeps = true;
    loop {
        let mut parcel = Parcel::new();
        parcel.put((place.hash, keeps));
        // SAFETY: the key is borrowed until the answer is here.
        unsafe { parcel.lend(key) };
        parcel.function(function as usize);
        parcel.put(args);
        let call = Call::using(place.shard.name(), serve_read::<K, V, Q, A, R>, &parcel);
        let answer = call.wait(&"an entry of a map");
        let mut landed = answer.landed();
        // SAFETY: `serve_read` put there what each tag says.
        unsafe {
            match landed.take::<u8>() {
                ABSENT => return None,
                READ => return Some(landed.take::<R>()),
                _ => {
                    let epoch = landed.take::<u64>();
                    args = landed.take::<A>();
                    let lodged = landed.take_lodged::<(K, V)>();
                    if let Some(inside) = asking.lent(epoch, place.hash, lodged) {
                        return Some(function(&(*inside.place().cast::<(K, V)>()).1, args));
                    }
                }
            }
        }
        // The grant was recalled before it was here: what it lent must not be looked at.
        keeps = false;
    }
}

fn serve_read<K, V, Q, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Borrow<Q>,
    V: Portable,
    Q: ?Sized + Eq + Pointee,
    A: Portable,
    R: Portable,
{
    // SAFETY: `ask` put it there for a shard, whose turn this is, and lent the key until it has its answer.
    let (hash, keeps, key, function, args, shard) = unsafe {
        let ((hash, keeps), key) = (landed.take::<(u64, bool)>(), landed.take_lent::<Q>());
        let function = landed_function::<fn(&V, A) -> R>(landed);
        (hash, keeps, key, function, landed.take::<A>(), Resident::<Shard<K, V>>::entered(landed))
    };
    let Some(found) = shard.find(hash, &*key) else {
        parcel.put(ABSENT);
        return;
    };
    let entry = shard.table.value(found);
    let Some(epoch) = shard.lends(landed.from(), keeps) else {
        let result = function(&entry.1, args);
        parcel.put(READ);
        parcel.put(result);
        return;
    };
    parcel.put(LENT);
    parcel.put(epoch);
    parcel.put(args);
    // SAFETY: who changes or drops an entry has all grants returned before.
    unsafe { parcel.lend(entry) };
}
