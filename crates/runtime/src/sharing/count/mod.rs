//! Counted values: what `Arc` and `Weak` do to their three words, here and at the values' home.
//!
//! A counted value lies behind a `Header` with its counts, in a slot of its home, and is read elsewhere as any value
//! is: a copy under (stamp, address, length). Handles at home are counted in the header, at the cost of std's. Those of
//! another node are covered by its account there, and the weight in it by the home's ledger
//! ([`drust_proto::sharing::count`]).
//!
//! Contract of a [`Counted`]:
//!
//! 1. `addr` and `stamp` change only under `&mut`. `addr` is the slot's address, and the flag HOME: the handle is at
//!    the values' home and counted in the header; then `ptr` is where the values are.
//! 2. Without HOME `ptr` is null, or where the values can be read: a copy that this handle pins, or the home's own
//!    place (a handle in a copy, at the values' home). Under `&` it changes only from null.
//! 3. Bytes in a copy, or lent by value, are counted nowhere: they have no HOME, and what is made of them is counted
//!    anew.
//! 4. In an image `ptr` is the weight that the handle carries, shifted left, and 1; or 0, where it grants nothing.
//! 5. A handle that its account or header counts keeps the values where they are (a strong one) or their slot (a weak
//!    one). The values are written only by who has found that it has the only strong handle of all, under a fresh stamp
//!    if any other can come to see them.

mod afar;
mod header;
mod home;
mod journal;
mod kinds;
mod only;

pub use kinds::{strong_kind, weak_kind};

pub(crate) use home::serve;

use self::header::{Header, Held, Slot, Which, offset, slot_of};
use super::table::Table;
use crate::memory::{self, Shape, allocate_or_end};
use crate::node::here;
use drust_fabric::schedule;
use drust_heap::local;
use drust_heap::space::Class;
use drust_heap::vault::Fresh;
use drust_heap::{Carry, Described};
use drust_proto::sharing::count::{Account, Ledger};
use drust_proto::{Address, Extent, Stamp};
use std::alloc::Layout;
use std::num::NonZeroU64;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// What a node knows of counted values: of its own the weight that is out, of others its handles.
#[derive(Default)]
pub(crate) struct Counts {
    ledgers: Table<Pair<Ledger>>,
    accounts: Table<Pair<Account>>,
    /// The stamps of this node's values, where a journal listens.
    stamps: Table<Stamp>,
}

/// Of strong and weak handles.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Pair<V> {
    strong: V,
    weak: V,
}

impl<V> Pair<V> {
    fn of(&mut self, which: Which) -> &mut V {
        match which {
            Which::Strong => &mut self.strong,
            Which::Weak => &mut self.weak,
        }
    }
}

/// A handle of counted values, strong or weak; see the module.
#[repr(C)]
#[derive(Debug)]
pub struct Counted {
    ptr: AtomicPtr<u8>,
    addr: u64,
    stamp: NonZeroU64,
}

const _: () = assert!(size_of::<Counted>() == 24 && size_of::<Option<Counted>>() == 24);

/// The flag of a handle that is counted in the header.
const HOME: u64 = 2;

impl Counted {
    /// A handle of nothing, which is counted nowhere.
    #[must_use]
    pub const fn nothing() -> Counted {
        Counted { ptr: AtomicPtr::new(null_mut()), addr: Address::RESERVED.word(), stamp: Stamp::RESERVED.0 }
    }

    /// The first strong handle of `elements` values of type `I`, here, which the caller is to write.
    #[inline]
    #[must_use]
    pub fn make<I: Carry>(elements: usize) -> Counted {
        let made = Counted::prepare::<I>(elements);
        made.set_up::<I>();
        made
    }

