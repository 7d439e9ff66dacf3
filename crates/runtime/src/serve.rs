//! What a node does with each message: on whichever thread polls, so it is short, never waits and runs no user code.
//!
//! Each message either makes sense, and is done, or its sender is blamed ([`Nonsense`](crate::nonsense::Nonsense)).

use crate::arrival::Body;
use crate::fetch::{self, Wanted};
use crate::job;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::sharing::{self, Ask};
use crate::{failure, task};
use drust_fabric::{Lane, Message, schedule};
use drust_heap::Descriptor;
use drust_heap::journal;
use drust_heap::local::with_own_drops;
use drust_heap::trace::Forgetting;
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{FreeKind, Slot, SlotEvent, SlotStep};
use drust_proto::job::JobEvent;
use drust_proto::wire::{Frame, FreeRecord, HEADER_MAX, free_records};
use drust_proto::{DescriptorId, Rank};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

thread_local! {
    /// Whether what this thread drops is what a peer gave up.
    static FREES_FOR_A_PEER: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread handles a message.
    static SERVES: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread handles a message, and so may not wait.
pub(crate) fn is_serving() -> bool {
    SERVES.get()
}

/// The end of serving, also by a panic.
struct Served(bool);

impl Drop for Served {
    fn drop(&mut self) {
        SERVES.set(self.0);
    }
}

/// The end of such drops, also by a panic.
struct FreesForAPeer(bool);

impl Drop for FreesForAPeer {
    fn drop(&mut self) {
        FREES_FOR_A_PEER.set(self.0);
    }
}

/// Whether what this thread drops now is what a peer gave up, whose task has awaited its fetches before it said so:
/// those of the task that waits on this thread meanwhile have nothing to do with it.
pub(crate) fn frees_for_a_peer() -> bool {
    FREES_FOR_A_PEER.get()
}

/// Handles one message from `from`.
pub(crate) fn serve(node: &'static Node, from: Rank, _: Lane, message: Message<'_>) {
    node.adopt();
    let _served = Served(SERVES.replace(true));
    match serve_or_panic(node, from, message) {
        Ok(Ok(())) => {}
        Ok(Err(nonsense)) => node.blame(from, nonsense),
        // Somebody waits for what the message would have done, and unwinding would end borrows that peers rely on.
        Err(_) => failure::end("a message could not be served: that panicked, as said above"),
    }
}

/// A simulated node's end unwinds, and is none of the server's.
fn serve_or_panic(node: &'static Node, from: Rank, message: Message<'_>) -> std::thread::Result<Sense> {
    if schedule::is_simulated() {
        return Ok(handle(node, from, message));
    }
    catch_unwind(AssertUnwindSafe(|| handle(node, from, message)))
}

/// # Errors
/// The message makes no sense. Of a batch of frees, those before the first that makes none are done.
pub(crate) fn handle(node: &'static Node, from: Rank, message: Message<'_>) -> Sense {
    let head = message.len().min(HEADER_MAX);
    // SAFETY: every message begins with an encoded header, and one without a body may be shorter; what padding a body
    // has lies behind its header, and is not looked at here.
    let bytes = unsafe { message.initialised(0..head) };
    let (frame, header) = Frame::decode_header(bytes)?;
    let body = (message.len() - header) as u64;
    if frame.body_len() != body {
        return Err(format!("a {} with a body of {body} bytes, not {}", frame.name(), frame.body_len()).into());
    }
    match frame {
        Frame::Spawn { .. } => return task::arrive(node, from, frame, Body::new(message, header)),
        Frame::Done { task, outcome, result_len, load, .. } => {
            return task::complete(node, from, task, outcome, Body::new(message, header), result_len as usize, load);
        }
        Frame::Idle { load } => {
            node.loads().heard(from, load);
            node.giver().hear(node, from);
        }
        Frame::FreeBatch { .. } => return free_batch(node, &message, header),
        Frame::Fence { id } => node.tell(from, Frame::FenceAck { id }, &[]),
        Frame::FenceAck { id } => return node.acknowledged(from, id),
        Frame::Answer { id, .. } | Frame::Fetched { id, .. } | Frame::Shared { id, .. } => {
            return node.queries().answered(node, from, id, frame, Body::new(message, header));
        }
        Frame::Query { id, what } => node.answer(from, id, what),
        Frame::Fetch { id, mode, descriptor, address, elements } => {
            let wanted = Wanted { mode, descriptor, address, elements };
            return fetch::serve(node, from, id, &wanted)
                .map_err(|why| format!("a Fetch of {elements} values at {address:?}: {}", why.0).into());
        }
        Frame::Share { family, op, number, id, address, a, b, .. } => {
            let ask = Ask { family, op, number, id, address, a, b };
            return sharing::serve(node, from, ask, Body::new(message, header))
                .map_err(|why| format!("a Share of {address:?}: {}", why.0).into());
        }
        Frame::Leave { .. } if from != Rank(0) => return Err("a Leave, which is rank 0's to send".into()),
        Frame::Leave { code } => job::step(node, JobEvent::LeaveAsked(code))?,
        Frame::LeaveAck => job::step(node, JobEvent::LeaveAcked(from))?,
    }
    Ok(())
}

fn free_batch(node: &'static Node, message: &Message<'_>, header: usize) -> Sense {
    // SAFETY: records are sent from initialised bytes.
    let records = unsafe { message.initialised(header..message.len()) };
    for record in free_records(records, node.rank()) {
        let record = record?;
        free(node, record).map_err(|why| format!("a free of {:?}: {}", record.address, why.0))?;
    }
    let count = (records.len() / FreeRecord::LEN) as u64;
    node.count(|counters| &counters.one_ways_done, count);
    Ok(())
}

/// Frees an object of this node, as its own slot metadata describes it.
fn free(node: &'static Node, record: FreeRecord) -> Sense {
    let space = &node.vault().space;
    let offset = record.address.offset() as usize;
    let slot = space.slot(offset).filter(|slot| slot.start == offset);
    let (slot, tag) = slot.and_then(|slot| Some((slot, NonZeroU32::new(slot.tag)?))).ok_or("no object lives there")?;
    let id = DescriptorId(tag);
    // SAFETY: the tag was stored by this node's own allocation.
    let descriptor = unsafe { Descriptor::from_id(id) };
    if descriptor.facts().cell {
        return Err("what lives there is shared".into());
    }
    let user_drop = descriptor.end_is_seen();
    let live = Slot::Live { descriptor: id, capacity: (slot.size / descriptor.size().max(1)) as u64, user_drop };
    let step = live.step(SlotEvent::Free { kind: record.kind, elements: record.elements });
    let (_, step) = step?;
    let place = space.at(offset);
    journal::note(|| Record::Freed { address: record.address, kind: record.kind, elements: record.elements });
    match step {
        SlotStep::DropAndClear(elements) => {
            let layout = descriptor.layout(elements as usize);
            // SAFETY: the owner gave the object up; without a user's `Drop` in it only drust's own code runs.
            for_a_peer(|| unsafe { descriptor.drop_object(place, elements as usize, layout, free_slot) });
        }
        SlotStep::ForgetAndClear(elements) => forget(node, place, descriptor, elements as usize),
        SlotStep::Mark | SlotStep::Lend(_) => unreachable!("a free ends in a clear slot"),
    }
    debug_assert!(record.kind == FreeKind::MovedOut || !user_drop);
    Ok(())
}

/// Drops what a peer gave up. A thread that polls inside a deep drop of its own carries this out now, not when that has
/// ended.
pub(crate) fn for_a_peer(free: impl FnOnce()) {
    let _freeing = FreesForAPeer(FREES_FOR_A_PEER.replace(true));
    with_own_drops(free);
}

/// Frees a slot whose size only its own metadata knows.
unsafe fn free_slot(place: *mut u8, _: std::alloc::Layout) {
    let node = crate::node::here();
    // SAFETY: the slot is live and given up by the caller; its place is never null.
    unsafe { node.vault().space.free_at(NonNull::new_unchecked(place)) }
}

/// Ends the slot of a value that moved out: its pins are released, its tied values' slots freed.
fn forget(node: &'static Node, place: *mut u8, descriptor: &'static Descriptor, elements: usize) {
    let mut forgetting = Forgetting::default();
    // SAFETY: the value moved out, and nobody uses its old bytes.
    unsafe { forgetting.values(place, descriptor, elements) };
    node.release_all(&forgetting.held);
    for slot in forgetting.tied.into_iter().chain([place]) {
        // SAFETY: the slots were the moved value's own; a slot's place is never null.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
}

#[cfg(test)]
mod tests;
