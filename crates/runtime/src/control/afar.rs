//! Room for new values: a slot of this partition, or, where that is full, memory that they leave for another node's.
//!
//! ```text
//!  here: no room                            there
//!  values written to memory of their own
//!  packed (depart) --- Call: type, values --->  a slot, unless it is full, too
//!                  <-- address and stamp -----  values landed in it
//!                  <-- the same bytes --------  or refused: they land where they were
//! ```
//!
//! What comes of it is a handle of a remote object, as any that has come in a message; so nothing else knows of it.
//! Contract of a [`Room`]:
//!
//! 1. Its place has the layout of its shape, and is nobody else's until it is settled.
//! 2. Values leave it only when they are complete, and only on threads that may wait: one that serves takes what there
//!    is here, up to the limit.
//! 3. A refusal brings all back: the values are packed for any node of the job, this one included.

use crate::arrival::Guest;
use crate::failure;
use crate::fetch::At;
use crate::memory::{OutOfMemory, Shape, allocate};
use crate::node::{self, Node};
use crate::serve::is_serving;
use crate::sharing::grant::{Call, Landed, Parcel};
use drust_heap::Handle;
use drust_heap::local;
use drust_heap::space::Mark;
use drust_heap::vault::Fresh;
use drust_proto::{Address, DescriptorId, Rank, Stamp};
use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::panic::Location;

/// The first word of an answer that has an address; else it is a type, as in the question.
const MADE: u64 = 0;

/// Room for values that are about to be written.
pub struct Room {
    place: Place,
    shape: Shape,
    at: At,
}

enum Place {
    Slot(Fresh),
    /// Memory of this thread: the partition is full.
    Aside(Guest),
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let aside = matches!(self.place, Place::Aside(_));
        f.debug_struct("Room").field("shape", &self.shape).field("aside", &aside).finish_non_exhaustive()
    }
}

/// Room for values that must have one; their size is not 0. Ends the job where there is none anywhere.
#[cold]
#[inline(never)]
#[must_use]
#[track_caller]
pub fn room(shape: Shape) -> Room {
    let at = Location::caller();
    try_room(shape).unwrap_or_else(|error| failure::out_of_memory(&error, shape.descriptor, Some(at)))
}

/// Room for values whose size is not 0.
///
/// # Errors
/// This node's partition has none, and nobody else can be asked.
#[track_caller]
pub fn try_room(shape: Shape) -> Result<Room, OutOfMemory> {
    let (node, at) = (node::here(), Location::caller());
    let may_leave = node.size() > 1 && !is_serving() && !node.has_ended();
    let first = within(if may_leave { Mark::Full } else { Mark::Limit }, shape);
    let found = first.or_else(|full| {
        let goes = may_leave && node.knows_of_room(shape.layout().size() as u64);
        if may_leave && !goes { within(Mark::Limit, shape) } else { Err(full) }
    });
    let place = match found {
        Ok(fresh) => Place::Slot(fresh),
        Err(_) if may_leave => Place::Aside(Guest::new(shape.descriptor, shape.elements, false)),
        Err(error) => return Err(error),
    };
    Ok(Room { place, shape, at })
}

/// A slot for values in this node's partition, if that is not taken up to the mark.
fn within(mark: Mark, shape: Shape) -> Result<Fresh, OutOfMemory> {
    match local::allocate_up_to(mark, shape.layout(), shape.descriptor) {
        Some(fresh) => fresh.map_err(OutOfMemory::from),
        None => allocate(shape.layout(), shape.descriptor),
    }
}

impl Room {
    /// Where the values are to be written.
    #[must_use]
    pub fn place(&self) -> *mut u8 {
        match &self.place {
            Place::Slot(fresh) => fresh.place.as_ptr(),
            Place::Aside(guest) => guest.place.as_ptr(),
        }
    }

    /// The handle of the values' object. At home that costs nothing; elsewhere 1 request and 1 reply, and as many more
    /// where this node has not been told who has room. Ends the job where nobody has.
    ///
    /// # Safety
    /// The values were written.
    #[must_use]
    pub unsafe fn settle(self) -> Handle {
        let (descriptor, at) = (self.shape.descriptor, self.at);
        // SAFETY: the caller's promise.
        unsafe { self.try_settle() }.unwrap_or_else(|(_, error)| failure::out_of_memory(&error, descriptor, Some(at)))
    }