    /// As [`Counted::make`] for one value, at the least cost.
    #[inline(always)]
    #[must_use]
    pub fn make_one<I: Carry>() -> Counted {
        let class = const { Class::of(Slot::<I>::LAYOUT.size(), Slot::<I>::LAYOUT.align()) };
        let near = class.and_then(|class| local::allocate_in(class, Held::<I>::DESCRIPTOR));
        let Some(fresh) = near else { return Counted::make::<I>(1) };
        let made = Counted::begin::<I>(fresh, 1);
        made.set_up::<I>();
        made
    }

    /// The first weak handle of values that are not there yet; [`Counted::set_up`] makes a strong one of it.
    #[inline]
    #[must_use]
    pub fn prepare<I: Carry>(elements: usize) -> Counted {
        let values = Layout::array::<I>(elements).expect("capacity overflow");
        Counted::begin::<I>(allocate_or_end(slot_of(values), Held::<I>::DESCRIPTOR), elements)
    }

    #[inline(always)]
    fn begin<I: Carry>(fresh: Fresh, elements: usize) -> Counted {
        // SAFETY: the slot has room for the header, and is nobody else's.
        unsafe { fresh.place.cast::<Header>().write(Header::new(I::DESCRIPTOR, elements)) };
        let place = fresh.place.as_ptr().wrapping_add(offset(align_of::<I>()));
        Counted { ptr: AtomicPtr::new(place), addr: fresh.address.word() | HOME, stamp: fresh.stamp.0 }
    }

    /// The values have been written: this weak handle, the one that was made by [`Counted::prepare`], is a strong one.
    #[inline]
    pub fn set_up<I: Carry>(&self) {
        journal::made(self);
        self.header::<I>().expect("what was prepared is at home").set_up();
    }

    /// Where the values can be read now; null when that is to be found out.
    #[inline(always)]
    #[must_use]
    pub fn peek(&self) -> *mut u8 {
        self.ptr.load(Ordering::Acquire)
    }

    /// Whether both are handles of the same values, or of nothing.
    #[must_use]
    pub fn is_same(&self, other: &Counted) -> bool {
        self.address() == other.address()
    }

