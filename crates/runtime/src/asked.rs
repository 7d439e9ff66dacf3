//! Questions that this node has asked its peers, and their answers.
//!
//! A question has a slot, and its number says which, and how often that was used before. So an answer finds its
//! question without a lock, and one that comes twice, or from another than was asked, finds none.
//!
//! # Contract
//!
//! 1. `open` of a slot is the number of its question until that is answered, else 0. No number is used twice.
//! 2. A slot is in one hand at a time: free, in the list of a shard; or its asker's, from [`Questions::ask`] on, who
//!    stores `to` and then `open` (Release) before the question leaves.
//! 3. Who serves an answer takes `open` back to 0 by compare-exchange (Acquire), and so alone may touch `answer`, until
//!    it is done with it, as the slot's own contract says ([`slot`]). The asker touches it before it stores `open`, and
//!    after that.
//! 4. An asker that drops its right to the answer, or unwinds, leaves the slot to whoever serves that.
//! 5. `number` is that of the fetch that a question is, where nobody waits for it yet, else 0; it is stored before
//!    `open`, and its answer ends the fetch ([`Unanswered`](crate::unanswered::Unanswered)) whether or not the asker
//!    ever looks.
//! 6. No slot is ever freed: whoever serves an answer may look at any of them, and wake its waiter, at any time.

mod slot;

use crate::arrival::Body;
use crate::cancel::Limit;
use crate::counters;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::task::accessed;
use crate::unanswered::Number;
use crate::wait::visibly;
use crate::waking::Call;
use drust_fabric::{Waiter, schedule};
use drust_proto::Rank;
use drust_proto::wire::Frame;
use std::cell::UnsafeCell;
use std::fmt::Display;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::task::Waker;
use std::time::Instant;

/// Bits of a number that say which slot; those above say which use of it.
const PLACE_BITS: u32 = 24;
/// Slots of the first block; each further block has twice as many.
const FIRST: usize = 64;
const BLOCKS: usize = (PLACE_BITS - FIRST.ilog2()) as usize + 1;
const SHARDS: usize = 16;

/// The questions under way, whatever they are about; see the module.
pub(crate) struct Questions {
    blocks: [OnceLock<Box<[Slot]>>; BLOCKS],
    made: AtomicU64,
    free: [Shard; SHARDS],
    /// A time that has passed.
    begun: Instant,
}

