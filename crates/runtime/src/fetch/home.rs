//! The home's side of a fetch by message: finding the values, tracing them out, and freeing them where they move.
//!
//! On a serving thread: nothing here waits or runs user code.

use super::along;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::task::run_aside;
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
///
/// # Errors
/// What was asked for cannot be there.
pub(crate) fn serve(node: &'static Node, from: Rank, id: u64, wanted: &Wanted) -> Sense {
    let (place, descriptor) = find(node, wanted)?;
    journal::note(|| Record::Answered { reader: from, id });
    if wanted.mode == FetchMode::Move {
        let (address, elements) = (wanted.address, wanted.elements);
        journal::note(|| Record::Freed { address, kind: FreeKind::MovedOut, elements });
    }
    let (elements, plain) = (wanted.elements as usize, !descriptor.facts().handles);
    let (bytes, align) = (elements * descriptor.size(), descriptor.align().max(Image::ALIGN));
    match wanted.mode {
        FetchMode::Copy if plain => {
            // SAFETY: the asker borrows the values until it has its answer, so nobody writes or frees them.
            reply(node, from, id, align, unsafe { Part::standing(place, bytes) }, &[]);
        }
        FetchMode::Move if plain => {
            // SAFETY: the asker owns the values, and gives up their place here; a slot's place is never null.
            unsafe {
                reply(node, from, id, align, Part::raw(place, bytes), &[]);
                node.vault().space.free_at(NonNull::new_unchecked(place));
            }
        }
        FetchMode::Copy => {
            let mut image = Image::new();
            // SAFETY: as for plain values.
            let along = unsafe { lend(node, &mut image, place, descriptor, elements) };
            reply(node, from, id, image.align(), image.bytes().into(), &along);
        }
        // Counted handles may need more credit before they can leave, and this thread may not wait for it.
        FetchMode::Move if descriptor.takes_counted() => {
            let address = wanted.address;
            run_aside(node, move || move_out(node, from, id, node.vault().place_of(address), descriptor, elements));
        }
        FetchMode::Move => move_out(node, from, id, place, descriptor, elements),
    }
    Ok(())
}

/// Packs values that their owner has given up to the asker, and sends them.
fn move_out(
    node: &'static Node,
    from: Rank,
    id: u64,
    place: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
) {
    let mut image = Image::new();
    // SAFETY: the asker owns the values, and gives up their place here.
    unsafe { depart(node, &mut image, place, descriptor, elements) };
    if descriptor.takes_counted() {
        // What the handles' homes were told is done before the asker can ask them.
        node.await_one_ways();
    }
    reply(node, from, id, image.align(), image.bytes().into(), &[]);
}

/// Sends what was asked for, and what comes along with it.
fn reply(node: &'static Node, from: Rank, id: u64, align: usize, values: Part<'_>, along: &[Part<'_>]) {
    let along_len: usize = along.iter().map(Part::len).sum();
    let (image_len, align) = (values.len() as u64, align.ilog2() as u8);
    let mut header = [0; HEADER_MAX];
    let len = Frame::Fetched { id, align, image_len, along_len: along_len as u64 }.encode(&mut header);
    let first = [Part::from(&header[..len]), values];
    let lane = if len + values.len() + along_len < BULK { Lane::Small } else { Lane::Bulk };
    node.count(|counters| &counters.replies, 1);
    // A lost peer ends the job by way of the watcher.
    let _ = match along {
        [] => node.send(from, lane, &first, SendMode::Defer),
        _ => node.send(from, lane, &[&first, along].concat(), SendMode::Defer),
    };
}

/// Where the values lie, and of which type they are: by the slot's own metadata where the object moves, by the asker's
/// word where it reads, since a part of an object may be of any type. Else what is wrong with the question.
fn find(node: &'static Node, wanted: &Wanted) -> Sense<(*mut u8, &'static Descriptor)> {
    if wanted.address.home() != node.rank() {
        return Err("they are not of this node".into());
    }
    let space = &node.vault().space;
    let offset = wanted.address.offset() as usize;
    let slot = space.slot(offset).ok_or("no object lives there")?;
    let tag = NonZeroU32::new(slot.tag).map(DescriptorId).ok_or("the object that lived there is gone")?;
    // SAFETY: the tag was stored by this node's own allocation.
    let own = unsafe { Descriptor::from_id(tag) };
    let descriptor = match wanted.mode {
        FetchMode::Move if slot.start != offset => return Err("an object moves as a whole".into()),
        FetchMode::Move => own,
        FetchMode::Copy => node.image().descriptor(wanted.descriptor).ok_or("their type is none of this program")?,
    };
    let open = own.facts().open && wanted.mode == FetchMode::Copy;
    if own.facts().cell && !open || descriptor.facts().cell {
        return Err("what lives there is shared".into());
    }
    // What is part of a value holds nothing that the value does not.
    let (part, whole) = (descriptor.facts(), own.facts());
    if part.handles && !whole.handles || part.tied && !whole.tied {
        return Err(format!("no {} is part of {}", descriptor.name(), own.name()).into());
    }
    if !offset.is_multiple_of(descriptor.align()) {
        return Err(format!("no {} can lie there", descriptor.name()).into());
    }
    let room = slot.start + slot.size - offset;
    let live = Slot::Live { descriptor: tag, capacity: (room / descriptor.size().max(1)) as u64, user_drop: false };
    match live.step(SlotEvent::Serve { elements: wanted.elements }) {
        Ok((_, SlotStep::Lend(_))) => Ok((space.at(offset), descriptor)),
        Ok((_, other)) => unreachable!("serving does not ask for {other:?}"),
        Err(fault) => Err(fault.into()),
    }
}

/// Packs values that stay, and finds the bytes that go along with them.
///
/// # Safety
/// `place` holds `elements` values of this type, at home here and borrowed until the result has arrived.
unsafe fn lend(
    node: &'static Node,
    image: &mut Image,
    place: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
) -> Vec<Part<'static>> {
    let mut out = Outgoing::new(Mode::Lend, 0, &node.vault().copies);
    // SAFETY: the caller's promise.
    unsafe { out.pack(image, place, descriptor, elements) };
    if descriptor.facts().tied {
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
    // SAFETY: what the borrowed values own is borrowed with them, until the asker has its answer, and at home here.
    fits.map(|key| unsafe { Part::standing(node.vault().place_of(key.address), key.len as usize) }).collect()
}

/// Packs values that go for good, and frees their slot.
///
/// # Safety
/// `place` is the slot of `elements` values of this type, at home here, that nobody uses again.
unsafe fn depart(
    node: &'static Node,
    image: &mut Image,
    place: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
) {
    // SAFETY: the caller's promise; a slot's place is never null.
    unsafe {
        pack_out(node, image, place, descriptor, elements);
        node.vault().space.free_at(NonNull::new_unchecked(place));
    }
}

/// Packs values that go for good, and leaves their slot to the caller.
///
/// # Safety
/// `place` holds `elements` values of this type, at home here, that nobody uses again; on a thread that may wait where
/// counted handles are among them.
pub(crate) unsafe fn pack_out(
    node: &'static Node,
    image: &mut Image,
    place: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
) {
    let mut out = Outgoing::new(Mode::Depart, 0, &node.vault().copies);
    // SAFETY: the caller's promise.
    unsafe { out.pack(image, place, descriptor, elements) };
    node.release_all(&out.released);
    for &slot in &out.vacated {
        // SAFETY: the slots were the moved value's own; a slot's place is never null.
        unsafe { node.vault().space.free_at(NonNull::new_unchecked(slot)) };
    }
}
