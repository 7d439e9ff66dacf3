//! What peers say about locks.

use super::act::{By, perform, request};
use super::poison::Poison;
use super::record::{Data, Record};
use super::{AWAY, place};
use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::sharing::{Ask, Reply, cell};
use drust_proto::Rank;
use drust_proto::sharing::Family;
use drust_proto::sharing::lock::{Doubt, Event, Illegal, Op};
use std::sync::atomic::Ordering;

/// Does what a peer says about a lock.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    let op = Op::from_u16(ask.op).ok_or_else(|| format!("operation {} of a lock, which is none", ask.op))?;
    let question = (ask.a != 0).then_some(ask.a);
    let rank = |number: u32| {
        let rank = u16::try_from(number).ok().filter(|rank| *rank < node.size());
        rank.map(Rank).ok_or_else(|| format!("node {number}, which is none"))
    };
    match op {
        Op::Request => {
            find(node, ask)?;
            request(node, ask.address, from, question, By::Server)
        }
        Op::Next if from != ask.address.home() => Err("a Next from another than the home".into()),
        Op::Next => {
            let event = Event::Next { to: rank(ask.number)?, question };
            at_seat(node, ask, |record| record.step(event).map(|(_, orders)| orders))
        }
        Op::Grant => at_seat(node, ask, |record| {
            // The step may send on at once what has come: it is put down first, and nothing comes of it otherwise.
            let before = std::mem::replace(&mut record.data, Data::Sent(body));
            let suspected = std::mem::replace(&mut record.suspect, ask.a & 1 != 0);
            let stepped = record.granted();
            if stepped.is_err() {
                record.data = before;
                record.suspect = suspected;
            }
            stepped
        }),
        Op::Busy => {
            let event = Event::Busy { question: ask.a, behind: rank(ask.number)? };
            at_seat_if_any(node, ask, event)
        }
        Op::Probe => {
            let (asker, behind) = (rank(ask.number & 0xFFFF)?, rank(ask.number >> 16)?);
            at_seat_if_any(node, ask, Event::Probe { from, doubt: Doubt { asker, question: ask.a, behind } })
        }
        Op::End => {
            find(node, ask)?;
            // SAFETY: it is a live lock of this node.
            if unsafe { place(node, ask.address).as_ref() }.word.load(Ordering::Acquire) != AWAY {
                return Err("the end of a lock whose token is here, or that threads of this node wait for".into());
            }
            // SAFETY: it is a live lock of this node, which its owner gives up; its data are elsewhere.
            unsafe { cell::free(node, place(node, ask.address).cast()) };
            Ok(())
        }
        Op::Poison => {
            find(node, ask)?;
            // SAFETY: it is a live lock of this node.
            let front = unsafe { place(node, ask.address).as_ref() };
            let what = [Poison::Clear, Poison::Set, Poison::Ask].into_iter().find(|what| *what as u64 == ask.a);
            let outcome = what.ok_or("a poison that is none")?.at_home(front);
            if ask.id == 0 {
                return Err("a question about poison without a number".into());
            }
            node.answer_share(from, ask.id, Reply { outcome: u8::from(outcome), ..Reply::default() }, &[]);
            Ok(())
        }
    }
}

/// That a lock of this node is there.
fn find(node: &'static Node, ask: Ask) -> Sense {
    cell::find(node, ask.address, Family::Lock).map(drop)
}

/// Has this node's seat take a step that a peer causes.
fn at_seat(
    node: &'static Node,
    ask: Ask,
    step: impl FnOnce(&mut Record) -> Result<Vec<super::record::Order>, Illegal>,
) -> Sense {
    if ask.address.home() == node.rank() {
        find(node, ask)?;
    }
    let orders = node.sharing().locks.with(node, ask.address, step)?;
    perform(node, ask.address, orders, By::Server)
}

/// As [`at_seat`], with what may come when the lock is no more.
fn at_seat_if_any(node: &'static Node, ask: Ask, event: Event) -> Sense {
    let locks = &node.sharing().locks;
    match locks.peek(ask.address, |record| record.step(event)) {
        Some(stepped) => perform(node, ask.address, stepped?.1, By::Server),
        None => Ok(()),
    }
}
