//! A channel at its home: the queue, behind one lock, and the home's own threads.

use super::parcel::Parcel;
use super::posts::LEN;
use super::tell;
use super::wait::{Asking, Waits, Woken};
use crate::arrival::Body;
use crate::failure;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::sharing::{Ask, Reply};
use drust_heap::{Described, Portable};
use drust_proto::sharing::channel::{
    Home, HomeEvent, HomeOrder, How, Illegal, Item, Lack, MINT, Op, Refusal, WINDOW, Want,
};
use drust_proto::{Address, Rank};
use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

/// A channel, whatever it is for.
pub(super) trait Station: Send + Sync {
    /// Does what a peer says.
    fn serve(&self, node: &'static Node, from: Rank, op: Op, ask: Ask, body: Body) -> Sense;
    /// Does what a sender of this node says of its weight.
    fn weigh(&self, node: &'static Node, weigh: Weigh);
    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// What becomes of weight.
pub(super) enum Weigh {
    Credit,
    Back(u64),
}

/// What a thread of the home gets.
pub(super) enum Outcome<T> {
    Got(Parcel<T>),
    Lack(Lack),
    Accepted,
    Refused(Refusal, Parcel<T>),
    Closed(Vec<Item<Parcel<T>>>),
}

type Event<T> = HomeEvent<Parcel<T>>;
type Order<T> = HomeOrder<Parcel<T>>;
/// What the thread that took a step gets by it, and who else got something.
type Taken<T> = (Option<Outcome<T>>, Woken<Outcome<T>>);

/// A channel of this node.
pub(super) struct Hall<T> {
    name: Address,
    bounded: bool,
    room: Mutex<Room<T>>,
}

pub(super) struct Room<T> {
    law: Home<Parcel<T>>,
    /// Room for what the law orders.
    orders: Vec<Order<T>>,
    waits: Waits<Outcome<T>>,
    /// What a node is giving back of the stream.
    unread: Option<(Rank, Vec<Item<Parcel<T>>>)>,
}

impl<T> Room<T> {
    /// A value that a node gives back, before it gives the stream back.
    fn unread(&mut self, from: Rank, item: Item<Parcel<T>>) -> Sense {
        let (giver, items) = self.unread.get_or_insert((from, Vec::new()));
        if *giver != from {
            return Err("a stream comes back from two nodes".into());
        }
        items.push(item);
        Ok(())
    }
}

/// A step of the law, under the lock of the room.
struct Step<'a, T> {
    node: &'static Node,
    hall: &'a Hall<T>,
    room: &'a mut Room<T>,
    /// The number under which the calling thread asks, and what it gets.
    own: Option<u32>,
    mine: Option<Outcome<T>>,
    woken: Woken<Outcome<T>>,
}

impl<T: Portable> Hall<T> {
    pub(super) fn new(name: Address, home: Rank, capacity: Option<usize>) -> Hall<T> {
        let law = Home::new(home, capacity, WINDOW, MINT);
        let room = Room { law, orders: Vec::new(), waits: Waits::default(), unread: None };
        Hall { name, bounded: capacity.is_some(), room: Mutex::new(room) }
    }

    fn lock(&self) -> MutexGuard<'_, Room<T>> {
        self.room.lock().expect("no panic under this lock")
    }

    /// Whether a value that is sent now goes to another node.
    pub(super) fn leads_away(&self) -> bool {
        self.lock().law.leads_away()
    }

    /// The next value, where it is there and nobody else is concerned.
    pub(super) fn pop(&self) -> Option<Parcel<T>> {
        self.lock().law.pop().map(|item| item.value)
    }

    /// Takes a step for a thread of this node, which asks under a number that `event` is given; returns what it gets,
    /// or what it is to wait with.
    pub(super) fn ask(
        &self,
        node: &'static Node,
        event: impl FnOnce(u32) -> Event<T>,
    ) -> Result<Outcome<T>, Asking<Outcome<T>>> {
        let mut room = self.lock();
        let number = room.waits.number();
        let (mine, woken) = self.take(node, &mut room, event(number), Some(number)).unwrap_or_else(|why| mistaken(why));
        let outcome = mine.ok_or_else(|| room.waits.enroll(number));
        drop(room);
        woken.call(node);
        outcome
    }

    /// Takes a step for a thread of this node that gets nothing, or waits already.
    pub(super) fn say(&self, node: &'static Node, event: Event<T>) {
        let taken = self.take(node, &mut self.lock(), event, None);
        let (_, woken) = taken.unwrap_or_else(|why| mistaken(why));
        woken.call(node);
    }

    /// Takes so many values that came in one message.
    fn posted(&self, node: &'static Node, from: Rank, count: usize, body: Body) -> Sense {
        let parts = parts_of(&body, count)?;
        let body = Arc::new(body);
        let items = parts.into_iter().map(|part| Parcel::Came(body.clone(), part).item());
        let mut room = self.lock();
        let (_, woken) = self.drive(node, &mut room, None, |law, orders| law.post(from, items, orders))?;
        drop(room);
        woken.call(node);
        Ok(())
    }

    fn take(
        &self,
        node: &'static Node,
        room: &mut Room<T>,
        event: Event<T>,
        own: Option<u32>,
    ) -> Result<Taken<T>, Illegal> {
        self.drive(node, room, own, |law, orders| law.step(event, orders))
    }

    /// Has the law decide, and does what it orders.
    fn drive(
        &self,
        node: &'static Node,
        room: &mut Room<T>,
        own: Option<u32>,
        decide: impl FnOnce(&mut Home<Parcel<T>>, &mut Vec<Order<T>>) -> Result<(), Illegal>,
    ) -> Result<Taken<T>, Illegal> {
        let mut orders = std::mem::take(&mut room.orders);
        let taken = decide(&mut room.law, &mut orders);
        let mut step = Step { node, hall: self, room, own, mine: None, woken: Woken::default() };
        orders.drain(..).for_each(|order| step.carry_out(order));
        let Step { room, mine, woken, .. } = step;
        room.orders = orders;
        taken.map(|()| (mine, woken))
    }
}

#[cold]
fn mistaken(why: Illegal) -> ! {
    failure::end(&format!("a channel of this node: {why}"))
}

impl<T: Portable> Step<'_, T> {
    fn carry_out(&mut self, order: Order<T>) {
        let (name, own) = (self.hall.name, self.node.rank());
        let node = self.node;
        let say = |to, op, number, a| tell(node, to, name, op, (number, a), &[]);
        match order {
            HomeOrder::Give { to, ticket, item } if to == own => self.answer(ticket, Outcome::Got(item.value)),
            HomeOrder::Give { to, ticket, item } => self.send(to, Op::Give, ticket, item),
            HomeOrder::Lack { to, ticket, lack } if to == own => self.answer(ticket, Outcome::Lack(lack)),
            HomeOrder::Lack { to, ticket, lack } => say(to, Op::Lack, ticket, u64::from(lack == Lack::Gone)),
            HomeOrder::Accept { to, ticket } if to == own => self.answer(ticket, Outcome::Accepted),
            // An unbounded channel's sender has a tap from now on.
            HomeOrder::Accept { to, ticket } => say(to, Op::Accept, ticket, u64::from(!self.hall.bounded)),
            HomeOrder::Refuse { to, ticket, why, item } if to == own => {
                self.answer(ticket, Outcome::Refused(why, item.value));
            }
            HomeOrder::Refuse { to, ticket, why, .. } => say(to, Op::Refuse, ticket, u64::from(why == Refusal::Gone)),
            HomeOrder::Closed { to, ticket, rest } if to == own => self.answer(ticket, Outcome::Closed(rest)),
            HomeOrder::Closed { to, ticket, rest } => {
                let kept = rest.into_iter().filter(|_| !T::DESCRIPTOR.is_trivial());
                kept.for_each(|item| self.send(to, Op::Rest, ticket, item));
                say(to, Op::Closed, ticket, 0);
            }
            HomeOrder::Grant { to } => say(to, Op::Grant, 0, 0),
            HomeOrder::Push { to, item } => self.send(to, Op::Push, 0, item),
            HomeOrder::Last { to } => say(to, Op::Last, 0, 0),
            HomeOrder::Recall { to } => say(to, Op::Recall, 0, 0),
            HomeOrder::Ack { to, bytes } => say(to, Op::Ack, 0, bytes),
            HomeOrder::Over { to } => say(to, Op::Over, 0, 0),
            HomeOrder::End => node.sharing().channels.halls.with(name, |hall| drop(hall.take())),
        }
    }

