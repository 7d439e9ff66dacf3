//! The cold paths of handles: everything that a `deref` or `deref_mut` cannot do from the handle alone.
//!
//! Each asks the law ([`drust_proto::coherence`]) what to do and does it with the vault and the wires.

pub use crate::control::{Room, room, try_room};
pub use crate::fetch::{Ahead, Arrived, Values};

use crate::cancel;
use crate::failure;
use crate::law::{self, Step};
use crate::node;
use drust_fabric::schedule;
use drust_heap::local::{self, drop_object};
use drust_heap::space::Class;
use drust_heap::vault::Fresh;
use drust_heap::{Carry, Described, Descriptor, Handle};
use drust_proto::coherence::{Action, Event};
use drust_proto::{Address, Extent, Stamp};
use std::alloc::Layout;
use std::fmt;
use std::panic::Location;
use std::ptr::NonNull;

/// Types that are named where there is no room: those that hold most.
const NAMED_TYPES: usize = 3;

/// What an object holds: a handle's type knows it, its bits do not.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The type of the values.
    pub descriptor: &'static Descriptor,
    /// Initialised values.
    pub elements: usize,
    /// Values that the slot has room for.
    pub capacity: usize,
}

impl Shape {
    /// Bytes of the initialised values.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.descriptor.size() * self.elements
    }

    /// The layout of the whole slot.
    #[inline]
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.descriptor.layout(self.capacity)
    }

    /// The layout of the initialised values alone.
    #[inline]
    #[must_use]
    pub fn values(&self) -> Layout {
        self.descriptor.layout(self.elements)
    }
}

/// A new object's slot, address and stamp.
///
/// # Errors
/// Where the node's partition has no room.
#[inline]
pub fn allocate(layout: Layout, descriptor: &'static Descriptor) -> Result<Fresh, OutOfMemory> {
    match local::allocate(layout, descriptor) {
        Some(fresh) => fresh.map_err(OutOfMemory),
        None => allocate_unattached(layout, descriptor),
    }
}

#[cold]
fn allocate_unattached(layout: Layout, descriptor: &'static Descriptor) -> Result<Fresh, OutOfMemory> {
    let node = node::here();
    if let Some(fresh) = local::allocate(layout, descriptor) {
        return fresh.map_err(OutOfMemory);
    }
    let vault = node.vault();
    let place = vault.space.alloc(layout, descriptor.id().0.get()).map_err(OutOfMemory)?;
    Ok(Fresh { place, address: vault.address_of(place.as_ptr()), stamp: fresh_stamp() })
}

/// A stamp that nothing else has.
#[must_use]
pub fn fresh_stamp() -> Stamp {
    local::stamp().unwrap_or_else(|| {
        let node = node::here();
        // A thread that is ending has no lease: it takes one for this stamp alone.
        local::stamp().unwrap_or_else(|| node.vault().lease().next().expect("a lease is not empty"))
    })
}

/// The node's partition has no room for what was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutOfMemory(drust_heap::space::OutOfMemory);

impl From<drust_heap::space::OutOfMemory> for OutOfMemory {
    fn from(error: drust_heap::space::OutOfMemory) -> OutOfMemory {
        OutOfMemory(error)
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = node::here();
        write!(f, "node {}: {}", node.rank(), self.0)?;
        for (first, (name, live)) in node.largest_types(NAMED_TYPES).enumerate() {
            let lead = if first == 0 { "; most is held by" } else { "," };
            write!(f, "{lead} {} of {name} ({} bytes)", live.count, live.bytes)?;
        }
        f.write_str("; set DRUST_HEAP to allow more")
    }
}

impl std::error::Error for OutOfMemory {}

/// A slot for a value that must have one. Where there is none the job ends, naming the caller's line.
#[inline]
#[must_use]
#[track_caller]
pub fn allocate_or_end(layout: Layout, descriptor: &'static Descriptor) -> Fresh {
    let at = Location::caller();
    allocate(layout, descriptor).unwrap_or_else(|error| failure::out_of_memory(&error, descriptor, Some(at)))
}

