//! The handle of a value that is made once and lasts as long as what names it: where it can be read now on this node,
//! the shared state that knows it, and which making of it is meant.
//!
//! Contract of a [`Lasting`]:
//!
//! 1. `place` is null, or where the value can be read on this node, for as long as it lasts. It is not owned: what it
//!    takes to keep the value there is kept by the node. Under `&` it changes only from null.
//! 2. `fixed` and `name` change only under `&mut`. A value that was taken, and one that is made after it, never have
//!    the same name.
//! 3. In bytes that leave `place` is null.

use crate::fixed::Fixed;
use crate::primitive::atomic::{AtomicPtr, Ordering};
use crate::trace::{Forgetting, Kind, Landing, Outgoing, Weights};
use drust_proto::Stamp;
use std::ptr::null_mut;

/// Where a value that is made once can be read; see the module.
#[repr(C)]
#[derive(Debug)]
pub struct Lasting {
    place: AtomicPtr<u8>,
    fixed: Fixed,
    name: Stamp,
}

impl Lasting {
    /// How traces treat such a handle.
    pub const KIND: Kind = Kind { size: size_of::<Lasting>(), along: false, weigh, send, land, forget };

    /// The handle of what `fixed` is the state of.
    #[must_use]
    pub fn new(fixed: Fixed, name: Stamp) -> Lasting {
        Lasting { place: AtomicPtr::new(null_mut()), fixed, name }
    }

    /// Where the value can be read; null where that is not known.
    #[inline]
    #[must_use]
    pub fn place(&self) -> *mut u8 {
        self.place.load(Ordering::Acquire)
    }

    /// Notes where the value can be read. All who find it find the same place, or one as good.
    pub fn found(&self, place: *mut u8) {
        self.place.store(place, Ordering::Release);
    }

    /// What is its state.
    #[must_use]
    pub fn fixed(&self) -> Fixed {
        self.fixed
    }

    /// Which making is meant.
    #[must_use]
    pub fn name(&self) -> Stamp {
        self.name
    }

    /// Forgets the value, which was taken; the next has this name.
    pub fn renew(&mut self, name: Stamp) {
        *self = Lasting::new(self.fixed, name);
    }
}

unsafe fn weigh(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a `Lasting`.
    weights.lives(unsafe { (*at.cast::<Lasting>()).fixed }.address().home(), 0);
}

unsafe fn send(source: *mut u8, target: *mut u8, _: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a `Lasting`, and the target has room for one; it need not be aligned in an image.
    unsafe {
        let source = &*source.cast::<Lasting>();
        target.cast::<Lasting>().write_unaligned(Lasting::new(source.fixed, source.name));
    }
}

unsafe fn land(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: a spot of this kind is a `Lasting`, and nobody else sees arrived bytes.
    let lasting = unsafe { &*at.cast::<Lasting>() };
    lasting.found(null_mut());
    landing.meet(lasting.fixed.address());
}

unsafe fn forget(_: *mut u8, _: &mut Forgetting) {}
