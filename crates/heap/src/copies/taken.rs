//! A copy taken out of the table by a writer (promotion).

use super::evict::{Leaving, Work};
use super::{Contents, Copies};
use std::alloc::Layout;
use std::ptr::NonNull;

/// The bytes of a copy that nobody else can find any more. When it ends, the pins that handles inside the bytes hold
/// are released and the memory is freed.
#[derive(Debug)]
pub struct Taken<'a> {
    pub(super) copies: &'a Copies,
    pub(super) tag: u32,
    pub(super) place: NonNull<u8>,
    pub(super) layout: Layout,
    pub(super) contents: Contents,
}

// SAFETY: whoever holds this value is the only owner of the bytes; the table behind it may be used from any thread.
unsafe impl Send for Taken<'_> {}

impl Taken<'_> {
    /// The bytes.
    #[must_use]
    pub fn ptr(&self) -> NonNull<u8> {
        self.place
    }

    /// Their layout, as it was filed.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Initialised elements in them.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.contents.elements
    }

    /// Frees the memory but releases no pin inside: the bytes moved elsewhere on this node with all their handles.
    pub fn keep_pins(mut self) {
        self.contents.pins = None;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut work = Work::new(self.copies.budget);
        work.leave(Leaving { tag: self.tag, place: self.place, layout: self.layout, contents: self.contents });
        self.copies.settle(work);
    }
}
