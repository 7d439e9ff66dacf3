//! The three-word handle that `Box`, `Vec` and `String` are made of.
//!
//! Contract of a [`Handle`]:
//!
//! 1. `stamp` changes only under `&mut`.
//! 2. `ptr` is null, or where the value can be read on this node: the home object, or a copy that this handle pins.
//!    Under `&` it changes only from null, by compare-exchange; the loser of a race to pin gives its own pin back.
//! 3. `addr`'s PRIVATE bit is set only together with a fresh stamp, under `&mut` (DESIGN rule 1). Under `&` it is only
//!    cleared, by anyone who hands the handle's bits out, before they leave (rule 2), also from another process.
//! 4. PRIVATE implies that `ptr` is the home object, in a partition of this node (rule 3).
//! 5. A handle of a value without an object has [`Address::RESERVED`], PRIVATE and a dangling aligned `ptr`, everywhere
//!    and always (rule 12).

use crate::journal;
use crate::primitive::atomic::{AtomicPtr, AtomicU64, Ordering};
use crate::trace::{Forgetting, Kind, Landing, Outgoing, Weights};
use drust_proto::coherence::Event;
use drust_proto::{Address, Stamp};
use std::num::NonZeroU64;

/// Where a value can be read now, where it lives, and which value it is.
#[repr(C)]
#[derive(Debug)]
pub struct Handle {
    ptr: AtomicPtr<u8>,
    addr: AtomicU64,
    stamp: NonZeroU64,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Handle>() == 24 && size_of::<Option<Handle>>() == 24);

/// Reads or sets an atomic that is mutably borrowed: a plain access, which loom spells otherwise.
#[cfg(not(loom))]
macro_rules! exclusive {
    ($owner:ident.$word:ident) => {
        *$owner.$word.get_mut()
    };
    ($owner:ident.$word:ident = $value:expr) => {
        *$owner.$word.get_mut() = $value
    };
}

#[cfg(loom)]
macro_rules! exclusive {
    ($owner:ident.$word:ident) => {
        $owner.$word.with_mut(|word| *word)
    };
    ($owner:ident.$word:ident = $value:expr) => {{
        let value = $value;
        $owner.$word.with_mut(|word| *word = value)
    }};
}

