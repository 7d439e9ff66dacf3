//! A lock's data on their way, and the memory for them on nodes that are not their home.

use crate::arrival::{Body, Guest};
use crate::law::slot_for;
use crate::node::Node;
use drust_heap::Descriptor;
use drust_heap::trace::{Image, Landing, Mode, Outgoing, Place, Refused};
use std::ptr::NonNull;

/// Data of a lock of another node, or a copy of them.
pub(super) struct Visitor(Guest);

// SAFETY: the values are `Send`, and guards alone give access to them.
unsafe impl Send for Visitor {}

impl Visitor {
    /// Memory for a value, which is not there yet.
    pub(super) fn room(descriptor: &'static Descriptor) -> Visitor {
        Visitor(Guest::new(descriptor, 1, false))
    }

    pub(super) fn place(&self) -> NonNull<u8> {
        self.0.place
    }

    /// Ends a copy.
    ///
    /// # Safety
    /// It is one, and nobody looks at it any more.
    pub(super) unsafe fn forget(self, node: &'static Node) {
        // SAFETY: the caller's promise.
        unsafe { self.0.forget(node) }
    }
}

/// Packs a value as what the next holder gets; where it departs, it is dead here.
///
/// # Safety
/// `place` holds a value of this type, which nobody writes meanwhile and, where it departs, nobody uses again.
pub(super) unsafe fn pack(node: &Node, mode: Mode, place: NonNull<u8>, descriptor: &'static Descriptor) -> Image {
    let mut image = Image::new();
    let mut out = Outgoing::new(mode, 0, &node.vault().copies);
    // SAFETY: the caller's promise.
    unsafe { out.pack(&mut image, place.as_ptr(), descriptor, 1) };
    node.release_all(&out.released);
    for &slot in &out.vacated {
        // SAFETY: the slot's value was tied to what departed, so it is this node's and nobody else's.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
    image
}

/// Lands the value that came in a message.
///
/// # Errors
/// It is not one of this type.
///
/// # Safety
/// It was packed by [`pack`], of this type; `place` has room for it, and nobody looks there.
pub(super) unsafe fn land(
    node: &Node,
    body: &Body,
    place: NonNull<u8>,
    descriptor: &'static Descriptor,
) -> Result<(), Refused> {
    let mut rooms = |descriptor: &'static Descriptor, elements: usize, _: Place| slot_for(descriptor, elements);
    let mut landing = Landing::new(body.bytes(), &mut rooms).among(node.size());
    // SAFETY: the caller's promise.
    unsafe { landing.unpack(place.as_ptr(), descriptor, 1) }
}
