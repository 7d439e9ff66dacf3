//! Tasks sent to another node: their arguments depart, and their completion brings the result and what was lent.

use super::join::Joinable;
use super::voyage::Voyage;
use super::{Core, Join, JoinError, arrived};
use crate::arrival::Body;
use crate::failure;
use crate::node::Node;
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode as SendMode, Part};
use drust_heap::journal;
use drust_heap::trace::{Image, Lent, Mode, Outgoing};
use drust_heap::{Carry, Described, Descriptor, Portable};
use drust_proto::balance::Load;
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{Ending, Loan};
use drust_proto::wire::{Frame, HEADER_MAX, Outcome, SpawnFlags};
use drust_proto::{Rank, TaskId};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;

struct Remote<R> {
    core: Core,
    voyage: Voyage<R>,
}

/// A task whose completion this node waits for.
pub(super) trait Awaited: Send + Sync {
    /// The node it was sent to.
    fn to(&self) -> Rank;
    /// Takes its completion.
    ///
    /// # Errors
    /// That is not what such a task leaves.
    fn complete(&self, node: &'static Node, task: TaskId, outcome: Outcome, body: Body, result_len: usize) -> Sense;
}

/// A task on its way out: all of it but its number.
pub(super) struct Outbound<'a> {
    pub(super) to: Rank,
    pub(super) flags: SpawnFlags,
    pub(super) depth: u32,
    /// The places of the code that lands the arguments, and of the function.
    pub(super) code: (u64, u64),
    pub(super) args: Part<'a>,
    /// How many values are lent to it.
    pub(super) pieces: u32,
}

/// Sends a task to another node. Waits only where that node's inbox is full.
///
/// # Safety
/// As [`super::spawn`].
pub(super) unsafe fn spawn<A: Carry, R: Portable>(
    node: &'static Node,
    to: Rank,
    args: A,
    function: fn(A) -> R,
    core: Core,
    flags: SpawnFlags,
) -> Join<R> {
    // SAFETY: what the arguments borrow stays borrowed by the caller's promise.
    let (image, lent) = unsafe { pack(node, args) };
    let depth = core.depth;
    let task = Arc::new(Remote { core, voyage: Voyage::new(to, lent) });
    let (args, pieces) = (image.bytes().into(), task.voyage.pieces());
    let outbound = Outbound { to, flags, depth, code: places_of(node, function), args, pieces };
    send_off(node, task.clone(), &outbound);
    Join::new(task)
}

/// The arguments of a task as they leave, and what they lend.
///
/// # Safety
/// What they borrow stays borrowed until the task has ended and what was lent came home.
pub(super) unsafe fn pack<A: Carry>(node: &'static Node, args: A) -> (Image, Vec<Lent>) {
    let args = ManuallyDrop::new(args);
    let mut image = Image::new();
    // SAFETY: the arguments are given up here, and the caller vouches for what they borrow.
    let lent = unsafe { depart_into(node, &mut image, (&raw const *args).cast_mut().cast(), A::DESCRIPTOR, 1) };
    (image, lent)
}

/// Sends a task off, which is awaited from then on. 1 request.
pub(super) fn send_off(node: &'static Node, task: Arc<dyn Awaited>, outbound: &Outbound<'_>) {
    let Outbound { to, flags, depth, code: (trampoline, function), args, pieces } = *outbound;
    node.await_one_ways();
    if !flags.has(SpawnFlags::PINNED) {
        node.tell_of_no_room_to(to);
    }
    node.loads().gave(to);
    let id = node.tasks().await_task(node.rank(), task);
    journal::note(|| Record::Spawned { task: id, to });
    if pieces > 0 {
        let loan = Loan { task: id, pieces };
        node.tasks().loan(|ledger| ledger.lend(loan));
        journal::note(|| Record::Lent { node: node.rank(), loan });
    }
    let flags = if pieces > 0 { flags.with(SpawnFlags::LENDS) } else { flags };
    let frame = Frame::Spawn { task: id, flags, depth, trampoline, function, args_len: args.len() as u64 };
    node.count(|counters| &counters.requests, 1);
    node.count(|counters| &counters.tasks_sent, 1);
    send(node, to, frame, args, Part::from(&[]));
}

