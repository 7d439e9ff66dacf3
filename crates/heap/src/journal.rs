//! Telling what this node's memory does, so that it can be replayed through the rules
//! ([`drust_proto::coherence::journal`]).
//!
//! In builds without debug assertions nothing of this is left. In those with them a transition costs one load and one
//! branch while nobody listens.
//!
//! Contract:
//!
//! 1. There is one sink in a process, and it stays. It is called on any thread of any node, also while the allocator,
//!    a shard of the copy table or the runtime is locked: it must neither wait for such a thread nor call back into the
//!    heap or the runtime. Pushing to a list behind a lock of its own is what it is for.
//! 2. A transition that lets others go on (a slot cleared, a pin given back) is noted before it is done, and one that
//!    others let happen (a slot taken, a pin taken, a bit cleared) after, on the thread that takes it. So each thread's
//!    records are in order; those of several threads are where one runs at a time.
//! 3. A step of a handle is told by the node that its thread belongs to; on a thread of no node it is not told. Slots
//!    and copies are told by the node whose [`Vault`] they are of, and those of no vault are not.
//! 4. The sink is an atomic of `std` also under loom: it is none of what is explored.

use crate::descriptor::Descriptor;
use crate::handle::Handle;
use crate::local;
use crate::space::Space;
use crate::vault::Vault;
use drust_proto::coherence::journal::{Doer, Record};
use drust_proto::coherence::{self, CopyEvent, CopyStep, Event, Held};
use drust_proto::{Address, CopyKey, DescriptorId, Partition, Rank};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Takes records.
pub type Sink = fn(Record);

static SINK: OnceLock<Sink> = OnceLock::new();

/// Sends every record of this process to `sink` from now on; false where there is a sink already, and in builds without
/// debug assertions, which have no records. Before the first node begins, or the replay misses what came before.
pub fn install(sink: Sink) -> bool {
    cfg!(debug_assertions) && SINK.set(sink).is_ok()
}

/// Tells the sink, if there is one, what happened.
#[inline(always)]
pub fn note(record: impl FnOnce() -> Record) {
    if cfg!(debug_assertions)
        && let Some(sink) = SINK.get()
    {
        sink(record());
    }
}

/// This thread, as a doer of its node.
#[must_use]
pub fn doer(node: Rank) -> Doer {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    if NUMBER.get() == 0 {
        NUMBER.set(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    Doer { node, thread: NUMBER.get() }
}

/// The node whose memory something is part of, where that is to be told; nothing without debug assertions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    #[cfg(debug_assertions)]
    node: Option<Rank>,
}

impl Owner {
    /// Of no node's vault.
    pub(crate) const NOBODY: Owner = Owner {
        #[cfg(debug_assertions)]
        node: None,
    };

    #[cfg(debug_assertions)]
    pub(crate) fn node(rank: Rank) -> Owner {
        Owner { node: Some(rank) }
    }

    #[cfg(not(debug_assertions))]
    pub(crate) fn node(_: Rank) -> Owner {
        Owner::NOBODY
    }

    #[inline(always)]
    fn rank(self) -> Option<Rank> {
        #[cfg(debug_assertions)]
        return self.node;
        #[cfg(not(debug_assertions))]
        None
    }
}

/// A handle before a step, where somebody listens and the thread has a node.
pub(crate) struct Before(Option<(&'static Vault, coherence::Handle)>);

/// Looks at a handle that may take a step now.
#[inline(always)]
pub(crate) fn before(handle: &Handle) -> Before {
    let listened = cfg!(debug_assertions) && SINK.get().is_some();
    Before(if listened { local::vault().map(|vault| (vault, words(vault, handle))) } else { None })
}

impl Before {
    /// The handle has taken the step.
    #[inline(always)]
    pub(crate) fn took(self, event: Event, handle: &Handle) {
        if let Some((vault, before)) = self.0 {
            tell(vault, handle, before, event, words(vault, handle));
        }
    }

    /// The handle was null, and has just been given where its value is.
    #[inline(always)]
    pub(crate) fn found(self, handle: &Handle) {
        let null = |(vault, words)| (vault, coherence::Handle { held: Held::Nothing, ..words });
        Before(self.0.map(null)).took(Event::Read, handle);
    }

    /// The handle's bytes are dead: what it held is given up, and its words stay as they are.
    #[inline(always)]
    pub(crate) fn forgotten(self, handle: &Handle) {
        if let Some((vault, before)) = self.0 {
            tell(vault, handle, before, Event::Forget, before.sent());
        }
    }
}

fn tell(vault: &Vault, handle: &Handle, before: coherence::Handle, event: Event, after: coherence::Handle) {
    let copied = vault.copies.contains(std::ptr::from_ref(handle).cast());
    note(|| Record::Handle { node: vault.rank(), copied, before, event, after });
}

/// A handle's words as the law sees them.
fn words(vault: &Vault, handle: &Handle) -> coherence::Handle {
    let (address, ptr) = (handle.address(), handle.peek());
    let homed = address.home() == vault.rank();
    let held = if ptr.is_null() {
        Held::Nothing
    } else if vault.copies.contains(ptr) || (homed && ptr != vault.place_of(address)) {
        // A wrong place at home is told as what the law refuses there.
        Held::Pin
    } else {
        Held::Home
    };
    coherence::Handle { address, private: handle.is_private(), stamp: handle.stamp(), held }
}

/// A handle of a new object was made.
#[inline(always)]
pub(crate) fn made(handle: &Handle) {
    if let Some((vault, words)) = before(handle).0 {
        note(|| Record::New { node: vault.rank(), handle: words });
    }
}

/// A handle's bits are handed out; it may be one of another node, whose memory is mapped here.
#[inline(always)]
pub(crate) fn exposed(handle: &Handle, was_private: bool) {
    if let Some((vault, _)) = before(handle).0 {
        note(|| Record::Exposed {
            by: vault.rank(),
            address: handle.address(),
            stamp: handle.stamp(),
            was_private,
            is_private: handle.is_private(),
        });
    }
}

/// An entry of a node's copy table took a step.
#[inline(always)]
pub(crate) fn copy(owner: Owner, key: impl FnOnce() -> CopyKey, event: CopyEvent, step: CopyStep) {
    if let Some(node) = owner.rank() {
        note(|| Record::Copy { node, key: key(), event, step });
    }
}

/// A slot of a node's partition was handed out.
#[inline(always)]
pub(crate) fn allocated(owner: Owner, space: &Space, offset: usize) {
    if let Some(node) = owner.rank() {
        note(|| allocation(node, space, offset));
    }
}

#[cold]
fn allocation(node: Rank, space: &Space, offset: usize) -> Record {
    let slot = space.slot(offset).expect("the slot was marked just now");
    let descriptor = DescriptorId(NonZeroU32::new(slot.tag).expect("a live slot has a tag"));
    // SAFETY: a vault's slots are tagged with what `Descriptor::id` gave in this process; serving goes by that, too.
    let of = unsafe { Descriptor::from_id(descriptor) };
    Record::Allocated {
        address: Address::new(Partition(node.0), offset as u64),
        bytes: slot.size as u64,
        descriptor,
        capacity: (slot.size / of.size().max(1)) as u64,
        user_drop: of.end_is_seen(),
    }
}

/// A slot of a node's partition is about to be cleared.
#[inline(always)]
pub(crate) fn cleared(owner: Owner, offset: usize) {
    if let Some(node) = owner.rank() {
        note(|| Record::Cleared { address: Address::new(Partition(node.0), offset as u64) });
    }
}
