//! Futures: who is called when one may go on, and threads that wait for one.
//!
//! A waker is code of the program's, and what wakes it is most often a message, served by a thread that may run no such
//! code. So calls are handed to a thread of the pool, which makes them before anything else that is queued there.

use crate::cancel::{self, Limit};
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::task::{discard, run_next};
use drust_fabric::schedule;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// Whom to call, and on which node.
pub(crate) struct Call {
    node: &'static Node,
    waker: Waker,
}

impl Call {
    /// Runs the waker's own `clone`, so for threads that may run code of the program's.
    pub(crate) fn new(node: &'static Node, waker: &Waker) -> Call {
        Call { node, waker: waker.clone() }
    }

    /// Whether it calls the same one.
    pub(crate) fn is_to(&self, waker: &Waker) -> bool {
        self.waker.will_wake(waker)
    }

    /// Has the call made; on any thread.
    pub(crate) fn make(self) {
        let first = {
            let mut due = self.node.calls().0.lock().expect("no panic under this lock");
            due.push(self.waker);
            due.len() == 1
        };
        let node = self.node;
        if first {
            run_next(node, move || node.calls().make());
        }
    }
}

/// Calls that a thread of the pool is to make.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Vec<Waker>>);

impl Calls {
    fn make(&self) {
        let due = std::mem::take(&mut *self.0.lock().expect("no panic under this lock"));
        for waker in due {
            // The hook has reported it; the others are called all the same.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                discard(payload);
            }
        }
    }
}

/// A thread that waits for a future.
struct Turn {
    node: &'static Node,
    /// Opens when the future is to be polled again; a new one for each poll, made before it.
    gate: Mutex<Arc<Gate>>,
}

impl Turn {
    fn renew(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate::new());
        *self.gate.lock().expect("no panic under this lock") = gate.clone();
        gate
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        let gate = self.gate.lock().expect("no panic under this lock").clone();
        gate.open(self.node);
    }
}

/// A future as what is waited for.
struct At(&'static Location<'static>);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a future, by block_on at {}", self.0)
    }
}

/// Polls a future on this thread until it is ready. Between polls the thread's place in the pool is another's.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    drive(future, None).expect("without a deadline it ends when it is ready")
}

/// As [`block_on`], for at most so long; the future is dropped when time is up.
#[track_caller]
pub fn block_on_timeout<F: Future>(future: F, timeout: Duration) -> Option<F::Output> {
    drive(future, Some(schedule::now() + timeout))
}

#[track_caller]
fn drive<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    cancel::check();
    let (node, at) = (node::here(), At(Location::caller()));
    schedule::pass();
    let mut future = pin!(future);
    let turn = Arc::new(Turn { node, gate: Mutex::default() });
    let waker = Waker::from(turn.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        let gate = turn.renew();
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        if !gate.wait_soon(node, &at, &Limit::of_thread(deadline)) {
            if deadline.is_none() {
                cancel::unwind();
            }
            cancel::check();
            return None;
        }
    }
}