    /// Whether it is a handle of nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.address() == Address::RESERVED
    }

    /// The address of the slot.
    fn address(&self) -> Address {
        Address::from_word(self.addr)
    }

    fn is_counted_here(&self) -> bool {
        self.addr & HOME != 0
    }

    /// The header, where this handle is counted in it.
    #[inline(always)]
    fn header<I>(&self) -> Option<&Header> {
        self.is_counted_here().then(|| {
            let slot = self.peek().wrapping_sub(offset(align_of::<I>()));
            // SAFETY: the values are at `ptr` (contract 1), behind their header, which this handle keeps.
            unsafe { &*slot.cast::<Header>() }
        })
    }

    /// Where the values can be read: at home, or in a copy that this handle pins from then on.
    ///
    /// Costs nothing at home or when a copy is here already, else one fetch.
    ///
    /// # Panics
    /// On a thread without a node in a simulated process.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn read<I: Carry>(&self, elements: usize) -> *mut u8 {
        schedule::pass();
        let (place, pinned) = self.reach::<I>(elements);
        let filed = self.ptr.compare_exchange(null_mut(), place, Ordering::AcqRel, Ordering::Acquire);
        if filed.is_err() && pinned {
            here().release(place);
        }
        self.peek()
    }

    /// As [`Counted::read`], and leaves no pin in the handle: where the values are, and whether that is a copy pinned
    /// for the caller, to be given back by [`memory::release`].
    #[track_caller]
    pub fn borrow<I: Carry>(&self, elements: usize) -> (*mut u8, bool) {
        schedule::pass();
        match self.peek() {
            place if place.is_null() => self.reach::<I>(elements),
            place => (place, false),
        }
    }

    #[track_caller]
    fn reach<I: Carry>(&self, elements: usize) -> (*mut u8, bool) {
        let (node, shape) = (here(), Shape { descriptor: I::DESCRIPTOR, elements, capacity: elements });
        let values = Address::inside(self.address().word() + offset(align_of::<I>()) as u64);
        if values.home() == node.rank() {
            (node.vault().place_of(self.address()).wrapping_add(offset(align_of::<I>())), false)
        } else if shape.bytes() == 0 {
            (local::dangling(align_of::<I>()).as_ptr(), false)
        } else {
            // A slot begins with its header, so to the rules of copies the values are a part of it.
            (node.pin_copy(values, Stamp(self.stamp), shape, Extent::Range), true)
        }
    }

    /// Gives back the copy that this handle pins, if it does.
    pub fn unpin(&mut self) {
        if !self.is_counted_here() {
            let held = std::mem::replace(self.ptr.get_mut(), null_mut());
            here().release(held);
        }
    }

    /// Another strong handle. 0 messages, but for the first through bytes that are counted nowhere, on a node without a
    /// strong handle: 1 request, 1 reply.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn clone_strong<I>(&self) -> Counted {
        match self.header::<I>() {
            Some(header) => self.beside(header, Which::Strong),
            None => self.another(Which::Strong),
        }
    }

    /// Another weak handle, of a strong or a weak one. Costs as [`Counted::clone_strong`].
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn clone_weak<I>(&self) -> Counted {
        match self.header::<I>() {
            Some(header) => self.beside(header, Which::Weak),
            None if self.is_nothing() => Counted::nothing(),
            None => self.another(Which::Weak),
        }
    }

    #[inline(always)]
    fn beside(&self, header: &Header, which: Which) -> Counted {
        header.up(which);
        Counted { ptr: AtomicPtr::new(self.peek()), addr: self.addr, stamp: self.stamp }
    }

    /// A strong handle of the values of a weak one, if they are still there. 0 messages at home and on a node that has
    /// a strong handle, else 1 request, 1 reply.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn upgrade<I>(&self) -> Option<Counted> {
        match self.header::<I>() {
            Some(header) => header.try_up().then(|| Counted {
                ptr: AtomicPtr::new(self.peek()),
                addr: self.addr,
                stamp: self.stamp,
            }),
            None if self.is_nothing() => None,
            None => self.upgrade_afar(),
        }
    }

    /// Ends a strong handle of `elements` values, and these with the last. 0 messages, but for the last handle on
    /// another node than the home: 1 one-way, or 1 request, 1 reply where the end of the values is seen.
    ///
    /// # Safety
    /// It is a strong handle that the caller owns, of so many values of this type, and is not used again.
    #[inline]
    #[track_caller]
    pub unsafe fn drop_strong<I: Carry>(&mut self, elements: usize) {
        let Some(header) = self.header::<I>() else {
            // SAFETY: the caller's promise.
            return unsafe { self.drop_strong_afar::<I>(elements) };
        };
        if header.down(Which::Strong) {
            // SAFETY: this was the last strong handle.
            unsafe {
                if const { I::FACTS.handles || I::FACTS.user_drop } {
                    header.end();
                } else {
                    journal::ended(self.peek(), offset(align_of::<I>()));
                    header.let_go_of_slot(slot_of(Layout::array::<I>(elements).expect("capacity overflow")));
                }
            }
        }
    }

    /// Ends a weak handle. 0 messages, but for the last on another node than the home: 1 one-way.
    ///
    /// # Safety
    /// It is a weak handle that the caller owns, and is not used again.
    #[inline]
    pub unsafe fn drop_weak<I>(&mut self) {
        match self.header::<I>() {
            // SAFETY: the handle is not used again.
            Some(header) => unsafe { header.let_go() },
            None if self.is_nothing() => {}
            None => self.drop_weak_afar(),
        }
    }
}

/// Gives back a pin that [`Counted::borrow`] took.
///
/// # Safety
/// As [`memory::release`].
pub unsafe fn give_back(copy: *const u8) {
    // SAFETY: the caller's promise is the callee's condition.
    unsafe { memory::release(copy) }
}

#[cfg(test)]
mod tests;
