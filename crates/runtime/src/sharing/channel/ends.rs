//! The ends of channels: what of them lies in values, and what threads do with them.

use super::away::{self, Answer, Sent};
use super::hall::{Hall, Outcome, Weigh};
use super::parcel::{Outbound, Parcel, landed, packed};
use super::{hall_of, lost};
use crate::cancel::{self, Limit};
use crate::node::{self, Node};
use crate::serve::frees_for_a_peer;
use crate::sharing::Ask;
use drust_fabric::schedule;
use drust_heap::trace::{Forgetting, Kind, Landing, Outgoing, Weights};
use drust_heap::{Described, Fixed, Portable};
use drust_proto::Address;
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::channel::{HomeEvent, How, Lack, MINT, Op, Refusal, Want, share_of};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How long a thread waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until then.
    Until(Instant),
    /// For ever.
    Endless,
}

impl Patience {
    /// How long a thread waits for an answer; to one that does not wait it comes at once.
    fn limit(self) -> Limit {
        match self {
            Patience::Until(deadline) => Limit::of_thread(Some(deadline)),
            Patience::Endless => Limit::of_thread(None),
            Patience::None => Limit::NONE,
        }
    }

    /// To be called where a wait came to nothing: unless that was the answer, the thread unwinds.
    fn expire(self, answered: bool) {
        match self {
            Patience::Endless if !answered => cancel::unwind(),
            Patience::Until(_) if !answered => cancel::check(),
            Patience::Endless | Patience::Until(_) | Patience::None => {}
        }
    }
}

/// A sender: the channel's name, and this sender's part of what its home has given out.
///
/// The weight is 0 in a copy, which grants nothing, and never in what is owned. It is split under `&`, by clones.
#[repr(C)]
#[derive(Debug)]
pub struct Source {
    fixed: Fixed,
    weight: AtomicU64,
}

impl Source {
    /// How traces treat it: weight goes along with what departs, and stays behind what is lent.
    pub const KIND: Kind = Kind {
        size: size_of::<Source>(),
        along: false,
        weigh: weigh_source,
        send: send_source,
        land: land_source,
        forget: forget_source,
    };

    /// The channel's name.
    #[inline]
    #[must_use]
    pub fn fixed(&self) -> Fixed {
        self.fixed
    }

    fn split(&self) -> Option<u64> {
        let mut share = 0;
        let split = |weight| {
            share = share_of(weight);
            (share > 0).then(|| weight - share)
        };
        self.weight.fetch_update(Ordering::Relaxed, Ordering::Relaxed, split).ok()?;
        Some(share)
    }
}

impl Clone for Source {
    /// Another sender. Sends nothing, but where this is a copy, or was cloned some millions of times: 1 request, 1
    /// reply.
    fn clone(&self) -> Source {
        schedule::pass();
        let weight = self.split().unwrap_or_else(|| credit(self.fixed.address()));
        Source { fixed: self.fixed, weight: AtomicU64::new(weight) }
    }
}

impl Drop for Source {
    /// The end of a sender. At the channel's home it sends nothing, else 1 one-way.
    fn drop(&mut self) {
        let Some(node) = node::current().filter(|node| !node.has_ended()) else { return };
        let (name, weight) = (self.fixed.address(), *self.weight.get_mut());
        if !frees_for_a_peer() {
            node.await_one_ways_but(name.home(), false);
        }
        if name.home() == node.rank() {
            let hall = node.sharing().channels.hall(name).unwrap_or_else(|| lost(name));
            return hall.weigh(node, Weigh::Back(weight));
        }
        away::flush(node, name);
        super::tell(node, name.home(), name, Op::Back, (0, weight), &[]);
        node.observed_by(name.home());
    }
}

