//! Locks whose data go along with them: what `Mutex` is made of.
//!
//! The rules are [`drust_proto::sharing::lock`]'s. A lock's cell has the data while its token is at home; elsewhere
//! they are in memory of the node's record of it.
//!
//! Contract of a cell's `word`:
//!
//! 1. FREE and HELD: the token is at home, nobody waits, and there is no record. Any thread of the home may take FREE
//!    to HELD (Acquire), which makes it the holder, and the holder HELD to FREE (Release).
//! 2. Whoever has the lock of the record's shard may take any word to SLOW (AcqRel); what was FREE, HELD or AWAY goes
//!    into a record then, which alone says how things are. It is taken back only under the same lock (Release).
//! 3. AWAY: the token is elsewhere, and no thread of the home waits for it.
//! 4. The data belong to the holder; to whoever packs them once the seat has let the token go; or to whoever ends the
//!    lock, alone with it.
//!
//! `poisoned` is the truth about it, for all nodes; a token elsewhere has a suspicion along, which is true wherever
//! `poisoned` is.

mod act;
mod poison;
mod record;
mod serve;

use self::act::{Until, Want};
use super::cell::{self, Cell, Head};
use super::{Ask, Table};
use crate::cancel::{self, Limit};
use crate::node::{self, Node};
use crate::serve::frees_for_a_peer;
use crate::task::run_aside;
use drust_fabric::{Lane, Mode, schedule};
use drust_heap::{Described, Descriptor, Fixed, Portable};
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::lock::{Home, Op};
use drust_proto::{Address, Rank};
use record::Record;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

pub use poison::{clear_poison, is_poisoned, poison};
pub(crate) use serve::serve;

const FREE: u32 = 0;
const HELD: u32 = 1;
const AWAY: u32 = 2;
const SLOW: u32 = 3;

/// So many functions from one node in a row, with nobody else asking for the token, and the data had better be there:
/// to fetch them costs what two functions cost.
const RUN: u32 = 8;

/// What a node knows of locks.
#[derive(Default)]
pub(crate) struct Locks {
    records: Table<Record>,
    tickets: AtomicU64,
}

/// What a lock's cell begins with, whatever it guards.
#[repr(C)]
struct Front {
    head: Head,
    poisoned: AtomicBool,
    /// The last of the chain; under the lock of the record's shard.
    tail: AtomicU16,
    word: AtomicU32,
    /// Who sent functions to the data last, and how many in a row, since the token was last asked for: a hint.
    run: AtomicU32,
    descriptor: &'static Descriptor,
}

/// A lock at its home; see the module.
#[repr(C)]
struct Kept<T> {
    front: Front,
    data: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the data are one thread's at a time (contract 4), and Portable values may be sent.
unsafe impl<T: Portable> Send for Kept<T> {}
// SAFETY: as above; all else in it is atomic, or never written.
unsafe impl<T: Portable> Sync for Kept<T> {}
// SAFETY: it begins with its head; see the module for the rest.
unsafe impl<T: Portable> Cell for Kept<T> {}

impl Front {
    fn home(&self) -> Home {
        Home::new(Rank(self.tail.load(Ordering::Relaxed)))
    }

    /// Where the data of the lock at `front` lie.
    ///
    /// # Safety
    /// It is a live lock of this node.
    unsafe fn data(front: NonNull<Front>) -> *mut u8 {
        // SAFETY: a cell is laid out by `repr(C)`: the data follow the front at their alignment.
        unsafe {
            let align = front.as_ref().descriptor.align();
            front.as_ptr().cast::<u8>().add(size_of::<Front>().next_multiple_of(align))
        }
    }
}

/// A lock that the calling thread holds.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// Where the data lie.
    pub data: *mut u8,
    /// Whether a thread panicked while it held the lock.
    pub poisoned: bool,
}

