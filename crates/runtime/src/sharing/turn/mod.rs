//! `Barrier`, `Once`, and what is made of that: the state at home, and the callers that wait for their turn.
//!
//! The rules are [`drust_proto::sharing::turn`]. A caller of another node has asked a question that is answered when
//! its turn has come; one at home waits at a gate, by a number of its own.
//!
//! Contract:
//!
//! 1. A cell's machine is touched under its lock, in which nothing waits or is sent.
//! 2. Who is answered by the machine is answered once, by the thread that took the step.
//! 3. A value that was made lies where its making's `Value` says until it is taken or the cell ends; then nobody
//!    borrows the cell. Nodes that read it elsewhere keep a pinned copy (`once`) until the home tells them to forget.

mod once;

pub use once::{Begun, Made, begin, finish, function_named, get, make_once, name_of, take, wait};

use super::cell::{self, Cell, Head};
use super::{Ask, Reply, Table};
use crate::arrival::Body;
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::serve::for_a_peer;
use drust_fabric::{Lane, Mode, schedule};
use drust_heap::Fixed;
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::turn::{Barrier, Caller, Op};
use drust_proto::{Address, Rank};
use once::{Cached, Making};
use std::fmt::Display;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

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

/// Waits until so many have arrived at a barrier; whether this was the last of them. 0 messages at home, else 1
/// request, 1 reply.
///
/// # Safety
/// `fixed` is a barrier, which lives until this returns.
#[track_caller]
pub unsafe fn arrive(fixed: Fixed) -> bool {
    schedule::pass();
    let node = node::here();
    release(node);
    let home = fixed.address().home();
    let reply = ask(node, fixed, Op::Arrive, [0; 3], &format_args!("the others at a Barrier of node {home}"));
    reply.outcome == GO_AND_LEAD
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
    ended.unwrap_or_else(|why| crate::failure::end(&format!("the end of a turn: {}", why.0)));
}

/// What a thread has done is done before it lets others go on, and its fetches are answered.
fn release(node: &'static Node) {
    node.await_fetches(Ending::Completion);
    node.await_one_ways();
}

/// Asks the home, which may be this node, and waits for the turn. The words are the operation's number and operands.
fn ask(node: &'static Node, fixed: Fixed, op: Op, [number, a, b]: [u64; 3], what: &dyn Display) -> Reply {
    let address = fixed.address();
    let number = number as u32;
    let ask = Ask { family: Family::Turn, op: op as u16, number, id: 0, address, a, b };
    if address.home() != node.rank() {
        return node.ask_share(address.home(), ask, &[], what).0;
    }
    let id = node.sharing().turn.next.fetch_add(1, Ordering::Relaxed);
    let waiting = Arc::new(Waiting { gate: Gate::new(), reply: OnceLock::new() });
    node.sharing().turn.waiting.with(id, |record| *record = Some(waiting.clone()));
    let done = step(node, node.rank(), Ask { id, ..ask });
    done.unwrap_or_else(|why| crate::failure::end(&format!("a turn at {address:?}: {}", why.0)));
    waiting.gate.wait(node, what);
    waiting.reply.get().copied().unwrap_or_default()
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
