//! Tasks of this node: run by whoever comes first, the pool or the joiner, and serialised only where another node that
//! has room takes one over before it has begun.
//!
//! Contract of a [`Local`] task: CLAIMED is set once in `state`; who set it alone touches `body` until the gate `done`
//! opens, or until it has made the body a [`Voyage`] and set AWAY; after that all only look at the voyage, which has a
//! contract of its own. When the gate is open, the one [`Join`] touches the body, or the last owner's drop. DETACHED is
//! set by a join that is dropped; who sets the later of AWAY and DETACHED detaches the voyage.

use super::join::Joinable;
use super::panic::{Panicked, caught};
use super::placement::Stake;
use super::remote::{self, Awaited, Outbound};
use super::voyage::Voyage;
use super::{Core, Join, JoinError, as_task, placement};
use crate::arrival::Body as Message;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::pool::Run;
use drust_heap::{Carry, Portable};
use drust_proto::balance::Placement;
use drust_proto::wire::{Outcome, SpawnFlags};
use drust_proto::{Rank, TaskId};
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const CLAIMED: u8 = 1;
const AWAY: u8 = 2;
const DETACHED: u8 = 4;

struct Local<A, R> {
    core: Core,
    state: AtomicU8,
    /// Absent where it stays here.
    stake: Option<Stake>,
    body: UnsafeCell<Body<A, R>>,
}

/// A function and what it is called with.
type Call<A, R> = (fn(A) -> R, A);

enum Body<A, R> {
    Ready(fn(A) -> R, A),
    Ended(Result<R, Panicked>),
    Away(Box<Voyage<R>>),
    Empty,
}

// SAFETY: by the contract one thread at a time touches the body, whose values may be sent, or all look at a voyage,
// which may be shared.
unsafe impl<A: Send, R: Send> Sync for Local<A, R> {}

/// Queues a task on this node; with a stake it may go on to another.
///
/// # Safety
/// As [`super::spawn`].
pub(super) unsafe fn spawn<A: Carry, R: Portable>(
    node: &'static Node,
    args: A,
    function: fn(A) -> R,
    core: Core,
    stake: Option<Stake>,
) -> Join<R> {
    let body = UnsafeCell::new(Body::Ready(function, args));
    let scope = core.scope.clone();
    let task = Arc::new(Local { core, state: AtomicU8::new(0), stake, body });
    let run: Arc<dyn Run + '_> = task.clone();
    let join: Arc<dyn Joinable<R> + '_> = task;
    // SAFETY: the arguments, all that may borrow, are used up before the task is done, which the caller outwaits; an
    // owner that drops the task later finds a result, which is `'static`, or nothing.
    let (run, join) = unsafe {
        (
            std::mem::transmute::<Arc<dyn Run + '_>, Arc<dyn Run + 'static>>(run),
            std::mem::transmute::<Arc<dyn Joinable<R> + '_>, Arc<dyn Joinable<R> + 'static>>(join),
        )
    };
    if let Some(scope) = scope {
        scope.queued(&run);
    }
    node.pool().push(node, run);
    Join::new(join)
}

impl<A: Carry, R: Portable> Local<A, R> {
    /// What is to be run, for the one who comes first.
    fn claim_body(&self) -> Option<Call<A, R>> {
        if self.state.fetch_or(CLAIMED, Ordering::AcqRel) & CLAIMED != 0 {
            return None;
        }
        // SAFETY: this thread has claimed the body.
        let body = unsafe { std::mem::replace(&mut *self.body.get(), Body::Empty) };
        let Body::Ready(function, args) = body else { unreachable!("a task is claimed once") };
        Some((function, args))
    }

