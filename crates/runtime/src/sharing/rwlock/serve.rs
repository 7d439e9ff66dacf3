//! What peers say about locks.

use super::turn::{self, POISONED, Record, Turn};
use super::{Base, POISON_CLEAR, POISON_LOOK, POISON_SET};
use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::sharing::{Ask, Reply, cell};
use drust_proto::Rank;
use drust_proto::sharing::Family;
use drust_proto::sharing::rwlock::{Op, SeatEvent, ToHome, ToSeat};
use std::sync::atomic::Ordering;

/// Does what a peer says about a lock.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    let op = Op::from_u16(ask.op).ok_or("an operation on an RwLock that there is not")?;
    match op {
        Op::Want | Op::Cancel | Op::Return | Op::Busy => {
            let message = ToHome::decode((op, ask.number, ask.a, ask.b))?;
            at_home(node, ask, |turn| turn.home(from, message, Some(&body)))
        }
        Op::End if ask.number <= 1 => end(node, from, ask),
        Op::Poison => poison(node, from, ask),
        Op::Grant | Op::Refused | Op::Recall | Op::Keep if from == ask.address.home() => at_seat(node, op, ask, &body),
        Op::End | Op::Grant | Op::Refused | Op::Recall | Op::Keep => {
            Err("a word on an RwLock from the wrong node".into())
        }
    }
}

/// The cell of the lock that a peer names.
fn base<'a>(node: &'static Node, ask: Ask) -> Sense<&'a Base> {
    let head = cell::find(node, ask.address, Family::RwLock)?;
    // SAFETY: a cell of this family begins with a `Base`, and lives until its owner gives it up, before which peers say
    // all that they say about it.
    Ok(unsafe { head.cast::<Base>().as_ref() })
}

fn at_home(node: &'static Node, ask: Ask, run: impl FnOnce(&mut Turn<'_>) -> Sense) -> Sense {
    let base = base(node, ask)?;
    turn::with(node, ask.address, Some(base), None::<fn() -> Record>, run).unwrap_or(Ok(()))
}

/// What the home says; of a lock that this node holds and wants nothing of, that is late, and means nothing.
fn at_seat(node: &'static Node, op: Op, ask: Ask, body: &Body) -> Sense {
    let message = ToSeat::decode((op, ask.number, ask.a, ask.b & !POISONED))?;
    let told = |turn: &mut Turn<'_>| {
        if op == Op::Grant {
            turn.taint(ask.b & POISONED != 0);
        }
        turn.seat(SeatEvent::Told(message), Some(body))
    };
    match turn::with(node, ask.address, None, None::<fn() -> Record>, told) {
        Some(done) => done,
        None if matches!(op, Op::Recall | Op::Keep) => Ok(()),
        None => Err("an answer about an RwLock that was not asked".into()),
    }
}

fn end(node: &'static Node, from: Rank, ask: Ask) -> Sense {
    let base = base(node, ask)?;
    if ask.number == 0 {
        return at_home(node, ask, |turn| turn.end());
    }
    at_home(node, ask, |turn| turn.end_taken(from))?;
    let record = node.sharing().rwlock.records.with(ask.address, Option::take);
    record.iter().for_each(|record| record.remember(node));
    turn::finish(node, base, true);
    Ok(())
}

fn poison(node: &'static Node, from: Rank, ask: Ask) -> Sense {
    if ask.id == 0 {
        return Err("a word on poison that nobody waits for".into());
    }
    let base = base(node, ask)?;
    match ask.number {
        POISON_LOOK => {}
        POISON_SET => base.poisoned.store(true, Ordering::Relaxed),
        POISON_CLEAR => base.poisoned.store(false, Ordering::Relaxed),
        _ => return Err("a word on poison that means nothing".into()),
    }
    let outcome = base.poisoned.load(Ordering::Relaxed).into();
    node.answer_share(from, ask.id, Reply { outcome, ..Reply::default() }, &[]);
    Ok(())
}
