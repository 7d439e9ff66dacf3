//! The rules of `RwLock`: one home that grants, and a seat on each node that uses the lock.
//!
//! The home queues what the seats want, first come first served, and grants the lock to one node to write, or to many
//! to read. A node keeps its grant, with the data it came with, until the home recalls it for another: so who reads or
//! writes again pays nothing. At most four messages a grant:
//!
//! ```text
//!  seat                     home                     another seat
//!    | ---- Want(write) ---> |                             |
//!    |                       | ---- Recall ------------->  | finishes what its threads do, forgets its copy
//!    |                       | <--- Return --------------- |
//!    | <--- Grant + data --- |                             |
//! ```
//!
//! The data lie at home, or on the node that may write; nodes that may read have copies. What a writer's node returns
//! carries them home. A writer's node whose threads are reading can return the data and go on with a copy (`kept`), so
//! that readers never wait for readers.
//!
//! * *First come first served*: among nodes by the home's queue, among a node's threads by the seat's. Readers wait
//!   behind a writer that waits. A seat whose grant is recalled serves those who waited for it already, at most
//!   [`COHORT`] of them, and nobody after them.
//! * *Trying*: a request that does not wait asks the holders whether they are idle; one that is not says `Busy`, keeps
//!   its grant, and the request is refused. It leaves nothing behind.
//! * *Giving up*: a waiter whose time is over cancels the request that was made for it, and goes when that is settled;
//!   so every request that is under way has a thread behind it that borrows the lock. Recalls that nobody needs any
//!   more are taken back (`Keep`).
//! * *Owning*: who borrows the lock mutably knows that no guard is in use, so those that were forgotten do not count.
//! * *Order*: what a seat tells its home comes in order, so that nothing is told about a lock that has ended. What a
//!   home tells a seat does too, but for grants, whose data may take another lane: a recall that comes before its
//!   grant is remembered, and one that comes after the return is ignored, by the grant's number. So grants of locks
//!   that have the same address one after another must have different numbers.

mod home;
mod message;
mod seat;

pub use super::Illegal;
pub use home::{Home, HomeAction};
pub use message::{Force, Op, ToHome, ToSeat};
pub use seat::{Seat, SeatAction, SeatEvent};

/// How many waiters a seat still serves after its grant was recalled.
pub const COHORT: u32 = 16;

/// What a guard, or a grant, allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// To read, as others do.
    Read,
    /// To write, alone.
    Write,
}

/// How much who asks is in a hurry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Urgency {
    /// It waits its turn.
    Wait,
    /// It is refused if somebody uses the lock.
    Try,
    /// It borrows the lock mutably: nobody can be using it.
    Own,
}

/// What a recall leaves a holder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Leave {
    /// Nothing.
    Nothing,
    /// To read, if its threads do.
    Read,
}

impl Leave {
    /// What a holder may keep when another gets this.
    const fn beside(mode: Mode) -> Leave {
        match mode {
            Mode::Read => Leave::Read,
            Mode::Write => Leave::Nothing,
        }
    }
}