/// The places of the code that runs a function as an arrived task, and of the function.
pub(crate) fn places_of<A: Carry, R: Portable>(node: &'static Node, function: fn(A) -> R) -> (u64, u64) {
    let trampoline: arrived::Trampoline = arrived::run::<A, R>;
    (offset_of(node, trampoline as usize), offset_of(node, function as usize))
}

/// Packs values that this node gives up, with all that travels with them, behind what is in the image already; returns
/// what they lent.
///
/// # Safety
/// `source` are values of the type that the caller owns, or holds for their lender, and does not use again.
pub(crate) unsafe fn depart_into(
    node: &'static Node,
    image: &mut Image,
    source: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
) -> Vec<Lent> {
    node.await_fetches(Ending::GiveAway);
    let copies = &node.vault().copies;
    let mut out = Outgoing::new(Mode::Depart, 0, copies);
    // SAFETY: the caller gives the values up.
    unsafe { out.pack(image, source, descriptor, elements) };
    node.release_all(&out.released);
    for &slot in &out.vacated {
        // SAFETY: the slot's value was tied to what departed, so it is this node's and nobody else's.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
    out.lends
}

/// Sends a task or its completion, its body in two parts; waits where the peer's inbox is full.
pub(super) fn send(node: &'static Node, to: Rank, frame: Frame, first: Part<'_>, second: Part<'_>) {
    send_by(node, to, frame, [first, second], SendMode::Block);
}

/// Sends a completion that came from another node, on the thread that serves it: it waits in the queue for what has no
/// room at its receiver, who has given so many tasks.
pub(super) fn pass_on(node: &'static Node, to: Rank, frame: Frame, body: Part<'_>) {
    send_by(node, to, frame, [body, Part::from(&[])], SendMode::Defer);
}

fn send_by(node: &'static Node, to: Rank, frame: Frame, [first, second]: [Part<'_>; 2], mode: SendMode) {
    let mut header = [0; HEADER_MAX];
    let len = frame.encode(&mut header);
    // A lost peer ends the job: the watcher sees to that, and until then nobody waits in vain for long.
    let _ = node.send(to, Lane::Small, &[Part::from(&header[..len]), first, second], mode);
}

pub(super) fn offset_of(node: &Node, function: usize) -> u64 {
    node.image().offset(function).unwrap_or_else(|| {
        failure::end("a task's function lies outside the program's own image: link drust statically")
    })
}

/// Handles a completion that arrived.
///
/// # Errors
/// The peer was given no such task, or what it sent is not what the task leaves.
pub(crate) fn complete(
    node: &'static Node,
    from: Rank,
    task: TaskId,
    outcome: Outcome,
    body: Body,
    result_len: usize,
    load: Load,
) -> Sense {
    let awaited = if task.rank == node.rank() { node.tasks().returned(task.seq, from) } else { None };
    let awaited = awaited.ok_or_else(|| format!("the completion of task {task}, which it was not given"))?;
    node.loads().returned(from);
    node.loads().heard(from, load);
    let completed = awaited.complete(node, task, outcome, body, result_len);
    completed.map_err(|why| format!("the completion of task {task}: {}", why.0))?;
    node.giver().hear(node, from);
    Ok(())
}

impl<R: Portable> Awaited for Remote<R> {
    fn to(&self) -> Rank {
        self.voyage.to()
    }

    fn complete(&self, node: &'static Node, task: TaskId, outcome: Outcome, body: Body, result_len: usize) -> Sense {
        let panicked = self.voyage.complete(node, task, outcome, body, result_len)?;
        self.core.finish(node, panicked);
        Ok(())
    }
}

impl<R: Portable> Joinable<R> for Remote<R> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn claim(&self, _: &'static Node) {
        // Another node runs it.
    }

    fn take(&self, node: &'static Node) -> Result<R, JoinError> {
        self.voyage.take(node)
    }

    fn detach(&self) {
        self.voyage.detach();
    }
}
