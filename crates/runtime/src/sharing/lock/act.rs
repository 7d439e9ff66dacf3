//! What this node's threads do with locks, and what comes of each step of a seat.

use super::poison::Poison;
use super::record::{Data, Order, Record, Waiting, kept_type, land, lane_for, pack};
use super::{Front, about, place};
use crate::arrival::Guest;
use crate::cancel::Limit;
use crate::failure;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::sharing::Ask;
use crate::task::run_aside;
use drust_fabric::{Mode, Part};
use drust_heap::Descriptor;
use drust_proto::sharing::lock::{Action, Doubt, Event, Illegal, Op, Patience, Place, TICKET_STEP};
use drust_proto::{Address, Rank};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Looks for others' wishes after the first use of a token that has just come: some microseconds.
const LOOKS: u32 = 8;

/// How long a thread waits for a lock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    Always,
    Deadline(Instant),
    /// Until it is known that another has it.
    Held,
    /// For as long as [`Until::Always`], by the lock's owner, who is alone with it.
    Alone,
}

/// A thread's wish for a lock.
pub(super) struct Want {
    pub(super) address: Address,
    pub(super) descriptor: &'static Descriptor,
    pub(super) until: Until,
    /// For how long, in this wish.
    pub(super) limit: Limit,
    pub(super) at: &'static Location<'static>,
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Want { address, descriptor, at, .. } = self;
        write!(f, "the lock of the {} at {address:?}, wanted at {at}", descriptor.name())
    }
}

/// What comes of a wish at once.
enum Start {
    /// The lock, and where its data lie if they are ready, and nothing is to be asked about them.
    Got(Option<*mut u8>),
    Refused,
    Waits(u64, Arc<Waiting>),
}

/// Who acts on a step: a thread that may wait, or one that serves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Thread,
    Server,
}

impl By {
    fn mode(self) -> Mode {
        match self {
            By::Thread => Mode::Block,
            By::Server => Mode::Defer,
        }
    }
}

/// A step of this node's own that the rules refuse is drust's own mistake.
fn own<R>(stepped: Result<R, Illegal>) -> R {
    stepped.unwrap_or_else(|illegal| failure::end(&format!("a lock of this node's: {illegal}")))
}

impl Want {
    /// Waits for the lock for as long as is wished.
    pub(super) fn get(&self, node: &'static Node) -> Option<super::Holding> {
        let got = match self.start(node) {
            Start::Got(Some(data)) => return Some(super::Holding { data, poisoned: false }),
            Start::Got(None) => true,
            Start::Refused => false,
            Start::Waits(ticket, waiting) => self.wait(node, ticket, waiting),
        };
        got.then(|| self.held(node))
    }

    fn start(&self, node: &'static Node) -> Start {
        let locks = &node.sharing().locks;
        let patience = match self.until {
            Until::Always if self.limit.is_one() => Patience::Limited,
            Until::Always => Patience::Endless,
            Until::Alone => Patience::Alone,
            Until::Deadline(_) => Patience::Limited,
            Until::Held => Patience::None,
        };
        let (start, orders) = locks.with(node, self.address, |record| {
            let ticket = locks.tickets.fetch_add(TICKET_STEP, Ordering::Relaxed) + TICKET_STEP;
            let (actions, orders) = own(record.step(Event::Lock { ticket, patience }));
            let start = match actions.first() {
                Some(Action::Take) => Start::Got(match &record.data {
                    Data::Room(room) if !record.suspect => Some(room.place.as_ptr()),
                    _ => None,
                }),
                Some(Action::Refuse(_)) => Start::Refused,
                _ => Start::Waits(ticket, record.await_turn(ticket)),
            };
            (start, orders)
        });
        perform(node, self.address, orders, By::Thread).unwrap_or_else(|nonsense| failure::end(&nonsense.0));
        start
    }

