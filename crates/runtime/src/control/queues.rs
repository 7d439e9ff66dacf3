//! How many tasks of a peer nobody has begun here, and whether a peer takes more of this node's.
//!
//! The rules are [`drust_proto::control::queue`]'s. A queue holds [`MOST`] tasks of each sender, and what was under way
//! when it said so; a thread that would send one more waits at a gate until half of them were begun. Contract:
//!
//! 1. Only threads that spawn wait here, before anything has departed; none that serves.
//! 2. At most [`WAITING`] threads of a node wait for one peer; those that come later send. So tasks that spawn tasks on
//!    each other's nodes cannot take all threads away from what is in the queues.
//! 3. Where no more threads are to be had for what waits here, all queues open: threads of ours may wait for what a
//!    spawner holds, while that waits for them.
//! 4. A gate is opened by who hears that there is room, after that has been noted under the lock; who waits has looked
//!    under it.

use super::{Ask, Op};
use crate::cancel::{self, Limit};
use crate::gate::Gate;
use crate::node::Node;
use drust_fabric::{Lane, Mode, schedule};
use drust_proto::control::queue::{Inlet, Outlet, Tell};
use drust_proto::sharing::Family;
use drust_proto::{Address, Rank};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Tasks of one sender that nobody has begun, with which a queue is full; and with how many it takes more again.
pub(crate) const MOST: u32 = 4096;
const ENOUGH: u32 = MOST / 2;
/// Threads of a node that wait for one peer's queue.
const WAITING: usize = 64;

/// The queues between this node and the others, by rank.
pub(crate) struct Queues {
    inlets: Box<[Mutex<Inlet>]>,
    outlets: Box<[Sender]>,
}

#[derive(Default)]
struct Sender {
    /// As `state` says, to be looked at without its lock.
    full: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    outlet: Outlet,
    gate: Arc<Gate>,
    waiting: usize,
}

impl Sender {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under this lock")
    }
}

/// The end of a wait, also where it unwinds.
struct Waits<'a>(&'a Sender);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// A full queue as what is waited for.
struct Full(Rank);

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} to begin some of the {MOST} tasks that it has of this node", self.0)
    }
}

impl Queues {
    pub(super) fn new(size: u16) -> Queues {
        Queues {
            inlets: (0..size).map(|_| Mutex::new(Inlet::new(MOST, ENOUGH))).collect(),
            outlets: (0..size).map(|_| Sender::default()).collect(),
        }
    }

    fn inlet(&self, from: Rank) -> MutexGuard<'_, Inlet> {
        self.inlets[usize::from(from.0)].lock().expect("no panic under this lock")
    }

    fn outlet(&self, to: Rank) -> &Sender {
        &self.outlets[usize::from(to.0)]
    }
}

impl Node {
    /// A task of a peer's has come, which nobody has begun.
    pub(crate) fn task_arrived(&self, from: Rank) {
        let tell = self.control().queues.inlet(from).arrived();
        self.tell_of_queue(from, tell);
    }

    /// A task of a peer's was begun here, or has gone elsewhere.
    pub(crate) fn task_began(&self, from: Rank) {
        let tell = self.control().queues.inlet(from).began();
        self.tell_of_queue(from, tell);
    }

    /// No thread is to be had for the tasks that wait here.
    pub(crate) fn lift_queues(&self) {
        for peer in (0..self.size()).map(Rank) {
            let tell = self.control().queues.inlet(peer).lift();
            self.tell_of_queue(peer, tell);
        }
    }

    fn tell_of_queue(&self, peer: Rank, tell: Option<Tell>) {
        let Some(Tell { number, full }) = tell else { return };
        let (op, address) = (Op::Queue as u16, Address::RESERVED);
        let ask = Ask { family: Family::Control, op, number: 0, id: 0, address, a: full.into(), b: number };
        self.send_share(peer, Lane::Small, ask, &[], Mode::Defer);
    }