    fn send(&self, to: Rank, op: Op, ticket: u32, item: Item<Parcel<T>>) {
        let Item { value, bytes } = item;
        value.leave(self.node, |image| tell(self.node, to, self.hall.name, op, (ticket, bytes), &[image.into()]));
    }

    fn answer(&mut self, ticket: u32, outcome: Outcome<T>) {
        if self.own == Some(ticket) {
            self.mine = Some(outcome);
            return;
        }
        let answered = self.room.waits.answer(ticket, outcome, &mut self.woken);
        assert!(answered.is_ok(), "only who waits is answered");
    }
}

impl<T: Portable> Station for Hall<T> {
    fn serve(&self, node: &'static Node, from: Rank, op: Op, ask: Ask, body: Body) -> Sense {
        let (ticket, bytes) = (ask.number, ask.a);
        if op == Op::Post {
            return self.posted(node, from, ticket as usize, body);
        }
        let mut room = self.lock();
        let sent = |how, body| Event::Send { from, ticket, how, item: Parcel::of(body).item() };
        let event = match op {
            Op::Send => sent(How::Wait, body),
            Op::TrySend => sent(How::Try, body),
            Op::Quit => Event::Quit { from, ticket },
            Op::Want | Op::Probe => Event::Want { from, want: Want { ticket, probe: op == Op::Probe } },
            Op::Leave => Event::Leave { from, ticket },
            Op::Report => Event::Report { from, bytes },
            Op::Unread => return room.unread(from, Item { value: Parcel::of(body), bytes }),
            Op::Return => {
                let items = room.unread.take().filter(|(giver, _)| *giver == from).map(|(_, items)| items);
                Event::Return { from, wants: wants_in(&body)?, items: items.unwrap_or_default() }
            }
            Op::Credit => Event::Credit { weight: MINT },
            Op::Back => Event::Back { weight: ask.a },
            Op::OverAck => Event::OverAck { from },
            Op::Close => Event::Close { from, ticket },
            _ => return Err(format!("a {op:?}, which is the home's to say").into()),
        };
        let (_, woken) = self.take(node, &mut room, event, None)?;
        if op == Op::Credit {
            node.answer_share(from, ask.id, Reply { a: MINT, ..Reply::default() }, &[]);
        }
        drop(room);
        woken.call(node);
        Ok(())
    }

