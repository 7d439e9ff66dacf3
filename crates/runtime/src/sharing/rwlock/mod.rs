//! `RwLock`: the cell at the lock's home, the seats of the nodes that use it, and the data that go between them.
//!
//! The rules are [`drust_proto::sharing::rwlock`]; what they decide is done here, under the lock of the record
//! (`turn`), so that messages leave in the order of the decisions.
//!
//! Contract:
//!
//! 1. `word` of a lock's `Base` is `SLOW` alone while its home has a record of the lock, which then knows the
//!    guards in use there. Else it counts those itself (`WRITER`, or readers), nobody waits, and no other node holds
//!    or wants the lock. It becomes `SLOW`, and ceases to be, under the lock of the record.
//! 2. The data lie in the cell, or in the memory of a record of another node, which then may write; records of nodes
//!    that may read have copies, whose handles grant nothing. Who has a guard alone touches what it gives access to.
//! 3. What a record has stays where it is while a guard of its node is in use.
//! 4. A lock ends when its owner gives it up, who is alone with it: then no request is under way, and guards that seem
//!    to be in use were forgotten.
//! 5. `poisoned` is true from when a writer's panic is known, before its guard ends, until somebody forgives it. Other
//!    nodes ask for it where their grant says that it was true.

mod data;
mod serve;
mod turn;

pub(crate) use serve::serve;
pub use turn::Held;

use super::cell::{self, Cell, Head};
use super::{Ask, Table};
use crate::cancel::{self, Limit};
use crate::node::{self, Node};
use drust_fabric::schedule;
use drust_heap::local::dangling;
use drust_heap::{Described, Descriptor, Fixed, Portable};
use drust_proto::Address;
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::rwlock::{Mode, Op, SeatEvent, Urgency};
use std::cell::UnsafeCell;
use std::fmt;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use turn::Record;

/// The home has a record of the lock, which says more.
const SLOW: u32 = 1 << 31;
/// A guard writes.
const WRITER: u32 = 1 << 30;

/// What a node knows of locks.
#[derive(Default)]
pub(crate) struct Locks {
    records: Table<Record>,
    /// Numbers of waiters.
    tickets: AtomicU64,
    /// No grant of a lock that has no record here has a higher number.
    epochs: AtomicU64,
    /// Locks with a recall that was put off.
    recalled: Mutex<Vec<Address>>,
}

impl Locks {
    /// Sees to it that a recall of a lock is heard in so long.
    fn put_off(&self, node: &Node, address: Address, left: Duration) {
        self.recalled.lock().expect("no panic under this lock").push(address);
        node.request_tick(left);
    }
}

/// Hears the recalls that were put off and whose time has come; the others are looked at again later.
pub(crate) fn hear_put_off(node: &'static Node) {
    let recalled = std::mem::take(&mut *node.sharing().rwlock.recalled.lock().expect("no panic under this lock"));
    for address in recalled {
        turn::hear_put_off(node, address);
    }
}

/// What every lock's cell begins with.
#[repr(C)]
struct Base {
    head: Head,
    poisoned: AtomicBool,
    word: AtomicU32,
    descriptor: &'static Descriptor,
    /// Where the data lie behind the beginning of the cell.
    offset: usize,
}

/// A lock's cell.
#[repr(C)]
struct Kept<T> {
    base: Base,
    data: UnsafeCell<T>,
}

// SAFETY: of the data, which are `Send` and `Sync`, guards give access as contract 2 says; the rest is atomic, or is
// not written.
unsafe impl<T: Portable> Sync for Kept<T> {}
// SAFETY: as above; it begins with a `Base`, which begins with a head.
unsafe impl<T: Portable> Cell for Kept<T> {}

impl Base {
    /// The data's place.
    fn data(&self) -> NonNull<u8> {
        // SAFETY: the data lie in the same cell, as many bytes behind its beginning.
        unsafe { NonNull::from(self).cast::<u8>().add(self.offset) }
    }
}

/// How long to wait for a lock.
#[derive(Clone, Copy, Debug)]
pub enum Patience {
    /// As long as it takes.
    Endless,
    /// Until then.
    Until(Instant),
    /// Not at all.
    None,
}

impl Patience {
    /// For so long, or for ever where that has no end.
    #[must_use]
    pub fn at_most(time: Duration) -> Patience {
        schedule::now().checked_add(time).map_or(Patience::Endless, Patience::Until)
    }
}

/// A lock, by its cell and the type of its data.
#[derive(Clone, Copy)]
pub struct Lock {
    fixed: Fixed,
    descriptor: &'static Descriptor,
}

/// The lock as what is waited for.
impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an RwLock of node {} around {}", self.fixed.address().home(), self.descriptor.name())
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("fixed", &self.fixed).field("descriptor", &self.descriptor).finish()
    }
}

/// Makes a lock around a value, homed here.
#[must_use]
pub fn make<T: Portable>(value: T) -> Fixed {
    let base = Base {
        head: Head::new(Family::RwLock),
        poisoned: AtomicBool::new(false),
        word: AtomicU32::new(0),
        descriptor: T::DESCRIPTOR,
        offset: offset_of!(Kept<T>, data),
    };
    cell::make(Kept { base, data: UnsafeCell::new(value) })
}

impl Lock {
    /// The lock of this cell.
    ///
    /// # Safety
    /// [`make`] made it, around a `T`, and it lives as long as this is used. Each unlock ends what was locked here; who
    /// owns or ends the lock is its owner, and what is at a place that was returned is used under guards' rules.
    #[inline]
    #[must_use]
    pub const unsafe fn of<T: Portable>(fixed: Fixed) -> Lock {
        Lock { fixed, descriptor: T::DESCRIPTOR }
    }

