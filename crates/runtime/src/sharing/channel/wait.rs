//! Threads of this node that wait for news of a channel, by the numbers that stand for them in messages.

use crate::gate::Gate;
use crate::node::Node;
use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A thread that waits, and what it gets.
pub(super) struct Wait<V> {
    gate: Gate,
    slot: Mutex<Option<V>>,
}

impl<V> Wait<V> {
    /// Whether there is an answer by `deadline`; `what` is waited for.
    pub(super) fn until(&self, node: &'static Node, what: &dyn Display, deadline: Option<Instant>) -> bool {
        self.gate.wait_deadline(node, what, deadline)
    }

    /// The answer, for which this thread waits.
    pub(super) fn answer(&self, node: &'static Node, what: &dyn Display) -> V {
        self.gate.wait(node, what);
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
        self.0.iter().for_each(|wait| wait.gate.open(node));
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

    /// Has a thread wait for the answer to what it has asked under this number.
    pub(super) fn enroll(&mut self, number: u32) -> Asking<V> {
        let wait = Arc::new(Wait { gate: Gate::new(), slot: Mutex::new(None) });
        self.open.push((number, wait.clone()));
        (number, wait)
    }

    /// Gives the thread of this number its answer; without one gives it back.
    pub(super) fn answer(&mut self, number: u32, answer: V, woken: &mut Woken<V>) -> Result<(), V> {
        let Some(at) = self.open.iter().position(|(open, _)| *open == number) else { return Err(answer) };
        let (_, wait) = self.open.swap_remove(at);
        *wait.slot.lock().expect("no panic under this lock") = Some(answer);
        woken.0.push(wait);
        Ok(())
    }
}
