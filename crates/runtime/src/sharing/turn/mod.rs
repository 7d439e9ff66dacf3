//! `Barrier`, `Once`, and what is made of that: the state at home, and the callers that wait for their turn.
//!
//! The rules are [`drust_proto::sharing::turn`]. A caller of another node has asked a question that is answered when
//! its turn has come; one at home waits at a gate, by a number of its own.
//!
//! Contract:
//!
//! 1. A cell's machine is touched under its lock, in which nothing waits or is sent.
//! 2. Who is answered by the machine is answered once, by the thread that took the step. A caller whose time is up has
//!    itself taken off, and waits until both that and its question are answered: so it borrows the cell till then.
//! 3. A value that was made lies where its making's `Value` says until it is taken or the cell ends; then nobody
//!    borrows the cell. Nodes that read it elsewhere keep a pinned copy (`once`) until the home tells them to forget.

mod once;

pub use once::{Begun, Made, begin, finish, function_named, get, make_once, name_of, take, wait};

use super::cell::{self, Cell, Head};
use super::{Ask, Reply, Table};
use crate::arrival::Body;
use crate::cancel::{self, Limit};
use crate::failure;
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::serve::for_a_peer;
use drust_fabric::{Lane, Mode, schedule};
use drust_heap::Fixed;
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::turn::{Barrier, Caller, Op};
use drust_proto::wire::Frame;
use drust_proto::{Address, Rank};
use once::{Cached, Making};
use std::fmt::Display;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;

/// What a node knows of turns.
#[derive(Default)]
pub(crate) struct Turns {
    /// Callers of this node at cells of this node.
    waiting: Table<Arc<Waiting>>,
    next: AtomicU64,
    cached: Table<Cached>,
}

struct Waiting {
    gate: Gate,
    reply: OnceLock<Reply>,
}

/// The state of a barrier or a once.
#[repr(C)]
struct Turn {
    head: Head,
    machine: Mutex<Machine>,
}

// SAFETY: it begins with its head; the rest is behind a lock.
unsafe impl Cell for Turn {}

enum Machine {
    Barrier(Barrier),
    Once(Making),
}

/// Who is answered what.
type Replies = Vec<(Caller, Reply)>;

/// What a caller is told, in a reply's outcome.
const NOTED: u8 = 0;
const GO: u8 = 1;
const GO_AND_LEAD: u8 = 2;
const RUN: u8 = 3;
const RUN_POISONED: u8 = 4;
const DONE: u8 = 5;
const POISONED: u8 = 6;
/// It has left.
const LEFT: u8 = 7;

/// The number of an end that is the home's word to forget a value.
const FORGET: u32 = 1;

fn make(machine: Machine) -> Fixed {
    cell::make(Turn { head: Head::new(Family::Turn), machine: Mutex::new(machine) })
}

impl Turn {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().expect("no panic under this lock")
    }
}

/// A barrier for so many, homed here.
#[must_use]
pub fn make_barrier(size: usize) -> Fixed {
    make(Machine::Barrier(Barrier::new(size as u64)))
}

/// Waits until so many have arrived at a barrier, or until `deadline`; whether this was the last of them, if they have.
/// 0 messages at home, else 1 request, 1 reply; the same again where time is up.
///
/// # Safety
/// `fixed` is a barrier, which lives until this returns.
#[track_caller]
pub unsafe fn arrive(fixed: Fixed, deadline: Option<Instant>) -> Option<bool> {
    cancel::check();
    schedule::pass();
    let node = node::here();
    release(node);
    let what = format_args!("the others at a Barrier of node {}", fixed.address().home());
    match ask(node, fixed, Op::Arrive, [0; 3], &what, &Limit::of_thread(deadline)).outcome {
        LEFT if deadline.is_none() => cancel::unwind(),
        LEFT => {
            cancel::check();
            None
        }
        outcome => Some(outcome == GO_AND_LEAD),
    }
}

/// Ends a barrier or a once, and what that has made, which has no user's `Drop`. 0 messages at home, else 1 one-way.
///
/// # Safety
/// Its owner gives it up.
pub unsafe fn end(fixed: Fixed) {
    let Some(node) = node::current().filter(|node| !node.has_ended()) else { return };
    let address = fixed.address();
    if address.home() != node.rank() {
        let ask = Ask { family: Family::Turn, op: Op::End as u16, number: 0, id: 0, address, a: 0, b: 0 };
        return node.tell_share(address.home(), Lane::Small, ask, &[], Mode::Defer);
    }
    let ended = end_here(node, address);
    ended.unwrap_or_else(|why| failure::end(&format!("the end of a turn: {}", why.0)));
}

/// What a thread has done is done before it lets others go on, and its fetches are answered.
fn release(node: &'static Node) {
    node.await_fetches(Ending::Completion);
    node.await_one_ways();
}

