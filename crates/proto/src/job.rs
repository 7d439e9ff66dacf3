//! The life of a node within its job, and how all end together: membership and fail-stop as a pure machine.
//!
//! ```text
//!            every peer greeted           main returned (rank 0) / Leave came (others)
//!  Joining ---------------------> Running ---------------------------------------------> Leaving ----> Ended
//!     |                              |                                                      |
//!     +------------- a peer, the launcher or the memory lost: Exit(113, 114, 116) ----------+--------> Ended
//! ```
//!
//! A node that ends of a loss, or of its own failure, tells its peers of what before its connections close, so that all
//! blame the same culprit; one that hears that it is itself the culprit ends too.
//!
//! Leaving is in two steps, so that the orderly end of one node never looks like a loss to another: rank 0 asks all
//! to leave and goes only when all have agreed; the others agree, stay, and go when rank 0's connection closes. The
//! first culprit ends the node; whatever is lost after it is its consequence and is not reported.

use crate::Rank;
use std::fmt;

/// The exit codes by which a launcher or a script tells why a node ended.
pub mod exit {
    /// Another node was lost; the log names the first.
    pub const PEER_LOST: i32 = 113;
    /// The launcher was lost.
    pub const LAUNCHER_LOST: i32 = 114;
    /// The handshake was refused, by either side.
    pub const REFUSED: i32 = 115;
    /// The heap's limit was reached.
    pub const OUT_OF_MEMORY: i32 = 116;
    /// A rule was found broken, by a peer or by drust itself.
    pub const BROKEN_RULE: i32 = 117;
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NodeState {
    /// Some peers have not greeted yet.
    Joining,
    /// All are connected; tasks run.
    Running,
    /// `main` has returned; nothing new begins.
    Leaving {
        /// What the job exits with.
        code: i32,
    },
    /// The exit has been ordered; nothing matters any more.
    Ended {
        /// What this node exits with.
        code: i32,
    },
}

/// How a peer came to be called lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LossCause {
    /// This node's connection to it closed before the orderly end; after that, such is the orderly end.
    Closed,
    /// Its process ended: it said so itself, or another node that lost it did.
    Died,
    /// It was silent for too long.
    Silent,
    /// It sent something malformed.
    Garbled,
}

impl fmt::Display for LossCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LossCause::Closed => "its connection closed",
            LossCause::Died => "its process ended",
            LossCause::Silent => "it fell silent",
            LossCause::Garbled => "it sent a malformed message",
        })
    }
}

/// What a node learns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JobEvent {
    /// A peer's greeting was admitted.
    PeerJoined(Rank),
    /// A peer's greeting was refused, or ours by it.
    Refused,
    /// `main` returned on this node, which is rank 0.
    MainReturned(i32),
    /// Rank 0 asks this node to leave.
    LeaveAsked(i32),
    /// A peer agrees to leave; this node is rank 0.
    LeaveAcked(Rank),
    /// A peer is gone; or the others have given this node up, where the rank is its own.
    PeerLost(Rank, LossCause),
    /// The launcher is gone.
    LauncherLost,
    /// The heap's limit was reached on this node.
    OutOfMemory,
}

/// What the node must do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JobAction {
    /// Nothing.
    Wait,
    /// All are connected: rank 0 starts `main`, the others serve.
    Run,
    /// Send `Leave` with this code to every peer.
    SendLeave(i32),
    /// Finish what runs, flush, and send `LeaveAck` to rank 0.
    SendLeaveAck,
    /// Name the first culprit, then exit with the code in [`NodeState::Ended`]: [`exit::PEER_LOST`], or
    /// [`exit::BROKEN_RULE`] where this node itself sent what made no sense.
    Blame(Rank, LossCause),
    /// Exit with this code; where that is an orderly end, and this node is not rank 0, after saying farewell.
    Exit(i32),
}

/// An event that cannot happen in this state: the peer breaks the protocol, or the caller has a bug.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnexpectedEvent {
    /// Where the node stood.
    pub state: NodeState,
    /// What came.
    pub event: JobEvent,
}

impl fmt::Display for UnexpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot happen while {:?}", self.event, self.state)
    }
}

impl std::error::Error for UnexpectedEvent {}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Peer {
    Awaited,
    Joined,
    Left,
}

/// One node's view of its job.
///
/// ```
/// use drust_proto::job::{Job, JobAction, JobEvent};
/// use drust_proto::Rank;
/// let mut job = Job::new(Rank(0), 2);
/// assert_eq!(job.step(JobEvent::PeerJoined(Rank(1))), Ok(JobAction::Run));
/// assert_eq!(job.step(JobEvent::MainReturned(0)), Ok(JobAction::SendLeave(0)));
/// assert_eq!(job.step(JobEvent::LeaveAcked(Rank(1))), Ok(JobAction::Exit(0)));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Job {
    rank: Rank,
    state: NodeState,
    peers: Vec<Peer>,
}