    fn run_once(&self, node: &'static Node) {
        let Some((function, args)) = self.claim_body() else { return };
        node.count(|counters| &counters.tasks, 1);
        let result = as_task(self.core.depth, || catch_unwind(AssertUnwindSafe(|| function(args))));
        let result = result.map_err(caught);
        let panicked = result.as_ref().is_err_and(|panicked| !panicked.is_cancellation());
        node.await_one_ways();
        // SAFETY: this thread has claimed the body; the gate is still closed.
        unsafe { *self.body.get() = Body::Ended(result) };
        self.core.finish(node, panicked);
    }

    /// The voyage of a task that is away.
    fn voyage(&self) -> &Voyage<R> {
        // SAFETY: the caller has seen AWAY, or the gate open, and from then on the voyage is only looked at.
        match unsafe { &*self.body.get() } {
            Body::Away(voyage) => voyage,
            _ => unreachable!("a task that is away has a voyage"),
        }
    }
}

impl<A: Carry, R: Portable> Run for Local<A, R> {
    fn run(self: Arc<Self>) {
        self.run_once(node::here());
    }

    fn stake(&self) -> Option<u64> {
        let waits = self.state.load(Ordering::Relaxed) & CLAIMED == 0;
        self.stake.filter(|_| waits).map(|stake| stake.here)
    }

    fn reach(&self) -> Option<Rank> {
        self.stake?.afar
    }

    fn give(self: Arc<Self>, node: &'static Node, placement: Placement) {
        let Some((function, args)) = self.claim_body() else { return };
        let to = placement.to;
        // SAFETY: who spawned the task waits for its end, as the scope of what it borrows does.
        let (image, lent) = unsafe { remote::pack(node, args) };
        let voyage = Box::new(Voyage::new(to, lent));
        let pieces = voyage.pieces();
        // SAFETY: this thread has claimed the body.
        unsafe { *self.body.get() = Body::Away(voyage) };
        if self.state.fetch_or(AWAY, Ordering::AcqRel) & DETACHED != 0 {
            self.voyage().detach();
        }
        self.core.goes_to(to);
        placement::tell(node.rank(), placement, self.stake.map(|stake| stake.here), Some(self.core.spawned));
        node.count(|counters| &counters.tasks_stolen, 1);
        let (depth, code) = (self.core.depth, remote::places_of(node, function));
        let awaited: Arc<dyn Awaited + '_> = self;
        // SAFETY: the arguments, all that may borrow, are packed; what is left is `'static`.
        let awaited = unsafe { std::mem::transmute::<Arc<dyn Awaited + '_>, Arc<dyn Awaited + 'static>>(awaited) };
        let args = image.bytes().into();
        remote::send_off(node, awaited, &Outbound { to, flags: SpawnFlags::NONE, depth, code, args, pieces });
    }
}

impl<A: Carry, R: Portable> Awaited for Local<A, R> {
    fn to(&self) -> Rank {
        self.voyage().to()
    }

    fn complete(&self, node: &'static Node, task: TaskId, outcome: Outcome, body: Message, result_len: usize) -> Sense {
        let panicked = self.voyage().complete(node, task, outcome, body, result_len)?;
        self.core.finish(node, panicked);
        Ok(())
    }
}

impl<A: Carry, R: Portable> Joinable<R> for Local<A, R> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn claim(&self, node: &'static Node) {
        self.run_once(node);
    }

    fn take(&self, node: &'static Node) -> Result<R, JoinError> {
        if self.state.load(Ordering::Acquire) & AWAY != 0 {
            return self.voyage().take(node);
        }
        // SAFETY: the task is done, and its one join is being used.
        match unsafe { std::mem::replace(&mut *self.body.get(), Body::Empty) } {
            Body::Ended(result) => result.map_err(Panicked::into_error),
            Body::Ready(..) | Body::Away(_) | Body::Empty => {
                unreachable!("a done task has its result until it is taken")
            }
        }
    }

    /// Of a task that ended here, the pool or the join is the last owner; both are user threads, where a result may be
    /// dropped.
    fn detach(&self) {
        if self.state.fetch_or(DETACHED, Ordering::AcqRel) & AWAY != 0 {
            self.voyage().detach();
        }
    }
}
