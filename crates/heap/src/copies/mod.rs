//! The copy table: values of other nodes, kept here to be read.
//!
//! A copy is filed under its stamp, address, length and extent (DESIGN rule 6). Nothing ever invalidates it: when the
//! value is written, its holders get another stamp, and a copy that nobody can ask for any more grows old and is
//! evicted.
//!
//! # Contract
//!
//! 1. Each copy belongs to one shard, by its key's hash; its entry is read and written under that shard's lock only,
//!    and no thread ever waits for a second shard's lock (eviction elsewhere only tries).
//! 2. An entry is Vacant, Filling, Ready or Leaving. Filling and Ready ones are in the table; at most one is there per
//!    key.
//! 3. Filling: the one thread that filed it writes the bytes, without the lock, and it counts as pinned. Whoever else
//!    asks for the key waits. If the filler fails or unwinds, the entry goes and a waiter files its own.
//! 4. Ready: the bytes do not change, but for the words that handles inside keep their own pins in. A pin is a count;
//!    pinned entries stay, unpinned ones are in the shard's list of use, oldest first, and may be evicted.
//! 5. Leaving: out of the table with no pins; the thread that took it out owns the bytes, reads in them which copies
//!    the handles inside pin, releases those, and frees the memory. Only then may the entry's number be used again.
//! 6. Look-up and count are one step under the lock. A release finds its entry by the tag of the slot, whose value does
//!    not change while anybody holds a pin.
//! 7. What writes happen before `fill` returns are visible to every thread that gets the copy, and every read under a
//!    pin happens before its bytes are reused: both through the shard's lock.
//! 8. No foreign code runs under a lock: neither `fill` nor the pins of evicted contents. `fill` may pin other keys; if
//!    it pins its own, it waits for itself.
//! 9. Bytes held never pass the limit; they pass the budget only with pinned copies and, by each shard's last one.

mod error;
mod evict;
mod shard;
mod taken;

pub use error::{Full, PinError};
pub use taken::Taken;

use crate::journal::{self, Owner};
use crate::primitive::atomic::{AtomicUsize, Ordering};
use crate::primitive::{Condvar, Mutex, MutexGuard, lock, wait};
use crate::space::Space;
use drust_proto::coherence::{CopyEvent, CopyStep};
use drust_proto::{CopyKey, Rank};
use evict::Work;
use shard::{Index, Phase, State};
use std::alloc::Layout;
use std::ptr::NonNull;

const SHARD_BITS: u32 = if cfg!(loom) {
    1
} else if cfg!(miri) {
    2
} else {
    5
};
const SHARDS: usize = 1 << SHARD_BITS;

/// Appends what the handles in `elements` values hold in their pointer words: copies they pin, and anything else, which
/// the table passes over.
pub type PinsOf = unsafe fn(*const u8, usize, &mut Vec<*const u8>);

/// What a copy holds.
#[derive(Clone, Copy, Debug)]
pub struct Contents {
    elements: usize,
    pins: Option<PinsOf>,
}

impl Contents {
    /// Elements that hold no handle.
    #[must_use]
    pub const fn plain(elements: usize) -> Contents {
        Contents { elements, pins: None }
    }

    /// Elements whose handles may pin other copies.
    ///
    /// # Safety
    /// `pins` can read what `fill` leaves in a copy filed with these contents, and of the addresses it appends each one
    /// inside the table's range stands for a pin of its own.
    #[must_use]
    pub const unsafe fn new(elements: usize, pins: Option<PinsOf>) -> Contents {
        Contents { elements, pins }
    }
}

/// A pinned copy: its bytes stay until [`Copies::release`] is called with its address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "the copy stays pinned until it is released"]
pub struct Pinned {
    /// The bytes.
    pub ptr: NonNull<u8>,
    /// Whether this call filled them.
    pub filled: bool,
}

/// What the table did and holds, all shards together.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Copies found, also after waiting for another thread to fill them.
    pub hits: u64,
    /// Copies filed to be filled.
    pub misses: u64,
    /// Copies dropped to make room.
    pub evictions: u64,
    /// Copies in the table.
    pub entries: usize,
    /// Bytes of copies, whole slots counted.
    pub held_bytes: usize,
    /// Of these, bytes that cannot be evicted now.
    pub pinned_bytes: usize,
}

