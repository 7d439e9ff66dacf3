//! A node's record of a lock: its seat, its waiting threads, and the data while they are here and not in the cell.

use super::{AWAY, FREE, Front, HELD, Locks, SLOW};
use crate::arrival::{Body, Guest};
use crate::gate::Gate;
use crate::node::Node;
use crate::sharing::TENURE;
use drust_fabric::{Lane, schedule};
use drust_heap::Descriptor;
use drust_heap::trace::{Image, Landing, Mode as Trace, Outgoing, Place as Spot};
use drust_proto::sharing::lock::{Action, Doubt, Event, Illegal, Place, Seat};
use drust_proto::{Address, Rank};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

/// Images from this size on go by the lane for bulk.
const BULK: usize = 16 << 10;

/// A node's record of a lock.
pub(super) struct Record {
    pub(super) seat: Seat,
    pub(super) data: Data,
    /// Whether a holder may have panicked, as far as is known here.
    pub(super) suspect: bool,
    /// Since when the token is here, and known to be.
    since: Instant,
    /// Whether it came from another node, and nobody has given it back yet.
    fresh: bool,
    waiting: Vec<(u64, Arc<Waiting>)>,
}

/// Where the data are.
pub(super) enum Data {
    /// Not here, or in the hands of a thread of this node.
    Away,
    /// In the lock's cell, at home.
    Kept,
    /// In memory of this record.
    Room(Guest),
    /// As they came.
    Sent(Body),
}

// SAFETY: a record's room holds a Portable value, which may be sent; one thread at a time has it.
unsafe impl Send for Record {}
// SAFETY: as above.
unsafe impl Send for Data {}

/// A thread that waits for a lock, until it is called or its wish is decided.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) gate: Gate,
    decided: AtomicU8,
}

const CALLED: u8 = 0;
const GOT: u8 = 1;
const REFUSED: u8 = 2;

impl Waiting {
    /// Whether it got the lock, once the gate is open; none where it was only called.
    pub(super) fn decided(&self) -> Option<bool> {
        match self.decided.load(Ordering::Acquire) {
            CALLED => None,
            decided => Some(decided == GOT),
        }
    }
}

/// What is to be done once the record's lock is given back.
pub(super) enum Order {
    Open(Arc<Waiting>),
    Request(Option<u64>),
    Grant { to: Rank, data: Data, suspect: bool },
    Busy(Doubt),
    Probe(Rank, Doubt),
}

impl Record {
    fn new(seat: Seat) -> Record {
        let data = if matches!(seat.place(), Place::Here { .. }) { Data::Kept } else { Data::Away };
        Record { seat, data, suspect: false, since: schedule::now(), fresh: false, waiting: Vec::new() }
    }

    /// Notes that a thread waits, under its ticket.
    pub(super) fn await_turn(&mut self, ticket: u64) -> Arc<Waiting> {
        let waiting = Arc::<Waiting>::default();
        self.waiting.push((ticket, waiting.clone()));
        waiting
    }

    fn decide(&mut self, ticket: u64, decided: u8) -> Option<Order> {
        let at = self.waiting.iter().position(|(other, _)| *other == ticket)?;
        let waiting = self.waiting.swap_remove(at).1;
        waiting.decided.store(decided, Ordering::Release);
        Some(Order::Open(waiting))
    }

    /// The token has come.
    pub(super) fn granted(&mut self) -> Result<Vec<Order>, Illegal> {
        (self.since, self.fresh) = (schedule::now(), true);
        self.step(Event::Granted).map(|(_, orders)| orders)
    }

    /// A thread of this node gives the lock back; whether it is the first since the token came, which is free now.
    pub(super) fn unlock(&mut self) -> Result<(Vec<Order>, bool), Illegal> {
        let spent = self.seat.is_wanted() && schedule::now() >= self.since + TENURE;
        let (_, orders) = self.step(Event::Unlock { spent })?;
        let first = std::mem::take(&mut self.fresh);
        Ok((orders, first && self.seat.is_quiet() && self.seat.place() == Place::Here { held: false }))
    }

    /// A thread that was called comes: whether it has the lock, or else how it waits on.
    pub(super) fn come(&mut self, ticket: u64) -> Result<Result<bool, Arc<Waiting>>, Illegal> {
        let Some(at) = self.waiting.iter().position(|(other, _)| *other == ticket) else {
            // It has been decided since.
            return Ok(Ok(false));
        };
        if self.seat.step(Event::Come { ticket })?.is_empty() {
            let waiting = Arc::<Waiting>::default();
            self.waiting[at].1 = waiting.clone();
            return Ok(Err(waiting));
        }
        self.waiting.swap_remove(at);
        Ok(Ok(true))
    }

