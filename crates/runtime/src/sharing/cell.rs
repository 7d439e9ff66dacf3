//! Cells: objects that hold the state of something shared, and stay where they were made.
//!
//! A cell is no value of the rules of coherence: it has no stamp, is never fetched, and is freed by its family's rules
//! alone. Peers change it by asking its home, or by atomic instructions of their own where its partition is mapped.
//!
//! Contract:
//!
//! 1. A cell is `repr(C)` and begins with a [`Head`], which nobody writes after it was made.
//! 2. All that changes in it while it is shared is atomic, or touched by one thread at a time as its family says.
//! 3. It lives from [`make`] until its family `free`s it, after its owner has given it up.

use crate::memory::allocate_or_end;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use drust_heap::trace::Found;
use drust_heap::{Carry, Described, Descriptor, Facts, Fixed, Targets};
use drust_proto::sharing::Family;
use drust_proto::{Address, DescriptorId};
use std::alloc::Layout;
use std::num::NonZeroU32;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, Ordering};

/// What every cell begins with.
#[repr(C)]
#[derive(Debug)]
pub struct Head {
    /// A [`Family`], as a number: a peer that names a cell too early or too late may find anything here.
    family: AtomicU8,
}

impl Head {
    /// The beginning of a cell of this family.
    #[must_use]
    pub const fn new(family: Family) -> Head {
        Head { family: AtomicU8::new(family as u8) }
    }
}

/// The state of something shared.
///
/// # Safety
/// It keeps the contract of the module.
pub unsafe trait Cell: Send + Sync + 'static {}

/// A cell as what lies in a slot: told from other objects by its facts.
#[repr(transparent)]
struct Kept<C>(C);

// SAFETY: nothing of it is ever traced: it does not travel.
unsafe impl<C: Cell> Carry for Kept<C> {
    const FACTS: Facts = Facts::CELL;

    unsafe fn trace(_: *const Self, _: &mut Found) {}

    fn targets(_: &mut Targets) {}
}

/// Puts a cell in this node's partition; ends the job where that has no room.
#[must_use]
pub fn make<C: Cell>(cell: C) -> Fixed {
    make_with_room(cell, 0)
}

/// As [`make`], with so many bytes behind the cell, which are zero, in the same slot.
///
/// # Panics
/// They are more than there can be.
#[must_use]
pub fn make_with_room<C: Cell>(cell: C, room: usize) -> Fixed {
    const { assert!(size_of::<C>() >= size_of::<Head>()) }
    let (layout, behind) = Layout::array::<u8>(room).and_then(|room| Layout::new::<C>().extend(room)).expect("bytes");
    let fresh = allocate_or_end(layout, Kept::<C>::DESCRIPTOR);
    // SAFETY: the slot has this layout and is nobody else's.
    unsafe {
        fresh.place.cast::<C>().write(cell);
        fresh.place.add(behind).write_bytes(0, room);
    }
    Fixed::new(fresh.address)
}

/// The cell, if this node is its home.
///
/// # Safety
/// `fixed` names a live cell of this type, which lives as long as the reference is used.
#[inline]
#[must_use]
pub unsafe fn at_home<'a, C: Cell>(fixed: Fixed) -> Option<&'a C> {
    let node = node::here();
    let address = fixed.address();
    // SAFETY: the caller's promise, and it lies in this node's partition.
    (address.home() == node.rank()).then(|| unsafe { &*node.vault().place_of(address).cast::<C>() })
}

/// Where the cell can be reached by instructions of this node's own: at home, or where its home's partition is mapped.
/// 1 direct read, if it is not at home.
///
/// # Safety
/// As [`at_home`]; all that is done with it elsewhere than at home is atomic.
#[inline]
#[must_use]
pub unsafe fn mapped<'a, C: Cell>(fixed: Fixed) -> Option<&'a C> {
    // SAFETY: the caller's promise; what is found is the cell.
    unsafe { reach::<C>(fixed, size_of::<C>()).map(|cell| &*cell) }
}

/// As [`mapped`], for a cell with room behind it: its place, from which on so many bytes can be reached.
///
/// # Safety
/// As [`mapped`]; the slot has so many bytes.
#[inline]
#[must_use]
pub unsafe fn reach<C: Cell>(fixed: Fixed, bytes: usize) -> Option<*mut C> {
    let (node, address) = (node::here(), fixed.address());
    if address.home() == node.rank() {
        return Some(node.vault().place_of(address).cast());
    }
    let mapping = node.fabric().direct(address.home())?;
    node.count(|counters| &counters.direct_reads, 1);
    let offset = address.offset() as usize;
    let inside = offset.checked_add(bytes).is_some_and(|end| end <= mapping.len);
    assert!(inside, "{address:?} lies outside its partition");
    // SAFETY: the place is inside of the mapping, which lives as long as the node.
    Some(unsafe { mapping.base.add(offset).cast() })
}

/// The cell of a family that a peer names, by this node's own metadata.
///
/// # Errors
/// There is none at that address.
pub(crate) fn find(node: &Node, address: Address, family: Family) -> Sense<NonNull<Head>> {
    let (cell, start) = find_around(node, address, family)?;
    if start as u64 == address.offset() { Ok(cell) } else { Err("nothing begins there".into()) }
}

/// The cell of a family that a peer names by an address in its slot, and the offset at which it begins.
///
/// # Errors
/// There is none around that address.
pub(crate) fn find_around(node: &Node, address: Address, family: Family) -> Sense<(NonNull<Head>, usize)> {
    if address.home() != node.rank() {
        return Err(format!("{address:?} is not of this node").into());
    }
    let slot = node.vault().space.slot(address.offset() as usize);
    let (slot, tag) = slot.and_then(|slot| Some((slot, NonZeroU32::new(slot.tag)?))).ok_or("nothing lives there")?;
    // SAFETY: the tag was stored by this node's own allocation.
    let descriptor = unsafe { Descriptor::from_id(DescriptorId(tag)) };
    if !descriptor.facts().cell {
        return Err(format!("a {} is not shared", descriptor.name()).into());
    }
    let place = NonNull::new(node.vault().space.at(slot.start)).ok_or("nothing lives there")?.cast::<Head>();
    // SAFETY: a live cell begins with its head, and any byte is a number.
    let found = unsafe { place.as_ref() }.family.load(Ordering::Relaxed);
    if found == family as u8 {
        return Ok((place, slot.start));
    }
    Err(format!("what lives there is under the rules of {:?}", Family::from_u8(found)).into())
}

/// Frees a cell's slot; what the cell owned has been dropped or moved out.
///
/// # Safety
/// It is a live cell of this node, and nobody uses it any more.
pub(crate) unsafe fn free(node: &Node, cell: NonNull<Head>) {
    // SAFETY: the caller gives the slot up.
    unsafe { node.vault().space.free_at(cell.cast()) }
}