/// Makes a lock in this node's partition; ends the job where that has no room.
#[must_use]
pub fn make<T: Portable>(value: T) -> Fixed {
    let front = Front {
        head: Head::new(Family::Lock),
        poisoned: AtomicBool::new(false),
        tail: AtomicU16::new(node::here().rank().0),
        word: AtomicU32::new(FREE),
        run: AtomicU32::new(0),
        descriptor: T::DESCRIPTOR,
    };
    cell::make(Kept { front, data: UnsafeCell::new(MaybeUninit::new(value)) })
}

/// Takes the lock at home, if it is free and nobody waits for it.
///
/// # Safety
/// As [`lock`].
#[inline]
unsafe fn quick<T: Portable>(fixed: Fixed) -> Option<Holding> {
    // SAFETY: the caller's promise.
    let kept = unsafe { cell::at_home::<Kept<T>>(fixed) }?;
    let word = &kept.front.word;
    word.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).ok()?;
    Some(Holding { data: kept.data.get().cast(), poisoned: kept.front.poisoned.load(Ordering::Relaxed) })
}

/// Waits until this thread has the lock. Costs what the types made of it say.
///
/// # Safety
/// `fixed` is of a live lock that guards a `T`, which stays alive until it is given back by [`unlock`].
#[inline]
#[track_caller]
#[must_use]
pub unsafe fn lock<T: Portable>(fixed: Fixed) -> Holding {
    schedule::pass();
    // SAFETY: the caller's promise.
    match unsafe { quick::<T>(fixed) } {
        Some(holding) => holding,
        None => want::<T>(fixed, Until::Always).unwrap_or_else(|| cancel::unwind()),
    }
}

/// As [`lock`], but not where the lock is held.
///
/// # Safety
/// As [`lock`].
#[inline]
#[track_caller]
pub unsafe fn try_lock<T: Portable>(fixed: Fixed) -> Option<Holding> {
    schedule::pass();
    // SAFETY: the caller's promise.
    unsafe { quick::<T>(fixed) }.or_else(|| want::<T>(fixed, Until::Held))
}

/// As [`lock`], until `deadline`.
///
/// # Safety
/// As [`lock`].
#[track_caller]
pub unsafe fn lock_until<T: Portable>(fixed: Fixed, deadline: Instant) -> Option<Holding> {
    schedule::pass();
    // SAFETY: the caller's promise.
    unsafe { quick::<T>(fixed) }.or_else(|| want::<T>(fixed, Until::Deadline(deadline)))
}

#[cold]
#[inline(never)]
#[track_caller]
fn want<T: Portable>(fixed: Fixed, until: Until) -> Option<Holding> {
    let limit = match until {
        Until::Held | Until::Alone => Limit::NONE,
        Until::Always => Limit::of_thread(None),
        Until::Deadline(deadline) => Limit::of_thread(Some(deadline)),
    };
    // Who ends a lock does not unwind.
    let ends = matches!(until, Until::Alone);
    if !ends {
        cancel::check();
    }
    let want = Want { address: fixed.address(), descriptor: T::DESCRIPTOR, until, limit, at: Location::caller() };
    let got = want.get(node::here());
    if got.is_none() && !ends {
        cancel::check();
    }
    got
}

/// Gives the lock back, once what was begun under it is done.
///
/// # Safety
/// The calling thread holds it, and uses its data no more.
#[inline]
pub unsafe fn unlock<T: Portable>(fixed: Fixed) {
    let node = node::here();
    if T::FACTS.handles {
        node.await_fetches(Ending::GiveAway);
    }
    node.await_one_ways();
    // SAFETY: the caller's promise.
    let kept = unsafe { cell::at_home::<Kept<T>>(fixed) };
    let quick = |kept: &Kept<T>| kept.front.word.compare_exchange(HELD, FREE, Ordering::Release, Ordering::Relaxed);
    if kept.is_none_or(|kept| quick(kept).is_err()) {
        act::unlock(node, fixed.address());
    }
}

