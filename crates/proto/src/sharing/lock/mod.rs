//! A lock whose data go along with it: `Mutex`.
//!
//! Whoever has the lock's one **token** has its data. The nodes that have the token or have asked for it form a chain,
//! in the order in which the home heard of them; the home knows only the last of them, the tail.
//!
//! ```text
//!  asker            home             tail            holder
//!    |-- Request ---->|                |                |
//!    |                |-- Next(asker)->|                |      home: the asker is the tail from now on
//!    |                                 |<---- Grant ----|      with the data, straight from seat to seat
//!    |<------------- Grant ------------|                       once the tail has done with it
//! ```
//!
//! Each node has a [`Seat`] for each lock it uses: at most one request is out, however many threads wait. A thread that
//! unlocks serves the node's own waiters first, until the node's time with the lock is spent and another node waits.
//! How long that time is, is the caller's to say: a multiple of what a hand-over costs, and short for those who wait.
//! The thread calls the first waiter, and until that comes the lock is free for whoever is at it: a thread that runs
//! takes it and gives it back many times before one that sleeps is awake. After [`COHORT`] times the first waiter has
//! it without being called. Nobody's turn depends on an order of messages: a Next may come before the Grant that it is
//! for.
//!
//! A thread that would not wait (`try_lock`), or not for long, must learn that the lock is held, and never that it is
//! when it is not. So a request may carry a question; whoever is told that the asker comes next sends Busy if the lock
//! is held there, or if a thread there waits for good: its wait has begun, so it may as well have the lock already.
//! If not, the token may be anywhere before it in the chain, or under way, and the seat hands the question on to the
//! node that it comes behind itself, by a Probe. A Probe that finds the token gone on is dropped: the token is on its
//! way to where the question came from, and what comes of it there answers. A seat whose threads have given up stays in
//! the chain, and passes the token on when it comes.
//!
//! No thread gives up before the home has heard of its request. So when an owner who is alone with the lock has the
//! token, and no other node waits for it, the chain ends there. Where one does, of which all threads have given up, the
//! owner lets the token go and takes it once more. A guard that was forgotten keeps no owner waiting who has the token,
//! or comes next after it; where others between them have given up, it does. What may come after that are Probes and
//! Busys, which mean nothing.

mod seat;

pub use super::Illegal;
pub use seat::{Place, Seat};

use crate::Rank;
/// How often threads of a node may have the lock while one of them waits that came before.
pub const COHORT: u32 = 64;

/// The question of an owner, which is none: whoever holds the lock has forgotten that, and lets it go.
pub const ALONE: u64 = u64::MAX;

/// How far apart a node's tickets are: between them lie the numbers of the questions that it asks.
pub const TICKET_STEP: u64 = 1 << 16;

operations! {
    /// What nodes say about a lock. `a` and `number` are operands of the frame.
    pub enum Op {
        /// To the home: the sender wants the token. `a`: the question whether the lock is held, or 0.
        Request = 1,
        /// From the home to the tail: node `number` comes next. `a` as in the request.
        Next = 2,
        /// The token, and the data as body. `a`: flags of the data's.
        Grant = 3,
        /// To question `a`: the lock is held. The receiver comes behind node `number`.
        Busy = 4,
        /// Is the lock held? The receiver comes before the sender, who does not know. `number`: who asks, and in the
        /// upper half whom it comes behind; `a`: the question.
        Probe = 5,
        /// To the home: the lock is no more; its data are not at home.
        End = 6,
        /// To the home, which answers: who held the lock has panicked (`a` 1), all is well again (`a` 0), or which
        /// of the two (`a` 2).
        Poison = 7,
    }
}

/// What the home knows: the last of the chain.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::lock::Home;
/// let mut home = Home::new(Rank(0));
/// assert_eq!(home.request(Rank(2)), Ok(Rank(0)), "whom to tell that node 2 comes next");
/// assert_eq!(home.request(Rank(1)), Ok(Rank(2)));
/// assert!(home.request(Rank(1)).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Home {
    tail: Rank,
}

impl Home {
    /// A lock made at `home`, where its token is.
    #[must_use]
    pub const fn new(home: Rank) -> Home {
        Home { tail: home }
    }

    /// The last of the chain.
    #[must_use]
    pub const fn tail(self) -> Rank {
        self.tail
    }

    /// Takes a request, and says whom to tell that the asker comes next.
    ///
    /// # Errors
    /// The asker is the tail: it has the token, or has asked already.
    pub fn request(&mut self, from: Rank) -> Result<Rank, Illegal> {
        if from == self.tail {
            return Err(Illegal("a request by the last of the chain"));
        }
        Ok(std::mem::replace(&mut self.tail, from))
    }
}

/// How long a thread is ready to wait.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Patience {
    /// Until it has the lock.
    Endless,
    /// Until it leaves.
    Limited,
    /// Not at all, once it is known that the lock is held.
    None,
    /// Until it has the lock, whose owner it is, alone with it: who holds it has forgotten that.
    Alone,
}

/// What happens at a seat. Tickets name threads; those of a node rise, by [`TICKET_STEP`] at least.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// A thread of this node wants the lock.
    Lock {
        /// The thread.
        ticket: u64,
        /// How long it waits.
        patience: Patience,
    },
    /// A waiting thread's time is up.
    Leave {
        /// The thread.
        ticket: u64,
    },
    /// A thread that was called is awake.
    Come {
        /// The thread.
        ticket: u64,
    },
    /// The thread that holds the lock gives it back.
    Unlock {
        /// Whether the node has had the lock for as long as it may while another waits.
        spent: bool,
    },
    /// The token came.
    Granted,
    /// The home says who comes next.
    Next {
        /// The node.
        to: Rank,
        /// Its question whether the lock is held, if it has one.
        question: Option<u64>,
    },
    /// An answer: the lock is held.
    Busy {
        /// The question.
        question: u64,
        /// Whom this node comes behind.
        behind: Rank,
    },
    /// The node that comes next hands a question on.
    Probe {
        /// That node.
        from: Rank,
        /// What it wants to know.
        doubt: Doubt,
    },
}

/// A question whether the lock is held, on the way up the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Doubt {
    /// Who asks.
    pub asker: Rank,
    /// Its number for it: higher than those of its questions before.
    pub question: u64,
    /// Whom it comes behind.
    pub behind: Rank,
}

/// What a seat's node must do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// The thread whose event this is has the lock.
    Take,
    /// This waiting thread has the lock.
    Wake(u64),
    /// This waiting thread may have the lock if it comes ([`Event::Come`]) before another, and else waits on.
    Call(u64),
    /// This thread does not get the lock: it is held, or its time is up.
    Refuse(u64),
    /// Send the home a request.
    Request {
        /// A question whether the lock is held.
        question: Option<u64>,
    },
    /// Send the token and the data to this node.
    Grant(Rank),
    /// Tell the asker that the lock is held.
    Busy(Doubt),
    /// Hand the question on to this node.
    Probe {
        /// The node that this one comes behind.
        to: Rank,
        /// The question.
        doubt: Doubt,
    },
}
