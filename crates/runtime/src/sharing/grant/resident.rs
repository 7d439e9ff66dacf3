//! A value that stays where it was made, and the turn to use it.

use super::super::cell::{self, Cell};
use super::turn::Within;
use super::{Call, Front, Landed, Parcel};
use crate::cancel::{self, Limit};
use crate::node::{self, Node};
use drust_fabric::schedule;
use drust_heap::Fixed;
use drust_proto::Rank;
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::time::Instant;

#[repr(C)]
struct Body<T> {
    front: Front,
    value: UnsafeCell<ManuallyDrop<T>>,
}

// SAFETY: one thread at a time has the turn and touches the value, which may be sent.
unsafe impl<T: Send> Sync for Body<T> {}

// SAFETY: it begins with its front, and that with a head; what is in the front is atomic or under locks, and the value
// is touched as the family says.
unsafe impl<T: Send + 'static> Cell for Body<T> {}

/// Names a resident `T`; whoever made it ends it.
pub struct Resident<T> {
    fixed: Fixed,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Resident<T> {
    fn clone(&self) -> Resident<T> {
        *self
    }
}

impl<T> Copy for Resident<T> {}

impl<T> fmt::Debug for Resident<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resident").field(&self.fixed.address()).finish()
    }
}

impl<T: Send + 'static> Resident<T> {
    /// Puts a value in this node's partition, to stay there.
    #[must_use]
    pub fn new(value: T) -> Resident<T> {
        let body = Body { front: Front::new(), value: UnsafeCell::new(ManuallyDrop::new(value)) };
        Resident { fixed: cell::make(body), of: PhantomData }
    }

    /// The resident that is named so.
    ///
    /// # Safety
    /// `fixed` names a resident `T` that lives as long as what is returned is used.
    #[inline]
    #[must_use]
    pub unsafe fn named(fixed: Fixed) -> Resident<T> {
        Resident { fixed, of: PhantomData }
    }

    /// Its name.
    #[inline]
    #[must_use]
    pub fn name(self) -> Fixed {
        self.fixed
    }

    /// Whether the job is over, so that what lives is left as it is.
    #[must_use]
    pub fn outlives_the_job() -> bool {
        node::here().has_ended()
    }

    /// Its home.
    #[inline]
    #[must_use]
    pub fn home(self) -> Rank {
        self.fixed.address().home()
    }

    /// The turn to use it, for which this thread waits; none where it lives elsewhere.
    ///
    /// # Panics
    /// Where this thread is in the middle of a function that uses it.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn enter<'a>(self) -> Option<InTurn<'a, T>> {
        cancel::check();
        let body = self.at_home()?;
        let turn = self.turn(body, &Limit::of_thread(None));
        Some(turn.unwrap_or_else(|| cancel::unwind()))
    }

    /// As [`Resident::enter`], until then, at its home; none where that is too late.
    ///
    /// # Panics
    /// As [`Resident::enter`], and where it lives elsewhere.
    #[track_caller]
    #[must_use]
    pub fn enter_until<'a>(self, deadline: Option<Instant>) -> Option<InTurn<'a, T>> {
        cancel::check();
        let turn = self.turn(self.at_home().expect("this is its home"), &Limit::of_thread(deadline));
        if turn.is_none() {
            cancel::check();
        }
        turn
    }

    #[track_caller]
    fn turn<'a>(self, body: &'static Body<T>, limit: &Limit) -> Option<InTurn<'a, T>> {
        schedule::pass();
        let node = node::here();
        let within = Within::new(std::ptr::from_ref(body).addr());
        let entered = body.front.turn.enter(node, &"the turn to use a resident value", limit);
        entered.then(|| InTurn { node, body, name: self.fixed, taken: Some(within), borrows: PhantomData })
    }

    /// What a function that another node sent here uses.
    ///
    /// # Safety
    /// It is called within a [`Call::using`] this resident, once.
    #[must_use]
    pub unsafe fn entered<'a>(landed: &Landed<'_>) -> InTurn<'a, T> {
        let name = Fixed::new(landed.address());
        // SAFETY: the caller's promise: a call that uses a resident was queued at its home.
        let body = unsafe { cell::at_home::<Body<T>>(name) }.expect("a call is served at its resident's home");
        InTurn { node: node::here(), body, name, taken: None, borrows: PhantomData }
    }

    fn at_home(self) -> Option<&'static Body<T>> {
        // SAFETY: the name is a live resident's.
        unsafe { cell::at_home::<Body<T>>(self.fixed) }
    }

    /// Drops the value at its home and frees its place. From elsewhere 1 request, 1 reply.
    ///
    /// # Safety
    /// Nobody uses the resident, now or later.
    pub unsafe fn end(self) {
        if Self::outlives_the_job() {
            return;
        }
        if self.home() == node::here().rank() {
            // SAFETY: the caller's promise.
            unsafe { self.end_here() };
            return;
        }
        let mut parcel = Parcel::new();
        parcel.put(self.fixed.address().word());
        Call::run(self.home(), Resident::<T>::serve_end, &parcel).wait(&"the end of a resident value");
    }

    fn serve_end(landed: &mut Landed<'_>, _: &mut Parcel) {
        // SAFETY: `end` sent an address.
        let word = unsafe { landed.take::<u64>() };
        let name = Fixed::new(drust_proto::Address::inside(word));
        // SAFETY: the name of a resident of this type, which its owner gives up.
        unsafe { Resident::<T>::named(name).end_here() };
    }

    /// # Safety
    /// As [`Resident::end`], at home.
    pub unsafe fn end_here(self) {
        /// The place's end, also where the value's drop panics.
        struct Freed<T>(&'static Node, NonNull<Body<T>>);
        impl<T> Drop for Freed<T> {
            fn drop(&mut self) {
                // SAFETY: the resident was given up, and its value has been dropped.
                unsafe {
                    (&raw mut (*self.1.as_ptr()).front).drop_in_place();
                    cell::free(self.0, self.1.cast());
                }
            }
        }
        let (node, address) = (node::here(), self.fixed.address());
        let Some(body) = self.at_home() else { return };
        body.front.ledger.settle(node, address);
        let place = NonNull::new(node.vault().place_of(address).cast::<Body<T>>()).expect("a cell has a place");
        let _freed = Freed(node, place);
        // SAFETY: the caller is alone with the resident.
        unsafe { ManuallyDrop::drop(&mut *(*place.as_ptr()).value.get()) }
    }
}

