//! Where the entries of a table are found: the numbers of the entries, in chunks of a cache line, by hash.
//!
//! A chunk has twelve slots: a byte of hash for each, so that all are compared at once, and an entry's number. The
//! upper bits of an entry's hash name its home chunk; where that is full the entry lies in the next one that is not,
//! and each chunk on the way counts it as passed on. So a search ends at the first chunk that has passed nothing on,
//! and entries are taken out without a trace. The entries are looked at only where eight bits of hash agree.
//!
//! Contract:
//!
//! 1. Chunks are as many as a power of two, or none. There are at most [`LOAD`] entries for each, so some slot is free.
//! 2. A slot is free where its tag is 0.
//! 3. A chunk's `passed` is the number of entries filed behind it whose way from their home leads through it.

use super::{MOST, Number};
use crate::vec::{TryReserveError, Vec};
use drust_macros::Portable;

/// The chunks.
#[derive(Portable, Clone)]
pub(super) struct Index {
    pub(super) chunks: Vec<Chunk>,
}

/// Chunks to look things up in.
#[derive(Clone, Copy)]
pub(super) struct Chunks<'a>(pub(super) &'a [Chunk]);

/// Twelve slots.
#[derive(Portable, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Chunk {
    tags: [u8; SLOTS],
    passed: u32,
    numbers: [Number; SLOTS],
}

const SLOTS: usize = 12;

/// How many entries there are for each chunk at most: of chunks with so many on average, one in eight passes some on.
const LOAD: usize = 9;

const _: () = assert!(size_of::<Chunk>() == 64);

/// The bits of slots in a chunk: those of the first eight at multiples of 8, those of the others one above.
#[derive(Clone, Copy)]
struct Set(u64);

/// An entry that was found. Good until the table is changed.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(super) number: Number,
    chunk: usize,
    slot: usize,
}

impl Iterator for Set {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit / 8 + bit % 8 * 8)
    }
}

impl Chunk {
    const FREE: Chunk = Chunk { tags: [0; SLOTS], passed: 0, numbers: [0; SLOTS] };

    /// The slots with this tag.
    #[inline]
    fn with(&self, tag: u8) -> Set {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = self.tags;
        let wanted = u64::from(tag) * 0x0101_0101_0101_0101;
        let first = zeros(u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ wanted);
        let rest = zeros(u64::from(u32::from_le_bytes([i, j, k, l])) ^ wanted) & 0xFFFF_FFFF;
        Set(first | rest << 1)
    }
}

/// The lowest bit of each byte that is 0, and no other bits.
#[inline]
fn zeros(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    !(((word & LOW) + LOW) | word | LOW) >> 7
}

/// The byte of hash that is kept with an entry.
#[inline]
fn tag(hash: u32) -> u8 {
    (hash as u8).max(1)
}

/// The home of entries with this hash, among `count` chunks.
#[inline]
fn home(hash: u32, count: usize) -> usize {
    ((u64::from(hash) * count as u64) >> 32) as usize
}

/// The chunk behind one.
#[inline]
fn next(chunk: usize, count: usize) -> usize {
    if chunk + 1 == count { 0 } else { chunk + 1 }
}

/// How many chunks hold so many entries.
fn chunks_for(entries: usize) -> usize {
    if entries == 0 { 0 } else { entries.div_ceil(LOAD).next_power_of_two() }
}

impl Chunks<'_> {
    /// The entry with this hash for which `same` says so.
    #[inline]
    pub(super) fn search(self, hash: u32, mut same: impl FnMut(Number) -> bool) -> Option<Found> {
        let Chunks(chunks) = self;
        let mut at = home(hash, chunks.len());
        for _ in 0..chunks.len() {
            let chunk = &chunks[at];
            for slot in chunk.with(tag(hash)) {
                let number = chunk.numbers[slot];
                if same(number) {
                    return Some(Found { number, chunk: at, slot });
                }
            }
            if chunk.passed == 0 {
                break;
            }
            at = next(at, chunks.len());
        }
        None
    }

    /// The place of an entry that is there.
    #[inline]
    pub(super) fn place(self, hash: u32, number: Number) -> Found {
        self.search(hash, |other| other == number).expect("every entry has a place")
    }
}

impl Index {
    pub(super) const fn new() -> Index {
        Index { chunks: Vec::new() }
    }

    #[track_caller]
    pub(super) fn with_room(entries: usize) -> Index {
        Index { chunks: Vec::repeated(Chunk::FREE, chunks_for(entries)) }
    }

    #[track_caller]
    pub(super) fn try_with_room(entries: usize) -> Result<Index, TryReserveError> {
        let (mut chunks, count) = (Vec::new(), chunks_for(entries));
        chunks.try_reserve_exact(count)?;
        chunks.resize(count, Chunk::FREE);
        Ok(Index { chunks })
    }

    /// How many entries there can be without more chunks.
    #[inline]
    pub(super) fn room(&self) -> usize {
        (self.chunks.len() * LOAD).min(MOST)
    }

    /// Files entries with these hashes, numbered in their order, in chunks that have room for them and no entries.
    #[track_caller]
    pub(super) fn fill(&mut self, hashes: impl Iterator<Item = u32>) {
        let chunks = &mut self.chunks[..];
        for (number, hash) in (0..).zip(hashes) {
            add(chunks, hash, number);
        }
    }