/// Frees a slot of this node.
///
/// # Safety
/// `place` is a live slot of this node's partition, allocated with `layout`, and not used any more.
#[inline]
pub unsafe fn free(place: *mut u8, layout: Layout) {
    // SAFETY: the caller's promise is the callee's condition.
    if layout.size() != 0 && !unsafe { local::free(place, layout) } {
        // SAFETY: as above; an object's place is never null.
        unsafe { free_unattached(place) }
    }
}

#[cold]
unsafe fn free_unattached(place: *mut u8) {
    let node = node::here();
    if !node.vault().space.contains(place) {
        failure::end("a value of another simulated node ends here: it came by a static or another way round drust");
    }
    // SAFETY: the caller of `free` vouches for the slot.
    unsafe { node.vault().space.free_at(NonNull::new_unchecked(place)) }
}

/// Where the value can be read: at home, or in a copy fetched and pinned by the handle.
///
/// Costs nothing at home or when a copy is here already, else one fetch.
#[cold]
#[inline(never)]
#[track_caller]
pub fn read(handle: &Handle, shape: Shape) -> *mut u8 {
    cancel::check();
    let node = node::here();
    schedule::pass();
    law::note_asked(node, handle, Event::Read);
    for &action in law::ask(node, handle, shape, Event::Read).iter() {
        match action {
            Action::UseHome => {
                // Another thread that was first found the same place.
                let _ = handle.pin(node.vault().place_of(handle.address()));
            }
            Action::PinCopy => {
                let copy = node.pin_copy(handle.address(), handle.stamp(), shape, Extent::Whole);
                if handle.pin(copy).is_err() {
                    node.release(copy);
                }
            }
            other => unreachable!("reading does not ask for {other:?}"),
        }
    }
    handle.peek()
}

/// Bytes of values that may be hinted at where nobody has asked for them: what is larger costs little more when it is
/// waited for.
const HINTED: usize = 64 << 10;

/// Begins to fetch the value of a handle that is likely to be read soon, unless it is here, on its way or large; a
/// hint. 1 request, 1 reply; nothing where the home's partition is mapped.
#[track_caller]
pub fn prefetch(handle: &Handle, shape: Shape) {
    if shape.bytes() != 0 && shape.bytes() <= HINTED && handle.peek().is_null() {
        // SAFETY: the value is borrowed with its handle.
        unsafe { node::here().hint(handle.address(), handle.stamp(), shape, Extent::Whole) }
    }
}

/// Begins to fetch values that are about to be read, unless they are here or on their way. Costs as [`prefetch`].
///
/// # Safety
/// The values are borrowed.
#[track_caller]
pub unsafe fn hint(address: Address, stamp: Stamp, shape: Shape, extent: Extent) {
    if shape.bytes() != 0 {
        // SAFETY: the caller's promise.
        unsafe { node::here().hint(address, stamp, shape, extent) }
    }
}

/// Sends what `send` does in as few system calls as it takes. It waits for nobody's answer, and runs no code of the
/// program's.
pub fn together(send: &mut dyn FnMut()) {
    node::here().fabric().together(send);
}

/// Where the value of a handle can be read, and whether that is a copy pinned for the caller, to be given back by
/// [`release`]. The handle is left as it is.
#[track_caller]
pub fn borrow(address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> Borrowed {
    let node = node::here();
    schedule::pass();
    if address.home() == node.rank() {
        Borrowed { place: node.vault().place_of(address), pinned: false }
    } else {
        Borrowed { place: node.pin_copy(address, stamp, shape, extent), pinned: true }
    }
}

/// As [`borrow`].
///
/// # Errors
/// There is no room for a copy; nothing was pinned.
#[track_caller]
pub fn try_borrow(address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> Result<Borrowed, CopiesFull> {
    let node = node::here();
    schedule::pass();
    if address.home() == node.rank() {
        return Ok(Borrowed { place: node.vault().place_of(address), pinned: false });
    }
    let copy = node.try_pin_copy(address, stamp, shape, extent);
    copy.map(|place| Borrowed { place, pinned: true }).map_err(CopiesFull)
}

/// What is read on this node, and was not given back, takes all the room that copies may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopiesFull(String);

impl fmt::Display for CopiesFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}: {}; set DRUST_COPIES to allow more", node::here().rank(), self.0)
    }
}