impl Job {
    /// The job as node `rank` of `size` sees it when it starts. A cluster of one is running at once.
    ///
    /// # Panics
    /// Where `rank` is not below `size`.
    #[must_use]
    pub fn new(rank: Rank, size: u16) -> Job {
        assert!(rank.0 < size, "a rank is below its cluster's size");
        let mut peers = vec![Peer::Awaited; usize::from(size)];
        peers[usize::from(rank.0)] = Peer::Joined;
        let state = if size == 1 { NodeState::Running } else { NodeState::Joining };
        Job { rank, state, peers }
    }

    /// Where the node stands.
    #[must_use]
    pub fn state(&self) -> NodeState {
        self.state
    }

    /// Takes an event and says what to do.
    ///
    /// # Errors
    /// [`UnexpectedEvent`], and the state is as it was. Nothing is unexpected once the node has ended.
    pub fn step(&mut self, event: JobEvent) -> Result<JobAction, UnexpectedEvent> {
        let unexpected = UnexpectedEvent { state: self.state, event };
        match (self.state, event) {
            (NodeState::Ended { .. }, _) => Ok(JobAction::Wait),
            (_, JobEvent::LauncherLost) => Ok(self.end(exit::LAUNCHER_LOST)),
            (_, JobEvent::OutOfMemory) => Ok(self.end(exit::OUT_OF_MEMORY)),
            (_, JobEvent::PeerLost(peer, cause)) => self.lost(peer, cause).ok_or(unexpected),
            (NodeState::Joining, JobEvent::Refused) => Ok(self.end(exit::REFUSED)),
            (NodeState::Joining, JobEvent::PeerJoined(peer)) => self.joined(peer).ok_or(unexpected),
            (NodeState::Running, JobEvent::MainReturned(code)) if self.rank == Rank(0) => Ok(self.leave(code)),
            // Rank 0 may have met every peer, run, and returned before the last of them have met each other.
            (NodeState::Running | NodeState::Joining, JobEvent::LeaveAsked(code)) if self.rank != Rank(0) => {
                self.state = NodeState::Leaving { code };
                Ok(JobAction::SendLeaveAck)
            }
            (NodeState::Leaving { .. }, JobEvent::PeerJoined(_)) if self.rank != Rank(0) => Ok(JobAction::Wait),
            (NodeState::Leaving { code }, JobEvent::LeaveAcked(peer)) if self.rank == Rank(0) => {
                self.acked(peer, code).ok_or(unexpected)
            }
            _ => Err(unexpected),
        }
    }

    fn end(&mut self, code: i32) -> JobAction {
        self.state = NodeState::Ended { code };
        JobAction::Exit(code)
    }

    /// Moves `peer` from one standing to another; `None` where it does not have the first.
    fn mark(&mut self, peer: Rank, from: Peer, to: Peer) -> Option<()> {
        let known = self.peers.get_mut(usize::from(peer.0)).filter(|known| **known == from)?;
        if peer == self.rank {
            return None;
        }
        *known = to;
        Some(())
    }

    fn all(&self, standing: Peer) -> bool {
        let own = usize::from(self.rank.0);
        self.peers.iter().enumerate().all(|(rank, peer)| rank == own || *peer == standing)
    }

    fn joined(&mut self, peer: Rank) -> Option<JobAction> {
        self.mark(peer, Peer::Awaited, Peer::Joined)?;
        if !self.all(Peer::Joined) {
            return Some(JobAction::Wait);
        }
        self.state = NodeState::Running;
        Some(JobAction::Run)
    }

    fn leave(&mut self, code: i32) -> JobAction {
        if self.peers.len() == 1 {
            return self.end(code);
        }
        self.state = NodeState::Leaving { code };
        JobAction::SendLeave(code)
    }

    fn acked(&mut self, peer: Rank, code: i32) -> Option<JobAction> {
        self.mark(peer, Peer::Joined, Peer::Left)?;
        Some(if self.all(Peer::Left) { self.end(code) } else { JobAction::Wait })
    }

    fn lost(&mut self, peer: Rank, cause: LossCause) -> Option<JobAction> {
        let known = *self.peers.get(usize::from(peer.0))?;
        Some(match self.state {
            _ if peer == self.rank => self.blame(peer, cause),
            NodeState::Leaving { code } if self.rank != Rank(0) => {
                // Rank 0 goes last: its end is the signal, unless it failed. Of the others, rank 0 knows who left and
                // who was lost.
                match (peer, cause) {
                    (Rank(0), LossCause::Closed) => self.end(code),
                    (Rank(0), _) => self.blame(peer, cause),
                    _ => JobAction::Wait,
                }
            }
            NodeState::Leaving { .. } if known == Peer::Left && cause == LossCause::Closed => JobAction::Wait,
            _ => self.blame(peer, cause),
        })
    }

    /// What this node itself sent may be what made no sense.
    fn blame(&mut self, peer: Rank, cause: LossCause) -> JobAction {
        let own = peer == self.rank && cause == LossCause::Garbled;
        self.state = NodeState::Ended { code: if own { exit::BROKEN_RULE } else { exit::PEER_LOST } };
        JobAction::Blame(peer, cause)
    }
}

#[cfg(test)]
mod tests;
