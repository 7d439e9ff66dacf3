//! Futures: who is called when one may go on, and threads that wait for one.
//!
//! A waker is code of the program's, and what wakes it is most often a message, served by a thread that may run no such
//! code. So calls are handed to a thread of the pool, which makes them before anything else that is queued there. Those
//! to threads that wait here themselves are drust's own: they open a gate, on whichever thread.

use crate::cancel::{self, Limit};
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::task::{discard, run_next};
use drust_fabric::schedule;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
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
        if std::ptr::eq(self.waker.vtable(), &OWN) {
            return self.waker.wake();
        }
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

    fn call(&self) {
        let gate = self.gate.lock().expect("no panic under this lock").clone();
        gate.open(self.node);
    }

    /// A waker that is known for one of these by its table.
    fn waker(self: &Arc<Turn>) -> Waker {
        // SAFETY: the table's functions keep the contract of a `RawWaker`, whose data is one count of a `Turn`, which
        // may be sent and shared.
        unsafe { Waker::new(Arc::into_raw(self.clone()).cast(), &OWN) }
    }
}

/// Wakers that are a [`Turn`]'s. A static, so that no other table is at its address.
static OWN: RawWakerVTable = RawWakerVTable::new(clone_turn, wake_turn, call_turn, drop_turn);

unsafe fn clone_turn(turn: *const ()) -> RawWaker {
    // SAFETY: a waker of this table holds a count of the `Turn` at its data, and another is taken for its clone.
    unsafe { Arc::increment_strong_count(turn.cast::<Turn>()) };
    RawWaker::new(turn, &OWN)
}

unsafe fn wake_turn(turn: *const ()) {
    // SAFETY: as above; the waker is used up, and its count goes with this.
    unsafe { Arc::from_raw(turn.cast::<Turn>()) }.call();
}

unsafe fn call_turn(turn: *const ()) {
    // SAFETY: as above; the waker outlives the call.
    unsafe { &*turn.cast::<Turn>() }.call();
}

unsafe fn drop_turn(turn: *const ()) {
    // SAFETY: as above; the waker is gone.
    unsafe { Arc::decrement_strong_count(turn.cast::<Turn>()) };
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

/// As [`block_on`], for at most so long, or for ever where that has no end; the future is dropped when time is up.
#[track_caller]
pub fn block_on_timeout<F: Future>(future: F, timeout: Duration) -> Option<F::Output> {
    drive(future, schedule::now().checked_add(timeout))
}

#[track_caller]
fn drive<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    cancel::check();
    let (node, at) = (node::here(), At(Location::caller()));
    schedule::pass();
    let mut future = pin!(future);
    let turn = Arc::new(Turn { node, gate: Mutex::default() });
    let waker = turn.waker();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub;
    use std::future::poll_fn;

    #[test]
    fn a_thread_that_waits_here_is_called_at_once() {
        let (node, _) = stub::node();
        let turn = Arc::new(Turn { node, gate: Mutex::default() });
        let gate = turn.renew();
        let waker = turn.waker();
        Call::new(node, &waker).make();
        assert!(gate.is_open(), "by the thread that made the call");
        let gate = turn.renew();
        waker.wake_by_ref();
        assert!(gate.is_open());
        drop((waker.clone(), waker));
        assert_eq!(Arc::strong_count(&turn), 1);
    }

    #[test]
    fn a_future_that_is_called_while_it_is_polled_is_polled_again() {
        let (node, _) = stub::node();
        let mut polls = 0;
        let future = poll_fn(|context| {
            polls += 1;
            Call::new(node, context.waker()).make();
            if polls == 3 { Poll::Ready(polls) } else { Poll::Pending }
        });
        assert_eq!(block_on(future), 3);
    }

    #[test]
    fn a_time_that_no_clock_will_ever_show_is_none() {
        assert_eq!(block_on_timeout(std::future::ready(3), Duration::MAX), Some(3));
    }
}
