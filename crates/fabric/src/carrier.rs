//! What every carrier offers: the trait [`Fabric`] and the small types in its signatures.

use crate::{Host, Message, Part};
use drust_proto::Rank;
use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
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
    /// Who noticed it, where that was another node that said so ([`Fabric::announce`]).
    pub by: Option<Rank>,
}

/// How a loss was noticed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// Its connection closed without a farewell: the process died, or the link did.
    Closed,
    /// It said farewell and closed its connection: whether it was time to is for others to judge.
    Departed,
    /// What it sent made no sense.
    Broken(Cow<'static, str>),
    /// Nothing was heard of it for so long, not even that it lives.
    Silent(Duration),
    /// It said itself why it ends.
    Ended {
        /// The code that its process exits with.
        code: i32,
        /// Its last words.
        why: String,
    },
    /// The launcher of this node died.
    LauncherGone,
}

impl Lost {
    /// A loss that this node noticed itself.
    #[must_use]
    pub fn seen(rank: Rank, cause: Cause) -> Lost {
        Lost { rank, cause, by: None }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Closed => f.write_str("its connection closed: its process ended, or the link to it did"),
            Cause::Departed => f.write_str("it has left the cluster"),
            Cause::Broken(what) => write!(f, "it sent what makes no sense ({what})"),
            Cause::Silent(time) => write!(f, "nothing was heard of it for {time:?}"),
            Cause::Ended { code, why } => write!(f, "it ended with code {code}: {why}"),
            Cause::LauncherGone => f.write_str("its launcher died"),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} was lost: {}", self.rank, self.cause)?;
        self.by.map_or(Ok(()), |by| write!(f, " (seen by node {by})"))
    }
}

impl std::error::Error for Lost {}

/// The process that a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Process {
    /// The name of the host it runs on.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
}

impl Process {
    /// The calling process.
    #[must_use]
    pub fn own() -> Process {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Process { host, pid: std::process::id() }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}, pid {}", self.host, self.pid)
    }
}

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
    /// System calls that took them, on carriers that make calls to send.
    pub calls: u64,
}

impl Sum for Sent {
    fn sum<I: Iterator<Item = Sent>>(all: I) -> Sent {
        all.fold(Sent::default(), |sum, one| Sent {
            messages: sum.messages + one.messages,
            bytes: sum.bytes + one.bytes,
            calls: sum.calls + one.calls,
        })
    }
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
///    [`wake`](Fabric::wake) after the ticket was taken, ends the doze. The last role armed is the one that is woken,
///    and none after a [`disarm`](Fabric::disarm).
/// 4. What was deferred, and what waits to go out with more, is sent without further calls by user threads, as long as
///    somebody flushes and polls when woken. Losses are noticed as long as somebody does.
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

    /// How many polls without an arrival are to be made between two looks at the clock, and two chances for other
    /// threads of this core: few where each is a system call.
    fn polls_at_once(&self) -> u32 {
        16
    }

    /// The state of a role's bell before going to sleep.
    fn ticket(&self, role: Role) -> u32;

    /// Asks that `role` be woken by the next arrival. `false`: something is there already, poll first.
    fn arm(&self, role: Role) -> bool;

    /// Asks that nobody be woken by arrivals, since the calling thread polls from now on.
    fn disarm(&self);

    /// Sleeps until the bell has rung since `ticket` was taken, or for `timeout`; may return early.
    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>);

    /// Ends the doze of `role` on this node, now or the next one begun with an older ticket.
    fn wake(&self, role: Role);

    /// Sends on what waits to go out together with more. To be called by a thread that is about to wait.
    fn flush(&self) {}

    /// Runs `send`, which sends and does nothing else, and sends on what it did with as few system calls as that takes.
    fn together(&self, send: &mut dyn FnMut()) {
        send();
    }

    /// The partition homed at `home`, where this carrier maps it here.
    fn direct(&self, home: Rank) -> Option<Mapping>;

    /// Says to all peers that this node leaves in order: the end of its connection is then told as [`Cause::Departed`].
    fn farewell(&self) {}

    /// Tells all peers what this node ends of, a peer's loss or its own failure (`lost.rank` is then its own), so that
    /// they blame the same culprit and not this node. For the last moments of a node; it waits for little.
    fn announce(&self, _lost: &Lost) {}

    /// The process that node `rank` is.
    fn process(&self, rank: Rank) -> Process;

    /// Losses so far, in the order in which they were noticed; over a network, by who polls.
    fn lost(&self) -> Vec<Lost>;

    /// Has `report` called for each loss, those noticed already included, on the thread that notices it.
    fn on_lost(&self, report: OnLost);

    /// What was sent to `to` since the start.
    fn sent(&self, to: Rank) -> Sent;

    /// The load of this host, shared by all its nodes.
    fn host(&self) -> &Host;
}