/// What is `const` but under loom, whose atomics are made at run time.
macro_rules! const_but_for_loom {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis const fn $name:ident($($argument:ident: $type:ty),*) -> Handle $body:block
    )*) => {$(
        $(#[$attribute])*
        #[cfg(not(loom))]
        $visibility const fn $name($($argument: $type),*) -> Handle $body

        $(#[$attribute])*
        #[cfg(loom)]
        $visibility fn $name($($argument: $type),*) -> Handle $body
    )*};
}

impl Handle {
    /// How traces treat a three-word handle.
    pub const KIND: Kind = Kind {
        size: size_of::<Handle>(),
        along: false,
        weigh: weigh_words,
        send: send_words,
        land: land_words,
        forget: forget_words,
    };

    /// As [`Handle::KIND`], for contents that are fetched along with the bytes that hold the handle.
    pub const ALONG: Kind = Kind { along: true, ..Handle::KIND };

    const_but_for_loom! {
        #[inline]
        const fn alone(home: *mut u8, address: Address, stamp: Stamp) -> Handle {
            let addr = AtomicU64::new(address.word() | Address::PRIVATE);
            Handle { ptr: AtomicPtr::new(home), addr, stamp: stamp.0 }
        }

        /// A handle of an object that others know: nothing local yet.
        #[must_use]
        pub const fn exposed(address: Address, stamp: Stamp) -> Handle {
            Handle { ptr: AtomicPtr::new(std::ptr::null_mut()), addr: AtomicU64::new(address.word()), stamp: stamp.0 }
        }

        /// The handle of a value without an object.
        #[inline]
        #[must_use]
        pub const fn reserved(dangling: *mut u8) -> Handle {
            Handle::alone(dangling, Address::RESERVED, Stamp::RESERVED)
        }
    }

    /// The handle of a new object at home, which nobody else has seen.
    #[inline]
    #[must_use]
    pub fn new_private(home: *mut u8, address: Address, stamp: Stamp) -> Handle {
        let handle = Handle::alone(home, address, stamp);
        journal::made(&handle);
        handle
    }

    /// Where the value can be read now; null when it must be fetched.
    #[inline(always)]
    #[must_use]
    pub fn peek(&self) -> *mut u8 {
        self.ptr.load(Ordering::Acquire)
    }

    /// The object's place, if it is homed here and nobody else has its stamp.
    #[inline(always)]
    #[must_use]
    pub fn private(&mut self) -> Option<*mut u8> {
        if exclusive!(self.addr) & Address::PRIVATE == 0 { None } else { Some(exclusive!(self.ptr)) }
    }

    /// Whether nobody else has been given this stamp.
    #[inline]
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.addr.load(Ordering::Relaxed) & Address::PRIVATE != 0
    }

    /// The object's address.
    #[inline]
    #[must_use]
    pub fn address(&self) -> Address {
        Address::from_word(self.addr.load(Ordering::Relaxed))
    }

    /// Whether the value has no object.
    #[inline]
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.address() == Address::RESERVED
    }

    /// The value's stamp.
    #[inline]
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp(self.stamp)
    }

    /// Files where the value was found, if no other thread was first; returns where it is then.
    ///
    /// Where another was first, `place` is still the caller's, who gives its pin back.
    #[inline]
    pub fn pin(&self, place: *mut u8) -> Result<(), *mut u8> {
        let before = journal::before(self);
        // Release: whoever loads the pointer also sees the bytes behind it.
        match self.ptr.compare_exchange(std::ptr::null_mut(), place, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                before.found(self);
                Ok(())
            }
            Err(first) => Err(first),
        }
    }

    /// Takes what `ptr` held, leaving null.
    #[inline]
    pub fn unpin(&mut self) -> *mut u8 {
        let before = journal::before(self);
        let held = exclusive!(self.ptr);
        exclusive!(self.ptr = std::ptr::null_mut());
        before.took(Event::Unpin, self);
        held
    }

    /// Makes this the only handle of an object at home, under a fresh stamp.
    #[inline]
    pub fn own(&mut self, home: *mut u8, address: Address, fresh: Stamp) {
        let before = journal::before(self);
        *self = Handle::alone(home, address, fresh);
        before.took(Event::Own { at: address, fresh }, self);
    }

    /// The PRIVATE object of this handle was moved within its partition: it keeps its stamp, which nobody else knows.
    #[inline]
    pub fn moved(&mut self, home: *mut u8, address: Address) {
        debug_assert!(self.is_private() && !self.is_reserved());
        let before = journal::before(self);
        *self = Handle::alone(home, address, self.stamp());
        before.took(Event::Grown { at: address }, self);
    }

    /// Clears PRIVATE, and returns the handle to be handed out: same address and stamp, nothing local.
    ///
    /// The bit is tested first, so that many readers do not fight for the line. A reserved handle goes as it is.
    #[must_use]
    pub fn expose(&self) -> Handle {
        let word = self.addr.load(Ordering::Relaxed);
        let address = Address::from_word(word);
        if address == Address::RESERVED {
            return Handle { ptr: AtomicPtr::new(self.peek()), addr: AtomicU64::new(word), stamp: self.stamp };
        }
        if word & Address::PRIVATE != 0 {
            self.addr.fetch_and(!Address::PRIVATE, Ordering::AcqRel);
        }
        journal::exposed(self, word & Address::PRIVATE != 0);
        Handle { ptr: AtomicPtr::new(std::ptr::null_mut()), addr: AtomicU64::new(address.word()), stamp: self.stamp }
    }

    /// What dead bytes' handle held; null is left (a reserved handle keeps its pointer and holds nothing).
    #[must_use]
    pub fn abandon(&self) -> *mut u8 {
        if self.is_reserved() {
            return std::ptr::null_mut();
        }
        let before = journal::before(self);
        let held = self.ptr.swap(std::ptr::null_mut(), Ordering::AcqRel);
        before.took(Event::Depart, self);
        held
    }

    /// Keeps nothing local in a handle that arrived.
    pub fn land(&mut self) {
        if !self.is_reserved() {
            let before = journal::before(self);
            exclusive!(self.ptr = std::ptr::null_mut());
            exclusive!(self.addr = exclusive!(self.addr) & !Address::PRIVATE);
            before.took(Event::Land, self);
        }
    }

    /// Names the value anew; whoever held the old stamp finds nothing under it any more.
    pub fn restamp(&mut self, fresh: NonZeroU64) {
        if !self.is_reserved() {
            let before = journal::before(self);
            self.stamp = fresh;
            before.took(Event::ComeHome { at: self.address(), fresh: Stamp(fresh) }, self);
        }
    }
}

/// The handle alone does not tell how large its object is; types that know say so in a kind of their own.
unsafe fn weigh_words(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a handle.
    weights.handle(unsafe { &*at.cast::<Handle>() }, 0);
}

unsafe fn send_words(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a live handle, and the target has room for one.
    unsafe { out.send_handle(&*source.cast::<Handle>(), target) }
}

unsafe fn land_words(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: a spot of this kind is a handle, and nobody else sees arrived bytes.
    landing.land_handle(unsafe { &mut *at.cast::<Handle>() });
}

unsafe fn forget_words(at: *mut u8, forgetting: &mut Forgetting) {
    // SAFETY: a spot of this kind is a handle.
    forgetting.handle(unsafe { &*at.cast::<Handle>() });
}