    /// As [`Room::settle`].
    ///
    /// # Errors
    /// Nobody has room: the values are in their place again.
    ///
    /// # Safety
    /// As [`Room::settle`].
    pub unsafe fn try_settle(self) -> Result<Handle, (Room, OutOfMemory)> {
        let guest = match &self.place {
            Place::Slot(Fresh { place, address, stamp }) => {
                return Ok(Handle::new_private(place.as_ptr(), *address, *stamp));
            }
            Place::Aside(guest) => guest,
        };
        let node = node::here();
        // SAFETY: the caller's promise; each that refuses brings the values back.
        if let Some(handle) = unsafe { leave(node, guest, self.shape, self.at) } {
            return Ok(handle);
        }
        let slot = within(Mark::Limit, self.shape);
        match slot {
            Ok(Fresh { place, address, stamp }) => {
                // SAFETY: the slot has room for the values, which are given up where they were.
                unsafe { std::ptr::copy_nonoverlapping(guest.place.as_ptr(), place.as_ptr(), self.shape.bytes()) };
                Ok(Handle::new_private(place.as_ptr(), address, stamp))
            }
            Err(error) => Err((self, error)),
        }
    }
}

/// Sends values to whoever has room, and each time that somebody has none, to the next.
///
/// # Safety
/// The values are complete, and their owner gives them up; where `None` is returned they are where they were.
unsafe fn leave(node: &'static Node, guest: &Guest, shape: Shape, at: At) -> Option<Handle> {
    let mut refused = Vec::new();
    let mut next = node.control().target();
    loop {
        let asked = next.take().or_else(|| node.ask_for_room(shape.layout().size() as u64, &refused));
        let to = asked.filter(|to| *to != node.rank() && !refused.contains(to))?;
        // SAFETY: the caller's promise.
        if let Some(handle) = unsafe { send(to, guest, shape) } {
            tracing::debug!(
                target: "drust::place", %at, to = to.0, bytes = shape.bytes(), reason = "this partition is full",
                "a new object goes elsewhere"
            );
            return Some(handle);
        }
        refused.push(to);
    }
}

/// # Safety
/// As [`leave`].
unsafe fn send(to: Rank, guest: &Guest, shape: Shape) -> Option<Handle> {
    let Shape { descriptor, elements, .. } = shape;
    let mut parcel = Parcel::new();
    parcel.put(u64::from(descriptor.id().0.get()));
    parcel.put(elements as u64);
    // SAFETY: the caller's promise.
    unsafe { parcel.give(guest.place.as_ptr(), descriptor, elements) };
    let what = format_args!("node {to} to take {} bytes that have no room here", shape.bytes());
    let answer = Call::run(to, serve_values, &parcel).wait(&what);
    let mut landed = answer.landed();
    // SAFETY: the answer begins with two words, of which the second is an address or how many values follow.
    let (first, second) = unsafe { (landed.take::<u64>(), landed.take::<u64>()) };
    if first == MADE {
        // SAFETY: a stamp follows an address.
        let stamp = NonZeroU64::new(unsafe { landed.take::<u64>() });
        let address = Address::inside(second);
        let stamp = stamp.filter(|_| address.home() == to).unwrap_or_else(|| landed.refuse("no object"));
        return Some(Handle::exposed(address, Stamp(stamp)));
    }
    // SAFETY: the same image comes back, and the memory that it was packed from has room for it.
    unsafe { landed.land(guest.place.as_ptr(), descriptor, elements) };
    None
}

/// Takes values in, unless this partition is full, too.
fn serve_values(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    let node = node::here();
    // SAFETY: `send` put two words before the values.
    let (tag, elements) = unsafe { (landed.take::<u64>(), landed.take::<u64>() as usize) };
    let tag = u32::try_from(tag).ok().and_then(NonZeroU32::new);
    let descriptor = tag.and_then(|tag| node.image().descriptor(DescriptorId(tag)));
    let descriptor = descriptor.filter(|of| !of.facts().cell && of.size() > 0 && elements > 0);
    let descriptor = descriptor.unwrap_or_else(|| landed.refuse("values of no type that others make"));
    landed.expect(descriptor, elements);
    let shape = Shape { descriptor, elements, capacity: elements };
    let Some(Fresh { place, address, stamp }) = slot_for_all(node, landed, shape) else {
        return parcel.echo(landed);
    };
    // SAFETY: the slot has room for the values, which follow.
    unsafe { landed.land(place.as_ptr(), descriptor, elements) };
    let theirs = Handle::new_private(place.as_ptr(), address, stamp).expose();
    parcel.put(MADE);
    parcel.put(theirs.address().word());
    parcel.put(theirs.stamp().0.get());
}

/// A slot for values that have come, if there is room for what is tied to them, too.
fn slot_for_all(node: &Node, landed: &Landed<'_>, shape: Shape) -> Option<Fresh> {
    if shape.descriptor.facts().tied {
        let usage = node.vault().space.usage();
        let most = usage.limit / 10 * 9;
        // Slots are larger than what lies in them, by no more than once.
        let all = landed.len().saturating_mul(2);
        usage.allocated.checked_add(all).filter(|all| *all <= most)?;
    }
    within(Mark::Full, shape).ok()
}
