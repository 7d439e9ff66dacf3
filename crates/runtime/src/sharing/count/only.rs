//! Being the only one: counting the handles of all nodes, and taking values that have just one.

use super::afar::ask;
use super::header::{Header, Which, offset};
use super::home::{ALONE, GIVEN, handles_afar_too};
use super::{Counted, Counts, journal};
use crate::arrival::Body;
use crate::memory::fresh_stamp;
use crate::node::here;
use drust_fabric::schedule;
use drust_heap::{Carry, Described};
use drust_proto::coherence::Ending;
use drust_proto::sharing::count::{Action, Event, Op};
use drust_proto::{Rank, Stamp};
use std::fmt;

/// What an owner may do that finds itself the only one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wish {
    /// Write the values, which no weak handle may lead to.
    Write,
    /// Take them; weak handles find nothing any more.
    Take,
}

impl Counted {
    /// The values, to be written: this is the only handle of all, and has a stamp that nobody else has. At home that
    /// costs nothing; elsewhere 1 request, 1 reply, and the values move here.
    #[track_caller]
    pub fn get_mut<I: Carry>(&mut self, elements: usize) -> Option<*mut u8> {
        match self.header::<I>() {
            Some(header) if header.is_alone() => {
                let before = Stamp(self.stamp);
                self.restamp(fresh_stamp().0);
                journal::renamed(self, before);
                Some(self.peek())
            }
            Some(_) => None,
            None => self.move_here::<I>(elements, Wish::Write),
        }
    }

    /// As [`Counted::get_mut`], where weak handles are not in the way, which find nothing afterwards.
    #[track_caller]
    pub fn disown_weak<I: Carry>(&mut self, elements: usize) -> Option<*mut u8> {
        if self.header::<I>().is_none() {
            return self.move_here::<I>(elements, Wish::Take);
        }
        if let Some(place) = self.get_mut::<I>(elements) {
            return Some(place);
        }
        if self.header::<I>()?.take_last() {
            journal::ended(self.peek(), offset(align_of::<I>()));
            let other = Counted::make::<I>(elements);
            // SAFETY: the values are this handle's alone; they move to a slot of their own, with handles and all.
            unsafe {
                std::ptr::copy_nonoverlapping(self.peek().cast::<I>(), other.peek().cast(), elements);
                self.header::<I>()?.let_go();
            }
            self.become_other(other);
            return Some(self.peek());
        }
        None
    }

    /// Moves the values to `target`, if this is the only strong handle, which is then used up. At home that costs
    /// nothing; elsewhere 1 request, 1 reply.
    ///
    /// # Safety
    /// `target` has room for the values; a handle that is used up is not used again.
    #[must_use]
    #[track_caller]
    pub unsafe fn take<I: Carry>(&mut self, elements: usize, target: *mut u8) -> bool {
        match self.header::<I>() {
            Some(header) => {
                let taken = header.take_last();
                if taken {
                    // SAFETY: the values are this handle's alone.
                    unsafe { self.move_out::<I>(elements, target) }
                }
                taken
            }
            None => {
                let home = self.address().home();
                let claimed = self.claim(Wish::Take);
                if let Some(body) = &claimed {
                    // SAFETY: the home gave the values that this was the handle of, and the caller has room for them.
                    unsafe { here().take_in(home, body, target, I::DESCRIPTOR, elements) }
                }
                claimed.is_some()
            }
        }
    }

    /// Ends a strong handle, and moves the values to `target` if that was the last. Costs as
    /// [`Counted::drop_strong`], but waits for the answer.
    ///
    /// # Safety
    /// `target` has room for the values; the handle is not used again.
    #[must_use]
    #[track_caller]
    pub unsafe fn drop_or_take<I: Carry>(&mut self, elements: usize, target: *mut u8) -> bool {
        let home = self.address().home();
        match self.header::<I>() {
            Some(header) => {
                let last = header.down(Which::Strong);
                if last {
                    // SAFETY: this was the last strong handle.
                    unsafe { self.move_out::<I>(elements, target) }
                }
                last
            }
            None => {
                let given = self.leave(Which::Strong, true);
                if let Some(body) = &given {
                    // SAFETY: as in `take`.
                    unsafe { here().take_in(home, body, target, I::DESCRIPTOR, elements) }
                }
                given.is_some()
            }
        }
    }