    fn weigh(&self, node: &'static Node, weigh: Weigh) {
        self.say(
            node,
            match weigh {
                Weigh::Credit => Event::Credit { weight: MINT },
                Weigh::Back(weight) => Event::Back { weight },
            },
        );
    }

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Where the images of so many values lie in a message, behind their lengths.
fn parts_of(body: &Body, count: usize) -> Sense<Vec<Range<usize>>> {
    let bytes = body.bytes();
    let table = count.checked_mul(LEN).and_then(|table| bytes.get(..table)).ok_or("posts without their lengths")?;
    let mut at = table.len();
    // SAFETY: lengths are sent from initialised bytes.
    let (lens, _) = unsafe { table.assume_init_ref() }.as_chunks::<LEN>();
    let mut parts = Vec::with_capacity(count);
    for len in lens {
        let len = usize::try_from(u64::from_le_bytes(*len)).ok();
        let end = len.and_then(|len| at.checked_add(len)).filter(|end| *end <= bytes.len());
        parts.push(at..end.ok_or("posts that are cut off")?);
        at = parts[parts.len() - 1].end;
    }
    if at == bytes.len() && count > 0 {
        Ok(parts)
    } else {
        Err(format!("{count} posts of {} bytes", bytes.len()).into())
    }
}

/// The bytes of a want: its number, and whether it is a probe.
pub(super) const WANT: usize = 8;

/// The wants in a message.
fn wants_in(body: &Body) -> Sense<Vec<Want>> {
    // SAFETY: wants are sent from initialised bytes.
    let bytes = unsafe { body.bytes().assume_init_ref() };
    let (wants, rest) = bytes.as_chunks::<WANT>();
    if !rest.is_empty() {
        return Err(format!("{} bytes of wants", bytes.len()).into());
    }
    let half = |want: &[u8; WANT], at: usize| want[at..at + 4].try_into().map(u32::from_le_bytes).unwrap_or_default();
    Ok(wants.iter().map(|want| Want { ticket: half(want, 0), probe: half(want, 4) != 0 }).collect())
}

/// A want as bytes.
pub(super) fn want_bytes(want: Want) -> [u8; WANT] {
    (u64::from(want.ticket) | u64::from(want.probe) << 32).to_le_bytes()
}