#[derive(Debug)]
struct Shard {
    state: Mutex<State>,
    /// An entry left the phase Filling.
    filled: Condvar,
    /// The state's `idle`, for those who look for something to evict.
    idle: AtomicUsize,
}

/// The copies of one node.
///
/// ```
/// use drust_heap::copies::{Contents, Copies};
/// use drust_heap::space::{Backing, Options, Space};
/// use drust_proto::{Address, CopyKey, Extent, Partition, Stamp};
/// use std::{alloc::Layout, convert::Infallible};
///
/// let options = Options { name: "copies", reserve: 1 << 24, limit: 1 << 24, backing: Backing::Private };
/// let copies = Copies::new(Space::reserve(options)?, 1 << 20, 1 << 22);
/// let stamp = Stamp(9.try_into()?);
/// let key = CopyKey { stamp, address: Address::new(Partition(1), 64), len: 8, extent: Extent::Whole };
/// let pinned = copies.pin(key, Layout::new::<u64>(), Contents::plain(1), |place| {
///     // SAFETY: the place is this call's to fill and has the layout asked for.
///     unsafe { place.cast::<u64>().write(42) };
///     Ok::<(), Infallible>(())
/// })?;
/// // SAFETY: filled above; pinned until released.
/// assert_eq!(unsafe { pinned.ptr.cast::<u64>().read() }, 42);
/// // SAFETY: the pin is the one taken above, and the pointer is not used again.
/// unsafe { copies.release(pinned.ptr.as_ptr()) };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Copies {
    /// Whose copies these are, for the journal.
    owner: Owner,
    space: Space,
    shards: Box<[Shard]>,
    budget: usize,
    limit: usize,
    held: AtomicUsize,
}

/// A copy that was found, or one to be filled.
enum Claim<'a> {
    Hit(Pinned),
    Fill(Filling<'a>),
}

/// How far a new copy may go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Within the budget: a hint.
    Budget,
    /// To the limit: somebody waits for it.
    Limit,
}

impl Copies {
    /// A table whose copies live in `space`; unpinned ones are evicted beyond `budget` bytes, and pinned ones may go on
    /// to `limit` bytes. The space should allow an eighth more than that and some tens of MiB, for free slots.
    #[must_use]
    pub fn new(space: Space, budget: usize, limit: usize) -> Copies {
        let shard = |_| Shard { state: Mutex::new(State::new()), filled: Condvar::new(), idle: AtomicUsize::new(0) };
        let shards = (0..SHARDS).map(shard).collect();
        Copies { owner: Owner::NOBODY, space, shards, budget: budget.min(limit), limit, held: AtomicUsize::new(0) }
    }

    /// The copies of a node, which are in its journal.
    pub(crate) fn of_node(mut self, node: Rank) -> Copies {
        self.owner = Owner::node(node);
        self
    }

    /// Whether `ptr` points at a copy, so that a handle that holds it holds a pin.
    #[inline]
    #[must_use]
    pub fn contains(&self, ptr: *const u8) -> bool {
        self.space.contains(ptr)
    }

    /// The space that the copies live in.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Finds the copy of `key` and pins it; where there is none, `fill` writes its bytes first. Threads that ask for a
    /// copy while it is being filled wait; if filling fails, one of them fills it itself.
    ///
    /// # Errors
    /// [`PinError::Full`] where pinned copies leave no room; [`PinError::Fill`] with what `fill` returned.
    ///
    /// # Panics
    /// Where a copy is found whose length is not that of `layout`.
    #[inline]
    pub fn pin<E>(
        &self,
        key: CopyKey,
        layout: Layout,
        contents: Contents,
        fill: impl FnOnce(NonNull<u8>) -> Result<(), E>,
    ) -> Result<Pinned, PinError<E>> {
        match self.claim(key, layout, contents, Reach::Limit)? {
            Claim::Hit(pinned) => Ok(pinned),
            Claim::Fill(filling) => {
                fill(filling.place).map_err(PinError::Fill)?;
                Ok(filling.ready())
            }
        }
    }

