//! A task away: what was lent to it, and what it leaves.
//!
//! Contract of a [`Voyage`]: its outcome goes from `Pending` to `Ready` once, when its completion arrives, after all
//! that was lent has come home; from there to `Taken` by its join. A join that is dropped first makes it `Detached`,
//! and the result is then dropped by a pool thread, since the thread that serves the completion runs no user code.

use super::panic::Panicked;
use super::{JoinError, run_aside};
use crate::arrival::{Body, unpack};
use crate::law::slot_for;
use crate::memory::fresh_stamp;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use drust_heap::journal;
use drust_heap::trace::{Landing, Lent, Place, Refused};
use drust_heap::{Descriptor, Portable};
use drust_proto::coherence::Loan;
use drust_proto::coherence::journal::Record;
use drust_proto::wire::Outcome;
use drust_proto::{Rank, TaskId};
use std::marker::PhantomData;
use std::sync::Mutex;

/// What a task of this node that another node runs has to do here; see the module.
pub(super) struct Voyage<R> {
    to: Rank,
    lent: Lends,
    outcome: Mutex<State>,
    result: PhantomData<fn() -> R>,
}

enum State {
    Pending,
    Ready(Result<Body, Panicked>),
    Detached,
    Taken,
}

/// What the arguments lent, in the order in which it lies in the completion.
struct Lends(Mutex<Vec<Lent>>);

// SAFETY: the places are mutably borrowed until the task's completion has been handled, and only that touches them.
unsafe impl Send for Lends {}
// SAFETY: as above, and under a lock.
unsafe impl Sync for Lends {}

impl<R: Portable> Voyage<R> {
    pub(super) fn new(to: Rank, lent: Vec<Lent>) -> Voyage<R> {
        Voyage { to, lent: Lends(Mutex::new(lent)), outcome: Mutex::new(State::Pending), result: PhantomData }
    }

    /// The node that the task was sent to.
    pub(super) fn to(&self) -> Rank {
        self.to
    }

    /// How many values were lent to it.
    pub(super) fn pieces(&self) -> u32 {
        self.lent.0.lock().expect("no panic under this lock").len() as u32
    }

    /// Takes the completion; whether the task panicked. Nobody is let go on yet.
    ///
    /// # Errors
    /// That is not what such a task leaves.
    pub(super) fn complete(
        &self,
        node: &'static Node,
        task: TaskId,
        outcome: Outcome,
        body: Body,
        result_len: usize,
    ) -> Sense<bool> {
        journal::note(|| Record::Completed { task, from: self.to });
        let pieces = self.pieces();
        self.bring_home(node, &body, result_len)?;
        if pieces > 0 {
            let loan = Loan { task, pieces };
            node.tasks().loan(|ledger| ledger.come_home(loan));
            journal::note(|| Record::CameHome { node: node.rank(), loan });
        }
        let body = body.shortened(result_len);
        let ready = match outcome {
            Outcome::Returned => Ok(body),
            Outcome::Panicked => Err(panic_in(node, &body).ok_or("a panic that cannot be read")?),
        };
        let panicked = ready.as_ref().is_err_and(|panicked| !panicked.is_cancellation());
        let unwanted = {
            let mut state = self.outcome.lock().expect("no panic under this lock");
            if let State::Detached = *state {
                ready.ok()
            } else {
                *state = State::Ready(ready);
                None
            }
        };
        if let Some(body) = unwanted {
            let from = self.to;
            run_aside(node, move || drop(land_result::<R>(node, &body, from)));
        }
        Ok(panicked)
    }

    /// Stores what was lent where it came from, under fresh stamps (DESIGN rule 8).
    fn bring_home(&self, node: &Node, body: &Body, result_len: usize) -> Result<(), Refused> {
        let lent = std::mem::take(&mut *self.lent.0.lock().expect("no panic under this lock"));
        let mut rooms = |descriptor: &'static Descriptor, elements: usize, _: Place| slot_for(descriptor, elements);
        let mut fresh = || fresh_stamp().0;
        let mut landing =
            Landing::new(&body.bytes()[result_len..], &mut rooms).among(node.size()).refreshing(&mut fresh);
        for value in lent {
            // SAFETY: the place is mutably borrowed by the task that ended, which packed this value at its end.
            unsafe { landing.unpack(value.origin, value.descriptor, value.elements)? };
        }
        Ok(())
    }

    /// The result of a task whose completion was taken; once.
    pub(super) fn take(&self, node: &'static Node) -> Result<R, JoinError> {
        let state = std::mem::replace(&mut *self.outcome.lock().expect("no panic under this lock"), State::Taken);
        match state {
            State::Ready(Ok(body)) => Ok(land_result(node, &body, self.to)),
            State::Ready(Err(panicked)) => Err(panicked.into_error()),
            State::Pending | State::Detached | State::Taken => {
                unreachable!("a done task has its result until it is taken")
            }
        }
    }

    /// Nobody will take the result: it is dropped, now or when it comes, where user code may run.
    pub(super) fn detach(&self) {
        let before = std::mem::replace(&mut *self.outcome.lock().expect("no panic under this lock"), State::Detached);
        if let State::Ready(Ok(body)) = before {
            drop(land_result::<R>(node::here(), &body, self.to));
        }
    }
}

pub(super) fn panic_in(node: &Node, body: &Body) -> Option<Panicked> {
    // SAFETY: what is told of a panic is initialised bytes.
    Panicked::from_bytes(unsafe { body.bytes().assume_init_ref() }, node.size())
}

pub(super) fn land_result<R: Portable>(node: &'static Node, body: &Body, from: Rank) -> R {
    let mut no_guests = Vec::new();
    // SAFETY: the task returned an `R`, packed by the same build.
    unsafe { unpack::<R>(body.bytes(), &mut no_guests) }
        .unwrap_or_else(|refused| node.refuse(from, format!("a task's result: {refused}")))
}
