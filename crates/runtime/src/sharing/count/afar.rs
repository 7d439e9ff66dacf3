//! A counted handle's life away from home: this node's account, and what it asks and tells the home.

use super::home::{GIVEN, GRANTED};
use super::{Counted, HOME, Header, Which};
use crate::arrival::Body;
use crate::failure;
use crate::law::slot_for;
use crate::memory::{self, Shape, allocate_or_end};
use crate::node::{Node, here};
use crate::serve::frees_for_a_peer;
use crate::sharing::{Ask, Reply};
use drust_fabric::{Lane, Mode, schedule};
use drust_heap::local::{dangling, drop_object};
use drust_heap::trace::{Landing, Place};
use drust_heap::{Carry, Described, Descriptor};
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::count::{Account, Action, Event, Illegal, Op, Report};
use drust_proto::{Address, Rank};
use std::num::NonZeroU64;
use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;

/// A message about strong or weak handles.
pub(super) fn ask(op: Op, which: Which, address: Address, a: u64, b: u64) -> Ask {
    Ask { family: Family::Count, op: op as u16, number: which as u32, id: 0, address, a, b }
}

impl Node {
    /// A step of this node's account.
    ///
    /// # Errors
    /// It cannot be.
    pub(super) fn try_account(&self, address: Address, which: Which, event: Event) -> Result<Action, Illegal> {
        self.sharing().count.accounts.with(address, |record| {
            let mut accounts = record.unwrap_or_default();
            let (account, action) = accounts.of(which).step(event)?;
            *accounts.of(which) = account;
            *record = (accounts.strong != Account::NONE || accounts.weak != Account::NONE).then_some(accounts);
            Ok(action)
        })
    }

    pub(super) fn account(&self, address: Address, which: Which, event: Event) -> Action {
        let action = self.try_account(address, which, event);
        action.unwrap_or_else(|illegal| failure::end(&format!("{event:?} of a handle of {address:?}: {illegal}")))
    }

    /// Asks the home of a counted value, and waits.
    pub(super) fn ask_home(&'static self, what: Ask) -> (Reply, Body) {
        let home = what.address.home();
        self.ask_share(home, what, &[], &format_args!("node {home}, the home of an Arc at {:?}", what.address))
    }

    /// Credit for one handle more, of an object that somebody keeps meanwhile. 1 request, 1 reply.
    pub(super) fn acquire(&'static self, address: Address, which: Which) -> u64 {
        let (reply, _) = self.ask_home(ask(Op::Acquire, which, address, 0, 0));
        reply.a
    }

    /// Gives weight back to the home, and waits for the answer if `asked`: the values, where that was the last of it.
    pub(super) fn give(&'static self, address: Address, which: Which, report: Report, asked: bool) -> Option<Body> {
        let (home, mut weight) = (address.home(), report.weight);
        let tell = |weight, balance| {
            self.tell_share(home, Lane::Small, ask(Op::Give, which, address, weight, balance), &[], Mode::Defer);
        };
        while weight > u128::from(u64::MAX) {
            tell(u64::MAX, 0);
            weight -= u128::from(u64::MAX);
        }
        let (weight, balance) = (weight as u64, report.balance.cast_unsigned());
        if asked {
            let (reply, body) = self.ask_home(ask(Op::Give, which, address, weight, balance));
            return (reply.outcome == GIVEN).then_some(body);
        }
        tell(weight, balance);
        self.observed_by(home);
        None
    }

    /// Puts values that their home gave away where they are to be.
    ///
    /// # Safety
    /// They were asked for as such values; `target` has room for them and nobody sees it.
    pub(super) unsafe fn take_in(
        &'static self,
        from: Rank,
        body: &Body,
        target: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) {
        let mut rooms = |descriptor: &'static Descriptor, elements: usize, _: Place| slot_for(descriptor, elements);
        let mut landing = Landing::new(body.bytes(), &mut rooms).among(self.size());
        // SAFETY: the caller's promise; the home packed what its own header says.
        let landed = unsafe { landing.unpack(target, descriptor, elements) };
        landed.unwrap_or_else(|refused| self.refuse(from, refused));
    }
}