    /// Finds the copy of `key` and pins it, waiting where it is being filled; none where nobody has filed it. For
    /// values whose copies are longer than the key tells, such as tied groups, so that only the key is compared.
    #[must_use]
    pub fn find(&self, key: &CopyKey) -> Option<Pinned> {
        let hash = hash(key);
        let number = shard_of(hash);
        let mut state = lock(&self.shards[number].state);
        loop {
            let index = state.find(hash, key)?;
            let layout = state.entry(index).layout;
            if let Some(pinned) = self.hit(&mut state, number, index, layout) {
                return Some(pinned);
            }
            state.waiters += 1;
            state = wait(&self.shards[number].state, &self.shards[number].filled, state);
            state.waiters -= 1;
        }
    }

    /// Whether a copy of `key` is here, or on its way.
    #[must_use]
    pub fn has(&self, key: &CopyKey) -> bool {
        let hash = hash(key);
        lock(&self.shards[shard_of(hash)].state).find(hash, key).is_some()
    }

    /// Files a copy that somebody may soon ask for, and says whether it is there now. Within the budget only.
    pub fn insert<E>(
        &self,
        key: CopyKey,
        layout: Layout,
        contents: Contents,
        fill: impl FnOnce(NonNull<u8>) -> Result<(), E>,
    ) -> bool {
        let filled = match self.claim(key, layout, contents, Reach::Budget) {
            Ok(Claim::Hit(pinned)) => pinned,
            Ok(Claim::Fill(filling)) if fill(filling.place).is_ok() => filling.ready(),
            Ok(Claim::Fill(_)) | Err(_) => return false,
        };
        // SAFETY: the pin is the one that `claim` took for us, and the pointer goes no further.
        unsafe { self.release(filled.ptr.as_ptr()) };
        true
    }

    /// Gives a pin back.
    ///
    /// # Safety
    /// `ptr` was pinned by this table, and this pin is given back once; the caller reads through it no more.
    pub unsafe fn release(&self, ptr: *const u8) {
        let mut work = Work::new(self.budget);
        self.unpin(ptr, true, &mut work);
        self.settle(work);
    }

    /// Pins a pinned copy once more.
    ///
    /// # Safety
    /// `ptr` was pinned by this table, and that pin is not given back before this returns.
    pub unsafe fn repin(&self, ptr: *const u8) {
        let (mut state, _, index) = self.locate(ptr);
        let entry = state.entry(index);
        debug_assert!(entry.pins > 0);
        entry.pins += 1;
        journal::copy(self.owner, || entry.key, CopyEvent::Pin, CopyStep::Serve);
    }

