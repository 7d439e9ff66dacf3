//! Channels: queues of values at their homes, and what other nodes know of them.
//!
//! The rules are [`drust_proto::sharing::channel`]'s. A channel's name is an address that no object has: its home's
//! partition, and a number that the home never uses again. So ends are words that travel as they are.
//!
//! A value that is sent at the home stays what it is while it is received there; it becomes an image when another node
//! is to receive it. A value that is sent from elsewhere travels as an image, is queued as it came, and lands where it
//! is received.
//!
//! Contract:
//!
//! 1. Whatever is sent to a node about a channel is sent under the lock of that channel's record, so that it leaves in
//!    the order in which the rules have decided it; such sends never wait.
//! 2. A value in a queue has no fetches under way: who sends it awaits them first, and nobody borrows it after. So what
//!    serves others may pack it. Values with counted handles may need to wait for that: they are packed by who sends.
//! 3. No value is dropped or landed under a lock: what is refused, or left by a receiver, goes to the thread that
//!    asked.

mod away;
mod ends;
mod hall;
mod parcel;
mod posts;
mod wait;

pub use drust_proto::sharing::channel::{Lack, Refusal};
pub use ends::{Patience, Source, close, make, receive, send};

use self::away::Away;
use self::hall::{Hall, Station};
use self::posts::Posts;
use super::{Ask, table::Table};
use crate::arrival::Body;
use crate::failure;
use crate::node::Node;
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode, Part};
use drust_heap::Portable;
use drust_proto::sharing::Family;
use drust_proto::sharing::channel::Op;
use drust_proto::{Address, Partition, Rank};
use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Distance of two names.
const STEP: u64 = 16;

/// What a node knows of channels.
#[derive(Default)]
pub(crate) struct Channels {
    /// Those made here.
    halls: Table<Arc<dyn Station>>,
    /// Those of other nodes that are used here.
    aways: Table<Away>,
    made: AtomicU64,
    posts: Posts,
}

impl Channels {
    /// A name that was never used.
    fn name(&self, home: Rank) -> Address {
        Address::new(Partition(home.0), STEP * (1 + self.made.fetch_add(1, Ordering::Relaxed)))
    }

    /// Whether such a channel was ever made here.
    fn was_made(&self, name: Address) -> bool {
        let number = name.offset() / STEP;
        name.offset().is_multiple_of(STEP) && (1..=self.made.load(Ordering::Relaxed)).contains(&number)
    }

    fn hall(&self, name: Address) -> Option<Arc<dyn Station>> {
        self.halls.with(name, |hall| hall.clone())
    }
}

/// Does what a peer says about a channel.
///
/// # Errors
/// It makes no sense.
pub(super) fn serve(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    let op = Op::from_u16(ask.op).ok_or("that is nothing that one says about a channel")?;
    if (ask.id != 0) != (op == Op::Credit) {
        return Err(format!("a {op:?} that is not answered so").into());
    }
    if ask.address.home() != node.rank() {
        return away::serve(node, from, op, ask, body);
    }
    let channels = &node.sharing().channels;
    match (channels.hall(ask.address), op) {
        (Some(hall), _) => hall.serve(node, from, op, ask, body),
        // The answer has crossed it, and the channel has ended since.
        (None, Op::Leave | Op::Quit) if channels.was_made(ask.address) => Ok(()),
        (None, _) => Err(format!("a {op:?}, and there is no such channel").into()),
    }
}

thread_local! {
    /// The channel of this node that this thread has used last.
    static LAST: RefCell<Option<(Address, Arc<dyn Any + Send + Sync>)>> = const { RefCell::new(None) };
}

/// A channel of this node, whose end the caller has.
fn hall_of<T: Portable>(node: &'static Node, name: Address) -> Arc<Hall<T>> {
    let last = LAST.try_with(|last| match &*last.borrow() {
        Some((known, hall)) if *known == name => Some(hall.clone()),
        _ => None,
    });
    let hall = last.ok().flatten().unwrap_or_else(|| {
        let hall = node.sharing().channels.hall(name).unwrap_or_else(|| lost(name)).any();
        let before = LAST.try_with(|last| last.replace(Some((name, hall.clone()))));
        drop(before);
        hall
    });
    hall.downcast().unwrap_or_else(|_| failure::end(&format!("channel {name:?} is for values of another type")))
}

#[cold]
fn lost(name: Address) -> ! {
    failure::end(&format!("channel {name:?} has ended, and has an end here"))
}

/// Tells a node something about a channel.
fn tell(node: &Node, to: Rank, name: Address, op: Op, (number, a): (u32, u64), body: &[Part<'_>]) {
    let ask = Ask { family: Family::Channel, op: op as u16, number, id: 0, address: name, a, b: 0 };
    node.tell_share(to, Lane::Small, ask, body, Mode::Defer);
}
