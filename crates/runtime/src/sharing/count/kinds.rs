//! How traces treat counted handles: what leaves takes weight along, what lands is counted, and what is lent grants
//! nothing.

use super::afar::ask;
use super::header::{Header, Which};
use super::{Counted, HOME};
use crate::node::here;
use crate::sharing::cell;
use drust_heap::trace::{Forgetting, Kind, Landing, Outgoing, Weights};
use drust_heap::{Carry, Described};
use drust_proto::Address;
use drust_proto::sharing::Family;
use drust_proto::sharing::count::{Action, Event, HomeEvent, MINT, Op};
use std::marker::PhantomData;
use std::ptr::{null_mut, without_provenance_mut};
use std::sync::atomic::{AtomicPtr, Ordering};

/// How traces treat a strong handle of values of type `I`. A handle of such values leaves only on a thread that may
/// wait: 0 messages but for once in a thousand departures from another node than the home.
#[must_use]
pub const fn strong_kind<I: Carry>() -> &'static Kind {
    Kinds::<I>::STRONG
}

/// How traces treat a weak handle.
#[must_use]
pub const fn weak_kind() -> &'static Kind {
    Kinds::<()>::WEAK
}

struct Kinds<I>(PhantomData<I>);

impl<I: Carry> Kinds<I> {
    const STRONG: &'static Kind =
        &Kind { size: size_of::<Counted>(), along: false, weigh, send: send_strong::<I>, land: land_strong, forget };
    const WEAK: &'static Kind =
        &Kind { size: size_of::<Counted>(), along: false, weigh, send: send_weak, land: land_weak, forget };
}

unsafe fn weigh(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a counted handle.
    let handle = unsafe { &*at.cast::<Counted>() };
    if !handle.is_nothing() {
        weights.lives(handle.address().home(), 0);
    }
}

unsafe fn send_strong<I: Carry>(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: the caller's promise is the callee's condition.
    unsafe { send(source, target, out, Which::Strong, || I::DESCRIPTOR.end_is_seen()) }
}

unsafe fn send_weak(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: as above.
    unsafe { send(source, target, out, Which::Weak, || false) }
}

/// # Safety
/// The source is a live counted handle, and the target has room for one.
unsafe fn send(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>, which: Which, asks: impl Fn() -> bool) {
    // SAFETY: the caller's promise.
    let handle = unsafe { &*source.cast::<Counted>() };
    let address = handle.address();
    let carried = if out.departs() && !handle.is_nothing() {
        out.gave_up(handle.ptr.swap(null_mut(), Ordering::AcqRel));
        let first = out.is_first(address.word() | which as u64);
        depart(address, which, first, asks) << 1 | 1
    } else {
        0
    };
    let sent = Counted {
        ptr: AtomicPtr::new(without_provenance_mut(carried as usize)),
        addr: address.word(),
        stamp: handle.stamp,
    };
    // SAFETY: the caller vouches for the room; it need not be aligned in an image.
    unsafe { target.cast::<Counted>().write_unaligned(sent) };
}

/// Takes a handle off this node's count, and returns what it carries.
fn depart(address: Address, which: Which, first: bool, asks: impl Fn() -> bool) -> u64 {
    let node = here();
    if address.home() == node.rank() {
        let slot = node.vault().place_of(address);
        // SAFETY: the handle that leaves keeps its header.
        let header = unsafe { &*slot.cast::<Header>() };
        let mint = if first { MINT } else { 1 };
        let (minted, _) = node.ledger(header, address, which, HomeEvent::Left { mint });
        return minted;
    }
    loop {
        match node.account(address, which, Event::Depart { first }) {
            Action::Carry { weight, report } => {
                if let Some(report) = report {
                    node.give(address, which, report, asks());
                }
                return weight;
            }
            Action::Ask => {
                let (reply, _) = node.ask_home(ask(Op::Acquire, which, address, 0, 0));
                node.account(address, which, Event::Refilled { weight: reply.a });
            }
            other => unreachable!("a departure does not ask for {other:?}"),
        }
    }
}

unsafe fn land_strong(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: the caller's promise is the callee's condition.
    unsafe { land(at, landing, Which::Strong) }
}

unsafe fn land_weak(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: as above.
    unsafe { land(at, landing, Which::Weak) }
}

/// # Safety
/// The place holds what [`send`] wrote, and nobody else sees it yet.
unsafe fn land(at: *mut u8, landing: &mut Landing<'_>, which: Which) {
    // SAFETY: the caller's promise.
    let handle = unsafe { &mut *at.cast::<Counted>() };
    let address = handle.address();
    landing.meet(address);
    let carried = std::mem::replace(handle.ptr.get_mut(), null_mut()).addr() as u64;
    handle.addr = address.word();
    if carried == 0 {
        return;
    }
    let (node, weight) = (here(), carried >> 1);
    if address.home() != node.rank() {
        if node.try_account(address, which, Event::Land { weight }).is_err() {
            landing.miss(address);
        }
        return;
    }
    let Ok(head) = cell::find(node, address, Family::Count) else { return landing.miss(address) };
    // SAFETY: a cell of this family begins with a header, which the weight that comes back has kept.
    let header = unsafe { head.cast::<Header>().as_ref() };
    match node.try_ledger(header, address, which, HomeEvent::Arrived { weight }) {
        Ok(_) => {
            *handle.ptr.get_mut() = header.values();
            handle.addr |= HOME;
        }
        Err(_) => landing.miss(address),
    }
}

unsafe fn forget(at: *mut u8, forgetting: &mut Forgetting) {
    // SAFETY: a spot of this kind is a counted handle.
    let held = unsafe { &*at.cast::<Counted>() }.peek();
    if !held.is_null() {
        forgetting.held.push(held);
    }
}