    /// # Safety
    /// The values are at home and the caller's alone; the handle is not used again.
    unsafe fn move_out<I: Carry>(&self, elements: usize, target: *mut u8) {
        journal::ended(self.peek(), offset(align_of::<I>()));
        // SAFETY: the caller's promise.
        unsafe {
            std::ptr::copy_nonoverlapping(self.peek().cast::<I>(), target.cast(), elements);
            if let Some(header) = self.header::<I>() {
                header.let_go();
            }
        }
    }

    /// Makes values of another node this one's own, in a slot of their own, if this is their only handle.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn move_here<I: Carry>(&mut self, elements: usize, wish: Wish) -> Option<*mut u8> {
        let home = self.address().home();
        let body = self.claim(wish)?;
        let other = Counted::make::<I>(elements);
        // SAFETY: the slot was made for as many values, which their home gave away.
        unsafe { here().take_in(home, &body, other.peek(), I::DESCRIPTOR, elements) };
        self.become_other(other);
        Some(self.peek())
    }

    /// Asks the home whether this is the only handle of all; the values, if it is, and the account is gone.
    #[track_caller]
    fn claim(&mut self, wish: Wish) -> Option<Body> {
        schedule::pass();
        let (node, address) = (here(), self.address());
        let Action::Claim { weight } = node.account(address, Which::Strong, Event::Claim) else { return None };
        node.await_fetches(Ending::ColdWrite);
        let mut question = ask(Op::Claim, Which::Strong, address, weight as u64, (weight >> 64) as u64);
        if wish == Wish::Write {
            question.number |= ALONE;
        }
        let (reply, body) = node.ask_home(question);
        if reply.outcome != GIVEN {
            node.account(address, Which::Strong, Event::Kept { weight });
            return None;
        }
        self.unpin();
        node.account(address, Which::Strong, Event::Claimed);
        Some(body)
    }

    /// Strong handles of the values, on all nodes. 0 messages while none has left home; else 1 request, 1 reply for
    /// each other node.
    #[must_use]
    #[track_caller]
    pub fn count_strong(&self) -> usize {
        self.count(Which::Strong)
    }

    /// Weak handles of the values, on all nodes. Costs as [`Counted::count_strong`].
    #[must_use]
    #[track_caller]
    pub fn count_weak(&self) -> usize {
        self.count(Which::Weak)
    }

    fn count(&self, which: Which) -> usize {
        if self.is_nothing() {
            return 0;
        }
        schedule::pass();
        let (node, address) = (here(), self.address());
        let home = address.home();
        let Counts { ledgers, accounts, .. } = &node.sharing().count;
        let known = if home == node.rank() {
            let slot = node.vault().place_of(address);
            // SAFETY: the handle, or what it was lent from, keeps the header.
            let header = unsafe { &*slot.cast::<Header>() };
            let known = handles_afar_too(node, header, address, which);
            if ledgers.with(address, |record| record.is_none_or(|mut ledgers| ledgers.of(which).out() == 0)) {
                return known.max(0) as usize;
            }
            known
        } else {
            let own = accounts.with(address, |record| record.map_or(0, |mut accounts| accounts.of(which).balance()));
            own + node.ask_home(ask(Op::Sum, which, address, 0, 0)).0.b.cast_signed()
        };
        let others = (0..node.size()).map(Rank).filter(|&peer| peer != node.rank() && peer != home);
        let balances = others.map(|peer| {
            let question = ask(Op::Sum, which, address, 0, 0);
            node.ask_share(peer, question, &[], &Summing).0.b.cast_signed()
        });
        balances.fold(known, i64::wrapping_add).max(0) as usize
    }
}

/// What is waited for.
struct Summing;

impl fmt::Display for Summing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of an Arc's handles")
    }
}
