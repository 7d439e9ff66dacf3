//! Tasks that came from another node.

use super::as_task;
use super::handed::Handed;
use super::panic::{Panicked, caught};
use super::placement;
use super::remote::{Outbound, depart_into, offset_of, send, send_off};
use crate::arrival::{Body, Guest, unpack};
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::pool::Run;
use drust_heap::trace::{Image, Refused};
use drust_heap::{Carry, Described, Portable};
use drust_proto::balance::Placement;
use drust_proto::coherence::Ending;
use drust_proto::wire::{Frame, Outcome, SpawnFlags};
use drust_proto::{Rank, TaskId};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::with_exposed_provenance;
use std::sync::{Arc, Mutex, MutexGuard};

/// Code made for each pair of argument and result types: lands the arguments, calls, packs what goes back.
pub(super) type Trampoline = unsafe fn(usize, &Body, u32, &mut Vec<Guest>) -> Result<(Outcome, Image), Refused>;

/// More than any task's bytes: what is in front of the stakes of tasks that came.
const CAME: u64 = 1 << 62;

struct Arrived {
    from: Rank,
    task: TaskId,
    flags: SpawnFlags,
    depth: u32,
    trampoline: Trampoline,
    function: usize,
    body: Mutex<Option<Body>>,
}

/// Queues a task that a peer sent.
///
/// # Errors
/// It is another's task, or its code is not in this program.
pub(crate) fn arrive(node: &'static Node, from: Rank, frame: Frame, body: Body) -> Sense {
    let Frame::Spawn { task, flags, depth, trampoline, function, .. } = frame else {
        unreachable!("only spawns arrive as tasks")
    };
    if task.rank != from {
        return Err(format!("task {task}, which is another's").into());
    }
    let (Some(trampoline), Some(function)) = (node.image().at(trampoline), node.image().at(function)) else {
        return Err("a task whose code lies outside the program".into());
    };
    // SAFETY: the peer is authenticated and of the same build, and took this offset from a `Trampoline` (DESIGN
    // section 5).
    let trampoline = unsafe { std::mem::transmute::<*const (), Trampoline>(with_exposed_provenance(trampoline)) };
    node.loads().received(from);
    let body = Mutex::new(Some(body));
    node.task_arrived(from);
    node.pool().push_now(node, Arc::new(Arrived { from, task, flags, depth, trampoline, function, body }));
    node.tell_of_room_to(from);
    Ok(())
}

impl Run for Arrived {
    fn run(self: Arc<Self>) {
        let node = node::here();
        let Some(body) = self.body().take() else { return };
        node.task_began(self.from);
        node.count(|counters| &counters.tasks, 1);
        let mut guests = Vec::new();
        // SAFETY: trampoline and function were sent together, for the type of the arguments in the body.
        let ended = unsafe { (self.trampoline)(self.function, &body, self.depth, &mut guests) };
        let (outcome, result) = ended
            .unwrap_or_else(|refused| node.refuse(self.from, format!("the arguments of {}: {refused}", self.task)));
        let lent = send_home(node, guests);
        node.await_fetches(Ending::Completion);
        node.await_one_ways();
        let load = node.load_after(self.from);
        let (result_len, lent_len) = (result.len() as u64, lent.len() as u64);
        let frame = Frame::Done { task: self.task, outcome, result_len, lent_len, load };
        node.count(|counters| &counters.replies, 1);
        send(node, self.from, frame, result.bytes().into(), lent.bytes().into());
        node.sent_load(self.from, load);
    }

    /// It may have come here for its data, whose bytes nobody knows before it is unpacked: this node's own go first.
    fn stake(&self) -> Option<u64> {
        if self.flags.has(SpawnFlags::PINNED) {
            return None;
        }
        self.body().as_ref().map(|body| CAME + body.bytes().len() as u64)
    }

    fn give(self: Arc<Self>, node: &'static Node, placement: Placement) {
        let Some(body) = self.body().take() else { return };
        let to = placement.to;
        node.task_began(self.from);
        placement::tell(node.rank(), placement, None, None);
        node.count(|counters| &counters.tasks_stolen, 1);
        let handed = Arc::new(Handed { from: self.from, task: self.task, to });
        let code = (offset_of(node, self.trampoline as usize), offset_of(node, self.function));
        let (flags, args) = (self.flags.with(SpawnFlags::PINNED), body.bytes().into());
        send_off(node, handed, &Outbound { to, flags, depth: self.depth, code, args, pieces: 0 });
    }
}

impl Arrived {
    fn body(&self) -> MutexGuard<'_, Option<Body>> {
        self.body.lock().expect("no panic under this lock")
    }
}

/// Packs what was lent mutably, in the order in which it came, and forgets what was lent by value.
fn send_home(node: &'static Node, guests: Vec<Guest>) -> Image {
    let mut lent = Image::new();
    for guest in guests {
        // SAFETY: the task has ended, so nobody uses the guests; what was lent goes home, the rest was never owned.
        unsafe {
            if guest.lent {
                let place = guest.place.as_ptr();
                let inner = depart_into(node, &mut lent, place, guest.descriptor, guest.elements);
                debug_assert!(inner.is_empty(), "what is lent mutably holds no borrows");
            } else {
                guest.forget(node);
            }
        }
    }
    lent
}

/// The trampoline of tasks that take an `A` and return an `R`.
///
/// # Errors
/// The arguments end early; nothing was called.
///
/// # Safety
/// `function` is the address of a `fn(A) -> R`, and `body` holds an `A` packed by a process of this build.
pub(super) unsafe fn run<A: Carry, R: Portable>(
    function: usize,
    body: &Body,
    depth: u32,
    guests: &mut Vec<Guest>,
) -> Result<(Outcome, Image), Refused> {
    // SAFETY: the caller's promise.
    let (function, args) = unsafe {
        let function = std::mem::transmute::<*const (), fn(A) -> R>(with_exposed_provenance(function));
        (function, unpack::<A>(body.bytes(), guests)?)
    };
    let result = as_task(depth, || catch_unwind(AssertUnwindSafe(|| function(args))));
    Ok(pack_end(result.map_err(caught)))
}

/// Packs how a task ended: what it returned, or what is told of its panic.
pub(super) fn pack_end<R: Portable>(ended: Result<R, Panicked>) -> (Outcome, Image) {
    let mut image = Image::new();
    match ended {
        Ok(result) => {
            let result = ManuallyDrop::new(result);
            let source = (&raw const *result).cast_mut().cast();
            // SAFETY: the result is given up here.
            let lent = unsafe { depart_into(node::here(), &mut image, source, R::DESCRIPTOR, 1) };
            debug_assert!(lent.is_empty(), "a result borrows nothing");
            (Outcome::Returned, image)
        }
        Err(panicked) => {
            let bytes = panicked.to_bytes();
            let at = image.grow(bytes.len(), 1);
            // SAFETY: `grow` made room for the bytes.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
            (Outcome::Panicked, image)
        }
    }
}