/// Whether the lock's token is here, so that taking it may need no message.
///
/// # Safety
/// `fixed` is of a live lock that guards a `T`.
#[must_use]
pub unsafe fn is_here<T: Portable>(fixed: Fixed) -> bool {
    let node = node::here();
    // SAFETY: the caller's promise.
    match unsafe { cell::at_home::<Kept<T>>(fixed) }.map(|kept| kept.front.word.load(Ordering::Relaxed)) {
        Some(FREE | HELD) => true,
        Some(AWAY) => false,
        Some(_) | None => act::is_here(node, fixed.address()),
    }
}

/// Notes at home that node `from` has sent a function to the data, and says whether the data had better go there.
///
/// # Safety
/// `fixed` is of a live lock that guards a `T`.
#[must_use]
pub unsafe fn used_by<T: Portable>(fixed: Fixed, from: Rank) -> bool {
    // SAFETY: the caller's promise.
    let Some(kept) = (unsafe { cell::at_home::<Kept<T>>(fixed) }) else { return false };
    let (run, user) = (&kept.front.run, u32::from(from.0) << 16);
    let before = run.load(Ordering::Relaxed);
    let now = if before & !0xFFFF == user { (before & 0xFFFF) + 1 } else { 1 };
    // Threads that note at the same time may lose a count: it is a hint.
    run.store(user | if now < RUN { now } else { 0 }, Ordering::Relaxed);
    now >= RUN
}

/// Brings the data here, for good as long as the caller is alone with the lock.
///
/// # Safety
/// The caller is alone with the lock, which guards a `T`.
#[track_caller]
pub unsafe fn recall<T: Portable>(fixed: Fixed) -> Holding {
    loop {
        schedule::pass();
        // SAFETY: the caller's promise, and the lock is given back at once.
        let quick = unsafe { quick::<T>(fixed) };
        let holding = quick.or_else(|| want::<T>(fixed, Until::Alone)).expect("an owner gets the lock");
        let wanted = act::is_wanted(node::here(), fixed.address());
        // SAFETY: the lock is held, and nobody uses the data yet.
        unsafe { unlock::<T>(fixed) };
        if !wanted {
            return holding;
        }
        // All who wait have given up: the token comes back when it has been round.
    }
}

/// Ends a lock, and returns what it guarded, and whether it is poisoned.
///
/// # Safety
/// The caller is alone with the lock, which guards a `T`, and gives it up.
#[track_caller]
#[must_use]
pub unsafe fn into_inner<T: Portable>(fixed: Fixed) -> (T, bool) {
    let (node, address) = (node::here(), fixed.address());
    // SAFETY: the caller's promise.
    let Holding { data, poisoned } = unsafe { recall::<T>(fixed) };
    // SAFETY: the data lie there, and what holds them ends below without a drop of theirs.
    let value = unsafe { data.cast::<T>().read() };
    let room = act::forget(node, address);
    drop(room);
    if address.home() == node.rank() {
        // SAFETY: the caller gives the lock up, and the chain ends here: nothing comes that looks at the cell.
        unsafe { cell::free(node, place(node, address).cast()) };
    } else {
        node.tell_share(address.home(), Lane::Small, about(address, Op::End), &[], Mode::Block);
    }
    (value, poisoned)
}

/// Ends a lock, and drops what it guards here. On a serving thread a pool thread does it.
///
/// # Safety
/// As [`into_inner`].
pub unsafe fn end<T: Portable>(fixed: Fixed) {
    let node = node::here();
    if node.has_ended() {
        return;
    }
    // SAFETY: the caller's promise.
    let end = move || drop(unsafe { into_inner::<T>(fixed) });
    if !frees_for_a_peer() {
        return end();
    }
    // Counted as what is told and not done yet, so that who waits for all of that waits for this end, too.
    node.count(|counters| &counters.one_ways, 1);
    run_aside(node, move || {
        end();
        node.count(|counters| &counters.one_ways_done, 1);
    });
}

fn about(address: Address, op: Op) -> Ask {
    Ask { family: Family::Lock, op: op as u16, number: 0, id: 0, address, a: 0, b: 0 }
}

/// The place of a lock of this node.
fn place(node: &Node, address: Address) -> NonNull<Front> {
    NonNull::new(node.vault().place_of(address)).expect("a cell has a place").cast()
}
