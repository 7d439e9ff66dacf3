//! What every carrier offers: the trait [`Fabric`] and the small types in its signatures.

use crate::{Host, Message, Part};
use drust_proto::Rank;
use std::fmt;
use std::time::Duration;

/// One of the two ordered streams between a pair of nodes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lane {
    /// Requests, replies and one-ways: what somebody waits for.
    Small = 0,
    /// Bulk data, kept apart so that a small message never waits behind it.
    Bulk = 1,
}

impl Lane {
    /// Both lanes, in the order in which they are polled.
    pub const ALL: [Lane; 2] = [Lane::Small, Lane::Bulk];
}

/// What a send does when the carrier has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Wait until the peer has made room: back-pressure for user threads. Never used by a thread that polls.
    Block,
    /// Never wait: the message is copied to an overflow queue, which later sends and polls drain in order.
    Defer,
}

/// Who sleeps on the bell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The thread that serves while nobody waits.
    Background = 0,
    /// The one waiting thread that polls on behalf of all.
    Leader = 1,
}

/// A peer, or this node's launcher, is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// The node that was lost; with [`Cause::LauncherGone`] this node itself.
    pub rank: Rank,
    /// How it was noticed.
    pub cause: Cause,
}

/// How a loss was noticed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Its connection closed without a farewell: the process died.
    Closed,
    /// It said farewell and left in order. Sends to it fail with this; it is not reported to [`Fabric::on_lost`].
    Departed,
    /// What it sent made no sense.
    Broken(&'static str),
    /// The launcher of this node died.
    LauncherGone,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::Closed => write!(f, "node {} was lost: its process closed the connection", self.rank),
            Cause::Departed => write!(f, "node {} has left the cluster", self.rank),
            Cause::Broken(what) => write!(f, "node {} was lost: it sent a broken record ({what})", self.rank),
            Cause::LauncherGone => write!(f, "node {} lost its launcher, which died", self.rank),
        }
    }
}

impl std::error::Error for Lost {}

/// A peer's partition as it is mapped in this process.
///
/// The mapping lives as long as the carrier that gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// Where the partition starts in this process.
    pub base: *mut u8,
    /// Its length in bytes.
    pub len: usize,
    /// Where it starts in its home's own address space.
    pub origin: usize,
}

/// What was sent to one peer since the start.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sent {
    /// Messages accepted, deferred ones included.
    pub messages: u64,
    /// Bytes of their payload.
    pub bytes: u64,
}

/// Called once for each loss.
pub type OnLost = Box<dyn Fn(Lost) + Send>;

/// A carrier of messages between the nodes of a cluster.
///
/// # Contract
///
/// 1. Messages of one (sender, receiver, lane) arrive once each, whole, in the order in which the sends returned;
///    nothing is said of order between lanes or pairs. A node may send to itself.
/// 2. At most one thread drains arrivals at a time; [`poll`](Fabric::poll) on a second thread, or from inside the sink,
///    returns 0 at once. The sink may send with [`Mode::Defer`] and must be short.
/// 3. The bell: a thread takes a [`ticket`](Fabric::ticket), then [`arm`](Fabric::arm)s, then
///    [`doze`](Fabric::doze)s with the ticket. Whatever arrives after `arm` answered `true`, and every
///    [`wake`](Fabric::wake) after the ticket was taken, ends the doze. The last role armed is the one that is woken.
/// 4. What was deferred is sent without further calls by user threads, as long as somebody polls when woken.
pub trait Fabric: Send + Sync + 'static {
    /// This node.
    fn rank(&self) -> Rank;

    /// Nodes in the cluster.
    fn size(&self) -> u16;

    /// Sends one message, the bytes of `parts` one after the other.
    ///
    /// # Errors
    /// The peer was lost, before or while the message was being sent.
    ///
    /// # Panics
    /// Where `to` is not in the cluster.
    fn send(&self, to: Rank, lane: Lane, parts: &[Part<'_>], mode: Mode) -> Result<(), Lost>;

    /// Gives everything that has arrived to `sink`, and moves deferred messages on; returns how many messages it gave.
    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize;

    /// The state of a role's bell before going to sleep.
    fn ticket(&self, role: Role) -> u32;

    /// Asks that `role` be woken by the next arrival. `false`: something is there already, poll first.
    fn arm(&self, role: Role) -> bool;

    /// Sleeps until the bell has rung since `ticket` was taken, or for `timeout`; may return early.
    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>);

    /// Ends the doze of `role` on this node, now or the next one begun with an older ticket.
    fn wake(&self, role: Role);

    /// The partition homed at `home`, where this carrier maps it here.
    fn direct(&self, home: Rank) -> Option<Mapping>;

    /// Says to all peers that this node leaves in order: the end of its connection is then no loss.
    fn farewell(&self) {}

    /// Losses so far, in the order in which they were noticed.
    fn lost(&self) -> Vec<Lost>;

    /// Has `report` called for each loss, those noticed already included, on the thread that notices it.
    fn on_lost(&self, report: OnLost);

    /// What was sent to `to` since the start.
    fn sent(&self, to: Rank) -> Sent;

    /// The load of this host, shared by all its nodes.
    fn host(&self) -> &Host;
}
