//! The release fence (DESIGN rule 9): what this node has told others, and the wait until it is done.
//!
//! A one-way with an effect that others can see is entered in its peer's [`Tab`] by who sends it. Before a thread lets
//! others go on (an unlock, a send, the end of a task, an operation on an atomic word) it waits until all that its node
//! has told is done: what another thread of the node told may be known to this one by std's means. The peers' fences
//! are under way together, and threads share them.
//!
//! # Contract
//!
//! 1. What is told goes on [`Lane::Small`](drust_fabric::Lane::Small), is carried out by who serves it, and is entered
//!    after it was handed to the carrier. A fence leaves under its tab's lock, so its number covers only what is before
//!    it on that lane.
//! 2. `owing` counts the tabs that owe and the batches that hold something. It rises before the call that made it so
//!    returns, and what leaves a batch is entered before it falls; so whoever finds 0, and knows of an effect, finds it
//!    done.
//! 3. A waiter is queued under the tab's lock, unless its number is done. Who serves an acknowledgement stores `acked`
//!    and takes from the queue under that lock, and wakes after it.

use crate::asked::polled;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::planted::{self, Fault};
use crate::wait::visibly;
use drust_fabric::Waiter;
use drust_proto::Rank;
use drust_proto::sharing::fence::{Action, Event, Pace, Tab};
use drust_proto::wire::Frame;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

const PACE: Pace = Pace::USUAL;

/// What a node has told its peers; see the module.
pub(crate) struct Fences {
    owing: AtomicUsize,
    peers: Box<[Peer]>,
}

#[derive(Default)]
#[repr(align(128))]
struct Peer {
    /// The last number that is done.
    acked: AtomicU64,
    /// The number of the last message that held additions or posts.
    acted: AtomicU64,
    /// How often the tab has begun or ceased to owe; odd while it does, and is one of what `owing` counts. Changed
    /// under the tab's lock, within the time in which `owing` counts it.
    turns: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tab: Tab,
    waiting: Vec<(u64, Waiter)>,
}

impl Fences {
    pub(crate) fn new(size: usize) -> Fences {
        Fences { owing: AtomicUsize::new(0), peers: (0..size).map(|_| Peer::default()).collect() }
    }

    fn peer(&self, rank: Rank) -> &Peer {
        &self.peers[usize::from(rank.0)]
    }

    /// Whether anything but this peer's tab may owe.
    fn owes_others_than(&self, peer: Rank) -> bool {
        let turns = &self.peer(peer).turns;
        let before = turns.load(Ordering::Acquire);
        // Acquire: if the peer's tab was taken off what is found here, that it ceased to owe is seen below.
        let owing = self.owing.load(Ordering::Acquire);
        let owes_meanwhile = before % 2 == 1 && turns.load(Ordering::Relaxed) == before;
        owing > usize::from(owes_meanwhile)
    }

    /// A batch of what will be told holds something now.
    pub(super) fn batch_begun(&self) {
        self.owing.fetch_add(1, Ordering::Relaxed);
    }

    /// What a batch held has been entered.
    pub(super) fn batch_left(&self) {
        self.owing.fetch_sub(1, Ordering::Release);
    }
}

impl Peer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under this lock")
    }
}

impl State {
    /// Takes what happens on this node, which is always lawful.
    fn step(&mut self, event: Event, pace: Pace) -> Action {
        let (tab, action) = self.tab.step(event, pace).expect("only acknowledgements are refused");
        self.tab = tab;
        action
    }
}

impl Node {
    /// `peer` has just been told something whose effect others can see, on the lane for small messages. To be called
    /// when that was handed to the carrier, on any thread.
    pub(crate) fn observed_by(&self, peer: Rank) {
        self.told(peer, PACE);
    }

    /// As [`Node::observed_by`], of posts, which are acknowledged anyhow: no fence follows before one is needed.
    pub(super) fn posted_at(&self, peer: Rank) {
        self.acted_at(peer, Pace { every: u64::MAX, ..PACE });
    }

    /// As [`Node::observed_by`], of additions.
    pub(super) fn added_at(&self, peer: Rank) {
        self.acted_at(peer, PACE);
    }

    fn acted_at(&self, peer: Rank, pace: Pace) {
        let number = self.told(peer, pace);
        self.fences().peer(peer).acted.fetch_max(number, Ordering::Relaxed);
    }

    /// Enters a message, and gives its number.
    fn told(&self, peer: Rank, pace: Pace) -> u64 {
        let place = self.fences().peer(peer);
        let mut state = place.state();
        if !state.tab.owes() {
            self.fences().owing.fetch_add(1, Ordering::Relaxed);
            place.turns.fetch_add(1, Ordering::Release);
        }
        if let Action::Fence(id) = state.step(Event::Told, pace) {
            self.tell(peer, Frame::Fence { id }, &[]);
        }
        state.tab.told()
    }