    /// The cell's beginning, if this node is its home.
    #[inline]
    fn base(&self) -> Option<&Base> {
        // SAFETY: a `Kept` begins with its `Base`, and lives as `of` was promised.
        let base = unsafe { cell::at_home::<Kept<()>>(self.fixed) };
        base.map(|kept| &kept.base)
    }

    /// Waits for a guard and returns where the data are, or nothing where patience ends first. 0 messages at home while
    /// no other node wants the lock, and where this node holds it; else 1 one-way each for the request and the grant,
    /// and for the recall and the return of each grant in the way.
    #[inline]
    #[track_caller]
    pub fn lock(self, mode: Mode, patience: Patience) -> Option<Held> {
        schedule::pass();
        let Some(base) = self.base() else { return self.lock_slowly(mode, patience) };
        let taken = match mode {
            Mode::Read => base
                .word
                .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| (word < WRITER - 1).then_some(word + 1)),
            Mode::Write => base.word.compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed),
        };
        let held = Held { place: base.data(), clean: false };
        if taken.is_ok() { Some(held) } else { self.lock_slowly(mode, patience) }
    }

    #[cold]
    fn lock_slowly(self, mode: Mode, patience: Patience) -> Option<Held> {
        cancel::check();
        let node = node::here();
        let (urgency, limit) = match patience {
            Patience::Endless => (Urgency::Wait, Limit::of_thread(None)),
            Patience::Until(time) => (Urgency::Wait, Limit::of_thread(Some(time))),
            Patience::None => (Urgency::Try, Limit::NONE),
        };
        let held = turn::ask(node, self, mode, urgency, &limit);
        match (&held, patience) {
            (None, Patience::Endless) => cancel::unwind(),
            (None, Patience::Until(_) | Patience::None) => cancel::check(),
            (Some(_), _) => {}
        }
        held
    }

    /// Ends a guard of this node. The release fence comes first, and the end of fetches begun under the guard.
    #[inline]
    pub fn unlock(self, mode: Mode) {
        let node = node::here();
        if node.has_ended() {
            return;
        }
        node.await_fetches(Ending::Completion);
        node.await_one_ways();
        let fast = |word: u32| match mode {
            Mode::Read => (word & SLOW == 0).then(|| word - 1),
            Mode::Write => (word & SLOW == 0).then_some(0),
        };
        let at_home = self.base();
        if at_home.is_none_or(|base| base.word.fetch_update(Ordering::Release, Ordering::Relaxed, fast).is_err()) {
            turn::tell(node, self, SeatEvent::Unlock(mode));
        }
    }

    /// The data's place, for who borrows the lock mutably: they are brought here. 0 messages at home while no other
    /// node holds the lock; else as [`Lock::lock`], and 1 one-way more where this node holds it.
    #[track_caller]
    pub fn own(self) -> NonNull<u8> {
        schedule::pass();
        if let Some(base) = self.base()
            && base
                .word
                .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| (word & SLOW == 0).then_some(0))
                .is_ok()
        {
            return base.data();
        }
        let owned = turn::ask(node::here(), self, Mode::Write, Urgency::Own, &Limit::NONE);
        owned.map_or(dangling(self.descriptor.align()), |held| held.place)
    }

    /// Whether a writer has panicked. 0 messages at home, and where this node holds the lock and none had when it was
    /// granted; else 1 request, 1 reply.
    #[inline]
    #[track_caller]
    pub fn is_poisoned(self) -> bool {
        match self.base() {
            Some(base) => base.poisoned.load(Ordering::Relaxed),
            None => self.is_poisoned_elsewhere(),
        }
    }

    #[cold]
    fn is_poisoned_elsewhere(self) -> bool {
        let node = node::here();
        let clean = |record: &mut Option<Record>| record.as_ref().is_some_and(Record::is_clean);
        !node.sharing().rwlock.records.with(self.fixed.address(), clean) && self.ask_poison(node, POISON_LOOK)
    }

    /// Notes that a writer has panicked, or forgives it. 0 messages at home; else 1 request, 1 reply.
    pub fn set_poisoned(self, poisoned: bool) {
        schedule::pass();
        let node = node::here();
        if let Some(base) = self.base() {
            return base.poisoned.store(poisoned, Ordering::Relaxed);
        }
        let note = |record: &mut Option<Record>| record.iter_mut().for_each(|record| record.taint(poisoned));
        node.sharing().rwlock.records.with(self.fixed.address(), note);
        self.ask_poison(node, if poisoned { POISON_SET } else { POISON_CLEAR });
    }

    fn ask_poison(self, node: &'static Node, number: u32) -> bool {
        let address = self.fixed.address();
        let ask = Ask { family: Family::RwLock, op: Op::Poison as u16, number, id: 0, address, a: 0, b: 0 };
        let (reply, _) = node.ask_share(address.home(), ask, &[], &self);
        reply.outcome != 0
    }

    /// Ends the lock, and the data with it, of whose end nobody else can tell ([`Descriptor::end_is_seen`]). 1 one-way,
    /// where this is not its home; and a recall and a return for each node that holds it.
    pub fn end(self) {
        let node = node::here();
        if !node.has_ended() {
            node.await_fetches(Ending::Drop);
            turn::end(node, self, false);
        }
    }

    /// Ends the lock, whose data have been taken from where [`Lock::own`] said. 1 one-way, where this is not its home.
    pub fn end_taken(self) {
        let node = node::here();
        if !node.has_ended() {
            turn::end(node, self, true);
        }
    }
}

const POISON_LOOK: u32 = 0;
const POISON_SET: u32 = 1;
const POISON_CLEAR: u32 = 2;