    /// Waits until the wish is decided: a thread that is called may find the lock taken again, and waits on.
    fn wait(&self, node: &'static Node, ticket: u64, mut waiting: Arc<Waiting>) -> bool {
        let locks = &node.sharing().locks;
        let mut limit = &self.limit;
        loop {
            if !waiting.gate.wait_soon(node, self, limit) {
                limit = &Limit::NONE;
                let (_, orders) = own(locks.with(node, self.address, |record| record.step(Event::Leave { ticket })));
                perform(node, self.address, orders, By::Thread).unwrap_or_else(|nonsense| failure::end(&nonsense.0));
                continue;
            }
            if let Some(got) = waiting.decided() {
                return got;
            }
            match own(locks.with(node, self.address, |record| record.come(ticket))) {
                Ok(true) => return true,
                Ok(false) => return waiting.decided().expect("who waits no more was decided about"),
                Err(again) => waiting = again,
            }
        }
    }

    /// Makes the data of a lock that this thread holds ready for use.
    fn held(&self, node: &'static Node) -> super::Holding {
        let at_home = self.address.home() == node.rank();
        let locks = &node.sharing().locks;
        let kept = || {
            // SAFETY: the lock is held, and so alive; it is this node's.
            unsafe { Front::data(place(node, self.address)) }
        };
        let (sent, suspect) = locks.with(node, self.address, |record| {
            let sent = match std::mem::replace(&mut record.data, Data::Away) {
                Data::Sent(body) => Err(body),
                there => {
                    record.data = there;
                    Ok(if let Data::Room(room) = &record.data { room.place.as_ptr() } else { kept() })
                }
            };
            (sent, record.suspect)
        });
        let data = sent.unwrap_or_else(|body| {
            let room = (!at_home).then(|| Guest::new(self.descriptor, 1, false));
            let target = room.as_ref().map_or_else(kept, |room| room.place.as_ptr());
            // SAFETY: a holder packed what the lock guards; the room, or the cell, is the lock's own.
            let landed = unsafe { land(node, &body, self.descriptor, target) };
            landed.unwrap_or_else(|why| node.refuse(self.address.home(), why));
            locks.with(node, self.address, |record| record.data = room.map_or(Data::Kept, Data::Room));
            target
        });
        super::Holding { data, poisoned: self.is_poisoned(node, suspect) }
    }

    fn is_poisoned(&self, node: &'static Node, suspect: bool) -> bool {
        if self.address.home() == node.rank() {
            // SAFETY: the lock is held, and so alive; it is this node's.
            return Poison::Ask.at_home(unsafe { place(node, self.address).as_ref() });
        }
        let poisoned = suspect && Poison::Ask.ask(node, self.address);
        if suspect && !poisoned {
            // Only holders add to it, and this thread is the holder.
            node.sharing().locks.with(node, self.address, |record| record.suspect = false);
        }
        poisoned
    }
}

/// Gives back a lock that a thread of this node holds.
#[cold]
#[inline(never)]
pub(super) fn unlock(node: &'static Node, address: Address) {
    let (orders, fresh) = own(node.sharing().locks.with(node, address, Record::unlock));
    perform(node, address, orders, By::Thread).unwrap_or_else(|nonsense| failure::end(&nonsense.0));
    if fresh {
        // Who let the token go often wants it back at once: to have that wish served by a thread that must be woken
        // first would cost more than these looks.
        let _ = (0..LOOKS).any(|_| node.progress().poll() > 0);
    }
}

/// Whether another node waits for a lock that is here.
pub(super) fn is_wanted(node: &'static Node, address: Address) -> bool {
    node.sharing().locks.peek(address, |record| record.seat.is_wanted()).unwrap_or(false)
}

/// Whether a record of the lock says that its token is here.
pub(super) fn is_here(node: &'static Node, address: Address) -> bool {
    let here = |record: &mut Record| matches!(record.seat.place(), Place::Here { .. });
    node.sharing().locks.peek(address, here).unwrap_or(false)
}

/// Whether the token is here, and nothing is known of a panic.
pub(super) fn is_beyond_suspicion(node: &'static Node, address: Address) -> bool {
    let clear = |record: &mut Record| matches!(record.seat.place(), Place::Here { .. }) && !record.suspect;
    node.sharing().locks.peek(address, clear).unwrap_or(false)
}

/// Notes that a holder of this node has panicked.
pub(super) fn suspect(node: &'static Node, address: Address) {
    node.sharing().locks.peek(address, |record| record.suspect = true);
}

/// Takes what this node knows of a lock that ends.
pub(super) fn forget(node: &'static Node, address: Address) -> Option<Record> {
    node.sharing().locks.forget(address)
}