impl std::error::Error for CopiesFull {}

/// A place to read from.
#[derive(Clone, Copy, Debug)]
pub struct Borrowed {
    /// Where the value lies.
    pub place: *mut u8,
    /// Whether it is a copy that the borrower holds a pin on.
    pub pinned: bool,
}

/// Where values of another node without handles lie in their home's partition, if that is mapped here; they can be read
/// there as long as they are borrowed.
#[must_use]
pub fn mapped(address: Address, stamp: Stamp, shape: Shape) -> Option<*const u8> {
    let node = node::here();
    if shape.descriptor.facts().handles || address.home() == node.rank() {
        return None;
    }
    let place = node.mapped(address, stamp, shape)?;
    place.addr().is_multiple_of(shape.descriptor.align()).then_some(place)
}

/// Gives a pin back.
///
/// # Safety
/// `copy` is a place that [`borrow`] returned as pinned to this caller, or that a handle pinned; it is not used again.
pub unsafe fn release(copy: *const u8) {
    node::here().release(copy);
}

/// Takes another pin on a copy that is pinned.
///
/// # Safety
/// `copy` is pinned by the caller.
pub unsafe fn repin(copy: *const u8) {
    // SAFETY: the caller's promise is the callee's condition.
    unsafe { node::here().copies_with(copy).expect("a pin is on a copy").repin(copy) };
}

/// Releases what a handle pins, if it pins a copy.
pub fn unpin(handle: &mut Handle) {
    if handle.is_reserved() || handle.peek().is_null() || handle.is_private() {
        return;
    }
    let node = node::here();
    let held = handle.peek();
    if node.copies_with(held).is_some() {
        handle.unpin();
        node.release(held);
    }
}

/// Makes the value this node's own, under a stamp nobody else has, and returns its place.
///
/// Costs nothing when it is at home, a one-way free when a copy that nobody else reads is here, else a fetch and a
/// free.
#[cold]
#[inline(never)]
#[track_caller]
pub fn write(handle: &mut Handle, shape: Shape) -> *mut u8 {
    cancel::check();
    let node = node::here();
    schedule::pass();
    tracing::trace!(
        target: "drust::write", at = %Location::caller(), address = ?handle.address(), bytes = shape.bytes(),
        "a value gets a stamp of its own"
    );
    let mut step = Step::new(node, handle, shape);
    let copy = step.take_copy();
    step.perform(Event::Write { copy });
    handle.peek()
}

/// Gives the values a slot of this node with room for `capacity` of them, and makes them this node's own.
///
/// A PRIVATE object keeps its stamp; any other gets a fresh one in the same step. Costs what [`write`](fn@write) costs.
#[inline]
#[track_caller]
pub fn resize(handle: &mut Handle, shape: Shape, capacity: usize) -> *mut u8 {
    debug_assert!(shape.elements <= capacity);
    let larger = Shape { capacity, ..shape };
    let Some(home) = handle.private() else {
        cancel::check();
        return resize_exposed(handle, larger, None);
    };
    let fresh = allocate_or_end(larger.layout(), shape.descriptor);
    resize_private(handle, home, shape, fresh)
}

/// Gives a handle without an object a slot of this node with room for `capacity` values, which take some bytes; at the
/// least cost where the compiler knows how many.
#[inline(always)]
#[track_caller]
pub fn first_slot<T: Carry>(handle: &mut Handle, capacity: usize) -> *mut u8 {
    debug_assert!(handle.is_reserved());
    let near = Class::of(size_of::<T>() * capacity, align_of::<T>());
    let near = near.and_then(|class| local::allocate_in(class, T::DESCRIPTOR));
    let fresh = match near {
        Some(fresh) => fresh,
        None => new_object_slowly(T::DESCRIPTOR.layout(capacity), T::DESCRIPTOR),
    };
    handle.own(fresh.place.as_ptr(), fresh.address, fresh.stamp);
    fresh.place.as_ptr()
}

