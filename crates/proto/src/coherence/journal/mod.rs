//! A journal of what the running system did, and the replay of it through the rules.
//!
//! The heap and the runtime take many transitions in code of their own: the fast paths know their case and do not
//! ask. In builds with debug assertions they note each one as a [`Record`]: what was there before, what happened, what
//! they made of it. [`Replay`] takes every record through [`Handle::step`],
//! [`CopyState::step`](super::CopyState::step), [`Slot::step`](super::Slot::step), [`Ledger`](super::Ledger) and
//! [`Fetches`](super::Fetches), and says where the code did something else. Beside that it keeps what no single node
//! knows, and checks with it what no single step can tell:
//!
//! | of | checked at every record | rules |
//! |---|---|---|
//! | stamps | taken once ever, from the taker's own lease | 1 |
//! | an object | one stamp at a time: who looks, exposes, sends, lands or gives it up has the present one | 1, 8 |
//! | | PRIVATE only from a fresh stamp until the pair is handed out; till then no other node is served | 1, 2 |
//! | | not looked at once its owner gave it up; given up once, freed only then and as it was asked | 6, 8 |
//! | a slot | live when used, clear before it is used again, never two in one place | 10 |
//! | a copy | no fewer pins than handles hold; guards hold more | 4 |
//! | a task | no borrow ends while a fetch is unanswered; loans come home once and whole; completes once | 7, 8 |
//!
//! # What a journal must be
//!
//! All nodes in one journal, from before the first allocation, in the order in which things happened. Records of
//! several threads are in that order only where one thread runs at a time, as in a simulation; where threads run
//! freely, a sink sees two racing transitions in either order and a replay may complain of what was right. A run on
//! several processes has a journal in each, and none of them can be replayed.
//!
//! # Memory
//!
//! One entry for each address that was ever an object's start and is not covered by a later object; one for each
//! (node, value) with a copy; one for each run of consecutive stamps, so of the order of the leases taken and of the
//! stamps drawn but never given to a value.

mod copies;
mod fault;
mod objects;
mod replay;
mod stamps;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Violation};
pub use replay::{Replay, Rest};

use super::{CopyEvent, CopyStep, Ending, Event, FreeKind, Handle, Loan};
use crate::{Address, CopyKey, DescriptorId, Rank, Stamp, TaskId};

/// Who begins fetches and waits for them: a thread, which runs one task at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Doer {
    /// Its node.
    pub node: Rank,
    /// Its number in the process.
    pub thread: u32,
}

/// One transition, as the code that took it tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Record {
    /// A slot of a partition was handed out and marked with its type.
    Allocated {
        /// Where it begins.
        address: Address,
        /// Its size.
        bytes: u64,
        /// The type of its values.
        descriptor: DescriptorId,
        /// Values that fit.
        capacity: u64,
        /// Whether the type has a user `Drop` anywhere inside.
        user_drop: bool,
    },
    /// The home agreed to free a slot that it was told to; [`Record::Cleared`] follows.
    Freed {
        /// Where it begins.
        address: Address,
        /// What becomes of the contents.
        kind: FreeKind,
        /// Initialised values, as the freeing handle had it.
        elements: u64,
    },
    /// A slot was cleared and may be handed out again.
    Cleared {
        /// Where it begins.
        address: Address,
    },
    /// A handle was made of a new object, or of one whose handle had been taken apart at home.
    New {
        /// The node whose memory it is in.
        node: Rank,
        /// The handle.
        handle: Handle,
    },
    /// The law was asked what an event asks of a handle; it is done next.
    Asked {
        /// The node whose memory the handle is in.
        node: Rank,
        /// The handle.
        handle: Handle,
        /// What is to happen to it.
        event: Event,
    },
    /// A handle took a step.
    Handle {
        /// The node whose memory it is in.
        node: Rank,
        /// Whether it lies in a copy.
        copied: bool,
        /// The handle as it was.
        before: Handle,
        /// What happened.
        event: Event,
        /// The handle as it is now.
        after: Handle,
    },
    /// A handle's address and stamp were handed out, on the word of a node that may not be the handle's own.
    Exposed {
        /// The node that did it.
        by: Rank,
        /// The object.
        address: Address,
        /// The stamp handed out.
        stamp: Stamp,
        /// Whether the handle was PRIVATE.
        was_private: bool,
        /// Whether it is now.
        is_private: bool,
    },
    /// An entry of a copy table took a step.
    Copy {
        /// The node of the table.
        node: Rank,
        /// What it is filed under.
        key: CopyKey,
        /// What happened.
        event: CopyEvent,
        /// What the table made of it.
        step: CopyStep,
    },
    /// A value's bytes were traced out for a reader or a mover.
    Served {
        /// The node that got them.
        reader: Rank,
        /// Which bytes.
        key: CopyKey,
        /// Initialised values among them, where they are the whole; not looked at for a range.
        elements: u64,
        /// Whether the reader moves the object, so that these are its last bytes there.
        moved: bool,
    },
    /// A home was asked for values by a message, which does not tell their stamp.
    Requested {
        /// The node that asks.
        reader: Rank,
        /// Its number for the question.
        id: u64,
        /// Which bytes.
        key: CopyKey,
        /// As in [`Record::Served`].
        elements: u64,
        /// As in [`Record::Served`].
        moved: bool,
    },
    /// A home traced out what it was asked for by a message.
    Answered {
        /// The node that asked.
        reader: Rank,
        /// Its number for the question.
        id: u64,
    },
    /// A fetch was asked for.
    FetchBegun {
        /// By whom.
        by: Doer,
    },
    /// A fetch was answered.
    FetchAnswered {
        /// To whom.
        by: Doer,
    },
    /// A borrow ended, or a write began.
    Ended {
        /// On whose thread.
        by: Doer,
        /// Which end it is.
        ending: Ending,
    },
    /// A task left for another node.
    Spawned {
        /// The task.
        task: TaskId,
        /// Where to.
        to: Rank,
    },
    /// Its completion arrived at its spawner.
    Completed {
        /// The task.
        task: TaskId,
        /// Where it ran.
        from: Rank,
    },
    /// A task took something lent along.
    Lent {
        /// The lender's node.
        node: Rank,
        /// What it took.
        loan: Loan,
    },
    /// What a task had been lent is stored where it was before.
    CameHome {
        /// The lender's node.
        node: Rank,
        /// What came.
        loan: Loan,
    },
}