    /// Whether so many entries would do with fewer chunks.
    pub(super) fn is_wide_for(&self, entries: usize) -> bool {
        chunks_for(entries) < self.chunks.len()
    }

    /// Frees all slots; chunks of another node are given up.
    #[track_caller]
    pub(super) fn clear(&mut self) {
        let count = self.chunks.len();
        self.chunks.clear();
        if self.chunks.capacity() >= count {
            self.chunks.resize(count, Chunk::FREE);
        }
    }

    /// Takes an entry out, and gives its number to the last one.
    #[inline]
    #[track_caller]
    pub(super) fn remove(&mut self, hash: u32, found: Found, last: (u32, Number)) {
        let chunks = &mut self.chunks[..];
        chunks[found.chunk].tags[found.slot] = 0;
        let mut at = home(hash, chunks.len());
        while at != found.chunk {
            chunks[at].passed -= 1;
            at = next(at, chunks.len());
        }
        if found.number != last.1 {
            let moved = Chunks(chunks).place(last.0, last.1);
            chunks[moved.chunk].numbers[moved.slot] = found.number;
        }
    }
}

/// Files an entry that is not there, where there is room.
#[inline]
pub(super) fn add(chunks: &mut [Chunk], hash: u32, number: Number) {
    let count = chunks.len();
    let mut at = home(hash, count);
    loop {
        let chunk = &mut chunks[at];
        if let Some(slot) = chunk.with(0).next() {
            chunk.tags[slot] = tag(hash);
            chunk.numbers[slot] = number;
            return;
        }
        chunk.passed += 1;
        at = next(at, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn slots_are_told_by_their_tags() {
        let mut chunk = Chunk::FREE;
        let with = |chunk: Chunk, tag| chunk.with(tag).collect::<BTreeSet<_>>().into_iter();
        assert!(with(chunk, 0).eq(0..SLOTS) && with(chunk, 1).len() == 0);
        for (slot, tag) in [(0, 1), (1, 0x80), (2, 1), (7, 0xFF), (8, 0x7F), (9, 1), (11, 1)] {
            chunk.tags[slot] = tag;
        }
        chunk.passed = u32::MAX;
        assert!(with(chunk, 1).eq([0, 2, 9, 11]) && with(chunk, 0x81).len() == 0);
        assert!(with(chunk, 0x80).eq([1]) && with(chunk, 0xFF).eq([7]) && with(chunk, 0x7F).eq([8]));
        assert!(with(chunk, 0).eq([3, 4, 5, 6, 10]));
    }

    #[test]
    fn chunks_are_never_full_on_average() {
        for entries in 0..1000 {
            let count = chunks_for(entries);
            assert!(count * LOAD >= entries && (count <= 1 || count / 2 * LOAD < entries), "{entries}: {count}");
        }
    }

    #[test]
    fn homes_are_in_the_order_of_hashes() {
        assert_eq!((home(0, 8), home(u32::MAX, 8), home(1 << 31, 8), home(u32::MAX, 1)), (0, 7, 4, 0));
        assert_eq!(home(u32::MAX, 1 << 29), (1 << 29) - 1);
    }

    /// Each entry has one slot, and each chunk has passed on as many as lie behind it.
    fn check(index: &Index, entries: &[(u32, Number)]) {
        let chunks = &index.chunks[..];
        let mut passed = std::vec![0; chunks.len()];
        for (hash, number) in entries {
            let found = Chunks(chunks).place(*hash, *number);
            let mut at = home(*hash, chunks.len());
            while at != found.chunk {
                passed[at] += 1;
                at = next(at, chunks.len());
            }
        }
        assert!(chunks.iter().map(|chunk| chunk.passed).eq(passed));
        let taken: usize = chunks.iter().map(|chunk| SLOTS - chunk.with(0).count()).sum();
        assert_eq!(taken, entries.len());
    }

    #[test]
    fn entries_keep_their_slots_while_others_come_and_go() {
        // Many have one home, and one that lies at the end, so that they are filed around it.
        let hash = |n: u32| [n << 28, u32::MAX - n, 7, n.wrapping_mul(0x9E37_79B9)][n as usize % 4];
        let mut index = Index::with_room(200);
        let mut entries = std::vec::Vec::new();
        for number in 0..200 {
            add(&mut index.chunks, hash(number), number);
            entries.push((hash(number), number));
            check(&index, &entries);
        }
        while let Some(last) = entries.last().copied() {
            let number = entries.len() * 7 % 11 % entries.len();
            let found = Chunks(&index.chunks).place(entries[number].0, number as Number);
            index.remove(entries[number].0, found, last);
            entries.swap_remove(number);
            entries.get_mut(number).into_iter().for_each(|entry| entry.1 = number as Number);
            check(&index, &entries);
        }
        index = Index::try_with_room(20).expect("there is room");
        index.fill([7, 8, u32::MAX].into_iter());
        check(&index, &[(7, 0), (8, 1), (u32::MAX, 2)]);
        assert_eq!((index.chunks.len(), index.is_wide_for(9), index.is_wide_for(19)), (4, true, false));
        index.clear();
        check(&index, &[]);
        assert_eq!(index.chunks.len(), 4);
    }
}
