//! Values that stay at their node, functions that are sent to them, and grants of what is in them.
//!
//! A resident value lies in a cell at its home, and one function at a time uses it (`turn`): those of this node's
//! threads run where they are called, those of other nodes on threads of the pool. Who waits for a turn holds no lock
//! and waits at a gate. A [`Parcel`] takes values to a function on another node, and back; a call is 1 request and 1
//! reply (`call`). What a reader elsewhere may keep of a value is under grants: `ledger` is the home's side of
//! them, `kept` the reader's.
//!
//! Contract of a resident's cell:
//!
//! 1. Its value is touched by who has the turn, and by its maker and its ender, who are alone with it.
//! 2. What is in its front may be touched by any thread of its home.
//! 3. It lives until its owner ends it. Whoever waits for a turn or an answer borrows it from the owner; a thread that
//!    has run a function for another node touches the cell no more once that has its answer.

mod call;
mod kept;
mod ledger;
mod parcel;
mod resident;
mod turn;

pub use call::{Answer, Call, Service};
pub use kept::{Asking, Inside, Look, expect_outside};
pub use parcel::{Borrowed, Landed, Lodged, Parcel};
pub use resident::{InTurn, Resident};

use super::cell::{self, Head};
use super::{Ask, Sharing};
use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use drust_proto::sharing::Family;
use drust_proto::sharing::grant::Op;
use drust_proto::{Address, Rank};
use ledger::Ledger;
use turn::Turn;

/// What a node knows of shards that it reads and that live elsewhere.
pub(crate) type Grants = super::table::Table<kept::Record>;

/// What every resident's cell begins with.
#[repr(C)]
struct Front {
    head: Head,
    turn: Turn,
    ledger: Ledger,
}

impl Front {
    fn new() -> Front {
        Front { head: Head::new(Family::Grant), turn: Turn::default(), ledger: Ledger::default() }
    }
}

/// The front of a resident that a peer names.
fn front(node: &Node, address: Address) -> Sense<&'static Front> {
    let head = cell::find(node, address, Family::Grant)?;
    // SAFETY: all cells of this family are residents', which begin with their front (contract 2); who names one to its
    // home waits for it, or owes it a grant, and so keeps it alive (contract 3).
    Ok(unsafe { head.cast::<Front>().as_ref() })
}

/// Does what a peer says about a resident.
///
/// # Errors
/// It makes no sense.
pub(super) fn serve(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    let Some(op) = Op::from_u16(ask.op) else {
        return Err(format!("operation {} of {:?}, which is none", ask.op, ask.family).into());
    };
    match op {
        Op::Run => call::arrive(node, None, call::Job::new(node, from, ask, body)?),
        Op::Use => call::arrive(node, Some(front(node, ask.address)?), call::Job::new(node, from, ask, body)?),
        Op::Look => call::look(node, front(node, ask.address)?, call::Job::new(node, from, ask, body)?),
        Op::Recall => kept::recalled(node, from, ask.address, ask.a)?,
        Op::Return => front(node, ask.address)?.ledger.returned(node, from, ask.a, ask.b)?,
    }
    Ok(())
}

fn grants(sharing: &Sharing) -> &Grants {
    &sharing.grants
}
