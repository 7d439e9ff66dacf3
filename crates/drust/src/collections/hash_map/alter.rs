//! Changing an entry that may come or go by it.

use super::HashMap;
use super::shard::{Shard, landed_function};
use super::write::Turn;
use drust_heap::Portable;
use drust_runtime::sharing::grant::{Call, Landed, Parcel, Resident};
use std::hash::{BuildHasher, Hash};

/// What alters a value, and says whether it stays.
pub(super) type Alter<V, A, R> = fn(&mut V, A) -> (R, bool);

impl<K: Portable + Eq + Hash, V: Portable, S: BuildHasher> HashMap<K, V, S> {
    /// Calls `function` with the value of a key and `args`, where the value is, and with the default where there is
    /// none. It returns what is returned here, and whether there is to be an entry of this key from now on: with the
    /// value as the function left it, or none. So what it does, nobody sees halfway. 1 request, 1 reply where the key
    /// is another node's.
    ///
    /// # Panics
    /// Where the function does; a value that was there is as it left it, and one that was not is not.
    ///
    /// ```
    /// let map = drust::collections::HashMap::from([(1, 2)]);
    /// let take_one = |count: &mut u32, ()| {
    ///     let had = *count > 0;
    ///     *count = count.saturating_sub(1);
    ///     (had, *count > 0)
    /// };
    /// assert_eq!((map.alter(1, (), take_one), map.get(&1)), (true, Some(1)));
    /// assert_eq!((map.alter(1, (), take_one), map.get(&1)), (true, None));
    /// assert_eq!((map.alter(1, (), take_one), map.is_empty()), (false, true));
    /// ```
    #[track_caller]
    pub fn alter<A, R>(&self, key: K, args: A, function: fn(&mut V, A) -> (R, bool)) -> R
    where
        V: Default,
        A: Portable,
        R: Portable,
    {
        let place = self.place_of(&key);
        if let Some(mut shard) = place.shard.enter() {
            return alter(&mut shard, place.hash, key, args, function);
        }
        let mut parcel = Parcel::new();
        parcel.put(place.hash);
        parcel.put(key);
        parcel.function(function as usize);
        parcel.put(args);
        let call = Call::using(place.shard.name(), serve_alter::<K, V, A, R>, &parcel);
        // SAFETY: `serve_alter` put it there.
        unsafe { call.wait(&"a shard of a map").landed().take::<R>() }
    }
}

pub(super) fn alter<K, V, A, R>(shard: &mut Turn<'_, K, V>, hash: u64, key: K, args: A, function: Alter<V, A, R>) -> R
where
    K: Portable + Eq,
    V: Portable + Default,
{
    let Some(found) = shard.find(hash, &key) else {
        let mut value = V::default();
        let (result, stays) = function(&mut value, args);
        if stays {
            shard.table.add(hash, (key, value));
        }
        return result;
    };
    shard.settle();
    let (result, stays) = function(&mut shard.table.value_mut(found).1, args);
    if !stays {
        drop(shard.table.remove(found));
    }
    result
}

fn serve_alter<K, V, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    K: Portable + Eq,
    V: Portable + Default,
    A: Portable,
    R: Portable,
{
    // SAFETY: `alter` put it there for a shard, whose turn this is.
    let (hash, key, function, args, mut shard) = unsafe {
        let (hash, key) = (landed.take::<u64>(), landed.take::<K>());
        let function = landed_function::<Alter<V, A, R>>(landed);
        (hash, key, function, landed.take::<A>(), Resident::<Shard<K, V>>::entered(landed))
    };
    parcel.put(alter(&mut shard, hash, key, args, function));
}
