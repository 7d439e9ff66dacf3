//! The home's side of a fetch by message: finding the values, tracing them out, and freeing them where they move.
//!
//! On a serving thread: nothing here waits or runs user code.

use super::along;
use crate::failure;
use crate::node::Node;
use drust_fabric::{Lane, Mode as SendMode, Part};
use drust_heap::Descriptor;
use drust_heap::journal;
use drust_heap::trace::{Found, Image, Mode, Outgoing};
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{FreeKind, Slot, SlotEvent, SlotStep};
use drust_proto::wire::{FetchMode, Frame, HEADER_MAX};
use drust_proto::{Address, DescriptorId, Rank};
use std::num::NonZeroU32;
use std::ptr::NonNull;

/// Bytes that may come along with fetched values.
const ALONG: usize = 1 << 20;
/// Answers from this size on go by the lane for bulk.
const BULK: usize = 16 << 10;

/// What a peer asks for.
pub(crate) struct Wanted {
    pub(crate) mode: FetchMode,
    pub(crate) descriptor: DescriptorId,
    pub(crate) address: Address,
    pub(crate) elements: u64,
}

/// Answers a peer that asks for values of this node's partition.
pub(crate) fn serve(node: &'static Node, from: Rank, id: u64, wanted: &Wanted) {
    // SAFETY: the peer is authenticated and of the same build, and named a descriptor of its own (DESIGN section 5).
    let descriptor = unsafe { Descriptor::from_id(wanted.descriptor) };
    let place = find(node, from, wanted, descriptor);
    journal::note(|| Record::Answered { reader: from, id });
    let elements = wanted.elements as usize;
    let mut image = Image::new();
    let along = match wanted.mode {
        FetchMode::Copy => lend(node, &mut image, place, descriptor, elements),
        FetchMode::Move => {
            journal::note(|| Record::Freed {
                address: wanted.address,
                kind: FreeKind::MovedOut,
                elements: wanted.elements,
            });
            depart(node, &mut image, place, descriptor, elements);
            Vec::new()
        }
    };
    let along_len = along.iter().map(|part| part.len() as u64).sum();
    let align = image.align().ilog2() as u8;
    let frame = Frame::Fetched { id, align, image_len: image.len() as u64, along_len };
    let mut header = [0; HEADER_MAX];
    let len = frame.encode(&mut header);
    let mut parts = vec![Part::from(&header[..len]), image.bytes().into()];
    parts.extend(along);
    let lane = if parts.iter().map(Part::len).sum::<usize>() < BULK { Lane::Small } else { Lane::Bulk };
    node.count(|counters| &counters.replies, 1);
    let _ = node.send(from, lane, &parts, SendMode::Defer);
}

/// Where the values lie, if the slot around them holds so many and, for a move, nothing else.
fn find(node: &'static Node, from: Rank, wanted: &Wanted, descriptor: &'static Descriptor) -> *mut u8 {
    let refuse = |why: &dyn std::fmt::Display| -> ! {
        failure::end(&format!("node {from} asked for values at {:?}: {why}", wanted.address))
    };
    if wanted.address.home() != node.rank() {
        refuse(&"they are not of this node");
    }
    let space = &node.vault().space;
    let offset = wanted.address.offset() as usize;
    let Some(slot) = space.slot(offset) else { refuse(&"no object lives there") };
    let Some(tag) = NonZeroU32::new(slot.tag) else { refuse(&"the object that lived there is gone") };
    let size = descriptor.size().max(1);
    let room = slot.start + slot.size - offset;
    let live = Slot::Live { descriptor: DescriptorId(tag), capacity: (room / size) as u64, user_drop: false };
    let step = live.step(SlotEvent::Serve { elements: wanted.elements });
    let (_, SlotStep::Lend(_)) = step.unwrap_or_else(|fault| refuse(&fault)) else { unreachable!("it was served") };
    if wanted.mode == FetchMode::Move && slot.start != offset {
        refuse(&"an object moves as a whole");
    }
    space.at(offset)
}

/// Packs values that stay, and finds the bytes that go along with them.
fn lend<'a>(
    node: &'static Node,
    image: &mut Image,
    place: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
) -> Vec<Part<'a>> {
    let mut out = Outgoing::new(Mode::Lend, 0, &node.vault().copies);
    // SAFETY: the asker borrows the values, so nobody writes them.
    unsafe { out.pack(image, place, descriptor, elements) };
    if descriptor.facts().tied || !descriptor.facts().handles {
        return Vec::new();
    }
    let mut found = Found::default();
    let mut left = ALONG;
    // SAFETY: as above.
    let owned = unsafe { along(&mut found, place, descriptor, elements, node.rank()) };
    let fits = owned.map_while(|key| {
        left = left.checked_sub(key.len as usize)?;
        Some(key)
    });
    // SAFETY: what the borrowed values own is borrowed with them, and at home here.
    fits.map(|key| unsafe { Part::raw(node.vault().place_of(key.address), key.len as usize) }).collect()
}

/// Packs values that go for good, and frees their slot.
fn depart(node: &'static Node, image: &mut Image, place: *mut u8, descriptor: &'static Descriptor, elements: usize) {
    let mut out = Outgoing::new(Mode::Depart, 0, &node.vault().copies);
    // SAFETY: the asker owns the values, and gives up their place here.
    unsafe { out.pack(image, place, descriptor, elements) };
    node.release_all(&out.released);
    for &slot in out.vacated.iter().chain([&place]) {
        // SAFETY: the slots were the moved value's own; a slot's place is never null.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
}