/// Free slots of the threads that share this.
#[derive(Default)]
#[repr(align(128))]
struct Shard(Mutex<Vec<&'static Slot>>);

#[derive(Default)]
#[repr(align(128))]
struct Slot {
    open: AtomicU64,
    /// The number of its last question; which slot it is, before there was one.
    last: AtomicU64,
    to: AtomicU16,
    number: AtomicU64,
    state: AtomicU8,
    waiter: Waiter,
    call: UnsafeCell<Option<Call>>,
    answer: UnsafeCell<Option<(Frame, Body)>>,
}

// SAFETY: by the slot's contract one thread at a time touches the answer, and the call, which may be sent.
unsafe impl Sync for Slot {}

/// A question under way, and the right to its answer.
#[must_use = "somebody is to wait for the answer"]
pub(crate) struct Asked {
    slot: &'static Slot,
    questions: &'static Questions,
}

impl Default for Questions {
    fn default() -> Questions {
        Questions {
            blocks: [const { OnceLock::new() }; BLOCKS],
            made: AtomicU64::new(0),
            free: Default::default(),
            begun: schedule::now(),
        }
    }
}

/// The block of a place, and where in it.
fn locate(place: usize) -> (usize, usize) {
    let block = (place / FIRST + 1).ilog2() as usize;
    (block, place - FIRST * ((1 << block) - 1))
}

impl Questions {
    /// A number for a question to a peer, and the right to its answer, which is waited for.
    pub(crate) fn ask(&'static self, to: Rank) -> (u64, Asked) {
        self.ask_ahead(to, Number(0))
    }

    /// A number for a question to a peer that is a fetch under way, and the right to its answer.
    pub(crate) fn ask_ahead(&'static self, to: Rank, number: Number) -> (u64, Asked) {
        accessed(to);
        let free = self.shard().pop();
        let slot = free.unwrap_or_else(|| self.make());
        let id = slot.last.load(Ordering::Relaxed) + (1 << PLACE_BITS);
        slot.last.store(id, Ordering::Relaxed);
        slot.state.store(slot::OPEN, Ordering::Relaxed);
        slot.to.store(to.0, Ordering::Relaxed);
        slot.number.store(number.0, Ordering::Relaxed);
        slot.open.store(id, Ordering::Release);
        (id, Asked { slot, questions: self })
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// The peer was not asked that, or has answered already.
    pub(crate) fn answered(&'static self, node: &Node, from: Rank, id: u64, frame: Frame, body: Body) -> Sense {
        let unasked = "an answer to what it was not asked";
        let (block, at) = locate((id & ((1 << PLACE_BITS) - 1)) as usize);
        let slot = self.blocks.get(block).and_then(OnceLock::get).ok_or(unasked)?.get(at).ok_or(unasked)?;
        // Who sees this question open sees whom it is for; if that is another's by then, it is open no more.
        let asked = id != 0 && slot.open.load(Ordering::Acquire) == id && slot.to.load(Ordering::Relaxed) == from.0;
        if !asked || slot.open.compare_exchange(id, 0, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return Err(unasked.into());
        }
        let number = slot.number.load(Ordering::Relaxed);
        // SAFETY: this thread took `open` back.
        if !unsafe { slot.give(node, frame, body) } {
            self.shard().push(slot);
        }
        if number != 0 {
            node.unanswered().answered(node, Number(number));
        }
        Ok(())
    }

    fn shard(&self) -> MutexGuard<'_, Vec<&'static Slot>> {
        self.free[counters::block() % SHARDS].0.lock().expect("no panic under this lock")
    }

    #[cold]
    fn make(&'static self) -> &'static Slot {
        let place = self.made.fetch_add(1, Ordering::Relaxed);
        assert!(place < 1 << PLACE_BITS, "more than 2^{PLACE_BITS} questions under way");
        let (block, at) = locate(place as usize);
        let slot = &self.blocks[block].get_or_init(|| (0..FIRST << block).map(|_| Slot::default()).collect())[at];
        slot.last.store(place, Ordering::Relaxed);
        slot
    }
}

impl Asked {
    /// Whether the answer is here.
    pub(crate) fn is_answered(&self) -> bool {
        self.slot.is_done()
    }

    /// Whether the answer is here; if not, `waker` is called when it comes, in place of the one given before.
    pub(crate) fn watch(&mut self, node: &'static Node, waker: &Waker) -> bool {
        // SAFETY: this is the one asker.
        unsafe { self.slot.watch(node, waker) }
    }

    /// Waits for the message that answers. At first this thread polls without giving up its place among those that
    /// run: most answers come before another thread could have been called. `what` was asked for.
    pub(crate) fn wait(mut self, node: &'static Node, what: &dyn Display) -> (Frame, Body) {
        self.is_in_time(node, what, &Limit::NONE);
        let (slot, questions) = (self.slot, self.questions);
        std::mem::forget(self);
        // SAFETY: the question is answered, and this is its one asker.
        let answer = unsafe { slot.take() };
        questions.shard().push(slot);
        answer.expect("an answer is taken once")
    }

    /// As [`Asked::wait`], within limits; whether the answer is here.
    pub(crate) fn is_in_time(&mut self, node: &'static Node, what: &dyn Display, limit: &Limit) -> bool {
        let slot = self.slot;
        let done = || slot.is_done();
        node.expect_others();
        if done() {
            return true;
        }
        // SAFETY: this is the one asker.
        unsafe { slot.unwatch() };
        if polled(node, &slot.waiter, &done) {
            return true;
        }
        let until = |time| node.progress().wait_until(&slot.waiter, &|| done() || limit.is_cancelled(), time);
        let _called = limit.call(&slot.waiter);
        node.pool().blocking(node, || visibly(node, what, limit.deadline(), until));
        done()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        // SAFETY: this is the one asker, for the last time.
        if unsafe { self.slot.abandon() } {
            self.questions.shard().push(self.slot);
        }
    }
}

/// Polls for as long as is polite, if nobody else does; whether that was enough.
pub(crate) fn polled(node: &'static Node, waiter: &Waiter, done: &dyn Fn() -> bool) -> bool {
    if schedule::is_simulated() {
        return false;
    }
    let host = node.fabric().host();
    host.leave();
    let done = node.progress().wait_until(waiter, done, Some(node.queries().begun));
    host.enter();
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub;

    pub(super) fn body() -> Body {
        let solo = drust_fabric::Solo::new();
        let mut body = None;
        drust_fabric::Fabric::send(&solo, Rank(0), drust_fabric::Lane::Small, &[], drust_fabric::Mode::Defer).unwrap();
        drust_fabric::Fabric::poll(&solo, &mut |_, _, message| body = Some(Body::new(message, 0)));
        body.unwrap()
    }

    #[test]
    fn places_fill_the_blocks() {
        let places = (0..BLOCKS).flat_map(|block| (0..FIRST << block).map(move |at| (block, at))).take(10_000);
        assert!(places.enumerate().all(|(place, located)| locate(place) == located));
        let (last, _) = locate((1 << PLACE_BITS) - 1);
        assert!(last < BLOCKS, "the last places are in block {last}");
    }

    #[test]
    fn numbers_are_used_once_and_slots_again() {
        let (node, _) = stub::node();
        let questions = node.queries();
        let mut used = Vec::new();
        for round in 0..10 {
            let asked: Vec<_> = (0..100).map(|_| questions.ask(Rank(1))).collect();
            for (id, asked) in asked {
                let frame = Frame::FenceAck { id };
                assert!(!used.contains(&id), "{id} in round {round}");
                assert!(questions.answered(node, Rank(2), id, frame, body()).is_err());
                questions.answered(node, Rank(1), id, frame, body()).unwrap();
                assert!(questions.answered(node, Rank(1), id, frame, body()).is_err());
                assert_eq!(asked.wait(node, &"it").0, frame);
                used.push(id);
            }
        }
        assert_eq!(questions.made.load(Ordering::Relaxed), 100);
        assert!(used.iter().all(|&id| questions.answered(node, Rank(1), id, Frame::LeaveAck, body()).is_err()));
    }

    #[test]
    fn slots_of_abandoned_questions_are_used_again() {
        let (node, _) = stub::node();
        let questions = node.queries();
        for round in 0..10 {
            let (before, after): (Vec<_>, Vec<_>) =
                (0..50).map(|_| (questions.ask(Rank(1)), questions.ask(Rank(1)))).unzip();
            let ids = |asked: &[(u64, Asked)]| asked.iter().map(|(id, _)| *id).collect::<Vec<_>>();
            let all = [ids(&before), ids(&after)].concat();
            drop(before);
            for id in all {
                questions.answered(node, Rank(1), id, Frame::FenceAck { id }, body()).unwrap();
            }
            assert!(after.iter().all(|(_, asked)| asked.is_answered()));
            drop(after);
            assert_eq!(questions.made.load(Ordering::Relaxed), 100, "in round {round}");
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a thread of a real process")]
    fn a_future_is_called_or_sees_the_answer() {
        struct Called(std::sync::atomic::AtomicBool);
        impl std::task::Wake for Called {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.store(true, Ordering::Release);
            }
        }
        let rounds = if cfg!(miri) { 10 } else { 1000 };
        let (node, _) = stub::node();
        let (tell, told) = std::sync::mpsc::channel();
        let home = std::thread::spawn(move || {
            for id in told {
                node.queries().answered(node, Rank(1), id, Frame::Answer { id, len: 0 }, body()).unwrap();
            }
        });
        for round in 0..rounds {
            let (id, mut asked) = node.queries().ask(Rank(1));
            let called = std::sync::Arc::new(Called(false.into()));
            let waker = Waker::from(called.clone());
            assert!(!asked.watch(node, &waker), "nobody has answered");
            tell.send(id).unwrap();
            // Whom the first waker was for, he may be called in place of the second.
            let other = if round % 2 == 0 { waker } else { Waker::from(called.clone()) };
            while !asked.watch(node, &other) && !called.0.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            assert_eq!(asked.wait(node, &"it").0, Frame::Answer { id, len: 0 });
        }
        drop(tell);
        home.join().unwrap();
        assert_eq!(node.queries().made.load(Ordering::Relaxed), 1);
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "threads of a real process")]
    fn each_asker_gets_its_own_answer() {
        const ASKERS: u64 = 4;
        let rounds = if cfg!(miri) { 10 } else { 1000 };
        let (node, _) = stub::node();
        let (tell, told) = std::sync::mpsc::channel();
        let askers: Vec<_> = (0..ASKERS)
            .map(|_| {
                let tell = tell.clone();
                std::thread::spawn(move || {
                    node.enter();
                    for _ in 0..rounds {
                        let (id, asked) = node.queries().ask(Rank(1));
                        tell.send(id).unwrap();
                        assert_eq!(asked.wait(node, &"it").0, Frame::Answer { id, len: 0 });
                    }
                })
            })
            .collect();
        drop(tell);
        for id in told {
            node.queries().answered(node, Rank(1), id, Frame::Answer { id, len: 0 }, body()).unwrap();
        }
        askers.into_iter().for_each(|asker| asker.join().unwrap());
        assert!(node.queries().made.load(Ordering::Relaxed) <= ASKERS);
    }
}
