//! Values on their way through a channel.

use crate::arrival::{Body, unpack};
use crate::node::Node;
use drust_heap::trace::{Image, Mode, Outgoing};
use drust_heap::{Described, Portable};
use drust_proto::Rank;
use drust_proto::sharing::channel::Item;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

/// A value in a queue of its home.
pub(super) enum Parcel<T> {
    /// Sent there, and as it was.
    Here(T),
    /// Sent there, and packed to leave.
    Packed(Box<Image>),
    /// As it came from another node, perhaps with others in one message.
    Came(Arc<Body>, Range<usize>),
}

impl<T: Portable> Parcel<T> {
    /// The value of a message that brings one.
    pub(super) fn of(body: Body) -> Parcel<T> {
        let whole = 0..body.bytes().len();
        Parcel::Came(Arc::new(body), whole)
    }

    /// The value as an item of a channel.
    pub(super) fn item(self) -> Item<Parcel<T>> {
        let len = match &self {
            Parcel::Here(_) => size_of::<T>(),
            Parcel::Packed(image) => image.len(),
            Parcel::Came(_, part) => part.len(),
        };
        Item::sized(self, len)
    }

    /// Lets `send` look at the image of the value, which leaves.
    pub(super) fn leave(self, node: &'static Node, send: impl FnOnce(&[MaybeUninit<u8>])) {
        match self {
            Parcel::Here(value) => send(packed(node, value).bytes()),
            Parcel::Packed(image) => send(image.bytes()),
            Parcel::Came(body, part) => send(&body.bytes()[part]),
        }
    }

    /// The value, for a thread of its home; one that came was passed on by node `from`.
    pub(super) fn open(self, node: &'static Node, from: Rank) -> T {
        match self {
            Parcel::Here(value) => value,
            Parcel::Packed(image) => landed(node, image.bytes(), from),
            Parcel::Came(body, part) => landed(node, &body.bytes()[part], from),
        }
    }
}

/// A value on its way out: as it is where that is all of its image, else packed.
pub(super) enum Outbound<T> {
    Plain(T),
    Packed(Image),
}

impl<T: Portable> Outbound<T> {
    /// As [`packed`].
    pub(super) fn new(node: &'static Node, value: T) -> Outbound<T> {
        if T::FACTS.handles { Outbound::Packed(packed(node, value)) } else { Outbound::Plain(value) }
    }

    /// The image.
    pub(super) fn bytes(&self) -> &[MaybeUninit<u8>] {
        match self {
            // SAFETY: the value's bytes, padding and all, are readable while it is borrowed; without handles nothing in
            // them is atomic.
            Outbound::Plain(value) => unsafe { std::slice::from_raw_parts((&raw const *value).cast(), size_of::<T>()) },
            Outbound::Packed(image) => image.bytes(),
        }
    }

    /// The value has left.
    pub(super) fn gone(self) {
        if let Outbound::Plain(value) = self {
            std::mem::forget(value);
        }
    }

    /// The value, which was not sent after all.
    pub(super) fn kept(self, node: &'static Node) -> T {
        match self {
            Outbound::Plain(value) => value,
            Outbound::Packed(image) => landed(node, image.bytes(), node.rank()),
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
    if !T::FACTS.handles && image.len() == size_of::<T>() {
        // SAFETY: both ends of a channel are for the same type, without handles, and a value's image is its bytes.
        return unsafe { image.as_ptr().cast::<T>().read_unaligned() };
    }
    let mut no_guests = Vec::new();
    // SAFETY: both ends of a channel are for the same type, and values are packed by the same build.
    unsafe { unpack::<T>(image, &mut no_guests) }
        .unwrap_or_else(|refused| node.refuse(from, format!("a value of a channel: {refused}")))
}
