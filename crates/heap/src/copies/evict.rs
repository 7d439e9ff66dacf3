//! Making room: eviction of unpinned copies, and what is to be done for copies that hold pins of others.

use super::shard::{Index, State};
use super::{Contents, Copies};
use crate::journal;
use crate::primitive::{atomic::Ordering, lock, try_lock};
use crate::space::Space;
use drust_proto::coherence::{CopyEvent, CopyStep};
use std::alloc::Layout;
use std::ptr::NonNull;

/// A copy out of the table, whose bytes are still to be read and freed.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) tag: u32,
    pub(super) place: NonNull<u8>,
    pub(super) layout: Layout,
    pub(super) contents: Contents,
}

/// What is left to do once no shard is locked. A list instead of recursion: copies that each hold a pin of the next
/// may form chains of millions.
#[derive(Debug)]
pub(super) struct Work {
    leaving: Vec<Leaving>,
    release: Vec<*const u8>,
    /// Bytes of the leaving copies: still held, but no longer than until the work is done.
    pending: usize,
    /// Copies are evicted while more than this would be held, in bytes.
    target: usize,
}

impl Work {
    pub(super) fn new(target: usize) -> Work {
        Work { leaving: Vec::new(), release: Vec::new(), pending: 0, target }
    }

    pub(super) fn leave(&mut self, leaving: Leaving) {
        self.pending += Space::footprint(leaving.layout);
        self.leaving.push(leaving);
    }
}

impl Copies {
    fn beyond(&self, more: usize, work: &Work) -> bool {
        self.held.load(Ordering::Relaxed).saturating_add(more) > work.target.saturating_add(work.pending)
    }

    /// Evicts from the end of one shard's list while `more` bytes would pass the target; never `spare`.
    pub(super) fn evict(&self, state: &mut State, shard: usize, more: usize, spare: Option<Index>, work: &mut Work) {
        while self.beyond(more, work)
            && let Some(index) = state.oldest(spare)
        {
            state.unlist(index);
            state.unfile(index);
            state.evictions += 1;
            let entry = state.entry(index);
            journal::copy(self.owner, || entry.key, CopyEvent::Evict, CopyStep::Forget);
            if entry.contents.pins.is_some() {
                let tag = Self::tag(shard, index);
                let (place, layout, contents) = (entry.place, entry.layout, entry.contents);
                work.leave(Leaving { tag, place, layout, contents });
            } else {
                let bytes = state.vacate(&self.space, index);
                self.held.fetch_sub(bytes, Ordering::Relaxed);
            }
        }
        self.publish(state, shard);
    }

    /// Goes on in the shards that nobody uses now.
    pub(super) fn evict_elsewhere(&self, shard: usize, more: usize, work: &mut Work) {
        for other in (shard + 1..self.shards.len()).chain(0..shard) {
            if !self.beyond(more, work) {
                return;
            }
            if self.shards[other].idle.load(Ordering::Relaxed) > 0
                && let Some(mut state) = try_lock(&self.shards[other].state)
            {
                self.evict(&mut state, other, more, None, work);
            }
        }
    }

    /// Evicts unpinned copies, the oldest of each shard first, until at most `bytes` are held or all are pinned.
    pub fn shrink_to(&self, bytes: usize) {
        loop {
            let mut progress = false;
            for (number, shard) in self.shards.iter().enumerate() {
                if self.held.load(Ordering::Relaxed) <= bytes {
                    return;
                }
                let mut work = Work::new(bytes);
                let mut state = lock(&shard.state);
                progress |= state.idle > 0;
                self.evict(&mut state, number, 0, None, &mut work);
                if bytes == 0 {
                    state.cache.drain(&self.space);
                }
                drop(state);
                self.settle(work);
            }
            if !progress {
                return;
            }
        }
    }

    /// Does the work; called while no shard is locked.
    #[inline]
    pub(super) fn settle(&self, work: Work) {
        if !(work.leaving.is_empty() && work.release.is_empty()) {
            self.settle_slowly(work);
        }
    }

    #[cold]
    fn settle_slowly(&self, mut work: Work) {
        loop {
            if let Some(leaving) = work.leaving.pop() {
                if let Some(pins) = leaving.contents.pins {
                    // SAFETY: the copy is out of the table with no pins, so this thread alone uses its bytes, which are
                    // the `elements` values that the maker of the contents promised `pins` could read.
                    unsafe { pins(leaving.place.as_ptr(), leaving.contents.elements, &mut work.release) };
                }
                let (number, index) = Self::split(leaving.tag);
                let mut state = lock(&self.shards[number].state);
                let bytes = state.vacate(&self.space, index);
                self.held.fetch_sub(bytes, Ordering::Relaxed);
                work.pending -= bytes;
            } else if let Some(held) = work.release.pop() {
                if self.contains(held) {
                    self.unpin(held, false, &mut work);
                }
            } else {
                return;
            }
        }
    }
}
