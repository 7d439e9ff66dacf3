//! Something that happens once, and those who wait for it.
//!
//! Contract of a [`Gate`]: (1) it opens once and stays open. (2) What was written before `open` is seen after `wait` or
//! `is_open` says so. (3) A waiter is queued under the lock and looks at the gate after that; who opens it opens first
//! and takes the queue then, so no waiter is left behind.

use crate::node::Node;
use drust_fabric::Waiter;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Opens once; see the module.
#[derive(Default)]
pub(crate) struct Gate {
    open: AtomicBool,
    waiting: Mutex<Vec<Waiter>>,
}

impl Gate {
    pub(crate) const fn new() -> Gate {
        Gate { open: AtomicBool::new(false), waiting: Mutex::new(Vec::new()) }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Lets everybody through, now and later.
    pub(crate) fn open(&self, node: &Node) {
        self.open.store(true, Ordering::SeqCst);
        let waiting = std::mem::take(&mut *self.waiting.lock().expect("no panic under this lock"));
        for waiter in &waiting {
            node.progress().wake(waiter);
        }
    }

    /// Blocks this thread, which its pool replaces meanwhile, until the gate is open.
    pub(crate) fn wait(&self, node: &'static Node) {
        self.wait_deadline(node, None);
    }

    /// As [`Gate::wait`], until `deadline`; whether the gate is open.
    pub(crate) fn wait_deadline(&self, node: &'static Node, deadline: Option<Instant>) -> bool {
        if self.is_open() {
            return true;
        }
        let waiter = Waiter::new();
        self.waiting.lock().expect("no panic under this lock").push(waiter.clone());
        node.pool().blocking(node, || node.progress().wait_until(&waiter, &|| self.is_open(), deadline))
    }
}