    /// A peer says whether its queue is full.
    pub(super) fn hear_of_queue(&self, peer: Rank, tell: Tell) {
        let sender = self.control().queues.outlet(peer);
        let mut state = sender.state();
        let opens = state.outlet.heard(tell);
        sender.full.store(state.outlet.is_full(), Ordering::Relaxed);
        let gate = opens.then(|| std::mem::take(&mut state.gate));
        drop(state);
        if let Some(gate) = gate {
            gate.open(self);
        }
    }

    /// Waits until a peer's queue takes more, for so long at most; whether it does.
    #[inline]
    pub(crate) fn await_queue(&'static self, to: Rank, patience: Option<Duration>) -> bool {
        let sender = self.control().queues.outlet(to);
        !sender.full.load(Ordering::Relaxed) || self.wait_for_queue(sender, to, patience)
    }

    #[cold]
    fn wait_for_queue(&'static self, sender: &Sender, to: Rank, patience: Option<Duration>) -> bool {
        let deadline = patience.and_then(|patience| schedule::now().checked_add(patience));
        let (gate, waits) = {
            let mut state = sender.state();
            if !state.outlet.is_full() || state.waiting >= WAITING && patience.is_none() {
                return true;
            }
            state.waiting += 1;
            (state.gate.clone(), Waits(sender))
        };
        tracing::debug!(target: "drust::place", node = self.rank().0, to = to.0, "a queue of tasks is full");
        let opened = gate.wait_limited(self, &Full(to), &Limit::of_thread(deadline));
        drop(waits);
        match patience {
            None if !opened => cancel::unwind(),
            Some(_) if !opened => cancel::check(),
            _ => {}
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::node;

    #[test]
    fn who_comes_too_often_is_told_and_again_when_half_has_begun() {
        let (node, wire) = node(2);
        let sent = super::super::tests::heard(&wire);
        let peer = Rank(1);
        (1..MOST).for_each(|_| node.task_arrived(peer));
        assert!(sent.lock().unwrap().is_empty());
        node.task_arrived(peer);
        node.task_arrived(peer);
        assert_eq!(sent.lock().unwrap().len(), 1, "once is enough");
        (0..MOST).for_each(|_| node.task_began(peer));
        assert_eq!(sent.lock().unwrap().len(), 2);
    }

    #[test]
    fn who_comes_where_no_thread_is_to_be_had_is_let_in_until_half_has_begun() {
        let (node, wire) = node(2);
        let sent = super::super::tests::heard(&wire);
        let peer = Rank(1);
        node.lift_queues();
        (0..MOST).for_each(|_| node.task_arrived(peer));
        assert_eq!(sent.lock().unwrap().len(), 1, "a queue that is not full is as it was");
        (0..3).for_each(|_| node.lift_queues());
        (0..MOST).for_each(|_| node.task_arrived(peer));
        assert_eq!(sent.lock().unwrap().len(), 2, "it was opened, once");
        (0..2 * MOST - ENOUGH).for_each(|_| node.task_began(peer));
        (0..MOST - ENOUGH).for_each(|_| node.task_arrived(peer));
        assert_eq!(sent.lock().unwrap().len(), 3, "and is full again");
    }

    #[test]
    fn a_spawner_waits_as_long_as_it_says_and_no_longer_than_the_queue_is_full() {
        let (node, _) = node(2);
        let peer = Rank(1);
        let soon = Some(Duration::from_millis(1));
        assert!(node.await_queue(peer, soon));
        node.hear_of_queue(peer, Tell { number: 1, full: true });
        assert!(!node.await_queue(peer, soon));
        let later = schedule::now() + Duration::from_millis(1);
        assert_eq!(cancel::within(later, || node.await_queue(peer, None)), Err(cancel::TimeIsUp));
        assert_eq!(node.control().queues.outlet(peer).state().waiting, 0);
        node.control().queues.outlet(peer).state().waiting = WAITING;
        assert!(node.await_queue(peer, None), "enough wait already");
        node.hear_of_queue(peer, Tell { number: 2, full: false });
        assert!(node.await_queue(peer, soon));
        node.hear_of_queue(peer, Tell { number: 1, full: true });
        assert!(node.await_queue(peer, soon), "that was before");
    }
}
