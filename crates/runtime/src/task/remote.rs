//! Tasks sent to another node: their arguments depart, and their completion brings the result and what was lent.
//!
//! Contract of a [`Remote`] task: its outcome goes from `Pending` to `Ready` once, when its completion arrives, after
//! all that was lent has come home; from there to `Taken` by its join. A join that is dropped first makes it
//! `Detached`, and the result is then dropped by a pool thread, since the thread that serves the completion runs no
//! user code.

use super::join::Joinable;
use super::panic::Panicked;
use super::{Core, Join, JoinError, arrived, run_aside};
use crate::arrival::{Body, unpack};
use crate::failure;
use crate::law::slot_for;
use crate::memory::fresh_stamp;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode as SendMode, Part};
use drust_heap::journal;
use drust_heap::trace::{Image, Landing, Lent, Mode, Outgoing, Place, Refused};
use drust_heap::{Carry, Described, Descriptor, Portable};
use drust_proto::balance::Load;
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{Ending, Loan};
use drust_proto::wire::{Frame, HEADER_MAX, Outcome, SpawnFlags};
use drust_proto::{Rank, TaskId};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex};

struct Remote<R> {
    core: Core,
    to: Rank,
    lent: Lends,
    outcome: Mutex<State>,
    result: PhantomData<fn() -> R>,
}

enum State {
    Pending,
    Ready(Result<Body, Panicked>),
    Detached,
    Taken,
}

/// What the arguments lent, in the order in which it lies in the completion.
struct Lends(Mutex<Vec<Lent>>);

// SAFETY: the places are mutably borrowed until the task's completion has been handled, and only that touches them.
unsafe impl Send for Lends {}
// SAFETY: as above, and under a lock.
unsafe impl Sync for Lends {}

impl Lends {
    fn count(&self) -> u32 {
        self.0.lock().expect("no panic under this lock").len() as u32
    }
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
) -> Join<R> {
    let args = ManuallyDrop::new(args);
    let mut image = Image::new();
    // SAFETY: the arguments are given up here; what they borrow stays borrowed by the caller's promise.
    let lent = unsafe { depart_into(node, &mut image, (&raw const *args).cast_mut().cast(), A::DESCRIPTOR, 1) };
    node.await_one_ways();
    let flags = if lent.is_empty() { SpawnFlags::NONE } else { SpawnFlags::LENDS };
    let depth = core.depth;
    let args_len = image.len() as u64;
    let task = Arc::new(Remote {
        core,
        to,
        lent: Lends(Mutex::new(lent)),
        outcome: Mutex::new(State::Pending),
        result: PhantomData,
    });
    let pieces = task.lent.count();
    node.loads().gave(to);
    let id = node.tasks().await_task(node.rank(), task.clone());
    journal::note(|| Record::Spawned { task: id, to });
    if pieces > 0 {
        let loan = Loan { task: id, pieces };
        node.tasks().loan(|ledger| ledger.lend(loan));
        journal::note(|| Record::Lent { node: node.rank(), loan });
    }
    let frame = frame_of(node, id, flags, depth, function, args_len);
    node.count(|counters| &counters.requests, 1);
    node.count(|counters| &counters.tasks_sent, 1);
    send(node, to, frame, &image, &Image::new());
    Join::new(task)
}

