//! Values on their way through a channel.

use crate::arrival::{Body, unpack};
use crate::node::Node;
use drust_heap::trace::{Image, Mode, Outgoing};
use drust_heap::{Described, Portable};
use drust_proto::Rank;
use drust_proto::sharing::channel::Item;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;

/// A value in a queue of its home.
pub(super) enum Parcel<T> {
    /// Sent there, and as it was.
    Here(T),
    /// Sent there, and packed to leave.
    Packed(Image),
    /// As it came from another node.
    Came(Body),
}

impl<T: Portable> Parcel<T> {
    /// The value as an item of a channel.
    pub(super) fn item(self) -> Item<Parcel<T>> {
        let len = match &self {
            Parcel::Here(_) => size_of::<T>(),
            Parcel::Packed(image) => image.len(),
            Parcel::Came(body) => body.bytes().len(),
        };
        Item::sized(self, len)
    }

    /// Lets `send` look at the image of the value, which leaves.
    pub(super) fn leave(self, node: &'static Node, send: impl FnOnce(&[MaybeUninit<u8>])) {
        match self {
            Parcel::Here(value) => send(packed(node, value).bytes()),
            Parcel::Packed(image) => send(image.bytes()),
            Parcel::Came(body) => send(body.bytes()),
        }
    }

    /// The value, for a thread of its home; one that came was passed on by node `from`.
    pub(super) fn open(self, node: &'static Node, from: Rank) -> T {
        match self {
            Parcel::Here(value) => value,
            Parcel::Packed(image) => landed(node, image.bytes(), from),
            Parcel::Came(body) => landed(node, body.bytes(), from),
        }
    }
}

/// Packs a value that is given up, with all that travels with it.
///
/// No fetch of it is under way. Where it holds counted handles this thread may wait.
pub(super) fn packed<T: Portable>(node: &'static Node, value: T) -> Image {
    let value = ManuallyDrop::new(value);
    let mut image = Image::new();
    let mut out = Outgoing::new(Mode::Depart, 0, &node.vault().copies);
    // SAFETY: the value is given up here, and nobody else sees it.
    unsafe { out.pack(&mut image, (&raw const *value).cast_mut().cast(), T::DESCRIPTOR, 1) };
    node.release_all(&out.released);
    for &slot in &out.vacated {
        // SAFETY: the slot's value was tied to what was packed, so it is this node's and nobody else's.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
    image
}

/// The value of an image; node `from` is to blame where it is none.
pub(super) fn landed<T: Portable>(node: &'static Node, image: &[MaybeUninit<u8>], from: Rank) -> T {
    let mut no_guests = Vec::new();
    // SAFETY: both ends of a channel are for the same type, and values are packed by the same build.
    unsafe { unpack::<T>(image, &mut no_guests) }
        .unwrap_or_else(|refused| node.refuse(from, format!("a value of a channel: {refused}")))
}
