//! What nodes share and write by turns: counts, locks, words, channels; each family's rules a pure state machine.
//!
//! [`coherence`](crate::coherence) is about values that have one owner; here are those that have many. Each shared
//! object stays at one node, its home, whose state decides; what the other nodes know of it are records of their own,
//! which the same rules govern.

/// Declares the operations of a family, each with its number on the wire.
macro_rules! operations {
    ($(#[$about:meta])* pub enum Op { $($(#[$doc:meta])* $name:ident = $number:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Op {
            $($(#[$doc])* $name = $number,)*
        }

        impl Op {
            /// All of them.
            pub const ALL: &[Op] = &[$(Op::$name),*];

            /// The operation that bears this number, if one does.
            #[must_use]
            pub fn from_u16(number: u16) -> Option<Op> {
                Op::ALL.iter().copied().find(|op| *op as u16 == number)
            }
        }
    };
}

pub(crate) use operations;

pub mod board;
pub mod cancel;
pub mod channel;
pub mod count;
pub mod fence;
pub mod grant;
pub mod lock;
pub mod migrate;
pub mod rwlock;
pub mod turn;
pub mod word;

use std::fmt;

/// What cannot happen as things are: a peer breaks the rules, or the caller has a bug. The state is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Illegal(pub &'static str);

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Illegal {}

/// The rules that a message about a shared object is under.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Family {
    /// Counted handles: `Arc`, `Weak`.
    Count = 1,
    /// A lock whose data go along with it: `Mutex`.
    Lock = 2,
    /// A lock that many may read under: `RwLock`.
    RwLock = 3,
    /// Waiting to be notified: `Condvar`.
    Board = 4,
    /// Waiting for each other: `Barrier`, `Once`.
    Turn = 5,
    /// Words that are changed where they are: the atomics.
    Word = 6,
    /// Queues of values: `mpsc`.
    Channel = 7,
    /// The right to keep copies of what a map holds.
    Grant = 8,
    /// Tasks that go from node to node.
    Migrate = 9,
    /// Where there is room and time: what nodes tell the [controller](crate::control), and each other.
    Control = 10,
    /// Tokens that end waits.
    Cancel = 11,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 11] = [
        Family::Count,
        Family::Lock,
        Family::RwLock,
        Family::Board,
        Family::Turn,
        Family::Word,
        Family::Channel,
        Family::Grant,
        Family::Migrate,
        Family::Control,
        Family::Cancel,
    ];

    /// The family that bears this number, if one does.
    #[must_use]
    pub fn from_u8(number: u8) -> Option<Family> {
        Family::ALL.into_iter().find(|family| *family as u8 == number)
    }
}
