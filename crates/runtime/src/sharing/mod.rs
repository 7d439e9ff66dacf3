//! What nodes share: the state of it at its home, what other nodes know of it, and what they tell each other.
//!
//! The rules are pure ([`drust_proto::sharing`]); here are the memory, the messages and the waits. Each family has a
//! module, which serves what peers say about its objects, and does what this node's threads ask. What is served never
//! waits and runs no user code; threads wait at gates, so that others take their places meanwhile.

pub mod board;
pub mod cell;
pub mod channel;
pub mod count;
mod fence;
pub mod grant;
pub mod lock;
pub mod rwlock;
mod table;
pub mod turn;
pub mod word;

pub(crate) use fence::Fences;
pub(crate) use table::Table;
pub(crate) use word::Additions;

use crate::arrival::Body;
use crate::cancel;
use crate::control;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::task::{self, Moves};
use drust_fabric::{Lane, Mode, Part};
use drust_proto::sharing::Family;
use drust_proto::wire::{Frame, HEADER_MAX};
use drust_proto::{Address, Rank};
use std::fmt::Display;
use std::time::Duration;

/// How long a node whose threads are at a lock may have it while another waits: some times what it costs to hand it
/// over, so that most of the time it is used, and short beside what anybody notices.
pub(crate) const TENURE: Duration = Duration::from_micros(100);

/// What a node knows of what is shared, by family.
#[derive(Default)]
pub(crate) struct Sharing {
    pub(crate) boards: board::Boards,
    pub(crate) channels: channel::Channels,
    pub(crate) count: count::Counts,
    pub(crate) rwlock: rwlock::Locks,
    pub(crate) locks: lock::Locks,
    pub(crate) moves: Moves,
    grants: grant::Grants,
    pub(crate) turn: turn::Turns,
}

/// What is said about something shared; the operands are the operation's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) family: Family,
    pub(crate) op: u16,
    pub(crate) number: u32,
    /// The asker's number for it; 0 where nobody waits for an answer.
    pub(crate) id: u64,
    pub(crate) address: Address,
    pub(crate) a: u64,
    pub(crate) b: u64,
}

/// What was answered.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Reply {
    pub(crate) outcome: u8,
    pub(crate) number: u32,
    pub(crate) a: u64,
    pub(crate) b: u64,
}

/// Does what a peer says about something shared.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    // What is said of room and load is no operation of the program's, and counts as none.
    if ask.id == 0 && ask.family != Family::Control {
        node.count(|counters| &counters.one_ways_done, 1);
    }
    match ask.family {
        Family::Count => count::serve(node, from, ask, &body),
        Family::Lock => lock::serve(node, from, ask, body),
        Family::RwLock => rwlock::serve(node, from, ask, body),
        Family::Board => board::serve(node, from, ask),
        Family::Turn => turn::serve(node, from, ask, &body),
        Family::Word => word::serve(node, from, ask, &body),
        Family::Channel => channel::serve(node, from, ask, body),
        Family::Grant => grant::serve(node, from, ask, body),
        Family::Migrate => task::serve_migrate(node, from, ask, body),
        Family::Control => control::serve(node, from, ask, &body),
        Family::Cancel => cancel::serve(node, ask),
    }
}

impl Node {
    /// Asks a peer about something shared, and waits for the answer. 1 request, 1 reply.
    ///
    /// The caller may wait: it is no serving thread, and holds no lock.
    pub(crate) fn ask_share(&'static self, to: Rank, ask: Ask, body: &[Part<'_>], what: &dyn Display) -> (Reply, Body) {
        let (id, asked) = self.queries().ask(to);
        self.count(|counters| &counters.requests, 1);
        self.send_share(to, Lane::Small, Ask { id, ..ask }, body, Mode::Block);
        match asked.wait(self, what) {
            (Frame::Shared { outcome, number, a, b, .. }, body) => (Reply { outcome, number, a, b }, body),
            (other, _) => self.refuse(to, format!("a Share was answered by {}", other.name())),
        }
    }

    /// Tells a peer something about what is shared. 1 one-way.
    pub(crate) fn tell_share(&self, to: Rank, lane: Lane, ask: Ask, body: &[Part<'_>], mode: Mode) {
        debug_assert_eq!(ask.id, 0, "nobody waits for an answer");
        self.count(|counters| &counters.one_ways, 1);
        self.send_share(to, lane, ask, body, mode);
    }

    /// Answers a peer, from whichever thread. 1 reply.
    pub(crate) fn answer_share(&self, to: Rank, id: u64, reply: Reply, body: &[Part<'_>]) {
        let Reply { outcome, number, a, b } = reply;
        let len = body.iter().map(|part| part.len() as u64).sum();
        self.count(|counters| &counters.replies, 1);
        self.send_frame(to, Lane::Small, Frame::Shared { outcome, number, id, a, b, len }, body, Mode::Defer);
    }

    /// Says something about what is shared; counted by nobody.
    pub(crate) fn send_share(&self, to: Rank, lane: Lane, ask: Ask, body: &[Part<'_>], mode: Mode) {
        let Ask { family, op, number, id, address, a, b } = ask;
        let len = body.iter().map(|part| part.len() as u64).sum();
        self.send_frame(to, lane, Frame::Share { family, op, number, id, address, a, b, len }, body, mode);
    }

    /// Sends a frame and its body; a lost peer ends the job by way of the watcher.
    fn send_frame(&self, to: Rank, lane: Lane, frame: Frame, body: &[Part<'_>], mode: Mode) {
        let mut header = [0; HEADER_MAX];
        let len = frame.encode(&mut header);
        let head = Part::from(&header[..len]);
        let _ = match body {
            [] => self.send(to, lane, &[head], mode),
            [only] => self.send(to, lane, &[head, *only], mode),
            _ => self.send(to, lane, &[&[head], body].concat(), mode),
        };
    }
}
