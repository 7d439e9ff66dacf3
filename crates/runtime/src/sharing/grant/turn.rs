//! Turns: one function at a time uses a resident, in the order in which they came.
//!
//! Contract of a [`Turn`]:
//!
//! 1. `state` is FREE while nobody has the turn, HELD or CROWDED while somebody has; who has it alone gives it on.
//! 2. Whoever queues does so under the lock, after he has made the state CROWDED there and found it not FREE. Who gives
//!    a CROWDED turn on takes the next from the queue under the lock, and makes it FREE only where there is none. So
//!    nobody is left behind.
//! 3. The turn passes on with what was written under it: by the state, the lock, or the next one's gate.

use super::Front;
use super::call::Job;
use crate::cancel::Limit;
use crate::gate::Gate;
use crate::node::Node;
use crate::pool::Run;
use drust_fabric::schedule;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

const FREE: u8 = 0;
const HELD: u8 = 1;
const CROWDED: u8 = 2;

/// Whose turn it is; see the module.
#[derive(Default)]
pub(super) struct Turn {
    state: AtomicU8,
    queue: Mutex<VecDeque<Next>>,
}

/// Who is next.
pub(super) enum Next {
    /// A thread of this node.
    Thread(Arc<Gate>),
    /// A function of another node's.
    Job(Job),
}

thread_local! {
    /// The residents whose functions this thread is in the middle of.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Notes that this thread runs a function of the resident, or looks at what it keeps of it, for as long as this lives.
pub(super) struct Within(usize);

impl Within {
    /// # Panics
    /// Where this thread is within it already: it would wait for itself.
    #[track_caller]
    pub(super) fn new(resident: usize) -> Within {
        Within::expect_none(resident);
        let _ = INSIDE.try_with(|inside| inside.borrow_mut().push(resident));
        Within(resident)
    }

    /// # Panics
    /// Where this thread is within it.
    #[track_caller]
    pub(super) fn expect_none(resident: usize) {
        // A thread that is ending has no such list any more, and is in the middle of nothing.
        let again = INSIDE.try_with(|inside| inside.borrow().contains(&resident));
        assert!(
            !again.unwrap_or(false),
            "a function that uses a resident value, or a shard of a map, cannot use it again"
        );
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| {
            let mut inside = inside.borrow_mut();
            if let Some(at) = inside.iter().rposition(|resident| *resident == self.0) {
                inside.remove(at);
            }
        });
    }
}

impl Turn {
    /// Waits until it is this thread's turn, within limits; whether it is.
    #[inline]
    pub(super) fn enter(&self, node: &'static Node, what: &dyn Display, limit: &Limit) -> bool {
        self.try_enter() || self.wait(node, what, limit)
    }

    /// Takes the turn if nobody has it.
    #[inline]
    pub(super) fn try_enter(&self) -> bool {
        self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn wait(&self, node: &'static Node, what: &dyn Display, limit: &Limit) -> bool {
        let gate = {
            let mut queue = self.lock();
            if self.state.swap(CROWDED, Ordering::AcqRel) == FREE {
                return true;
            }
            let gate = Arc::new(Gate::new());
            queue.push_back(Next::Thread(gate.clone()));
            gate
        };
        if gate.wait_limited(node, what, limit) {
            return true;
        }
        let left = {
            let mut queue = self.lock();
            let mine = |next: &Next| matches!(next, Next::Thread(other) if Arc::ptr_eq(other, &gate));
            queue.iter().position(mine).and_then(|at| queue.remove(at)).is_some()
        };
        // Who is not in the queue any more has been given the turn.
        if !left {
            gate.wait(node, what);
        }
        !left
    }

    /// Gives the turn on.
    #[inline]
    pub(super) fn leave(&self, node: &'static Node, front: &'static Front) {
        if self.state.compare_exchange(HELD, FREE, Ordering::Release, Ordering::Relaxed).is_err() {
            self.hand_on(node, front);
        }
    }

    #[cold]
    fn hand_on(&self, node: &'static Node, front: &'static Front) {
        match self.next() {
            None => {}
            Some(Next::Thread(gate)) => gate.open(node),
            Some(Next::Job(job)) => node.pool().push(node, Drain::of(front, job)),
        }
    }

    /// Queues a function that came from another node, on a thread that serves.
    pub(super) fn arrive(&self, node: &'static Node, front: &'static Front, job: Job) {
        let first = {
            let mut queue = self.lock();
            if self.state.swap(CROWDED, Ordering::AcqRel) == FREE {
                Some(job)
            } else {
                queue.push_back(Next::Job(job));
                None
            }
        };
        if let Some(job) = first {
            node.pool().push_now(node, Drain::of(front, job));
        }
    }

    /// Who has the turn next; it is free if that is nobody.
    fn next(&self) -> Option<Next> {
        let mut queue = self.lock();
        let next = queue.pop_front();
        if next.is_none() {
            self.state.store(FREE, Ordering::Release);
        }
        next
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Next>> {
        self.queue.lock().expect("no panic under this lock")
    }
}

/// A thread of the pool that has the turn for other nodes' functions, from this one on.
struct Drain {
    front: &'static Front,
    first: Mutex<Option<Job>>,
}

impl Drain {
    fn of(front: &'static Front, job: Job) -> Arc<Drain> {
        Arc::new(Drain { front, first: Mutex::new(Some(job)) })
    }
}

impl Run for Drain {
    fn run(self: Arc<Self>) {
        let node = crate::node::here();
        let resident = std::ptr::from_ref(self.front).addr();
        let mut job = self.first.lock().expect("no panic under this lock").take();
        while let Some(current) = job.take() {
            let within = Within::new(resident);
            let reply = current.run(node);
            drop(within);
            // The one who asked may end the resident as soon as he is answered: the turn is given on before.
            match self.front.turn.next() {
                None => reply.send(node),
                Some(Next::Thread(gate)) => {
                    gate.open(node);
                    reply.send(node);
                }
                Some(Next::Job(next)) => {
                    reply.send(node);
                    schedule::pass();
                    job = Some(next);
                }
            }
        }
    }
}
