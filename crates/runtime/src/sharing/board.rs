//! Lists of threads that wait to be notified: what `Condvar` is made of.
//!
//! The rules are [`drust_proto::sharing::board`]'s. A list is kept by its home, in the record of its cell's address;
//! the record of the waiting thread's node has the wait itself.
//!
//! Contract of a cell's `waiting`: it is the length of the list, stored under the lock of the record's shard. Who reads
//! 0 without that lock may take the list for empty: a waiter that must be notified entered before it unlocked what the
//! notifier has locked since.
//!
//! Nobody waits for a Notify to be done, and the list may end meanwhile. So a cell is freed under that lock, and what
//! peers name is looked for under it.

use super::cell::{self, Cell, Head};
use super::{Ask, Reply, Table};
use crate::cancel::Limit;
use crate::failure;
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode, schedule};
use drust_heap::Fixed;
use drust_proto::sharing::Family;
use drust_proto::sharing::Illegal;
use drust_proto::sharing::board::{Board, Op, Step, Wait, WaitEvent, Waiter};
use drust_proto::{Address, Rank};
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// What a node knows of lists, and of its threads that are on one.
#[derive(Default)]
pub(crate) struct Boards {
    records: Table<Record>,
    tickets: AtomicU64,
}

#[derive(Default)]
struct Record {
    board: Board,
    waits: Vec<Waiting>,
}

struct Waiting {
    ticket: u64,
    wait: Wait,
    gate: Arc<Gate>,
}

/// A list at its home; see the module.
#[repr(C)]
struct Kept {
    head: Head,
    waiting: AtomicU32,
}

// SAFETY: it begins with its head; all else in it is atomic.
unsafe impl Cell for Kept {}

impl Record {
    /// Lets a wait take a step; one that is over leaves the record, and its thread goes on.
    fn step(&mut self, node: &Node, ticket: u64, event: WaitEvent) -> Result<Step, Illegal> {
        let at = self.waits.iter().position(|waiting| waiting.ticket == ticket);
        let at = at.ok_or(Illegal("a ticket that does not wait"))?;
        let step = self.waits[at].wait.step(event)?;
        if self.waits[at].wait == Wait::Over {
            self.waits.swap_remove(at).gate.open(node);
        }
        Ok(step)
    }

    /// At the home: takes waiters off the list, and wakes those of this node; the others.
    fn notify(&mut self, node: &Node, all: bool) -> Vec<Waiter> {
        let mut woken = self.board.notify(all);
        woken.retain(|waiter| {
            let here = waiter.node == node.rank();
            if here {
                own(self.step(node, waiter.ticket, WaitEvent::Woken));
            }
            !here
        });
        woken
    }
}

impl Boards {
    /// Looks at the record of a list, and keeps it while there is something in it.
    fn with<R>(&self, node: &Node, address: Address, look: impl FnOnce(&mut Record) -> R) -> R {
        self.records.with(address, |entry| look_at(node, address, entry, look))
    }

    /// As [`Boards::with`], of a list of this node that a peer names.
    fn find<R>(&self, node: &Node, address: Address, look: impl FnOnce(&mut Record) -> R) -> Sense<R> {
        self.records.with(address, |entry| {
            cell::find(node, address, Family::Board)?;
            Ok(look_at(node, address, entry, look))
        })
    }

    /// Frees a list of this node on which nobody is.
    ///
    /// # Errors
    /// There is none, or threads are on it.
    ///
    /// # Safety
    /// Its owner gives it up.
    unsafe fn free(&self, node: &Node, address: Address) -> Sense {
        self.records.with(address, |entry| {
            let place = cell::find(node, address, Family::Board)?;
            if entry.is_some() {
                return Err("the end of a list that threads are on".into());
            }
            // SAFETY: it is a live list of this node, which its owner gives up, and no other thread is under this lock.
            unsafe { cell::free(node, place) };
            Ok(())
        })
    }
}

fn look_at<R>(node: &Node, address: Address, entry: &mut Option<Record>, look: impl FnOnce(&mut Record) -> R) -> R {
    let record = entry.get_or_insert_default();
    let result = look(record);
    if address.home() == node.rank() {
        // SAFETY: who asks for a list of this node has it borrowed, or has found it, under the lock that is held.
        let kept = unsafe { place(node, address).as_ref() };
        kept.waiting.store(record.board.len() as u32, Ordering::Release);
    }
    if record.board.is_empty() && record.waits.is_empty() {
        *entry = None;
    }
    result
}

/// Makes an empty list in this node's partition; ends the job where that has no room.
#[must_use]
pub fn make() -> Fixed {
    cell::make(Kept { head: Head::new(Family::Board), waiting: AtomicU32::new(0) })
}

/// A step of this node's own that the rules refuse is drust's own mistake.
fn own<R>(stepped: Result<R, Illegal>) -> R {
    stepped.unwrap_or_else(|illegal| failure::end(&format!("a wait of this node's: {illegal}")))
}