    /// Gives a writer's own pin back and, if it was the last, takes the copy out of the table (promotion).
    ///
    /// # Safety
    /// As for [`release`](Copies::release).
    pub unsafe fn release_for_write(&self, ptr: *const u8) -> Option<Taken<'_>> {
        let (mut state, shard, index) = self.locate(ptr);
        let entry = state.entry(index);
        debug_assert!(entry.phase == Phase::Ready && entry.pins > 0);
        if entry.pins > 1 {
            journal::copy(self.owner, || entry.key, CopyEvent::Release, CopyStep::Nothing);
            entry.pins -= 1;
            return None;
        }
        let take = CopyEvent::Take { own_pin: true, extent: entry.key.extent };
        journal::copy(self.owner, || entry.key, take, CopyStep::HandOver);
        Some(self.take(&mut state, shard, index))
    }

    /// Takes the copy of `key` out of the table if it is there and nobody pins it, for a writer without a pin.
    #[must_use]
    pub fn take_idle(&self, key: &CopyKey) -> Option<Taken<'_>> {
        let hash = hash(key);
        let shard = shard_of(hash);
        let mut state = lock(&self.shards[shard].state);
        let index = state.find(hash, key)?;
        let entry = state.entry(index);
        if entry.pins > 0 || entry.phase != Phase::Ready {
            return None;
        }
        let take = CopyEvent::Take { own_pin: false, extent: entry.key.extent };
        journal::copy(self.owner, || entry.key, take, CopyStep::HandOver);
        state.unlist(index);
        self.publish(&state, shard);
        Some(self.take(&mut state, shard, index))
    }

    /// What the table did and holds.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut sum = Counters { held_bytes: self.held.load(Ordering::Relaxed), ..Counters::default() };
        let mut idle = 0;
        for shard in &self.shards {
            let state = lock(&shard.state);
            sum.hits += state.hits;
            sum.misses += state.misses;
            sum.evictions += state.evictions;
            sum.entries += state.len();
            idle += state.idle;
        }
        sum.pinned_bytes = sum.held_bytes.saturating_sub(idle);
        sum
    }

    fn take(&self, state: &mut State, shard: usize, index: Index) -> Taken<'_> {
        state.unfile(index);
        let entry = state.entry(index);
        entry.pins = 0;
        let tag = Self::tag(shard, index);
        Taken { copies: self, tag, place: entry.place, layout: entry.layout, contents: entry.contents }
    }

    #[inline]
    fn claim(&self, key: CopyKey, layout: Layout, contents: Contents, reach: Reach) -> Result<Claim<'_>, Full> {
        let hash = hash(&key);
        let shard = shard_of(hash);
        let mut state = lock(&self.shards[shard].state);
        if let Some(index) = state.find(hash, &key)
            && let Some(pinned) = self.hit(&mut state, shard, index, layout)
        {
            return Ok(Claim::Hit(pinned));
        }
        self.claim_slowly(state, (hash, key), layout, contents, reach)
    }

    /// Counts one more pin of a ready entry.
    #[inline]
    fn hit(&self, state: &mut State, shard: usize, index: Index, layout: Layout) -> Option<Pinned> {
        let entry = state.entry(index);
        if entry.phase != Phase::Ready {
            return None;
        }
        assert!(entry.layout.size() == layout.size(), "a copy of another length: {:?} for {layout:?}", entry.layout);
        let ptr = entry.place;
        entry.pins += 1;
        journal::copy(self.owner, || entry.key, CopyEvent::Pin, CopyStep::Serve);
        if entry.pins == 1 {
            state.unlist(index);
            self.publish(state, shard);
        }
        state.hits += 1;
        Some(Pinned { ptr, filled: false })
    }

    #[inline(never)]
    fn claim_slowly<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        (hash, key): (u64, CopyKey),
        layout: Layout,
        contents: Contents,
        reach: Reach,
    ) -> Result<Claim<'a>, Full> {
        let number = shard_of(hash);
        let shard = &self.shards[number];
        let mut attempt = 0;
        loop {
            while let Some(index) = state.find(hash, &key) {
                if let Some(pinned) = self.hit(&mut state, number, index, layout) {
                    return Ok(Claim::Hit(pinned));
                }
                state.waiters += 1;
                state = wait(&shard.state, &shard.filled, state);
                state.waiters -= 1;
            }
            let mut work = Work::new(self.budget);
            let filed = self.admit(&mut state, (hash, key), layout, contents, reach, &mut work);
            drop(state);
            self.settle(work);
            match filed {
                Some(filling) => return Ok(Claim::Fill(filling)),
                None => self.make_room(layout, reach, attempt)?,
            }
            attempt += 1;
            state = lock(&shard.state);
        }
    }

    /// Files a copy to be filled, unless there is no room.
    fn admit(
        &self,
        state: &mut State,
        (hash, key): (u64, CopyKey),
        layout: Layout,
        contents: Contents,
        reach: Reach,
        work: &mut Work,
    ) -> Option<Filling<'_>> {
        let (shard, bytes) = (shard_of(hash), Space::footprint(layout));
        self.evict(state, shard, bytes, None, work);
        self.evict_elsewhere(shard, bytes, work);
        let held = self.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let allowed = if reach == Reach::Budget { self.budget } else { self.limit };
        let filed = (held <= allowed)
            .then(|| state.file(&self.space, (hash, key), layout, contents, |index| Self::tag(shard, index)).ok())
            .flatten();
        match filed {
            Some(index) => {
                journal::copy(self.owner, || key, CopyEvent::Pin, CopyStep::Fetch);
                state.misses += 1;
                let place = state.entry(index).place;
                Some(Filling { copies: self, shard, index, place })
            }
            None => {
                self.held.fetch_sub(bytes, Ordering::Relaxed);
                None
            }
        }
    }

    /// Frees what can be freed for a copy that somebody waits for: first up to the limit, then everything, in case the
    /// free memory is in slots of other sizes.
    #[cold]
    fn make_room(&self, layout: Layout, reach: Reach, attempt: u32) -> Result<(), Full> {
        let asked = Space::footprint(layout);
        match attempt {
            _ if reach == Reach::Budget || asked > self.limit => {}
            0 | 1 => {
                self.shrink_to(if attempt == 0 { self.limit - asked } else { 0 });
                return Ok(());
            }
            _ => {}
        }
        Err(Full { asked, pinned: self.counters().pinned_bytes, limit: self.limit })
    }

    /// Gives back one pin, evicting what is then too much; a copy released by its user stays at first.
    fn unpin(&self, ptr: *const u8, stays: bool, work: &mut Work) {
        let (mut state, shard, index) = self.locate(ptr);
        let entry = state.entry(index);
        debug_assert!(entry.phase == Phase::Ready && entry.pins > 0, "a pin was released twice");
        entry.pins -= 1;
        let step = if entry.pins == 0 { CopyStep::Spare } else { CopyStep::Nothing };
        journal::copy(self.owner, || entry.key, CopyEvent::Release, step);
        if entry.pins == 0 {
            state.list(index);
            self.evict(&mut state, shard, 0, stays.then_some(index), work);
            self.evict_elsewhere(shard, 0, work);
        }
    }

    fn publish(&self, state: &State, shard: usize) {
        self.shards[shard].idle.store(state.idle, Ordering::Relaxed);
    }

    /// The entry of a pinned copy, by the tag of its slot.
    #[inline]
    fn locate(&self, ptr: *const u8) -> (MutexGuard<'_, State>, usize, Index) {
        let slot = self.space.slot(self.space.offset_of(ptr)).expect("a pinned copy has a slot");
        let (shard, index) = Self::split(slot.tag);
        (lock(&self.shards[shard].state), shard, index)
    }

    fn tag(shard: usize, index: Index) -> u32 {
        assert!(index < u32::MAX >> SHARD_BITS, "too many copies in one shard");
        (index << SHARD_BITS | shard as u32) + 1
    }

    fn split(tag: u32) -> (usize, Index) {
        let number = tag - 1;
        (number as usize % SHARDS, number >> SHARD_BITS)
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        // The shards' caches have no destructors; their magazines end with the space.
        for shard in &self.shards {
            lock(&shard.state).cache.drain(&self.space);
        }
    }
}

