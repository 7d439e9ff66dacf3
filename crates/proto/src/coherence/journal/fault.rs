//! What a replay finds wrong.

use crate::coherence::{
    CopyFault, CopyStep, Ending, FetchesError, FreeKind, Handle, Illegal, LendError, Loan, SlotFault,
};
use crate::{Address, CopyKey, Rank, Stamp, TaskId};
use std::fmt;

/// A record that does not fit the rules, or a state at rest that does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The number of the record, from 0; of a state at rest, how many there were.
    pub record: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}: {}", self.record, self.fault)
    }
}

impl std::error::Error for Violation {}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A step of a handle that the law refuses.
    Illegal(Illegal),
    /// A step of a handle that the law takes otherwise.
    Handle {
        /// What the code made of it.
        code: Handle,
        /// What the law makes of it.
        law: Handle,
    },
    /// A step of a copy that the law refuses.
    Copy(CopyKey, CopyFault),
    /// A step of a copy that the law takes otherwise.
    CopyStep {
        /// What the table made of it.
        code: CopyStep,
        /// What the law makes of it.
        law: CopyStep,
    },
    /// A step of a slot that the law refuses.
    Slot(Address, SlotFault),
    /// A loan or its end that the law refuses.
    Lend(LendError),
    /// A fetch that the law cannot count.
    Fetches(FetchesError),
    /// A borrow ended while a fetch under it was unanswered.
    TooEarly(Ending),
    /// A rank that is not in the cluster.
    NoNode(Rank),
    /// A stamp taken before (rule 1).
    StampReused(Stamp),
    /// A stamp of another node's leases (rule 1).
    ForeignStamp(Stamp),
    /// No object was ever there.
    NoObject(Address),
    /// A stamp that is not the object's present one.
    Stale {
        /// The object.
        address: Address,
        /// The stamp that was used.
        used: Stamp,
        /// The one it has, if it has one.
        present: Option<Stamp>,
    },
    /// A handle is PRIVATE though its stamp was handed out, or stays so (rules 1, 2).
    FalsePrivate(Address),
    /// Another node got a value whose owner thinks that nobody knows its stamp (rule 2).
    NotExposed(Address),
    /// A new object was given a place that has a value.
    HasValue(Address),
    /// Used though its owner has given it up.
    GivenUp(Address),
    /// Freed, moved out of or taken though nobody gave it up.
    NotGivenUp(Address),
    /// Cleared before its home was told, by the node that gave it up.
    NotTold(Address),
    /// Freed in another way than was asked for.
    OtherFree {
        /// The object.
        address: Address,
        /// What was asked for.
        asked: FreeKind,
    },
    /// A handle came home from a lend under its borrower's stamp (rule 8).
    OldName(Address),
    /// A slot lies over a live one.
    Overlap(Address),
    /// Bytes served that are not all the object's.
    Outside(Address),
    /// A handle in a copy was written (rule 5).
    CopyWritten(Address),
    /// More handles hold a copy than it has pins (rule 4).
    Unpinned(Address, Stamp),
    /// A handle gives up a pin that no handle of its kind has (rule 4).
    NoHolder(Address, Stamp),
    /// A task of this name is away already, or none is.
    Task(TaskId),
    /// A question's number is that of one still open.
    RequestedTwice(u64),
    /// An answer to a question that nobody asked.
    NotRequested(u64),
    /// At rest: copies have more pins than forgotten holders explain (rule 4).
    PinsLeft {
        /// Pins that no handle in a copy holds.
        left: u64,
        /// Forgotten holders that were allowed for.
        forgotten: u64,
    },
    /// At rest: a copy is still being filled.
    StillFilling(CopyKey),
    /// At rest: an object was given up and never freed.
    NeverFreed(Address),
    /// At rest: a loan is out.
    StillLent(Loan),
    /// At rest: a task is away.
    StillAway(TaskId),
    /// At rest: fetches are unanswered.
    StillFetching,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Illegal(illegal) => illegal.fmt(f),
            Fault::Handle { code, law } => write!(f, "the code made it {code:?}, the law makes it {law:?}"),
            Fault::Copy(key, fault) => write!(f, "the copy {key:?}: {fault}"),
            Fault::CopyStep { code, law } => write!(f, "the table did {code:?}, the law does {law:?}"),
            Fault::Slot(address, fault) => write!(f, "the slot at {address:?}: {fault}"),
            Fault::Lend(error) => error.fmt(f),
            Fault::Fetches(error) => error.fmt(f),
            Fault::TooEarly(ending) => write!(f, "{ending:?} came before every fetch was answered"),
            Fault::NoNode(rank) => write!(f, "there is no node {rank}"),
            Fault::StampReused(stamp) => write!(f, "stamp {} was taken before", stamp.word()),
            Fault::ForeignStamp(stamp) => write!(f, "stamp {} is of another node's lease", stamp.word()),
            Fault::NoObject(address) => write!(f, "no object was ever at {address:?}"),
            Fault::Stale { address, used, present } => {
                let present = present.map(Stamp::word);
                write!(f, "stamp {} was used of {address:?}, whose present one is {present:?}", used.word())
            }
            Fault::Outside(address) => write!(f, "what was served at {address:?} is not all the object's"),
            Fault::Overlap(address) => write!(f, "the slot lies over the live one at {address:?}"),
            Fault::OtherFree { address, asked } => write!(f, "{address:?} was to be freed as {asked:?}"),
            Fault::Task(task) => write!(f, "task {task} leaves twice, or completes without having left"),
            Fault::PinsLeft { left, forgotten } => write!(f, "{left} pins are left, and {forgotten} holders forgotten"),
            Fault::StillFilling(key) => write!(f, "the copy {key:?} is still being filled"),
            Fault::StillLent(loan) => write!(f, "{} values are still lent to task {}", loan.pieces, loan.task),
            Fault::StillAway(task) => write!(f, "task {task} is still away"),
            Fault::RequestedTwice(id) => write!(f, "question {id} is asked while it is open"),
            Fault::NotRequested(id) => write!(f, "question {id} is answered, which nobody asked"),
            Fault::StillFetching => f.write_str("fetches are still unanswered"),
            Fault::Unpinned(address, stamp) | Fault::NoHolder(address, stamp) => {
                write!(f, "{} ({address:?} under stamp {})", self.of_object(), stamp.word())
            }
            Fault::FalsePrivate(address)
            | Fault::NotExposed(address)
            | Fault::HasValue(address)
            | Fault::GivenUp(address)
            | Fault::NotGivenUp(address)
            | Fault::NotTold(address)
            | Fault::OldName(address)
            | Fault::CopyWritten(address)
            | Fault::NeverFreed(address) => write!(f, "{} ({address:?})", self.of_object()),
        }
    }
}

impl Fault {
    /// The complaints that only name an object.
    fn of_object(&self) -> &'static str {
        match self {
            Fault::FalsePrivate(_) => "a handle is PRIVATE whose stamp was handed out",
            Fault::NotExposed(_) => "the value was handed out while its handle is PRIVATE",
            Fault::HasValue(_) => "the place has a value already",
            Fault::GivenUp(_) => "the object was given up by its owner",
            Fault::NotGivenUp(_) => "nobody gave the object up",
            Fault::NotTold(_) => "the object was given up elsewhere, and its home was not told",
            Fault::OldName(_) => "a handle came home under the stamp it had away",
            Fault::CopyWritten(_) => "a handle in a copy was written",
            Fault::NeverFreed(_) => "the object was given up and never freed",
            Fault::Unpinned(..) => "more handles hold the copy than it has pins",
            _ => "a handle gave up a pin that it did not hold",
        }
    }
}