/// Waits until this thread is notified, or until `deadline` or what else bounds it, which it does not unwind for;
/// whether it was notified. `unlock` is called once the thread is on the list, so that no notification after it is
/// missed.
/// Elsewhere than at home 1 request, 1 reply, and 1 one-way that wakes it; the same again where time is up.
///
/// # Safety
/// `fixed` is of a live list.
#[track_caller]
pub unsafe fn wait(fixed: Fixed, unlock: impl FnOnce(), deadline: Option<Instant>) -> bool {
    schedule::pass();
    let (node, address, at) = (node::here(), fixed.address(), Location::caller());
    let boards = &node.sharing().boards;
    let what = format_args!("a notification of the condition variable at {address:?}, awaited at {at}");
    let ticket = boards.tickets.fetch_add(1, Ordering::Relaxed) + 1;
    let me = Waiter { node: node.rank(), ticket };
    let gate = Arc::<Gate>::default();
    let waiting = Waiting { ticket, wait: Wait::default(), gate: gate.clone() };
    let at_home = address.home() == node.rank();
    let mut entered = boards.with(node, address, |record| {
        record.waits.push(waiting);
        at_home.then(|| own(record.board.enter(me).and_then(|()| record.step(node, ticket, WaitEvent::Entered))))
    });
    if !at_home {
        node.ask_share(address.home(), about(address, Op::Enter, ticket), &[], &what);
        entered = Some(boards.with(node, address, |record| own(record.step(node, ticket, WaitEvent::Entered))));
    }
    unlock();
    if entered == Some(Step::Pass) || gate.wait_limited(node, &what, &Limit::of_thread(deadline)) {
        return true;
    }
    let expired = boards.with(node, address, |record| {
        // A wake may have come in the meantime.
        let step = record.step(node, ticket, WaitEvent::Expired).ok()?;
        let off = at_home.then(|| record.board.cancel(me));
        Some(off.map_or(step, |off| own(record.step(node, ticket, WaitEvent::Cancelled(off)))))
    });
    let step = match expired {
        None => return true,
        Some(Step::Cancel) => {
            let (reply, _) = node.ask_share(address.home(), about(address, Op::Cancel, ticket), &[], &what);
            let cancelled = WaitEvent::Cancelled(reply.outcome == 1);
            boards.with(node, address, |record| own(record.step(node, ticket, cancelled)))
        }
        Some(step) => step,
    };
    match step {
        Step::Return { notified } => notified,
        _ => {
            gate.wait(node, &what);
            true
        }
    }
}

/// Wakes the longest waiting thread, or all, if there are any. 1 one-way if it is not at home, and 1 for each thread
/// woken on another node.
///
/// # Safety
/// `fixed` is of a live list.
#[inline]
pub unsafe fn notify(fixed: Fixed, all: bool) {
    schedule::pass();
    let (node, address) = (node::here(), fixed.address());
    node.await_one_ways();
    // SAFETY: the caller's promise.
    match unsafe { cell::at_home::<Kept>(fixed) } {
        Some(kept) if kept.waiting.load(Ordering::Acquire) == 0 => {}
        Some(_) => {
            let away = node.sharing().boards.with(node, address, |record| record.notify(node, all));
            wake(node, address, away, Mode::Block);
        }
        None => {
            let ask = Ask { number: u32::from(all), ..about(address, Op::Notify, 0) };
            node.tell_share(address.home(), Lane::Small, ask, &[], Mode::Block);
        }
    }
}

/// Wakes waiters of other nodes, which were taken off the list.
fn wake(node: &'static Node, address: Address, away: Vec<Waiter>, mode: Mode) {
    for waiter in away {
        node.tell_share(waiter.node, Lane::Small, about(address, Op::Wake, waiter.ticket), &[], mode);
    }
}

/// Ends a list on which nobody is. 1 one-way if it is not at home.
///
/// # Safety
/// `fixed` is of a live list, that the caller gives up.
pub unsafe fn end(fixed: Fixed) {
    let (node, address) = (node::here(), fixed.address());
    if node.has_ended() {
        return;
    }
    if address.home() == node.rank() {
        // SAFETY: the caller gives the list up.
        let freed = unsafe { node.sharing().boards.free(node, address) };
        freed.unwrap_or_else(|why| failure::end(&format!("a list of this node's: {}", why.0)));
    } else {
        node.tell_share(address.home(), Lane::Small, about(address, Op::End, 0), &[], Mode::Defer);
    }
}

/// Does what a peer says about a list.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask) -> Sense {
    let op = Op::from_u16(ask.op).ok_or_else(|| format!("operation {} of a list, which is none", ask.op))?;
    let (address, boards) = (ask.address, &node.sharing().boards);
    let waiter = Waiter { node: from, ticket: ask.a };
    let reply = |outcome: bool| Reply { outcome: u8::from(outcome), ..Reply::default() };
    match op {
        Op::Enter => {
            boards.find(node, address, |record| record.board.enter(waiter))??;
            node.answer_share(from, ask.id, reply(true), &[]);
        }
        Op::Cancel => {
            let off = boards.find(node, address, |record| record.board.cancel(waiter))?;
            node.answer_share(from, ask.id, reply(off), &[]);
        }
        Op::Notify => {
            // Whoever notifies does not wait for it, and the list may have ended since.
            if let Ok(away) = boards.find(node, address, |record| record.notify(node, ask.number == 1)) {
                wake(node, address, away, Mode::Defer);
            }
        }
        Op::Wake if address.home() != from => return Err("a Wake from another than the home".into()),
        Op::Wake => {
            boards.with(node, address, |record| record.step(node, ask.a, WaitEvent::Woken))?;
        }
        // SAFETY: its owner gives it up.
        Op::End => unsafe { boards.free(node, address)? },
    }
    Ok(())
}

fn about(address: Address, op: Op, ticket: u64) -> Ask {
    Ask { family: Family::Board, op: op as u16, number: 0, id: 0, address, a: ticket, b: 0 }
}

/// The place of a list of this node.
fn place(node: &Node, address: Address) -> NonNull<Kept> {
    NonNull::new(node.vault().place_of(address)).expect("a cell has a place").cast()
}