/// Takes a request at the home, and tells the last of the chain.
pub(super) fn request(node: &'static Node, address: Address, from: Rank, question: Option<u64>, by: By) -> Sense {
    let (told, orders) = node.sharing().locks.with(node, address, |record| {
        // SAFETY: the lock is alive while it is asked for, and this node's.
        let front = unsafe { place(node, address).as_ref() };
        let mut home = front.home();
        let told = home.request(from)?;
        front.tail.store(home.tail().0, Ordering::Relaxed);
        front.run.store(0, Ordering::Relaxed);
        let own = told == node.rank();
        let orders = if own { record.step(Event::Next { to: from, question })?.1 } else { Vec::new() };
        Ok::<_, Illegal>((told, orders))
    })?;
    if told != node.rank() {
        let ask = Ask { number: u32::from(from.0), a: question.unwrap_or(0), ..about(address, Op::Next) };
        node.tell_share(told, drust_fabric::Lane::Small, ask, &[], by.mode());
    }
    perform(node, address, orders, by)
}

/// Does what a step asks.
///
/// # Errors
/// The home refuses this node's own request.
pub(super) fn perform(node: &'static Node, address: Address, orders: Vec<Order>, by: By) -> Sense {
    for order in orders {
        match order {
            Order::Open(waiting) => waiting.gate.open(node),
            Order::Request(question) if address.home() == node.rank() => {
                request(node, address, node.rank(), question, by)?;
            }
            Order::Request(question) => {
                let ask = Ask { a: question.unwrap_or(0), ..about(address, Op::Request) };
                node.tell_share(address.home(), drust_fabric::Lane::Small, ask, &[], by.mode());
            }
            Order::Grant { to, data, suspect } => grant(node, address, to, data, suspect, by),
            Order::Busy(Doubt { asker, question, behind }) => {
                let ask = Ask { number: u32::from(behind.0), a: question, ..about(address, Op::Busy) };
                node.tell_share(asker, drust_fabric::Lane::Small, ask, &[], by.mode());
            }
            Order::Probe(to, Doubt { asker, question, behind }) => {
                let number = u32::from(behind.0) << 16 | u32::from(asker.0);
                let ask = Ask { number, a: question, ..about(address, Op::Probe) };
                node.tell_share(to, drust_fabric::Lane::Small, ask, &[], by.mode());
            }
        }
    }
    Ok(())
}

/// Sends the token and the data.
fn grant(node: &'static Node, address: Address, to: Rank, data: Data, suspect: bool, by: By) {
    let (descriptor, kept) = match &data {
        Data::Sent(body) => return send(node, address, to, body.bytes().into(), suspect, by),
        Data::Room(room) => (room.descriptor, room.place.as_ptr()),
        Data::Kept => {
            let front = place(node, address);
            // SAFETY: a lock of this node whose token has not left yet is alive.
            (kept_type(front), unsafe { Front::data(front) })
        }
        Data::Away => failure::end("a lock's token was here, and its data were not"),
    };
    let leave = move |place: *mut u8, by: By| {
        // SAFETY: the seat has let the token go, so the data are nobody's but this thread's.
        let image = unsafe { pack(node, place, descriptor) };
        send(node, address, to, image.bytes().into(), suspect, by);
    };
    if by == By::Server && descriptor.takes_counted() {
        // Counted handles may need more credit before they can leave, and this thread may not wait for it.
        run_aside(node, move || {
            // SAFETY: as above: the token has not left yet.
            let kept = || unsafe { Front::data(place(node, address)) };
            let from = if let Data::Room(room) = &data { room.place.as_ptr() } else { kept() };
            leave(from, By::Thread);
        });
    } else {
        leave(kept, by);
    }
}

fn send(node: &'static Node, address: Address, to: Rank, image: Part<'_>, suspect: bool, by: By) {
    let at_home = address.home() == node.rank();
    // SAFETY: the token has not left yet, so the lock is alive; it is this node's.
    let poisoned = at_home && Poison::Ask.at_home(unsafe { place(node, address).as_ref() });
    let ask = Ask { a: u64::from(suspect || poisoned), ..about(address, Op::Grant) };
    node.tell_share(to, lane_for(image.len()), ask, &[image], by.mode());
}