/// The header of a task that calls `function`.
pub(crate) fn frame_of<A: Carry, R: Portable>(
    node: &'static Node,
    task: TaskId,
    flags: SpawnFlags,
    depth: u32,
    function: fn(A) -> R,
    args_len: u64,
) -> Frame {
    let trampoline: arrived::Trampoline = arrived::run::<A, R>;
    let (trampoline, function) = (offset_of(node, trampoline as usize), offset_of(node, function as usize));
    Frame::Spawn { task, flags, depth, trampoline, function, args_len }
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
pub(super) fn send(node: &'static Node, to: Rank, frame: Frame, first: &Image, second: &Image) {
    let mut header = [0; HEADER_MAX];
    let len = frame.encode(&mut header);
    let parts = [Part::from(&header[..len]), first.bytes().into(), second.bytes().into()];
    // A lost peer ends the job: the watcher sees to that, and until then nobody waits in vain for long.
    let _ = node.send(to, Lane::Small, &parts, SendMode::Block);
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
    completed.map_err(|why| format!("the completion of task {task}: {}", why.0).into())
}

impl<R: Portable> Awaited for Remote<R> {
    fn to(&self) -> Rank {
        self.to
    }

    fn complete(&self, node: &'static Node, task: TaskId, outcome: Outcome, body: Body, result_len: usize) -> Sense {
        journal::note(|| Record::Completed { task, from: self.to });
        let pieces = self.lent.count();
        self.bring_home(node, &body, result_len)?;
        if pieces > 0 {
            let loan = Loan { task, pieces };
            node.tasks().loan(|ledger| ledger.come_home(loan));
            journal::note(|| Record::CameHome { node: node.rank(), loan });
        }
        let body = body.shortened(result_len);
        let ready = match outcome {
            Outcome::Returned => Ok(body),
            Outcome::Panicked => Err(panic_in(&body).ok_or("a panic that cannot be read")?),
        };
        let panicked = ready.is_err();
        let unwanted = {
            let mut state = self.outcome.lock().expect("no panic under this lock");
            if let State::Detached = *state {
                ready.ok()
            } else {
                *state = State::Ready(ready);
                None
            }
        };
        if let Some(body) = unwanted {
            let from = self.to;
            run_aside(node, move || drop(land_result::<R>(node, &body, from)));
        }
        self.core.finish(node, panicked);
        Ok(())
    }
}

impl<R> Remote<R> {
    /// Stores what was lent where it came from, under fresh stamps (DESIGN rule 8).
    fn bring_home(&self, node: &Node, body: &Body, result_len: usize) -> Result<(), Refused> {
        let lent = std::mem::take(&mut *self.lent.0.lock().expect("no panic under this lock"));
        let mut rooms = |descriptor: &'static Descriptor, elements: usize, _: Place| slot_for(descriptor, elements);
        let mut fresh = || fresh_stamp().0;
        let mut landing =
            Landing::new(&body.bytes()[result_len..], &mut rooms).among(node.size()).refreshing(&mut fresh);
        for value in lent {
            // SAFETY: the place is mutably borrowed by the task that ended, which packed this value at its end.
            unsafe { landing.unpack(value.origin, value.descriptor, value.elements)? };
        }
        Ok(())
    }
}

pub(super) fn panic_in(body: &Body) -> Option<Panicked> {
    // SAFETY: a panic's texts are initialised bytes.
    Panicked::from_bytes(unsafe { body.bytes().assume_init_ref() })
}

pub(super) fn land_result<R: Portable>(node: &'static Node, body: &Body, from: Rank) -> R {
    let mut no_guests = Vec::new();
    // SAFETY: the task returned an `R`, packed by the same build.
    unsafe { unpack::<R>(body.bytes(), &mut no_guests) }
        .unwrap_or_else(|refused| node.refuse(from, format!("a task's result: {refused}")))
}

impl<R: Portable> Joinable<R> for Remote<R> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn claim(&self, _: &'static Node) {
        // Another node runs it.
    }

    fn take(&self, node: &'static Node) -> Result<R, JoinError> {
        let state = std::mem::replace(&mut *self.outcome.lock().expect("no panic under this lock"), State::Taken);
        match state {
            State::Ready(Ok(body)) => Ok(land_result(node, &body, self.to)),
            State::Ready(Err(panicked)) => Err(panicked.into_error(self.to)),
            State::Pending | State::Detached | State::Taken => {
                unreachable!("a done task has its result until it is taken")
            }
        }
    }

    fn detach(&self) {
        let before = std::mem::replace(&mut *self.outcome.lock().expect("no panic under this lock"), State::Detached);
        if let State::Ready(Ok(body)) = before {
            drop(land_result::<R>(node::here(), &body, self.to));
        }
    }
}
