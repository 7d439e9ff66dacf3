//! How much each node has to do, as far as this one knows.
//!
//! Contract:
//!
//! 1. `given` counts the tasks that this node has sent to a peer and whose completion has not come: nobody else counts
//!    them. `told` is what the peer has to do besides, as it last said; before it has said anything, nothing.
//! 2. What this node tells a peer of itself leaves out the `guests`, the tasks that it has from that peer. `said` is the
//!    last of it. So what a peer knows is late by what is under way, but never wrong for good: a node that has room, and
//!    told a peer that it has none, says so when it has nothing to do.
//! 3. A peer's word decides where tasks go and nothing else: a wrong one costs time.

use crate::node::Node;
use drust_proto::Rank;
use drust_proto::balance::Load;
use drust_proto::wire::Frame;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// What a node knows of the others' load; see the module.
pub(crate) struct Loads {
    peers: Box<[Peer]>,
    /// Peers that this node has told that it has no room.
    misled: AtomicUsize,
}

struct Peer {
    given: AtomicUsize,
    told: AtomicU32,
    guests: AtomicUsize,
    said: AtomicU32,
}

impl Loads {
    /// A node's that knows of nothing yet; as many workers as it has itself, each peer has too.
    pub(crate) fn new(size: usize, workers: usize) -> Loads {
        let idle = Load::new(0, workers).to_word();
        let peer = || Peer {
            given: AtomicUsize::new(0),
            told: AtomicU32::new(idle),
            guests: AtomicUsize::new(0),
            said: AtomicU32::new(idle),
        };
        Loads { peers: (0..size).map(|_| peer()).collect(), misled: AtomicUsize::new(0) }
    }

    fn peer(&self, rank: Rank) -> &Peer {
        &self.peers[usize::from(rank.0)]
    }

    /// What a peer has to do.
    pub(crate) fn of(&self, rank: Rank) -> Load {
        let peer = self.peer(rank);
        Load::from_word(peer.told.load(Ordering::Relaxed)).with(peer.given.load(Ordering::Relaxed))
    }

    /// A peer says what it has to do, without what this node has given it.
    pub(crate) fn heard(&self, rank: Rank, load: Load) {
        self.peer(rank).told.store(load.to_word(), Ordering::Relaxed);
    }

    /// A task is about to go to a peer.
    pub(crate) fn gave(&self, rank: Rank) {
        self.peer(rank).given.fetch_add(1, Ordering::Relaxed);
    }

    /// A task's completion came from a peer.
    pub(crate) fn returned(&self, rank: Rank) {
        self.peer(rank).given.fetch_sub(1, Ordering::Relaxed);
    }

    /// A task came from a peer.
    pub(crate) fn received(&self, rank: Rank) {
        self.peer(rank).guests.fetch_add(1, Ordering::Relaxed);
    }

    /// A task that came from a peer has ended.
    pub(crate) fn completed(&self, rank: Rank) {
        self.peer(rank).guests.fetch_sub(1, Ordering::Relaxed);
    }

    /// What to tell a peer of this node, which is to be said then.
    pub(crate) fn to_say(&self, rank: Rank, own: Load) -> Load {
        let peer = self.peer(rank);
        let guests = u16::try_from(peer.guests.load(Ordering::Relaxed)).unwrap_or(u16::MAX);
        let said = Load { tasks: own.tasks.saturating_sub(guests), ..own };
        let before = Load::from_word(peer.said.swap(said.to_word(), Ordering::AcqRel));
        match (before.free() > 0, said.free() > 0) {
            (true, false) => self.misled.fetch_add(1, Ordering::AcqRel),
            (false, true) => self.misled.fetch_sub(1, Ordering::AcqRel),
            _ => 0,
        };
        said
    }

    /// Peers that were told that this node has no room.
    fn misled(&self) -> impl Iterator<Item = Rank> {
        let any = self.misled.load(Ordering::Acquire) != 0;
        let peers = self.peers.iter().enumerate().filter(move |_| any);
        let full = |peer: &Peer| Load::from_word(peer.said.load(Ordering::Relaxed)).free() == 0;
        peers.filter(move |(_, peer)| full(peer)).map(|(rank, _)| Rank(rank as u16))
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

    /// Tells those peers that this node has room who were told that it has none. Most often there are none; else 1
    /// message each, which no counter counts.
    pub(crate) fn tell_of_room(&self) {
        for peer in self.loads().misled() {
            let load = self.loads().to_say(peer, self.own_load());
            if load.free() > 0 && !self.has_ended() {
                self.tell(peer, Frame::Idle { load }, &[]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_peer_is_not_told_of_its_own_tasks() {
        let loads = Loads::new(3, 2);
        loads.received(PEER);
        loads.received(PEER);
        assert_eq!(loads.to_say(PEER, Load::new(3, 2)), Load::new(1, 2));
        loads.completed(PEER);
        assert_eq!(loads.to_say(PEER, Load::new(3, 2)), Load::new(2, 2));
        assert_eq!(loads.to_say(PEER, Load::new(0, 2)), Load::new(0, 2), "what has blocked is not counted");
    }

    #[test]
    fn who_was_told_that_there_is_no_room_is_told_when_there_is() {
        let loads = Loads::new(3, 2);
        assert_eq!(loads.misled().count(), 0);
        loads.to_say(Rank(2), Load::new(2, 2));
        loads.to_say(Rank(2), Load::new(9, 2));
        loads.to_say(PEER, Load::new(1, 2));
        assert!(loads.misled().eq([Rank(2)]));
        loads.to_say(Rank(2), Load::new(1, 2));
        assert_eq!((loads.misled().count(), loads.misled.load(Ordering::Relaxed)), (0, 0));
    }
}
