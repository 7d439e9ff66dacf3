//! Values that arrived in a message, and the memory that what came along with them needs.

use crate::law::slot_for;
use crate::node::{Node, here};
use drust_fabric::{Buffer, Message};
use drust_heap::trace::{Forgetting, Landing, Place, Refused};
use drust_heap::{Described, Descriptor};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;

/// The bytes of a message behind its header.
pub(crate) struct Body {
    buffer: Buffer,
    range: Range<usize>,
}

impl Body {
    pub(crate) fn new(message: Message<'_>, header: usize) -> Body {
        let buffer = message.into_buffer();
        let range = header..buffer.len();
        Body { buffer, range }
    }

    pub(crate) fn bytes(&self) -> &[MaybeUninit<u8>] {
        &self.buffer.as_uninit()[self.range.clone()]
    }

    /// The first `len` bytes of it.
    pub(crate) fn shortened(mut self, len: usize) -> Body {
        self.range.end = self.range.start + len;
        self
    }
}

/// Memory of a task for values that were lent to it.
pub(crate) struct Guest {
    pub(crate) place: NonNull<u8>,
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) elements: usize,
    pub(crate) lent: bool,
}

impl Guest {
    pub(crate) fn new(descriptor: &'static Descriptor, elements: usize, lent: bool) -> Guest {
        let layout = descriptor.layout(elements);
        let place = if layout.size() == 0 {
            drust_heap::local::dangling(layout.align())
        } else {
            // SAFETY: the layout is not empty.
            NonNull::new(unsafe { alloc(layout) }).unwrap_or_else(|| handle_alloc_error(layout))
        };
        Guest { place, descriptor, elements, lent }
    }

    fn layout(&self) -> Layout {
        self.descriptor.layout(self.elements)
    }

    /// Releases what copies lent by value hold; their contents were never owned.
    ///
    /// # Safety
    /// The task has ended.
    pub(crate) unsafe fn forget(&self, node: &'static Node) {
        let mut forgetting = Forgetting::default();
        // SAFETY: nobody uses the values any more.
        unsafe { forgetting.values(self.place.as_ptr(), self.descriptor, self.elements) };
        for held in forgetting.held {
            if node.vault().copies.contains(held) {
                node.release(held);
            }
        }
        for slot in forgetting.tied {
            // SAFETY: tied values of a copy lent by value were given slots of their own when it landed.
            unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if self.layout().size() != 0 {
            // SAFETY: the memory was allocated with this layout, and its values have gone home or were forgotten.
            unsafe { dealloc(self.place.as_ptr(), self.layout()) }
        }
    }
}

/// Lands one value of type `T` at the start of an image; what was lent with it becomes guests.
///
/// # Errors
/// Where the image ends early.
///
/// # Safety
/// The image was packed from a `T` by a process of this build.
pub(crate) unsafe fn unpack<T: Described>(bytes: &[MaybeUninit<u8>], guests: &mut Vec<Guest>) -> Result<T, Refused> {
    let mut rooms = |descriptor: &'static Descriptor, elements: usize, place: Place| match place {
        Place::Slot => slot_for(descriptor, elements),
        Place::Borrowed | Place::Lent => {
            let guest = Guest::new(descriptor, elements, place == Place::Lent);
            let room = guest.place.as_ptr();
            guests.push(guest);
            room
        }
    };
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: the caller's promise; the room is the value's own.
    unsafe {
        Landing::new(bytes, &mut rooms).among(here().size()).unpack(value.as_mut_ptr().cast(), T::DESCRIPTOR, 1)?;
        Ok(value.assume_init())
    }
}
