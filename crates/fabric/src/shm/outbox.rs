//! The local side of one (peer, lane): many threads send through one producer.
//!
//! # Contract
//!
//! 1. The queue's lock is held to copy one record, never while waiting, so that a thread that must not block may take
//!    it. A message that needs several records keeps its place by `streaming`; until it ends, others wait their turn
//!    ([`Mode::Block`]) or queue behind it ([`Mode::Defer`]).
//! 2. Nothing overtakes `overflow`: whoever writes drains it first, and only its front is ever half written.
//! 3. While `overflow` is not empty and nobody streams, the ring has been asked for room since it was last found full,
//!    so the reader will ring this node's bell. `deferred` counts the outboxes in that state or streaming with
//!    overflow.
//! 4. All waiters sleep on the ring's `space` word, whose count they read under the lock before they looked; it is
//!    bumped by the reader that gave bytes back, by a local thread that ends a stream or empties `overflow`, and by the
//!    loss of the peer.

use super::bell::BellRef;
use super::ring::{Broken, Producer, Ring, Wrote};
use crate::message::Gather;
use crate::visible::Visible;
use crate::{Buffer, Cause, Mode, Part, Sent};
use drust_proto::Rank;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What sending to one peer on one lane needs.
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    ring: Ring,
    bell: BellRef,
    to: Rank,
    gone: Arc<OnceLock<Cause>>,
    deferred: Arc<AtomicUsize>,
}

struct Queue {
    producer: Producer,
    overflow: VecDeque<Pending>,
    streaming: bool,
    waiters: u32,
    counted: bool,
    sent: Sent,
}

/// A deferred message, of which a part may be in the ring already.
struct Pending {
    rest: Buffer,
    skip: usize,
    total: u64,
}

/// How far a streamed message came.
#[derive(PartialEq, Eq)]
enum Step {
    Done,
    Wait,
}

impl From<Broken> for Cause {
    fn from(broken: Broken) -> Cause {
        Cause::Broken(broken.0.into())
    }
}