/// As [`resize`] with values of type `T`, of which there are `elements` in a slot for `capacity`, at the least cost.
#[inline]
#[track_caller]
pub fn resize_to<T: Carry>(handle: &mut Handle, elements: usize, capacity: usize, wanted: usize) -> *mut u8 {
    debug_assert!(elements <= wanted && (capacity == 0) == handle.is_reserved());
    if capacity > 0
        && let Some(home) = handle.private()
        && let Some((place, address)) = local::take_slot(layout_of::<T>(wanted), T::DESCRIPTOR)
    {
        let place = place.as_ptr();
        // SAFETY: the values are at home here and their owner is mutably borrowed; the new slot has room for them, and
        // once the handle has left the old one, that is not used again.
        unsafe {
            std::ptr::copy_nonoverlapping(home.cast::<T>(), place.cast(), elements);
            handle.moved(place, address);
            free(home, layout_of::<T>(capacity));
        }
        return place;
    }
    resize(handle, Shape { descriptor: T::DESCRIPTOR, elements, capacity }, wanted)
}

/// The layout of so many values, known to the compiler but for their number.
#[inline(always)]
fn layout_of<T>(count: usize) -> Layout {
    Layout::array::<T>(count).expect("capacity overflow")
}

/// As [`resize`], where the partition may have no room.
///
/// # Errors
/// It has none; nothing was changed or sent.
#[track_caller]
pub fn try_resize(handle: &mut Handle, shape: Shape, capacity: usize) -> Result<*mut u8, OutOfMemory> {
    debug_assert!(shape.elements <= capacity);
    let larger = Shape { capacity, ..shape };
    if handle.private().is_none() {
        cancel::check();
    }
    let fresh = allocate(larger.layout(), shape.descriptor)?;
    Ok(match handle.private() {
        Some(home) => resize_private(handle, home, shape, fresh),
        None => resize_exposed(handle, larger, Some(fresh)),
    })
}

/// Moves the values of a handle without an object, or with a PRIVATE one at `home`, to a new slot.
#[inline]
fn resize_private(handle: &mut Handle, home: *mut u8, shape: Shape, fresh: Fresh) -> *mut u8 {
    let place = fresh.place.as_ptr();
    if handle.is_reserved() {
        handle.own(place, fresh.address, fresh.stamp);
    } else {
        // SAFETY: the values are at home here and their owner is mutably borrowed; the new slot has room for them, and
        // once the handle has left the old one, that is not used again.
        unsafe {
            std::ptr::copy_nonoverlapping(home, place, shape.bytes());
            handle.moved(place, fresh.address);
            free(home, shape.layout());
        }
    }
    place
}

#[cold]
#[inline(never)]
#[track_caller]
fn resize_exposed(handle: &mut Handle, larger: Shape, fresh: Option<Fresh>) -> *mut u8 {
    schedule::pass();
    let mut step = Step::new(node::here(), handle, larger);
    step.give(fresh);
    let copy = step.take_copy();
    step.perform(Event::Grow { copy });
    handle.peek()
}

/// Ends the value of a handle that is not PRIVATE: here if it is at home or has a user's `Drop`, else by its home.
///
/// # Safety
/// The handle owns its value, and is not used again.
#[cold]
#[inline(never)]
#[track_caller]
pub unsafe fn discard(handle: &mut Handle, shape: Shape) {
    let node = node::here();
    if node.has_ended() {
        return;
    }
    schedule::pass();
    let user_drop = shape.descriptor.end_is_seen();
    Step::new(node, handle, shape).perform(Event::Drop { user_drop });
}

/// Drops the values in a slot of this node's partition and frees it.
///
/// # Safety
/// The caller owns the `elements` values, in a slot with room for `capacity`, and does not use them again.
#[inline]
pub unsafe fn drop_at_home<T: Carry>(place: *mut u8, elements: usize, capacity: usize) {
    let layout = layout_of::<T>(capacity);
    if const { !T::FACTS.handles && !T::FACTS.user_drop } {
        // SAFETY: the caller gives the slot up; its values have nothing to drop.
        unsafe { free(place, layout) }
    } else {
        // SAFETY: the caller's promise is the callee's condition.
        unsafe { drop_object::<T>(place, elements, layout, free) }
    }
}

