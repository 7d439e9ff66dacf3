//! The rules of waiting for each other: `Barrier`, and `Once`, which `OnceLock` and `LazyLock` are made of.
//!
//! Both are states of their home alone. Who waits has asked the home something that is not answered yet, from whichever
//! node; so a turn costs each caller one request and one reply, and its answer tells what has become of it.

mod barrier;
mod once;

pub use barrier::Barrier;
pub use once::{Answer, Once, OnceEvent, Outcome, Value};

use crate::Rank;

/// Who has asked: a thread's question, by its node and its number there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Caller {
    /// The node.
    pub node: Rank,
    /// The question's number, which its node uses once.
    pub id: u64,
}

operations! {
    /// What a message about a barrier or a once is; the operation of its frame.
    pub enum Op {
        /// A thread arrives at a barrier; answered when all have.
        Arrive = 1,
        /// [`OnceEvent::Begin`].
        Begin = 2,
        /// [`OnceEvent::Wait`].
        Wait = 3,
        /// [`OnceEvent::Look`].
        Look = 4,
        /// [`OnceEvent::Finish`].
        Finish = 5,
        /// [`OnceEvent::Reset`].
        Reset = 6,
        /// The owner has dropped it.
        End = 7,
        /// To the home, which answers whether it waited (outcome 1): the caller whose question has the number `a` does
        /// not wait any longer. Its question is answered, too.
        Leave = 8,
    }
}
