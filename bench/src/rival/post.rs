//! What a rival's node has of its carrier: messages of its protocol on one lane, orders and reports on the other, and
//! waiting.
//!
//! # Contract
//!
//! 1. The protocol's messages are given to what [`Post::attach`] was given, on whichever thread polls, one at a time;
//!    it must not wait. None come before the nodes have been told to work, and then all are attached.
//! 2. Orders and reports are taken by the node's first thread only.

use super::{Answer, Order};
use drust_fabric::{Cause, Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// Gets every message of the protocol.
type Receiver = dyn Fn(Rank, &[u8]) + Send + Sync;

/// A node's carrier; see the module.
pub struct Post {
    fabric: Arc<dyn Fabric>,
    progress: OnceLock<Arc<Progress>>,
    receiver: OnceLock<Box<Receiver>>,
    letters: Mutex<VecDeque<Vec<u8>>>,
    first_thread: Waiter,
}

impl Post {
    /// Of a node that has joined.
    #[must_use]
    pub fn new(fabric: Arc<dyn Fabric>) -> Arc<Post> {
        let post = Arc::new(Post {
            fabric: fabric.clone(),
            progress: OnceLock::new(),
            receiver: OnceLock::new(),
            letters: Mutex::default(),
            first_thread: Waiter::new(),
        });
        let own: Weak<Post> = Arc::downgrade(&post);
        let sink = move |from: Rank, lane: Lane, message: Message<'_>| {
            if let Some(post) = own.upgrade() {
                post.take_in(from, lane, &message);
            }
        };
        post.progress.get_or_init(|| Progress::new(fabric, Arc::new(sink)));
        post
    }

    /// Ends this process where another node's has ended before its time.
    pub fn end_with_peers(&self) {
        self.fabric.on_lost(Box::new(|lost| {
            if lost.cause != Cause::Departed {
                eprintln!("{lost}");
                std::process::exit(3);
            }
        }));
    }

    /// Has the protocol's messages given to `receiver`.
    pub fn attach(&self, receiver: impl Fn(Rank, &[u8]) + Send + Sync + 'static) {
        let first = self.receiver.set(Box::new(receiver));
        assert!(first.is_ok(), "a node has one protocol");
    }

    fn take_in(&self, from: Rank, lane: Lane, message: &Message<'_>) {
        // SAFETY: all messages of rivals are made of initialised bytes: byte slices are all that `send` takes.
        let bytes = unsafe { message.initialised(0..message.len()) };
        if lane == Lane::Small {
            self.receiver.get().expect("attached before there is work")(from, bytes);
        } else {
            self.letters.lock().unwrap_or_else(PoisonError::into_inner).push_back(bytes.to_vec());
            self.wake(&self.first_thread);
        }
    }

    /// This node.
    #[must_use]
    pub fn rank(&self) -> Rank {
        self.fabric.rank()
    }

    /// Nodes of the cluster.
    #[must_use]
    pub fn size(&self) -> u16 {
        self.fabric.size()
    }

    fn others(&self) -> impl Iterator<Item = Rank> + use<> {
        let own = self.rank();
        (0..self.size()).map(Rank).filter(move |&rank| rank != own)
    }

    /// The waiting of this node.
    #[must_use]
    pub fn progress(&self) -> &Arc<Progress> {
        self.progress.get().expect("set when it was made")
    }

    /// Sends one message of the protocol; never waits.
    pub fn send(&self, to: Rank, parts: &[&[u8]]) {
        let mut list = [Part::from(&[]); 2];
        list.iter_mut().zip(parts).for_each(|(part, bytes)| *part = Part::from(*bytes));
        self.fabric.send(to, Lane::Small, &list[..parts.len()], Mode::Defer).expect("the peer lives");
    }

    /// Sends on what the carrier holds back to go out with more.
    pub fn flush(&self) {
        self.fabric.flush();
    }

    /// Messages that this node has sent so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.others().map(|rank| self.fabric.sent(rank).messages).sum()
    }

    /// Counts the calling thread as one that runs, as the runtime does, while `work` lasts.
    pub fn running<R>(&self, work: impl FnOnce() -> R) -> R {
        self.fabric.host().enter();
        let result = work();
        self.fabric.host().leave();
        result
    }

    /// Waits until `waiter` is woken, as a thread that is counted as running.
    pub fn wait(&self, waiter: &Waiter) {
        self.wait_until(waiter, &|| waiter.is_set());
    }

    /// Waits until `done`, as a thread that is counted as running.
    pub fn wait_until(&self, waiter: &Waiter, done: &dyn Fn() -> bool) {
        self.fabric.host().leave();
        self.progress().wait_until(waiter, done, None);
        self.fabric.host().enter();
    }

    /// Wakes who waits for `waiter`.
    pub fn wake(&self, waiter: &Waiter) {
        self.progress().wake(waiter);
    }

    fn letter<T: for<'a> Deserialize<'a>>(&self) -> T {
        loop {
            self.first_thread.reset();
            let letter = self.letters.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            if let Some(letter) = letter {
                return serde_json::from_slice(&letter).expect("written by this very program");
            }
            self.progress().wait(&self.first_thread, None);
        }
    }

    fn write(&self, to: Rank, letter: &impl Serialize) {
        let bytes = serde_json::to_vec(letter).expect("it can be written");
        self.fabric.send(to, Lane::Bulk, &[Part::from(&bytes[..])], Mode::Defer).expect("the peer lives");
    }

    /// Has all other nodes do something.
    pub(super) fn tell_all(&self, order: &Order) {
        self.others().for_each(|rank| self.write(rank, order));
        self.flush();
    }

    /// The next thing that this node, not the first, is to do.
    pub(super) fn order(&self) -> Order {
        self.letter()
    }

    /// Tells the first node what was done.
    pub(super) fn report(&self, answer: &Answer) {
        self.write(Rank(0), answer);
    }

    /// What all other nodes did; at the end they say nothing.
    pub(super) fn reports(&self, order: &Order) -> Vec<Answer> {
        let ends = matches!(order, Order::End);
        self.others().filter(|_| !ends).map(|_| self.letter()).collect()
    }

    /// The last thing of a node.
    pub fn leave(&self) {
        self.progress().stop();
        self.flush();
        self.fabric.farewell();
    }
}
