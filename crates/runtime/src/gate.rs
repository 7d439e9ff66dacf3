//! Something that happens once, and those who wait for it.
//!
//! Contract of a [`Gate`]:
//!
//! 1. `state` goes from CLOSED, by way of AWAITED where somebody waits, to OPEN, and stays there.
//! 2. What was written before `open` is seen after `wait` or `is_open` says so.
//! 3. A waiter is queued under the lock before it makes the state AWAITED; who opens the gate and finds it AWAITED
//!    takes the queue under the lock after that. So no waiter is left behind, and a gate that nobody awaits takes no
//!    lock.
//! 4. A future that awaits it, of which there is one at most, is queued as a waiter is, by whom to call. No waker is
//!    cloned, dropped or called under the lock.

use crate::asked::polled;
use crate::cancel::Limit;
use crate::node::Node;
use crate::wait::visibly;
use crate::waking::Call;
use drust_fabric::Waiter;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::task::Waker;

const CLOSED: u8 = 0;
const AWAITED: u8 = 1;
const OPEN: u8 = 2;

/// Opens once; see the module.
#[derive(Default)]
pub(crate) struct Gate {
    state: AtomicU8,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    threads: Vec<Waiter>,
    future: Option<Call>,
}

impl Gate {
    pub(crate) const fn new() -> Gate {
        Gate { state: AtomicU8::new(CLOSED), waiting: Mutex::new(Waiting { threads: Vec::new(), future: None }) }
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.state.load(Ordering::Acquire) == OPEN
    }

    /// Lets everybody through, now and later.
    ///
    /// The caller keeps the gate alive: a waiter that sees it open goes on before the queue has been taken.
    #[inline]
    pub(crate) fn open(&self, node: &Node) {
        if self.state.swap(OPEN, Ordering::AcqRel) == AWAITED {
            self.call_waiting(node);
        }
    }

    #[cold]
    fn call_waiting(&self, node: &Node) {
        let Waiting { threads, future } = std::mem::take(&mut *self.waiting());
        for waiter in &threads {
            node.progress().wake(waiter);
        }
        if let Some(call) = future {
            call.make();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no panic under this lock")
    }

    /// Whether the gate is open; if not, `waker` is called when it opens, and whoever was to be called before is not.
    pub(crate) fn watch(&self, node: &'static Node, waker: &Waker) -> bool {
        if self.is_open() {
            return true;
        }
        if !self.waiting().future.as_ref().is_some_and(|call| call.is_to(waker)) {
            let call = Call::new(node, waker);
            let before = self.waiting().future.replace(call);
            drop(before);
        }
        let _ = self.state.compare_exchange(CLOSED, AWAITED, Ordering::AcqRel, Ordering::Acquire);
        let open = self.is_open();
        if open {
            self.call_nobody();
        }
        open
    }

    /// Has nobody called any more.
    pub(crate) fn unwatch(&self) {
        if self.state.load(Ordering::Relaxed) == AWAITED {
            self.call_nobody();
        }
    }

    fn call_nobody(&self) {
        let before = self.waiting().future.take();
        drop(before);
    }

    /// Blocks this thread, which its pool replaces meanwhile, until the gate is open; `what` is waited for.
    pub(crate) fn wait(&self, node: &'static Node, what: &dyn Display) {
        self.wait_limited(node, what, &Limit::NONE);
    }

    /// As [`Gate::wait_limited`], for what most often comes soon from another node: at first this thread polls, and
    /// keeps its place among those that run.
    pub(crate) fn wait_soon(&self, node: &'static Node, what: &dyn Display, limit: &Limit) -> bool {
        node.expect_others();
        let open = || self.is_open();
        open() || polled(node, &Waiter::new(), &open) || self.wait_limited(node, what, limit)
    }

    /// As [`Gate::wait`], within limits; whether the gate is open.
    pub(crate) fn wait_limited(&self, node: &'static Node, what: &dyn Display, limit: &Limit) -> bool {
        if self.is_open() {
            return true;
        }
        node.expect_others();
        let waiter = Waiter::new();
        self.waiting().threads.push(waiter.clone());
        let _ = self.state.compare_exchange(CLOSED, AWAITED, Ordering::AcqRel, Ordering::Acquire);
        let until = |time| node.progress().wait_until(&waiter, &|| self.is_open() || limit.is_cancelled(), time);
        {
            let _called = limit.call(&waiter);
            node.pool().blocking(node, || visibly(node, what, limit.deadline(), until));
        }
        let open = self.is_open();
        if !open {
            self.waiting().threads.retain(|other| !other.same(&waiter));
        }
        open
    }
}