/// Asks the home, which may be this node, and waits for the turn, within limits. The words are the operation's number
/// and operands.
fn ask(node: &'static Node, fixed: Fixed, op: Op, words: [u64; 3], what: &dyn Display, limit: &Limit) -> Reply {
    let (address, [number, a, b]) = (fixed.address(), words);
    let number = number as u32;
    let ask = Ask { family: Family::Turn, op: op as u16, number, id: 0, address, a, b };
    if address.home() != node.rank() {
        return ask_home(node, ask, what, limit);
    }
    let id = node.sharing().turn.next.fetch_add(1, Ordering::Relaxed);
    let waiting = Arc::new(Waiting { gate: Gate::new(), reply: OnceLock::new() });
    node.sharing().turn.waiting.with(id, |record| *record = Some(waiting.clone()));
    let own = |done: Sense| done.unwrap_or_else(|why| failure::end(&format!("a turn at {address:?}: {}", why.0)));
    own(step(node, node.rank(), Ask { id, ..ask }));
    if !waiting.gate.wait_limited(node, what, limit) {
        own(leave(node, address, Caller { node: node.rank(), id }).map(drop));
        waiting.gate.wait(node, what);
    }
    waiting.reply.get().copied().unwrap_or_default()
}

fn ask_home(node: &'static Node, ask: Ask, what: &dyn Display, limit: &Limit) -> Reply {
    let home = ask.address.home();
    let (id, mut asked) = node.queries().ask(home);
    node.count(|counters| &counters.requests, 1);
    node.send_share(home, Lane::Small, Ask { id, ..ask }, &[], Mode::Block);
    if !asked.is_in_time(node, what, limit) {
        let leave = Ask { op: Op::Leave as u16, number: 0, a: id, b: 0, ..ask };
        node.ask_share(home, leave, &[], what);
    }
    match asked.wait(node, what).0 {
        Frame::Shared { outcome, number, a, b, .. } => Reply { outcome, number, a, b },
        other => node.refuse(home, format!("a Share was answered by {}", other.name())),
    }
}

/// Takes a caller off a cell of this node, and answers it, if it waits there; whether it did.
fn leave(node: &'static Node, address: Address, caller: Caller) -> Sense<bool> {
    let left = match &mut *turn_at(node, address)?.machine() {
        Machine::Barrier(barrier) => barrier.leave(caller),
        Machine::Once(making) => making.leave(caller),
    };
    if left {
        answer(node, caller, Reply { outcome: LEFT, ..Reply::default() });
    }
    Ok(left)
}

/// Does what a peer says about a barrier or a once.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, _: &Body) -> Sense {
    match Op::from_u16(ask.op) {
        Some(Op::End) if ask.number == FORGET && from == ask.address.home() => once::forget(node, ask.address, ask.a),
        Some(Op::End) if ask.id == 0 => {
            let mut ended = Ok(());
            // What was made may hold what a serving thread cannot wait for, as a lock whose token is elsewhere.
            for_a_peer(|| ended = end_here(node, ask.address));
            return ended;
        }
        Some(Op::Leave) if ask.id != 0 => {
            let left = leave(node, ask.address, Caller { node: from, id: ask.a })?;
            node.answer_share(from, ask.id, Reply { outcome: u8::from(left), ..Reply::default() }, &[]);
        }
        Some(_) if ask.id != 0 => return step(node, from, ask),
        _ => return Err("a turn that there is not".into()),
    }
    Ok(())
}

/// The state in a cell of this node.
fn turn_at<'a>(node: &'static Node, address: Address) -> Sense<&'a Turn> {
    let found = cell::find(node, address, Family::Turn)?;
    // SAFETY: a cell of this family is a `Turn`, and lives until its owner gives it up, before which all have asked.
    Ok(unsafe { found.cast::<Turn>().as_ref() })
}

/// Takes a step of a cell of this node, and answers whom it lets go on.
fn step(node: &'static Node, from: Rank, ask: Ask) -> Sense {
    let op = Op::from_u16(ask.op).ok_or("a turn that there is not")?;
    let caller = Caller { node: from, id: ask.id };
    let turn = turn_at(node, ask.address)?;
    let (replies, forgets) = match &mut *turn.machine() {
        Machine::Barrier(barrier) if op == Op::Arrive => (arrived(barrier, caller), Vec::new()),
        Machine::Barrier(_) => return Err("a barrier at which one only arrives".into()),
        Machine::Once(making) => making.step(caller, op, ask)?,
    };
    forgets.into_iter().for_each(|forget| forget.tell(node, ask.address));
    replies.into_iter().for_each(|(caller, reply)| answer(node, caller, reply));
    Ok(())
}

fn arrived(barrier: &mut Barrier, caller: Caller) -> Replies {
    let all = barrier.arrive(caller).unwrap_or_default();
    let outcome = |leads| if leads { GO_AND_LEAD } else { GO };
    all.into_iter().map(|(caller, leads)| (caller, Reply { outcome: outcome(leads), ..Reply::default() })).collect()
}

fn answer(node: &'static Node, caller: Caller, reply: Reply) {
    if caller.node != node.rank() {
        return node.answer_share(caller.node, caller.id, reply, &[]);
    }
    if let Some(waiting) = node.sharing().turn.waiting.with(caller.id, Option::take) {
        let _ = waiting.reply.set(reply);
        waiting.gate.open(node);
    }
}

/// Frees a cell of this node, and what it has made.
fn end_here(node: &'static Node, address: Address) -> Sense {
    let turn = turn_at(node, address)?;
    // SAFETY: the owner has given the cell up, and nobody else uses it.
    let machine = unsafe { std::ptr::from_ref(&turn.machine).read() };
    let machine = machine.into_inner().expect("no panic under this lock");
    // SAFETY: as above, and what it owned was taken out.
    unsafe { cell::free(node, NonNull::from(turn).cast()) };
    if let Machine::Once(making) = machine {
        making.end(node, address);
    }
    Ok(())
}
