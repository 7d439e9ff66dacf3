//! Finding the drust words inside a value, and the five things done with them.
//!
//! | mode | what becomes of the original | of its pins | where |
//! |---|---|---|---|
//! | lend | stays, PRIVATE cleared in it | stay | [`Outgoing`], [`Mode::Lend`] |
//! | depart | dead bytes | released: [`Mode::Depart`] here, [`Mode::Move`] by the home's `forget` | [`Outgoing`] |
//! | land | arrived bytes keep nothing local | there are none | [`Landing`] |
//! | forget | bytes whose contents went elsewhere or were never owned | released | [`Forgetting`] |
//! | drop | owned values end, by Rust's drop glue, in bounded depth | released by each `Drop` | [`drop_object`] |
//!
//! All walk by worklist, so that lists of a million links need no stack. A type notes its handles in any order; they
//! are sorted by place, and the plain bytes between them are copied as they are, never read as numbers (padding!).
//!
//! [`drop_object`]: crate::local::drop_object

mod forgetting;
mod image;
mod landing;
mod outgoing;
mod weights;

pub use forgetting::{Forgetting, pins_of};
pub use image::Image;
pub use landing::{Landing, Place, Refused};
pub use outgoing::{Lent, Mode, Outgoing};
pub use weights::Weights;

use crate::descriptor::Descriptor;
use std::fmt;

/// A kind of drust word: how long it is and how it is treated in each mode.
pub struct Kind {
    /// Bytes at the noted place that belong to the handle.
    pub size: usize,
    /// Whether the pointee is fetched along with the bytes that hold the handle (a hint, not a tie).
    pub along: bool,
    /// Counts the bytes that the handle names, where they live.
    ///
    /// # Safety
    /// The place holds a live handle of this kind of this node, inside a value that it is part of.
    pub weigh: unsafe fn(*const u8, &mut Weights),
    /// Writes at the second place what leaves of the handle at the first.
    ///
    /// # Safety
    /// The first is a live handle of this kind, readable here; the second has room for it; they do not overlap.
    pub send: unsafe fn(*mut u8, *mut u8, &mut Outgoing<'_>),
    /// Makes an arrived handle this node's.
    ///
    /// # Safety
    /// The place holds bytes that `send` of this kind wrote, and nobody else sees them yet.
    pub land: unsafe fn(*mut u8, &mut Landing<'_>),
    /// Notes what the handle holds here.
    ///
    /// # Safety
    /// The place holds a handle of this kind that nobody uses any more.
    pub forget: unsafe fn(*mut u8, &mut Forgetting),
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Kind");
        shown.field("size", &self.size).field("along", &self.along).finish_non_exhaustive()
    }
}

/// A handle inside a value, and its kind.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Where it lies.
    pub at: *mut u8,
    /// What it is.
    pub kind: &'static Kind,
}

/// The handles found in one value.
#[derive(Default, Debug)]
pub struct Found {
    spots: Vec<Spot>,
}

impl Found {
    /// Notes a handle; called by implementations of [`Carry::trace`](crate::carry::Carry::trace).
    #[inline]
    pub fn note(&mut self, at: *const u8, kind: &'static Kind) {
        self.spots.push(Spot { at: at.cast_mut(), kind });
    }

    /// The handles of the value at `this`, by rising place; valid until the next call.
    ///
    /// # Safety
    /// As [`Descriptor::trace`].
    pub unsafe fn in_value(&mut self, descriptor: &Descriptor, this: *const u8) -> &[Spot] {
        self.spots.clear();
        // SAFETY: the caller's promise is the callee's condition.
        unsafe { descriptor.trace(this, self) };
        self.rebase(this);
        if !self.spots.is_sorted_by_key(|spot| spot.at) {
            self.spots.sort_unstable_by_key(|spot| spot.at);
        }
        &self.spots
    }

    /// The handles of all `elements` values at `first`, not sorted.
    ///
    /// # Safety
    /// As [`Descriptor::trace`], for each value.
    pub unsafe fn in_values(&mut self, descriptor: &Descriptor, first: *const u8, elements: usize) -> &[Spot] {
        self.spots.clear();
        if descriptor.facts().handles {
            for index in 0..elements {
                // SAFETY: the caller vouches for each value, and they lie side by side.
                unsafe { descriptor.trace(first.add(index * descriptor.size()), self) };
            }
        }
        self.rebase(first);
        &self.spots
    }

    /// Makes the noted places parts of what `first` points to. A trace may have found them by looking at the value
    /// through a reference; what may be done with a handle is up to the caller, who may own the bytes.
    fn rebase(&mut self, first: *const u8) {
        for spot in &mut self.spots {
            spot.at = first.cast_mut().with_addr(spot.at.addr());
        }
    }
}
