//! Tasks of this node: never serialised, and run by whoever comes first, the pool or the joiner.
//!
//! Contract of a [`Local`] task: `claimed` is set once, by a swap; who found it clear alone touches `body` until the
//! gate `done` opens; after that only the one [`Join`] does, or the last owner's drop.

use super::join::Joinable;
use super::panic::{Panicked, caught};
use super::{Core, Join, JoinError, as_task};
use crate::node::{self, Node};
use crate::pool::Run;
use drust_heap::{Carry, Portable};
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

struct Local<A, R> {
    core: Core,
    claimed: AtomicBool,
    body: UnsafeCell<Body<A, R>>,
}

enum Body<A, R> {
    Ready(fn(A) -> R, A),
    Ended(Result<R, Panicked>),
    Empty,
}

// SAFETY: by the contract one thread at a time touches the body, whose values may be sent.
unsafe impl<A: Send, R: Send> Sync for Local<A, R> {}

/// Queues a task on this node.
///
/// # Safety
/// As [`super::spawn`].
pub(super) unsafe fn spawn<A: Carry, R: Portable>(
    node: &'static Node,
    args: A,
    function: fn(A) -> R,
    core: Core,
) -> Join<R> {
    let body = UnsafeCell::new(Body::Ready(function, args));
    let scope = core.scope.clone();
    let task = Arc::new(Local { core, claimed: AtomicBool::new(false), body });
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

impl<A: Send, R: Send> Local<A, R> {
    fn run_once(&self, node: &'static Node) {
        if self.claimed.swap(true, Ordering::AcqRel) {
            return;
        }
        node.count(|counters| &counters.tasks, 1);
        // SAFETY: this thread has claimed the body.
        let body = unsafe { std::mem::replace(&mut *self.body.get(), Body::Empty) };
        let Body::Ready(function, args) = body else { unreachable!("a task is claimed once") };
        let result = as_task(self.core.depth, || catch_unwind(AssertUnwindSafe(|| function(args))));
        let result = result.map_err(caught);
        let panicked = result.is_err();
        node.await_one_ways();
        // SAFETY: as above; the gate is still closed.
        unsafe { *self.body.get() = Body::Ended(result) };
        self.core.finish(node, panicked);
    }
}

impl<A: Send, R: Send> Run for Local<A, R> {
    fn run(self: Arc<Self>) {
        self.run_once(node::here());
    }
}

impl<A: Send, R: Send> Joinable<R> for Local<A, R> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn claim(&self, node: &'static Node) {
        self.run_once(node);
    }

    fn take(&self, node: &'static Node) -> Result<R, JoinError> {
        // SAFETY: the task is done, and its one join is being used.
        match unsafe { std::mem::replace(&mut *self.body.get(), Body::Empty) } {
            Body::Ended(result) => result.map_err(|panicked| panicked.into_error(node.rank())),
            Body::Ready(..) | Body::Empty => unreachable!("a done task has its result until it is taken"),
        }
    }

    fn detach(&self) {
        // The pool or the join is the last owner; both are user threads, where a result may be dropped.
    }
}
