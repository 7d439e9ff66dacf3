//! Threads of this node that wait for news of a channel, by the numbers that stand for them in messages.

use crate::asked::polled;
use crate::cancel::Limit;
use crate::node::Node;
use crate::wait::visibly;
use drust_fabric::Waiter;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A thread that waits, and what it gets.
///
/// `done` is stored once, after the answer is in its slot and before the waiter is woken; whoever sees it (Acquire) may
/// take the answer.
pub(super) struct Wait<V> {
    waiter: Waiter,
    done: AtomicBool,
    slot: Mutex<Option<V>>,
}

impl<V> Wait<V> {
    /// Whether there is an answer within limits; `what` is waited for.
    ///
    /// At first this thread polls without giving up its place among those that run: where values come in a stream, the
    /// next is there before another thread could have been called.
    pub(super) fn until(&self, node: &'static Node, what: &dyn Display, limit: &Limit) -> bool {
        let done = || self.done.load(Ordering::Acquire);
        if done() {
            return true;
        }
        node.expect_others();
        if polled(node, &self.waiter, &done) {
            return true;
        }
        let until = |time| node.progress().wait_until(&self.waiter, &|| done() || limit.is_cancelled(), time);
        let _called = limit.call(&self.waiter);
        node.pool().blocking(node, || visibly(node, what, limit.deadline(), until));
        done()
    }

    /// The answer, for which this thread waits.
    pub(super) fn answer(&self, node: &'static Node, what: &dyn Display) -> V {
        self.until(node, what, &Limit::NONE);
        let answer = self.slot.lock().expect("no panic under this lock").take();
        answer.expect("a thread is answered before it is called, and takes the answer once")
    }
}

/// The number under which a thread has asked, and what it waits with.
pub(super) type Asking<V> = (u32, Arc<Wait<V>>);

/// Those who have their answers, to be called when no lock is held.
pub(super) struct Woken<V>(Vec<Arc<Wait<V>>>);

impl<V> Default for Woken<V> {
    fn default() -> Woken<V> {
        Woken(Vec::new())
    }
}

impl<V> Woken<V> {
    pub(super) fn call(self, node: &Node) {
        self.0.iter().for_each(|wait| node.progress().wake(&wait.waiter));
    }
}

/// The waiting threads of a channel.
pub(super) struct Waits<V> {
    next: u32,
    open: Vec<Asking<V>>,
}

impl<V> Default for Waits<V> {
    fn default() -> Waits<V> {
        Waits { next: 0, open: Vec::new() }
    }
}

impl<V> Waits<V> {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// A number for what a thread is about to ask: none that a late answer may bear.
    pub(super) fn number(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    /// Whether the thread of this number waits.
    pub(super) fn has(&self, number: u32) -> bool {
        self.open.iter().any(|(open, _)| *open == number)
    }

    /// Has a thread wait for the answer to what it has asked under this number.
    pub(super) fn enroll(&mut self, number: u32) -> Asking<V> {
        let wait = Arc::new(Wait { waiter: Waiter::new(), done: AtomicBool::new(false), slot: Mutex::new(None) });
        self.open.push((number, wait.clone()));
        (number, wait)
    }

    /// Gives the thread of this number its answer; without one gives it back.
    pub(super) fn answer(&mut self, number: u32, answer: V, woken: &mut Woken<V>) -> Result<(), V> {
        let Some(at) = self.open.iter().position(|(open, _)| *open == number) else { return Err(answer) };
        let (_, wait) = self.open.swap_remove(at);
        *wait.slot.lock().expect("no panic under this lock") = Some(answer);
        wait.done.store(true, Ordering::Release);
        woken.0.push(wait);
        Ok(())
    }
}
