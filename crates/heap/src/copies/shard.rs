//! One shard of the copy table: entries by key, and those that nobody pins in order of use.
//!
//! An entry's number stays the same while its copy has memory; it is the tag of the copy's slot, so a pointer leads to
//! its entry through the slot's metadata.

use super::Contents;
use crate::space::{Cache, OutOfMemory, Space};
use drust_proto::CopyKey;
use hashbrown::HashTable;
use std::alloc::Layout;
use std::ptr::NonNull;

/// An entry's index in its shard.
pub(super) type Index = u32;

const NONE: Index = Index::MAX;

/// Where an entry is in its life; what may happen in each phase stands in the module's contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// No copy.
    Vacant,
    /// In the table; one thread writes its bytes.
    Filling,
    /// In the table; its bytes are what the key names.
    Ready,
    /// Out of the table; one thread does with its bytes what it likes, and frees them.
    Leaving,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: CopyKey,
    hash: u64,
    pub(super) place: NonNull<u8>,
    pub(super) layout: Layout,
    pub(super) contents: Contents,
    pub(super) pins: usize,
    pub(super) phase: Phase,
    /// Neighbours among the unpinned; `older` also links vacant entries.
    newer: Index,
    older: Index,
}

// SAFETY: the pointer is the address of a slot that the entry owns; whoever holds the shard's lock, in any thread, may
// free it or hand it out as the contract of the table says.
unsafe impl Send for Entry {}

#[derive(Debug)]
pub(super) struct State {
    table: HashTable<Index>,
    pub(super) entries: Vec<Entry>,
    vacant: Index,
    newest: Index,
    oldest: Index,
    /// Bytes of unpinned copies.
    pub(super) idle: usize,
    pub(super) cache: Cache,
    pub(super) waiters: usize,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) evictions: u64,
}

impl State {
    pub(super) fn new() -> State {
        State {
            table: HashTable::new(),
            entries: Vec::new(),
            vacant: NONE,
            newest: NONE,
            oldest: NONE,
            idle: 0,
            cache: Cache::new(),
            waiters: 0,
            hits: 0,
            misses: 0,
            evictions: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    #[inline]
    pub(super) fn entry(&mut self, index: Index) -> &mut Entry {
        &mut self.entries[index as usize]
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, key: &CopyKey) -> Option<Index> {
        self.table.find(hash, |&index| self.entries[index as usize].key == *key).copied()
    }

    /// Files a copy that is still to be filled, pinned once. `tag` makes the slot's tag of the entry's index.
    pub(super) fn file(
        &mut self,
        space: &Space,
        (hash, key): (u64, CopyKey),
        layout: Layout,
        contents: Contents,
        tag: impl FnOnce(Index) -> u32,
    ) -> Result<Index, OutOfMemory> {
        let reused = self.vacant;
        let index = if reused == NONE { self.entries.len() as Index } else { reused };
        let place = self.cache.alloc(space, layout, tag(index))?;
        let entry =
            Entry { key, hash, place, layout, contents, pins: 1, phase: Phase::Filling, newer: NONE, older: NONE };
        if reused == NONE {
            self.entries.push(entry);
        } else {
            self.vacant = self.entry(reused).older;
            *self.entry(reused) = entry;
        }
        let entries = &self.entries;
        self.table.insert_unique(hash, index, |&other| entries[other as usize].hash);
        Ok(index)
    }

    /// Takes an entry out of the table; its memory stays.
    pub(super) fn unfile(&mut self, index: Index) {
        let entry = &mut self.entries[index as usize];
        entry.phase = Phase::Leaving;
        let found = self.table.find_entry(entry.hash, |&other| other == index);
        found.expect("an entry in this phase is in the table").remove();
    }

    /// Frees the memory of an entry that left the table, and says how many bytes it held.
    pub(super) fn vacate(&mut self, space: &Space, index: Index) -> usize {
        let next = self.vacant;
        let entry = &mut self.entries[index as usize];
        assert!(entry.phase == Phase::Leaving, "a copy was freed that is {:?}", entry.phase);
        entry.phase = Phase::Vacant;
        entry.older = next;
        let (place, layout) = (entry.place, entry.layout);
        self.vacant = index;
        // SAFETY: the slot was allocated in `file` with this layout; the entry was its only owner, is vacant now, and
        // the phase, which was Leaving, shows that it was not freed before.
        unsafe { self.cache.free(space, place, layout) };
        Space::footprint(layout)
    }

    /// Lists a copy whose last pin went as the latest used.
    pub(super) fn list(&mut self, index: Index) {
        let newest = self.newest;
        let entry = self.entry(index);
        (entry.newer, entry.older) = (NONE, newest);
        self.idle += Space::footprint(self.entries[index as usize].layout);
        match newest {
            NONE => self.oldest = index,
            newest => self.entry(newest).newer = index,
        }
        self.newest = index;
    }

    pub(super) fn unlist(&mut self, index: Index) {
        let entry = &self.entries[index as usize];
        let (newer, older) = (entry.newer, entry.older);
        self.idle -= Space::footprint(entry.layout);
        match newer {
            NONE => self.newest = older,
            newer => self.entry(newer).older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => self.entry(older).newer = newer,
        }
    }

    /// The copy that was pinned longest ago among those that nobody pins, unless it is `spare`.
    pub(super) fn oldest(&self, spare: Option<Index>) -> Option<Index> {
        (self.oldest != NONE && Some(self.oldest) != spare).then_some(self.oldest)
    }
}