    /// To be called before this thread lets others go on: waits until all that this node has told others is done. One
    /// look where that is nothing; else at most 1 fence and 1 acknowledgement for each peer, at the same time.
    #[inline]
    pub fn await_one_ways(&'static self) {
        self.flush_posts();
        if self.fences().owing.load(Ordering::Acquire) != 0 {
            self.await_owed(None);
        }
    }

    /// As [`Node::await_one_ways`], before something is sent to `peer` on the lane for small messages, by which others
    /// go on: what that peer itself was told is done before. Where that `posts` to a channel, it sees to other posts
    /// itself.
    #[inline]
    pub(crate) fn await_one_ways_but(&'static self, peer: Rank, posts: bool) {
        if !posts {
            self.flush_posts();
        }
        if self.fences().owing.load(Ordering::Acquire) != 0 && self.fences().owes_others_than(peer) {
            self.await_owed(Some(peer));
        }
    }

    /// Waits until what this node has added to words and sent to channels is done, before a counted handle is given
    /// back to `peer`, by which another may come to be alone with what it counts: that is how the end of a handle
    /// releases. Of other things given back it waits for none, so that many handles end together; each home hears of
    /// its own in order.
    #[inline]
    pub(super) fn await_acts_but(&'static self, peer: Rank) {
        self.flush_posts();
        if self.fences().owing.load(Ordering::Acquire) != 0 {
            self.await_acted(peer);
        }
    }

    #[cold]
    fn await_acted(&'static self, but: Rank) {
        if self.has_ended() {
            return;
        }
        self.flush_additions();
        let acted = |peer: &Rank| {
            let place = self.fences().peer(*peer);
            *peer != but && place.acked.load(Ordering::Acquire) < place.acted.load(Ordering::Relaxed)
        };
        let owed: Vec<_> = (0..self.size()).map(Rank).filter(acted).collect();
        let owed: Vec<_> = owed.into_iter().filter_map(|peer| Some((peer, self.fence_at(peer)?))).collect();
        for (peer, number) in owed {
            self.await_acknowledged(peer, number);
        }
    }

    /// Whether something that this node has told others, or is about to, may not be done.
    pub(super) fn owes_others(&self) -> bool {
        self.holds_posts() || self.fences().owing.load(Ordering::Acquire) != 0
    }

    #[cold]
    fn await_owed(&'static self, but: Option<Rank>) {
        if self.has_ended() {
            return;
        }
        self.flush_additions();
        self.flush_posts();
        if planted::is_planted(Fault::Fence) {
            return;
        }
        let peers = (0..self.size()).map(Rank).filter(|peer| Some(*peer) != but);
        let owed: Vec<_> = peers.filter_map(|peer| Some((peer, self.fence_at(peer)?))).collect();
        for (peer, number) in owed {
            self.await_acknowledged(peer, number);
        }
    }

    /// The number that a release waits for, its fence under way; `None` where this peer owes nothing.
    fn fence_at(&self, peer: Rank) -> Option<u64> {
        self.step_to_wait(peer, Event::Release)
    }

    /// The number that an event has a thread wait for, if any, its fence under way.
    fn step_to_wait(&self, peer: Rank, event: Event) -> Option<u64> {
        let mut state = self.fences().peer(peer).state();
        let Action::Await { number, send } = state.step(event, PACE) else { return None };
        if send {
            self.tell(peer, Frame::Fence { id: number }, &[]);
        }
        Some(number)
    }

    /// Waits where a peer has been told much that is not done: back-pressure for threads that may wait.
    pub(super) fn await_room(&'static self, peer: Rank) {
        if let Some(number) = self.step_to_wait(peer, Event::Room)
            && !self.has_ended()
        {
            self.await_acknowledged(peer, number);
        }
    }

    fn await_acknowledged(&'static self, peer: Rank, number: u64) {
        let place = self.fences().peer(peer);
        let done = || place.acked.load(Ordering::Acquire) >= number;
        self.expect_others();
        let waiter = Waiter::new();
        {
            let mut state = place.state();
            if state.tab.is_done(number) {
                return;
            }
            state.waiting.push((number, waiter.clone()));
        }
        if !polled(self, &waiter, &done) {
            let until = |time| self.progress().wait_until(&waiter, &done, time);
            let what = format_args!("what node {peer} was told to be done");
            self.pool().blocking(self, || visibly(self, &what, None, until));
        }
    }

    /// A peer has done all that it was told up to this fence.
    ///
    /// # Errors
    /// It was sent no such fence, or has acknowledged it before.
    pub(crate) fn acknowledged(&self, from: Rank, number: u64) -> Sense {
        let place = self.fences().peer(from);
        let mut state = place.state();
        let (tab, _) = state.tab.step(Event::Acked(number), PACE)?;
        state.tab = tab;
        place.acked.store(number, Ordering::Release);
        if !tab.owes() {
            place.turns.fetch_add(1, Ordering::Relaxed);
            self.fences().owing.fetch_sub(1, Ordering::Release);
        }
        let served: Vec<_> = state.waiting.extract_if(.., |(number, _)| tab.is_done(*number)).collect();
        drop(state);
        for (_, waiter) in &served {
            self.progress().wake(waiter);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
