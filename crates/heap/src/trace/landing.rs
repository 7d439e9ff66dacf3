//! Bytes that arrive: making them this node's before anyone sees them (`land`).

use super::Found;
use crate::descriptor::Descriptor;
use crate::handle::Handle;
use drust_proto::Address;
use std::collections::VecDeque;
use std::fmt;
use std::mem::MaybeUninit;
use std::num::NonZeroU64;
use std::ops::Range;

/// Where a value that came along is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A slot of this node's partition: a tied value, owned by the one before it.
    Slot,
    /// Memory of the task: a copy of what was lent by value.
    Borrowed,
    /// Memory of the task: the value lent mutably, which goes home with the task's end.
    Lent,
}

/// Finds room for values that came along.
pub type Rooms<'a> = dyn FnMut(&'static Descriptor, usize, Place) -> *mut u8 + 'a;

struct Expected {
    word: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
    place: Place,
}

/// One arrival: an image being read from its start.
pub struct Landing<'a> {
    bytes: &'a [MaybeUninit<u8>],
    cursor: usize,
    /// Room for followers, or none where they stay where they are in the image.
    rooms: Option<&'a mut Rooms<'a>>,
    /// Fresh stamps, for values that come home from a lend (DESIGN rule 8).
    fresh: Option<&'a mut dyn FnMut() -> NonZeroU64>,
    /// Handles of nodes from this one on are nobody's.
    nodes: u16,
    /// An address in one of them.
    stray: Option<Address>,
    queue: VecDeque<Expected>,
    found: Found,
}

impl fmt::Debug for Landing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Landing");
        shown.field("len", &self.bytes.len()).field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

/// An image that cannot be its values': sender and receiver disagree about a type, or the sender made it up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It ended before its values did.
    Truncated {
        /// Bytes that were needed; `usize::MAX` where that is no number.
        needed: usize,
        /// Bytes that came.
        len: usize,
    },
    /// Where it is to stay is not aligned as its values ask.
    Misaligned {
        /// The alignment of the values.
        align: usize,
    },
    /// A handle in it names an object that is none.
    Stray {
        /// Where that would be.
        address: Address,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Truncated { needed, len } => {
                write!(f, "an image of {len} bytes ended before its values did ({needed} needed)")
            }
            Refused::Misaligned { align } => write!(f, "an image said less than the alignment of its values, {align}"),
            Refused::Stray { address } => write!(f, "an image names {address:?}, where nothing of the kind lives"),
        }
    }
}

impl std::error::Error for Refused {}

/// Where the next values of an image of `len` bytes lie, if they do, whatever number of them was claimed.
fn span(cursor: usize, descriptor: &Descriptor, elements: usize, len: usize) -> Result<Range<usize>, Refused> {
    let start = cursor.next_multiple_of(descriptor.align());
    let end = descriptor.size().checked_mul(elements).and_then(|bytes| start.checked_add(bytes));
    match end {
        Some(end) if end <= len => Ok(start..end),
        _ => Err(Refused::Truncated { needed: end.unwrap_or(usize::MAX), len }),
    }
}

impl<'a> Landing<'a> {
    /// An arrival whose followers go where `rooms` says.
    #[must_use]
    pub fn new(bytes: &'a [MaybeUninit<u8>], rooms: &'a mut Rooms<'a>) -> Landing<'a> {
        Landing { bytes, rooms: Some(rooms), ..Landing::nothing() }
    }

    fn nothing() -> Landing<'a> {
        let (queue, found) = (VecDeque::new(), Found::default());
        Landing { bytes: &[], cursor: 0, rooms: None, fresh: None, nodes: u16::MAX, stray: None, queue, found }
    }