/// As [`drop_at_home`] for one value, at the least cost.
///
/// # Safety
/// The caller owns the value, which has a slot of its own, and does not use it again.
#[inline(always)]
pub unsafe fn drop_one_at_home<T: Carry>(place: *mut u8) {
    if const { T::FACTS.handles || T::FACTS.user_drop } {
        // SAFETY: the caller's promise is the callee's condition.
        unsafe { drop_object::<T>(place, 1, Layout::new::<T>(), free_one::<T>) }
    } else {
        // SAFETY: as above; the value has nothing to drop.
        unsafe { free_one::<T>(place, Layout::new::<T>()) }
    }
}

/// Frees the slot of one `T`, at the least cost.
#[inline(always)]
unsafe fn free_one<T>(place: *mut u8, layout: Layout) {
    // SAFETY: the caller gives the slot up.
    if size_of::<T>() != 0 && !unsafe { local::free_one::<T>(place) } {
        // SAFETY: as above.
        unsafe { free_slowly(place, layout) }
    }
}

#[cold]
#[inline(never)]
unsafe fn free_slowly(place: *mut u8, layout: Layout) {
    // SAFETY: the caller gives the slot up.
    unsafe { free(place, layout) }
}

/// The slot of a new value where this thread has one at hand, at the least cost; else there may be [`room`].
#[inline(always)]
#[must_use]
pub fn near_object<T: Carry>() -> Option<Fresh> {
    local::allocate_one::<T>()
}

/// As [`near_object`], of a layout that is known at run time.
#[inline(always)]
#[must_use]
pub fn near_slot(layout: Layout, descriptor: &'static Descriptor) -> Option<Fresh> {
    Class::of(layout.size(), layout.align()).and_then(|class| local::allocate_in(class, descriptor))
}

/// The slot of a new value that must have one here, at the least cost; its size is not 0.
#[inline(always)]
#[must_use]
#[track_caller]
pub fn new_object<T: Carry>() -> Fresh {
    match local::allocate_one::<T>() {
        Some(fresh) => fresh,
        None => new_object_slowly(Layout::new::<T>(), T::DESCRIPTOR),
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn new_object_slowly(layout: Layout, descriptor: &'static Descriptor) -> Fresh {
    allocate_or_end(layout, descriptor)
}

/// The handle of a live object at `place` in this node's partition, under a fresh stamp.
///
/// # Panics
/// Where `place` is not in it.
#[must_use]
pub fn handle_at_home(place: *mut u8) -> Handle {
    let vault = node::here().vault();
    assert!(vault.space.contains(place), "{place:p} is not in this node's partition");
    Handle::new_private(place, vault.address_of(place), fresh_stamp())
}

/// Whether a place is in the range of the copies of a node of this process.
#[must_use]
pub fn is_copy(place: *const u8) -> bool {
    node::here().copies_with(place).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::node;
    use drust_heap::Described;
    use drust_proto::Partition;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_read_that_copies_have_no_room_for_fails_and_asks_nobody() {
        let (node, wire) = node(2);
        let sent = Arc::<AtomicUsize>::default();
        let count = sent.clone();
        wire.hear(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            None
        });
        let shape = Shape { descriptor: u8::DESCRIPTOR, elements: 1 << 50, capacity: 1 << 50 };
        let full = try_borrow(Address::new(Partition(1), 64), fresh_stamp(), shape, Extent::Whole).unwrap_err();
        let why = full.to_string();
        assert!(why.starts_with("node 0: no room for a copy of 1125899906842624 bytes: 0 of "), "{why}");
        assert!(why.ends_with("; set DRUST_COPIES to allow more"), "{why}");
        assert_eq!((sent.load(Ordering::Relaxed), node.counts().requests), (0, 0));
    }
}
