//! The one-word handle of what stays where it is: the state of something that nodes share.
//!
//! Nothing is cached in it and nothing is counted by it, so that its bytes mean the same wherever they are, in a copy
//! too; whoever owns the value that holds it ends what it names.

use crate::trace::{Forgetting, Kind, Landing, Outgoing, Weights};
use drust_proto::Address;
use std::num::NonZeroU64;

/// Where something shared is: its address, with the lowest bit set, so that it is never 0.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fixed(NonZeroU64);

impl Fixed {
    /// How traces treat such a handle.
    pub const KIND: Kind = Kind { size: size_of::<Fixed>(), along: false, weigh, send, land, forget };

    /// The handle of what is at `address`.
    #[must_use]
    pub fn new(address: Address) -> Fixed {
        Fixed(NonZeroU64::MIN | address.word())
    }

    /// Where it is.
    #[inline]
    #[must_use]
    pub fn address(self) -> Address {
        Address::from_word(self.0.get())
    }
}

unsafe fn weigh(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a `Fixed`.
    weights.lives(unsafe { *at.cast::<Fixed>() }.address().home(), 0);
}

unsafe fn send(source: *mut u8, target: *mut u8, _: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a `Fixed`, and the target has room for one; it need not be aligned in an image.
    unsafe { target.cast::<Fixed>().write_unaligned(*source.cast::<Fixed>()) }
}

unsafe fn land(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: a spot of this kind is a `Fixed`.
    landing.meet(unsafe { *at.cast::<Fixed>() }.address());
}

unsafe fn forget(_: *mut u8, _: &mut Forgetting) {}