#[cold]
fn credit(name: Address) -> u64 {
    let node = node::here();
    if name.home() == node.rank() {
        let hall = node.sharing().channels.hall(name).unwrap_or_else(|| lost(name));
        hall.weigh(node, Weigh::Credit);
        return MINT;
    }
    let ask = Ask { family: Family::Channel, op: Op::Credit as u16, number: 0, id: 0, address: name, a: 0, b: 0 };
    let (reply, _) = node.ask_share(name.home(), ask, &[], &"credit for a clone of a sender");
    if reply.a == 0 {
        node.refuse(name.home(), "no credit for a sender");
    }
    reply.a
}

unsafe fn weigh_source(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind begins with a `Fixed`, which nobody writes.
    weights.lives(unsafe { *at.cast::<Fixed>() }.address().home(), 0);
}

unsafe fn send_source(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a `Source`, of which only the weight changes under `&`, atomically.
    let Source { fixed, weight } = unsafe { &*source.cast::<Source>() };
    // What is lent stays, with its weight.
    let weight = if out.lends() { 0 } else { weight.load(Ordering::Relaxed) };
    // SAFETY: the target has room for a `Source`; it need not be aligned in an image.
    unsafe { target.cast::<Source>().write_unaligned(Source { fixed: *fixed, weight: AtomicU64::new(weight) }) };
}

unsafe fn land_source(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: a spot of this kind begins with a `Fixed`.
    landing.meet(unsafe { *at.cast::<Fixed>() }.address());
}

unsafe fn forget_source(_: *mut u8, _: &mut Forgetting) {}

/// A new channel of this node: its first sender, and its name for the receiver. Sends nothing.
#[must_use]
pub fn make<T: Portable>(capacity: Option<usize>) -> (Source, Fixed) {
    let node = node::here();
    let channels = &node.sharing().channels;
    let name = channels.name(node.rank());
    channels.halls.with(name, |hall| *hall = Some(Arc::new(Hall::<T>::new(name, node.rank(), capacity))));
    let fixed = Fixed::new(name);
    (Source { fixed, weight: AtomicU64::new(MINT) }, fixed)
}

/// Sends a value; from another node than the channel's home this is 1 one-way, or where the channel is bounded, or it
/// is this node's first, 2.
///
/// # Errors
/// The value, and why it was not sent: there was no room in time, or there is no receiver.
#[track_caller]
pub fn send<T: Portable>(source: &Source, bounded: bool, value: T, patience: Patience) -> Result<(), (Refusal, T)> {
    cancel::check();
    schedule::pass();
    let (node, name) = (node::here(), source.fixed.address());
    let posts = !bounded && name.home() != node.rank();
    node.await_one_ways_but(name.home(), posts);
    node.await_fetches(Ending::GiveAway);
    if name.home() == node.rank() {
        return send_here(node, &hall_of(node, name), value, patience);
    }
    let value = Outbound::new(node, value);
    let how = if patience == Patience::None { How::Try } else { How::Wait };
    loop {
        let sent =
            if bounded { away::offer(node, name, how, value.bytes()) } else { away::post(node, name, value.bytes()) };
        let Sent::Asked((number, wait)) = sent else {
            value.gone();
            return Ok(());
        };
        let what = &"room in a channel";
        let in_time = wait.until(node, what, &patience.limit());
        if !in_time {
            away::quit(node, name, number);
        }
        match wait.answer(node, what) {
            Answer::Accepted => {
                value.gone();
                return Ok(());
            }
            Answer::Refused(why) => {
                let value = value.kept(node);
                patience.expire(in_time || why == Refusal::Gone);
                return Err((why, value));
            }
            Answer::Retry => {}
            Answer::Got(_) | Answer::Lack(_) | Answer::Closed(_) => {
                node.refuse(name.home(), "an answer to another question about a channel")
            }
        }
    }
}