    /// Refuses handles whose home is none of so many nodes.
    #[must_use]
    pub fn among(mut self, nodes: u16) -> Landing<'a> {
        self.nodes = nodes;
        self
    }

    /// Reads on where an earlier arrival of the same image stopped.
    #[must_use]
    pub fn after(mut self, consumed: usize) -> Landing<'a> {
        self.cursor = consumed;
        self
    }

    /// Gives every handle that arrives a stamp of its own: what comes home from a lend was written elsewhere.
    #[must_use]
    pub fn refreshing(mut self, fresh: &'a mut dyn FnMut() -> NonZeroU64) -> Landing<'a> {
        self.fresh = Some(fresh);
        self
    }

    /// Bytes read so far.
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.cursor
    }

    /// Puts the next `elements` values of the image at `target`, and what came with them where it belongs.
    ///
    /// No room is asked for before the image is known to have the values that are to go there.
    ///
    /// # Errors
    /// Where the image ends early, or names what lies nowhere; nothing at `target` may be used then.
    ///
    /// # Safety
    /// The image was packed from values of these types; `target` has room for them and nobody sees it yet.
    pub unsafe fn unpack(
        &mut self,
        target: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) -> Result<(), Refused> {
        // SAFETY: the caller's promise; followers were packed in the order in which they are expected here.
        unsafe {
            self.take(target, descriptor, elements)?;
            while let Some(next) = self.queue.pop_front() {
                span(self.cursor, next.descriptor, next.elements, self.bytes.len())?;
                let rooms = self.rooms.as_mut().expect("an unpacked image has rooms");
                let room = rooms(next.descriptor, next.elements, next.place);
                self.take(room, next.descriptor, next.elements)?;
                next.word.cast::<*mut u8>().write(room);
            }
        }
        Ok(())
    }

    /// Rebuilds the pointers of a group that stays where its image lies, `base`, on one of so many nodes.
    ///
    /// # Errors
    /// Where the image ends early or names what lies nowhere, or `base` is not aligned as its values ask.
    ///
    /// # Safety
    /// `base` holds `len` bytes packed from `elements` values of this type, seen by nobody yet.
    pub unsafe fn settle(
        base: *mut u8,
        len: usize,
        descriptor: &'static Descriptor,
        elements: usize,
        nodes: u16,
    ) -> Result<(), Refused> {
        let mut landing = Landing { nodes, ..Landing::nothing() };
        let mut next = Some(Expected { word: std::ptr::null_mut(), descriptor, elements, place: Place::Slot });
        while let Some(group) = next {
            let Range { start, end } = span(landing.cursor, group.descriptor, group.elements, len)?;
            landing.cursor = end;
            // SAFETY: the values lie inside the image the caller vouches for.
            let first = unsafe { base.add(start) };
            let align = group.descriptor.align();
            if !first.addr().is_multiple_of(align) {
                return Err(Refused::Misaligned { align });
            }
            // SAFETY: as above; they are aligned, and a word lies in values that were.
            unsafe {
                if !group.word.is_null() {
                    group.word.cast::<*mut u8>().write(first);
                }
                landing.land_values(first, group.descriptor, group.elements);
            }
            landing.refuse_stray()?;
            next = landing.queue.pop_front();
        }
        Ok(())
    }

    unsafe fn take(
        &mut self,
        target: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) -> Result<(), Refused> {
        let Range { start, end } = span(self.cursor, descriptor, elements, self.bytes.len())?;
        let bytes = &self.bytes[start..end];
        self.cursor = end;
        // SAFETY: the caller vouches for the room; the bytes are those of the values.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), target.cast(), bytes.len());
            self.land_values(target, descriptor, elements);
        }
        self.refuse_stray()
    }

    fn refuse_stray(&self) -> Result<(), Refused> {
        self.stray.map_or(Ok(()), |address| Err(Refused::Stray { address }))
    }

    unsafe fn land_values(&mut self, first: *mut u8, descriptor: &'static Descriptor, elements: usize) {
        if !descriptor.facts().handles {
            return;
        }
        let mut found = std::mem::take(&mut self.found);
        for index in 0..elements {
            // SAFETY: the values lie at `first`, and their handles are as `send` wrote them.
            unsafe {
                for spot in found.in_value(descriptor, first.add(index * descriptor.size())) {
                    (spot.kind.land)(spot.at, self);
                }
            }
        }
        self.found = found;
    }

    /// Lands a three-word handle: nothing local is kept (DESIGN rule 3).
    pub fn land_handle(&mut self, handle: &mut Handle) {
        self.meet(handle.address());
        handle.land();
        if let Some(fresh) = &mut self.fresh {
            handle.restamp(fresh());
        }
    }

    /// Notes an address that arrives.
    pub fn meet(&mut self, address: Address) {
        if address.home().0 >= self.nodes && address != Address::RESERVED {
            self.stray = Some(address);
        }
    }

    /// Notes that what a handle names is not there.
    pub fn miss(&mut self, address: Address) {
        self.stray = Some(address);
    }

    /// Expects the values of a pointer whose word is at `word`.
    pub fn expect(&mut self, word: *mut u8, descriptor: &'static Descriptor, elements: usize, place: Place) {
        self.queue.push_back(Expected { word, descriptor, elements, place });
    }
}