impl Outbox {
    pub(super) fn new(
        ring: Ring,
        bell: BellRef,
        to: Rank,
        gone: Arc<OnceLock<Cause>>,
        deferred: Arc<AtomicUsize>,
    ) -> Outbox {
        let queue = Queue {
            producer: Producer::new(ring.clone()),
            overflow: VecDeque::new(),
            streaming: false,
            waiters: 0,
            counted: false,
            sent: Sent::default(),
        };
        Outbox { queue: Mutex::new(queue), ring, bell, to, gone, deferred }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that runs under the lock leaves the queue half changed where it panics.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sent(&self) -> Sent {
        self.lock().sent
    }

    /// Sends one message; see [`crate::Fabric::send`].
    pub(super) fn send(&self, parts: &[Part<'_>], mode: Mode) -> Result<(), Cause> {
        let mut queue = self.lock();
        self.check()?;
        let message = Gather::new(parts);
        queue.sent.messages += 1;
        queue.sent.bytes += message.total();
        match mode {
            Mode::Defer => self.defer(&mut queue, message),
            Mode::Block => self.stream(queue, message),
        }
    }

    fn check(&self) -> Result<(), Cause> {
        match self.gone.get() {
            Some(cause) => Err(cause.clone()),
            None => Ok(()),
        }
    }

    fn defer(&self, queue: &mut Queue, mut message: Gather<'_>) -> Result<(), Cause> {
        if self.flush(queue)? && self.advance(queue, &mut message)? {
            return Ok(());
        }
        let total = message.total();
        queue.overflow.push_back(Pending { rest: message.into_rest(), skip: 0, total });
        self.flush(queue)?;
        Ok(())
    }

    fn stream<'a>(&'a self, mut queue: MutexGuard<'a, Queue>, mut message: Gather<'_>) -> Result<(), Cause> {
        let mut wait = None;
        loop {
            let seen = self.ring.space().load();
            if self.flush(&mut queue)? {
                break;
            }
            queue = self.sleep(queue, seen, &mut wait);
            self.check()?;
        }
        loop {
            let seen = self.ring.space().load();
            let step = self.step(&mut queue, &mut message);
            if step != Ok(Step::Wait) {
                return self.end_stream(&mut queue, step.map(drop));
            }
            queue.streaming = true;
            queue = self.sleep(queue, seen, &mut wait);
            if let Err(cause) = self.check() {
                return self.end_stream(&mut queue, Err(cause));
            }
        }
    }

    /// Writes what there is room for, and asks for more room where that was not all.
    fn step(&self, queue: &mut Queue, message: &mut Gather<'_>) -> Result<Step, Cause> {
        while !self.advance(queue, message)? {
            if !queue.producer.want(message.left())? {
                return Ok(Step::Wait);
            }
        }
        Ok(Step::Done)
    }

    fn end_stream(&self, queue: &mut Queue, outcome: Result<(), Cause>) -> Result<(), Cause> {
        if !std::mem::take(&mut queue.streaming) {
            return outcome;
        }
        let flushed = self.flush(queue).map(drop);
        self.stir(queue);
        outcome.and(flushed)
    }

    fn sleep<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
        seen: u32,
        wait: &mut Option<Visible>,
    ) -> MutexGuard<'a, Queue> {
        queue.waiters += 1;
        drop(queue);
        if self.gone.get().is_none() {
            let what = format_args!("room in the ring to node {}", self.to);
            let sleep = |left| self.ring.space().wait(seen, left);
            wait.get_or_insert_with(Visible::begin).sleep(what, sleep);
        }
        let mut queue = self.lock();
        queue.waiters -= 1;
        queue
    }

    /// Has local waiters look again.
    fn stir(&self, queue: &Queue) {
        if queue.waiters > 0 {
            self.stir_all();
        }
    }

    /// Has all waiters look again, after the peer was lost.
    pub(super) fn stir_all(&self) {
        self.ring.space().bump();
        self.ring.space().wake_all();
    }

    /// Writes as much of `message` as there is room for; `true` where that is all of it.
    fn advance(&self, queue: &mut Queue, message: &mut Gather<'_>) -> Result<bool, Cause> {
        loop {
            let wrote = queue.producer.write(message)?;
            if wrote == Wrote::Full {
                return Ok(false);
            }
            queue.producer.publish();
            self.bell.ring();
            if wrote == Wrote::All {
                return Ok(true);
            }
        }
    }

    /// Drains the overflow as far as there is room; `true` where a new message may start now.
    fn flush(&self, queue: &mut Queue) -> Result<bool, Cause> {
        if queue.streaming {
            self.count(queue);
            return Ok(false);
        }
        let had = !queue.overflow.is_empty();
        while let Some(left) = self.flush_front(queue)? {
            if !queue.producer.want(left)? {
                break;
            }
        }
        self.count(queue);
        let clear = queue.overflow.is_empty();
        if had && clear {
            self.stir(queue);
        }
        Ok(clear)
    }

    /// Sends from the front of the overflow; the bytes left of the message that found no room, if any.
    fn flush_front(&self, queue: &mut Queue) -> Result<Option<u64>, Cause> {
        while let Some(mut front) = queue.overflow.pop_front() {
            let parts = [Part::from(&front.rest.as_uninit()[front.skip..])];
            let mut message = Gather::rest(&parts, front.total);
            let whole = self.advance(queue, &mut message);
            let left = message.left();
            if whole? {
                continue;
            }
            front.skip = front.rest.len() - left as usize;
            queue.overflow.push_front(front);
            return Ok(Some(left));
        }
        Ok(None)
    }

    fn count(&self, queue: &mut Queue) {
        let counted = !queue.overflow.is_empty();
        if counted != std::mem::replace(&mut queue.counted, counted) {
            if counted {
                self.deferred.fetch_add(1, Ordering::Relaxed);
            } else {
                self.deferred.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// Moves deferred messages on; called by whoever polls.
    pub(super) fn drain(&self) -> Result<(), Cause> {
        self.check()?;
        self.flush(&mut self.lock())?;
        Ok(())
    }
}