impl Counted {
    /// One more handle, made of one that is not counted in the header here.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(super) fn another(&self, which: Which) -> Counted {
        schedule::pass();
        let (node, address) = (here(), self.address());
        if address.home() == node.rank() {
            // SAFETY: what this handle's bytes were copied or lent from keeps the header.
            return unsafe { self.at_home(node, |header| header.up(which)) };
        }
        if node.account(address, which, Event::Clone) == Action::Ask {
            let weight = node.acquire(address, which);
            node.account(address, which, Event::Acquired { weight });
        }
        self.without_place()
    }

    /// A handle that `count` counts in the header, which is here.
    ///
    /// # Safety
    /// Something keeps the header.
    unsafe fn at_home(&self, node: &Node, count: impl FnOnce(&Header)) -> Counted {
        let slot = node.vault().place_of(self.address());
        // SAFETY: the caller's promise.
        let header = unsafe { &*slot.cast::<Header>() };
        count(header);
        Counted { ptr: AtomicPtr::new(header.values()), addr: self.address().word() | HOME, stamp: self.stamp }
    }

    /// The same handle once more, of this account.
    fn without_place(&self) -> Counted {
        Counted { ptr: AtomicPtr::new(null_mut()), addr: self.address().word(), stamp: self.stamp }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(super) fn upgrade_afar(&self) -> Option<Counted> {
        schedule::pass();
        let (node, address) = (here(), self.address());
        if address.home() == node.rank() {
            let mut there = false;
            // SAFETY: as in `another`.
            let handle = unsafe { self.at_home(node, |header| there = header.try_up()) };
            return there.then_some(handle);
        }
        if node.account(address, Which::Strong, Event::Clone) == Action::Ask {
            let (reply, _) = node.ask_home(ask(Op::Upgrade, Which::Strong, address, 0, 0));
            if reply.outcome != GRANTED {
                return None;
            }
            node.account(address, Which::Strong, Event::Acquired { weight: reply.a });
        }
        Some(self.without_place())
    }

    /// # Safety
    /// As [`Counted::drop_strong`].
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(super) unsafe fn drop_strong_afar<I: Carry>(&mut self, elements: usize) {
        let asked = I::DESCRIPTOR.end_is_seen();
        if let Some(body) = self.leave(Which::Strong, asked) {
            let shape = Shape { descriptor: I::DESCRIPTOR, elements, capacity: elements };
            let (node, layout) = (here(), shape.layout());
            let place = match layout.size() {
                0 => dangling(layout.align()).as_ptr(),
                _ => allocate_or_end(layout, I::DESCRIPTOR).place.as_ptr(),
            };
            // SAFETY: the values were the last handle's, and are this thread's now, in a slot of their own.
            unsafe {
                node.take_in(self.address().home(), &body, place, shape.descriptor, elements);
                drop_object::<I>(place, elements, layout, memory::free);
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn drop_weak_afar(&mut self) {
        self.leave(Which::Weak, false);
    }

    /// Takes this handle off its account; the values, if it was the last of all and the home was `asked`.
    pub(super) fn leave(&mut self, which: Which, asked: bool) -> Option<Body> {
        let (node, address) = (here(), self.address());
        if node.has_ended() {
            return None;
        }
        schedule::pass();
        node.await_fetches(Ending::Drop);
        if !frees_for_a_peer() {
            node.await_acts_but(address.home());
        }
        self.unpin();
        match node.account(address, which, Event::Drop) {
            Action::Give(report) => node.give(address, which, report, asked),
            _ => None,
        }
    }

    /// Makes this a handle of other values, in a slot that was made for them here.
    pub(super) fn become_other(&mut self, other: Counted) {
        *self = other;
    }

    pub(super) fn restamp(&mut self, fresh: NonZeroU64) {
        self.stamp = fresh;
    }
}