fn send_here<T: Portable>(
    node: &'static Node,
    hall: &Hall<T>,
    value: T,
    patience: Patience,
) -> Result<(), (Refusal, T)> {
    let leaves = T::DESCRIPTOR.takes_counted() || hall.leads_away();
    let value = if leaves { Parcel::Packed(Box::new(packed(node, value))) } else { Parcel::Here(value) };
    let (from, how) = (node.rank(), if patience == Patience::None { How::Try } else { How::Wait });
    let asked = hall.ask(node, |ticket| HomeEvent::Send { from, ticket, how, item: value.item() });
    let mut in_time = true;
    let outcome = asked.unwrap_or_else(|(ticket, wait)| {
        let what = &"room in a channel";
        in_time = wait.until(node, what, &patience.limit());
        if !in_time {
            hall.say(node, HomeEvent::Quit { from, ticket });
        }
        wait.answer(node, what)
    });
    match outcome {
        Outcome::Accepted => Ok(()),
        Outcome::Refused(why, value) => {
            let value = value.open(node, from);
            patience.expire(in_time || why == Refusal::Gone);
            Err((why, value))
        }
        Outcome::Got(_) | Outcome::Lack(_) | Outcome::Closed(_) => unreachable!("what is sent is accepted or refused"),
    }
}

/// Receives a value. At the channel's home this sends nothing. Elsewhere it costs 1 one-way or less a value of an
/// unbounded channel, which come ahead of need; 2 of a bounded one, or where there is none.
///
/// # Errors
/// There was none in time, or there will be none.
#[track_caller]
pub fn receive<T: Portable>(fixed: Fixed, patience: Patience) -> Result<T, Lack> {
    cancel::check();
    schedule::pass();
    let (node, name) = (node::here(), fixed.address());
    let (probe, what) = (patience == Patience::None, &"a value from a channel");
    if name.home() != node.rank() {
        let (ticket, wait) = away::want(node, name, probe);
        let in_time = wait.until(node, what, &patience.limit());
        if !in_time {
            away::leave(node, name, ticket);
        }
        return match wait.answer(node, what) {
            Answer::Got(body) => Ok(landed(node, body.bytes(), name.home())),
            Answer::Lack(lack) => {
                patience.expire(in_time || lack == Lack::Gone);
                Err(lack)
            }
            _ => node.refuse(name.home(), "an answer to another question about a channel"),
        };
    }
    let (hall, from) = (hall_of::<T>(node, name), node.rank());
    if let Some(value) = hall.pop() {
        return Ok(value.open(node, from));
    }
    let asked = hall.ask(node, |ticket| HomeEvent::Want { from, want: Want { ticket, probe } });
    let mut in_time = true;
    let outcome = asked.unwrap_or_else(|(ticket, wait)| {
        in_time = wait.until(node, what, &patience.limit());
        if !in_time {
            hall.say(node, HomeEvent::Leave { from, ticket });
        }
        wait.answer(node, what)
    });
    match outcome {
        Outcome::Got(value) => Ok(value.open(node, from)),
        Outcome::Lack(lack) => {
            patience.expire(in_time || lack == Lack::Gone);
            Err(lack)
        }
        _ => unreachable!("who wants a value gets one or hears why not"),
    }
}

/// The end of a channel's receiver: when this returns all nodes know of it, and what was not received is dropped. Where
/// others have sent, or the receiver is elsewhere than at home, this waits: 2 one-ways for each such node.
pub fn close<T: Portable>(fixed: Fixed) {
    let Some(node) = node::current().filter(|node| !node.has_ended()) else { return };
    let (name, from, what) = (fixed.address(), node.rank(), &"all senders to know that the receiver is gone");
    node.await_one_ways_but(name.home(), false);
    if name.home() != node.rank() {
        match away::close(node, name).answer(node, what) {
            Answer::Closed(rest) => rest.iter().for_each(|body| drop(landed::<T>(node, body.bytes(), name.home()))),
            _ => node.refuse(name.home(), "an answer to another question about a channel"),
        }
        return;
    }
    let hall = hall_of::<T>(node, name);
    let asked = hall.ask(node, |ticket| HomeEvent::Close { from, ticket });
    match asked.unwrap_or_else(|(_, wait)| wait.answer(node, what)) {
        Outcome::Closed(rest) => rest.into_iter().for_each(|item| drop(item.value.open(node, from))),
        _ => unreachable!("who closes hears that it is closed"),
    }
}