    /// Takes an event, and says what to do. `Take` and `Refuse` of the thread whose event it is are left to it.
    pub(super) fn step(&mut self, event: Event) -> Result<(Vec<Action>, Vec<Order>), Illegal> {
        let actions = self.seat.step(event)?;
        let mut orders = Vec::new();
        for action in &actions {
            match *action {
                Action::Take => {}
                Action::Wake(ticket) => orders.extend(self.decide(ticket, GOT)),
                Action::Refuse(ticket) => orders.extend(self.decide(ticket, REFUSED)),
                Action::Call(ticket) => {
                    let called = self.waiting.iter().find(|(other, _)| *other == ticket);
                    orders.extend(called.map(|(_, waiting)| Order::Open(waiting.clone())));
                }
                Action::Request { question } => orders.push(Order::Request(question)),
                Action::Grant(to) => {
                    let data = std::mem::replace(&mut self.data, Data::Away);
                    orders.push(Order::Grant { to, data, suspect: self.suspect });
                }
                Action::Busy(doubt) => orders.push(Order::Busy(doubt)),
                Action::Probe { to, doubt } => orders.push(Order::Probe(to, doubt)),
            }
        }
        Ok((actions, orders))
    }

    /// The word that says all there is to say, if one does.
    fn word(&self) -> Option<u32> {
        match (self.seat.place(), &self.data) {
            _ if !self.seat.is_quiet() => None,
            (Place::Here { held: false }, Data::Kept) => Some(FREE),
            (Place::Here { held: true }, Data::Kept) => Some(HELD),
            (Place::Absent, Data::Away) => Some(AWAY),
            _ => None,
        }
    }
}

impl Locks {
    /// Looks at a node's record of a lock, which is made for the time where there is none.
    ///
    /// `look` keeps to the rules of [`Table::with`](crate::sharing::Table::with).
    pub(super) fn with<R>(&self, node: &Node, address: Address, look: impl FnOnce(&mut Record) -> R) -> R {
        let at_home = address.home() == node.rank();
        self.records.with(address, |entry| {
            if at_home {
                // SAFETY: who asks for a lock of this node has it borrowed, or found it by this node's own metadata.
                let front = unsafe { super::place(node, address).as_ref() };
                let seat = match front.word.swap(SLOW, Ordering::AcqRel) {
                    FREE => Some(Seat::new(node.rank(), true)),
                    HELD => Some(Seat::held(node.rank())),
                    AWAY => Some(Seat::new(node.rank(), false)),
                    _ => None,
                };
                let record = match seat {
                    Some(seat) => entry.insert(Record::new(seat)),
                    None => entry.as_mut().expect("a word that is SLOW has a record"),
                };
                let result = look(record);
                if let Some(word) = record.word() {
                    *entry = None;
                    front.word.store(word, Ordering::Release);
                }
                result
            } else {
                let record = entry.get_or_insert_with(|| Record::new(Seat::new(node.rank(), false)));
                let result = look(record);
                if record.word() == Some(AWAY) {
                    *entry = None;
                }
                result
            }
        })
    }

    /// Looks at the record of a lock of another node, if there is one.
    pub(super) fn peek<R>(&self, address: Address, look: impl FnOnce(&mut Record) -> R) -> Option<R> {
        self.records.with(address, |entry| entry.as_mut().map(look))
    }

    /// Takes the record of a lock that ends.
    pub(super) fn forget(&self, address: Address) -> Option<Record> {
        self.records.with(address, Option::take)
    }
}

/// Puts data that were sent where they can be used.
///
/// # Safety
/// They are of the type, packed by a process of this build, and `target` has room for them.
pub(super) unsafe fn land(
    node: &'static Node,
    body: &Body,
    descriptor: &'static Descriptor,
    target: *mut u8,
) -> Result<(), String> {
    let mut rooms = |descriptor: &'static Descriptor, elements: usize, spot: Spot| {
        assert!(spot == Spot::Slot, "what a lock guards borrows nothing");
        crate::law::slot_for(descriptor, elements)
    };
    let mut landing = Landing::new(body.bytes(), &mut rooms).among(node.size());
    // SAFETY: the caller's promise.
    unsafe { landing.unpack(target, descriptor, 1) }.map_err(|refused| format!("a lock's data: {refused}"))
}

/// Packs data that this node gives up.
///
/// # Safety
/// A value of the type lies at `place`, that nobody uses again; on a thread that may wait where counted handles are in
/// it.
pub(super) unsafe fn pack(node: &'static Node, place: *mut u8, descriptor: &'static Descriptor) -> Image {
    let mut image = Image::new();
    let mut out = Outgoing::new(Trace::Depart, 0, &node.vault().copies);
    // SAFETY: the caller gives the value up.
    unsafe { out.pack(&mut image, place, descriptor, 1) };
    node.release_all(&out.released);
    for &slot in &out.vacated {
        // SAFETY: the slot's value was tied to what departed, so it is this node's and nobody else's.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
    image
}

/// The lane for so many bytes.
pub(super) fn lane_for(bytes: usize) -> Lane {
    if bytes < BULK { Lane::Small } else { Lane::Bulk }
}

/// The descriptor of what a lock of this node guards.
pub(super) fn kept_type(front: NonNull<Front>) -> &'static Descriptor {
    // SAFETY: the caller found a live lock.
    unsafe { front.as_ref() }.descriptor
}