/// An entry in the phase Filling. Unless it becomes ready, its end takes it out of the table again.
struct Filling<'a> {
    copies: &'a Copies,
    shard: usize,
    index: Index,
    place: NonNull<u8>,
}

impl Filling<'_> {
    fn ready(self) -> Pinned {
        let shard = &self.copies.shards[self.shard];
        let mut state = lock(&shard.state);
        let entry = state.entry(self.index);
        entry.phase = Phase::Ready;
        journal::copy(self.copies.owner, || entry.key, CopyEvent::Filled, CopyStep::Wake);
        if state.waiters > 0 {
            shard.filled.notify_all();
        }
        drop(state);
        let pinned = Pinned { ptr: self.place, filled: true };
        std::mem::forget(self);
        pinned
    }
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        let shard = &self.copies.shards[self.shard];
        let mut state = lock(&shard.state);
        journal::copy(self.copies.owner, || state.entry(self.index).key, CopyEvent::FillFailed, CopyStep::Fail);
        state.unfile(self.index);
        let bytes = state.vacate(&self.copies.space, self.index);
        self.copies.held.fetch_sub(bytes, Ordering::Relaxed);
        shard.filled.notify_all();
    }
}

/// Folds a key. Stamps are consecutive numbers, so one wide multiplication spreads them.
#[inline]
fn hash(key: &CopyKey) -> u64 {
    let rest = key.address.word() ^ key.len.rotate_left(32) ^ key.extent as u64;
    let wide = u128::from(key.stamp.0.get() ^ 0x9E37_79B9_7F4A_7C15) * u128::from(rest ^ 0xD6E8_FEB8_6659_FD93);
    (wide >> 64) as u64 ^ wide as u64
}

/// The table itself uses the lowest and the highest seven bits.
#[inline]
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}
