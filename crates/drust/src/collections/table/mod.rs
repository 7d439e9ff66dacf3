//! What hash sets and the shards of hash maps are made of: entries, dense and numbered, and an index that finds their
//! numbers by hash.
//!
//! The table knows neither keys nor hashers. Its user brings the hash of what is looked for and says whether an entry
//! is that; both run on the calling thread, and before anything is changed. An entry keeps 32 bits of its hash, so that
//! nothing is ever hashed again.
//!
//! Contract:
//!
//! 1. Each entry has exactly one slot in the index, found from its kept hash, whatever the user's functions said.
//! 2. Entries are numbered from 0 without gaps. Removal gives the last entry the number of the removed one.
//! 3. No function of the user's runs between a change of the entries and that of the index.
//! 4. There are at most [`MOST`] entries.

mod index;

use crate::vec::{self, TryReserveError, Vec};
use drust_heap::Portable;
use drust_macros::Portable;
pub(crate) use index::Found;
use index::{Chunks, Index};

/// The number of an entry.
type Number = u32;

/// The most entries of a table.
const MOST: usize = Number::MAX as usize;

/// Values found by hash.
#[derive(Portable)]
pub(crate) struct Table<E: Portable> {
    entries: Vec<Entry<E>>,
    index: Index,
}

/// A value, and what of its hash the index knows.
#[derive(Portable, Clone)]
pub(crate) struct Entry<E> {
    pub(crate) value: E,
    hash: u32,
}

/// A table to look things up in.
pub(crate) struct View<'a, E> {
    entries: &'a [Entry<E>],
    chunks: Chunks<'a>,
}

/// The bits of a hash that the index uses, from all of its bits: of a hasher that leaves some as they are, the upper
/// ones alone may be all the same.
#[inline]
fn upper(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

impl<'a, E> View<'a, E> {
    /// The entry with this hash for which `same` says so.
    #[inline]
    pub(crate) fn search(&self, hash: u64, mut same: impl FnMut(&E) -> bool) -> Option<Found> {
        let hash = upper(hash);
        self.chunks.search(hash, |number| {
            let entry = &self.entries[number as usize];
            entry.hash == hash && same(&entry.value)
        })
    }

    /// The values in the order of their numbers.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'a E> + use<'a, E> {
        self.entries.iter().map(|entry| &entry.value)
    }
}

impl<E: Portable> Table<E> {
    pub(crate) const fn new() -> Table<E> {
        Table { entries: Vec::new(), index: Index::new() }
    }

    /// # Panics
    /// Where that is more than a table holds, or than there are addresses for.
    #[track_caller]
    pub(crate) fn with_capacity(capacity: usize) -> Table<E> {
        check_room(capacity);
        Table { entries: Vec::with_capacity(capacity), index: Index::with_room(capacity) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many entries there can be without more room.
    pub(crate) fn capacity(&self) -> usize {
        self.entries.capacity().min(self.index.room())
    }

    /// # Panics
    /// Where the entries would be more than a table holds, or than there are addresses for.
    #[track_caller]
    pub(crate) fn reserve(&mut self, additional: usize) {
        let entries = self.len().checked_add(additional).expect("capacity overflow");
        if entries > self.index.room() {
            self.widen(entries);
        }
        self.entries.reserve(additional);
    }

    /// Makes room for more entries, if there can be so many and the node has it.
    #[track_caller]
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let entries = self.len().checked_add(additional).filter(|entries| *entries <= MOST);
        let entries = entries.ok_or(TryReserveError::OVERFLOW)?;
        self.entries.try_reserve(additional)?;
        if entries > self.index.room() {
            self.refill(Index::try_with_room(entries)?);
        }
        Ok(())
    }

    /// Gives room back, down to `least` entries.
    #[track_caller]
    pub(crate) fn shrink_to(&mut self, least: usize) {
        let room = self.len().max(least);
        self.entries.shrink_to(room);
        if self.index.is_wide_for(room) {
            self.refill(Index::with_room(room));
        }
    }

    /// Makes the index one for so many entries.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn widen(&mut self, room: usize) {
        check_room(room);
        self.refill(Index::with_room(room));
    }

    /// Puts an index with room and without entries in the place of the one that is there.
    #[track_caller]
    fn refill(&mut self, mut index: Index) {
        self.entries.look(|entries| index.fill(entries.iter().map(|entry| entry.hash)));
        self.index = index;
    }

    /// Drops all entries; the room is kept, but that of another node.
    #[track_caller]
    pub(crate) fn clear(&mut self) {
        self.index.clear();
        self.entries.clear();
    }