/// The turn to use a resident, until it is dropped.
pub struct InTurn<'a, T: Send + 'static> {
    node: &'static Node,
    body: &'static Body<T>,
    name: Fixed,
    /// Absent where the turn is that of a function of another node, which goes on by itself.
    taken: Option<Within>,
    borrows: PhantomData<&'a mut T>,
}

impl<T: Send + 'static> InTurn<'_, T> {
    /// Waits until no node holds a grant of what is in the value: to be called before it is changed.
    pub fn settle(&self) {
        self.body.front.ledger.settle(self.node, self.name.address());
    }

    /// Whether what a node reads is lent, under a grant of the epoch that is returned; `keeps`: it can be kept.
    #[must_use]
    pub fn lends(&self, by: Rank, keeps: bool) -> Option<u64> {
        self.body.front.ledger.read(by, keeps)
    }
}

impl<T: Send + 'static> Deref for InTurn<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: whoever has the turn is alone with the value.
        unsafe { &*self.body.value.get() }
    }
}

impl<T: Send + 'static> DerefMut for InTurn<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.body.value.get() }
    }
}

impl<T: Send + 'static> Drop for InTurn<'_, T> {
    fn drop(&mut self) {
        if let Some(within) = self.taken.take() {
            drop(within);
            // What this thread did is done for whoever comes next.
            self.node.await_one_ways();
            self.body.front.turn.leave(self.node, &self.body.front);
        }
    }
}

impl<T: Send + fmt::Debug> fmt::Debug for InTurn<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
