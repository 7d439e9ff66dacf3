//! How much each node has to do, as far as this one knows; the rules are pure ([`Known`]).
//!
//! Contract:
//!
//! 1. What this node knows of a peer, and has told it, is changed under that peer's lock. What is told alone leaves
//!    under it; what rides on a completion leaves later, and who sent that looks whether anything else was told
//!    meanwhile, and tells it again. So the last that a peer hears is the last that was said. `told_of_any` counts the
//!    peers that were told of tasks: only they may have to hear that there is room.
//! 2. A node that has no room says so to whom it sends tasks that may be handed on. A node that has room says so to
//!    those who must think otherwise: when a thread of its pool has had nothing to do for a while, and when a task
//!    comes from such a peer.
//! 3. A peer's word decides where tasks go and nothing else: a wrong one costs time.

use crate::node::Node;
use drust_proto::Rank;
use drust_proto::balance::{Known, Load};
use drust_proto::wire::Frame;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// What a node knows of the others' load; see the module.
pub(crate) struct Loads {
    peers: Box<[Mutex<Known>]>,
    told_of_any: AtomicUsize,
}

impl Loads {
    /// A node's that knows of nothing yet; as many workers as it has itself, each peer has too.
    pub(crate) fn new(size: usize, workers: usize) -> Loads {
        let peers = (0..size).map(|_| Mutex::new(Known::new(workers))).collect();
        Loads { peers, told_of_any: AtomicUsize::new(0) }
    }

    fn peer(&self, rank: Rank) -> MutexGuard<'_, Known> {
        self.peers[usize::from(rank.0)].lock().expect("no panic under this lock")
    }

    /// What a peer has to do.
    pub(crate) fn of(&self, rank: Rank) -> Load {
        self.peer(rank).load()
    }

    /// A peer says what it has to do, without what this node has given it.
    pub(crate) fn heard(&self, rank: Rank, load: Load) {
        self.peer(rank).heard(load);
    }

    /// A task is about to go to a peer.
    pub(crate) fn gave(&self, rank: Rank) {
        self.peer(rank).gave();
    }

    /// A task's completion came from a peer.
    pub(crate) fn returned(&self, rank: Rank) {
        self.peer(rank).returned();
    }

    /// Completions that have come from a peer so far.
    pub(crate) fn ended(&self, rank: Rank) -> u32 {
        self.peer(rank).ended()
    }

    /// A task has come from a peer, and is about to be queued.
    pub(crate) fn received(&self, rank: Rank) {
        self.peer(rank).received();
    }

    /// A task that came from a peer has ended: what to tell the peer with its completion.
    fn completed(&self, rank: Rank, own: Load) -> Load {
        let mut known = self.peer(rank);
        let said = self.say(&mut known, own);
        known.completed();
        said
    }

    fn say(&self, known: &mut Known, own: Load) -> Load {
        let before = known.told_of_any();
        let said = known.say(own);
        match (before, known.told_of_any()) {
            (false, true) => self.told_of_any.fetch_add(1, Ordering::Relaxed),
            (true, false) => self.told_of_any.fetch_sub(1, Ordering::Relaxed),
            _ => 0,
        };
        said
    }
}

impl Node {
    /// What this node has to do.
    pub(crate) fn own_load(&self) -> Load {
        Load::new(self.pool().load(), self.workers())
    }

    /// What a node has to do, as far as this one knows.
    pub(crate) fn load_of(&self, rank: Rank) -> Load {
        if rank == self.rank() { self.own_load() } else { self.loads().of(rank) }
    }

    /// A task that came from a peer has ended: what to tell the peer with its completion.
    pub(crate) fn load_after(&self, rank: Rank) -> Load {
        self.loads().completed(rank, self.own_load())
    }

    /// The completion of a peer's task has been sent, with that load.
    pub(crate) fn sent_load(&self, rank: Rank, sent: Load) {
        let known = self.loads().peer(rank);
        if known.said() != sent && !self.has_ended() {
            self.tell(rank, Frame::Idle { load: known.said() }, &[]);
        }
    }

    /// Tells those peers of room who must think that there is none: most often nobody, else 1 message each, which no
    /// counter counts.
    pub(crate) fn tell_of_room(&self) {
        if self.loads().told_of_any.load(Ordering::Relaxed) > 0 {
            (0..self.size()).map(Rank).for_each(|peer| self.tell_of_room_to(peer));
        }
    }

    /// Tells a peer that is about to be sent a task which it may hand on that there is no room here, if there is none
    /// and it must think otherwise: it would send the task back. At most 1 message, which no counter counts.
    pub(crate) fn tell_of_no_room_to(&self, peer: Rank) {
        let own = self.own_load();
        let mut known = self.loads().peer(peer);
        if known.is_lured(own) && !self.has_ended() {
            let load = self.loads().say(&mut known, own);
            self.tell(peer, Frame::Idle { load }, &[]);
        }
    }

    /// As [`Node::tell_of_room`], to one peer.
    pub(crate) fn tell_of_room_to(&self, peer: Rank) {
        let loads = self.loads();
        if loads.told_of_any.load(Ordering::Relaxed) == 0 || self.has_ended() {
            return;
        }
        let own = self.own_load();
        let mut known = loads.peer(peer);
        if known.is_misled(own) {
            let load = loads.say(&mut known, own);
            self.tell(peer, Frame::Idle { load }, &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub;
    use std::sync::Arc;

    const PEER: Rank = Rank(1);

    #[test]
    fn what_is_under_way_is_counted_once() {
        let loads = Loads::new(2, 4);
        assert_eq!(loads.of(PEER), Load::new(0, 4), "nobody is busy before he has said so");
        loads.gave(PEER);
        loads.gave(PEER);
        assert_eq!(loads.of(PEER), Load::new(2, 4));
        loads.heard(PEER, Load::new(3, 2));
        assert_eq!(loads.of(PEER), Load::new(5, 2));
        loads.returned(PEER);
        assert_eq!(loads.of(PEER), Load::new(4, 2));
    }

    #[test]
    fn who_must_think_that_there_is_no_room_is_told_once_that_there_is() {
        let (node, wire) = stub::node();
        let told = Arc::new(Mutex::new(Vec::new()));
        let hears = told.clone();
        wire.hear(move |parts| {
            // SAFETY: the first part of each message is its header, whose bytes are initialised.
            hears.lock().unwrap().push(unsafe { parts[0].as_uninit().assume_init_ref() }.to_vec());
            None
        });
        node.tell_of_room();
        node.loads().received(PEER);
        node.tell_of_room_to(PEER);
        assert_eq!(node.loads().completed(PEER, Load::new(2, 1)), Load::new(1, 1));
        assert!(told.lock().unwrap().is_empty(), "nobody was told of tasks that are over");
        node.tell_of_room();
        node.loads().received(PEER);
        node.tell_of_room_to(PEER);
        let mut header = [0; drust_proto::wire::HEADER_MAX];
        let len = Frame::Idle { load: Load::new(0, 1) }.encode(&mut header);
        assert_eq!(*told.lock().unwrap(), [&header[..len]]);
    }
}