    /// The table, to look things up in; pins what is remote. Nothing is fetched of an empty one.
    #[inline]
    #[track_caller]
    pub(crate) fn view(&self) -> View<'_, E> {
        if self.len() == 0 {
            return View { entries: &[], chunks: Chunks(&[]) };
        }
        // Both are on their way before one is waited for.
        self.entries.prefetch();
        View { chunks: Chunks(&self.index.chunks), entries: &self.entries }
    }

    /// Looks things up and leaves no pin.
    #[track_caller]
    pub(crate) fn look<R>(&self, look: impl FnOnce(View<'_, E>) -> R) -> R {
        if self.len() == 0 {
            return look(View { entries: &[], chunks: Chunks(&[]) });
        }
        self.entries.prefetch();
        self.index.chunks.look(|chunks| self.entries.look(|entries| look(View { entries, chunks: Chunks(chunks) })))
    }

    /// The entries in the order of their numbers.
    #[inline]
    #[track_caller]
    pub(crate) fn entries(&self) -> &[Entry<E>] {
        &self.entries
    }

    /// The value of an entry.
    #[inline]
    #[track_caller]
    pub(crate) fn value(&self, found: Found) -> &E {
        &self.entries[found.number as usize].value
    }

    /// The value of an entry, to be written; the parts that were hashed had better stay as they are.
    #[inline]
    #[track_caller]
    pub(crate) fn value_mut(&mut self, found: Found) -> &mut E {
        &mut self.entries[found.number as usize].value
    }

    /// The value of the entry of this number, to be written as [`Table::value_mut`] says.
    #[track_caller]
    pub(crate) fn nth_mut(&mut self, number: usize) -> &mut E {
        &mut self.entries[number].value
    }

    /// Adds an entry; that it is not there was looked for.
    ///
    /// # Panics
    /// Where a table holds no more.
    #[inline]
    #[track_caller]
    pub(crate) fn add(&mut self, hash: u64, value: E) {
        let (number, hash) = (self.len(), upper(hash));
        if number == self.index.room() {
            self.widen(number + 1);
        }
        // Both are this node's own before either is changed.
        let chunks = &mut self.index.chunks[..];
        self.entries.push(Entry { value, hash });
        index::add(chunks, hash, number as Number);
    }

    /// Takes an entry out; the last one gets its number.
    #[inline]
    #[track_caller]
    pub(crate) fn remove(&mut self, found: Found) -> E {
        let last = self.len() - 1;
        // They are this node's own before the index is changed.
        let entries = &mut self.entries[..];
        let (removed, moved) = (entries[found.number as usize].hash, entries[last].hash);
        self.index.remove(removed, found, (moved, last as Number));
        self.entries.swap_remove(found.number as usize).value
    }

    /// Takes the entry of this number out if `wanted` says so; the last one gets its number.
    #[track_caller]
    pub(crate) fn remove_if(&mut self, number: usize, wanted: impl FnOnce(&E) -> bool) -> Option<E> {
        let entry = &self.entries[number];
        if !wanted(&entry.value) {
            return None;
        }
        let found = Chunks(&self.index.chunks).place(entry.hash, number as Number);
        Some(self.remove(found))
    }

    /// Takes all entries out, in the order of their numbers. The room is kept.
    #[track_caller]
    pub(crate) fn drain(&mut self) -> vec::Drain<'_, Entry<E>> {
        self.index.clear();
        self.entries.drain(..)
    }

    /// The entries in the order of their numbers.
    #[track_caller]
    pub(crate) fn into_entries(self) -> vec::IntoIter<Entry<E>> {
        self.entries.into_iter()
    }

    /// Gives back the copies that looking things up has pinned, if there are any.
    pub(crate) fn release(&mut self) {
        Vec::release(&mut self.entries);
        Vec::release(&mut self.index.chunks);
    }
}

impl<E: Portable + Clone> Clone for Table<E> {
    #[track_caller]
    fn clone(&self) -> Table<E> {
        Table { entries: self.entries.clone(), index: self.index.clone() }
    }
}

/// Refuses more entries than a table holds.
#[inline]
#[track_caller]
fn check_room(entries: usize) {
    assert!(entries <= MOST, "a set, or a shard of a map, holds at most {MOST} values");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn find(table: &Table<u32>, hash: fn(u32) -> u64, value: u32) -> Option<Found> {
        table.view().search(hash(value), |other| *other == value)
    }

    #[test]
    fn values_are_found_by_good_and_bad_hashes() {
        let hashes: [fn(u32) -> u64; 4] =
            [|n| u64::from(n).wrapping_mul(0xD6E8_FEB8_6659_FD93), |n| n.into(), |_| 0, |n| u64::from(n) << 60];
        for hash in hashes {
            let (mut table, mut twin) = (Table::new(), BTreeSet::new());
            for step in 0..600_u32 {
                let value = step * 7 % 101;
                match find(&table, hash, value) {
                    Some(found) if step % 3 == 0 => {
                        assert_eq!(table.remove(found), value);
                        twin.remove(&value);
                    }
                    Some(_) => assert!(twin.contains(&value)),
                    None => {
                        table.add(hash(value), value);
                        twin.insert(value);
                    }
                }
                assert!((0..101).all(|value| find(&table, hash, value).is_some() == twin.contains(&value)));
            }
            assert_eq!(table.view().values().copied().collect::<BTreeSet<_>>(), twin);
            let few = table.capacity();
            table.reserve(1000);
            table.shrink_to(few);
            assert!(table.capacity() >= few && twin.iter().all(|value| find(&table, hash, *value).is_some()));
        }
    }

    #[test]
    fn sequential_numbers_as_hashes_spread() {
        let homes: BTreeSet<u32> = (0..1024).map(|n| upper(n) >> 22).collect();
        assert!(homes.len() > 600, "{} of 1024", homes.len());
    }

    #[test]
    #[should_panic(expected = "holds at most 4294967295 values")]
    fn more_than_the_index_can_number_is_refused() {
        Table::<u8>::new().reserve(MOST + 1);
    }
}
