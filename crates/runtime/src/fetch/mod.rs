//! Fetching: copies of remote values, filed and pinned.
//!
//! Where the carrier maps the home's partition the values are read in place; else their home is asked for them
//! ([`home`]), and its answer brings them.

mod ahead;
mod hints;
mod home;

pub use ahead::{Ahead, Arrived, Values};
pub(crate) use hints::Hints;
pub(crate) use home::{Wanted, pack_out, serve};

use crate::arrival::Body;
use crate::asked::Asked;
use crate::failure;
use crate::memory::Shape;
use crate::node::{Node, here};
use crate::task::accessed;
use drust_fabric::{Lane, Mapping, Mode as SendMode, Part, schedule};
use drust_heap::Handle;
use drust_heap::copies::{Contents, PinError};
use drust_heap::journal;
use drust_heap::trace::{Found, Image, Landing, Mode, Outgoing, Refused};
use drust_heap::{Described, Descriptor};
use drust_proto::coherence::journal::Record;
use drust_proto::wire::{FetchMode, Frame, HEADER_MAX};
use drust_proto::{Address, CopyKey, Extent, Rank, Stamp};
use std::alloc::Layout;
use std::fmt;
use std::mem::MaybeUninit;
use std::panic::Location;

/// The line of the program that asks for a value.
pub(crate) type At = &'static Location<'static>;

/// Values of another node, within reach.
pub(crate) enum Reached {
    /// In their home's partition, mapped here: where, and what to add to the home's own addresses.
    Mapped(*mut u8, isize),
    /// In an answer; where they move, their home has freed them.
    Sent(Sent),
}

/// What an answer brought: the values' image, and bytes of what they own.
pub(crate) struct Sent {
    body: Body,
    image_len: usize,
    /// What the image asks for of the place where it stays.
    align: usize,
}

impl Sent {
    pub(crate) fn image(&self) -> &[MaybeUninit<u8>] {
        &self.body.bytes()[..self.image_len]
    }

    fn along(&self) -> &[MaybeUninit<u8>] {
        &self.body.bytes()[self.image_len..]
    }

    /// Puts values without tied ones where they are to be read.
    ///
    /// # Errors
    /// They are not what was asked for.
    ///
    /// # Safety
    /// They were asked for by this shape; the target has room for them and is seen by nobody.
    unsafe fn settle(self, target: *mut u8, shape: Shape) -> Result<Reached, Refused> {
        // SAFETY: the caller's promise.
        unsafe { settle(self.image(), target, shape.bytes(), shape)? };
        Ok(Reached::Sent(self))
    }
}

impl Node {
    /// Reaches for the values of a key; [`served`](Node::served) is to be called when they are copied out.
    pub(crate) fn reach(&'static self, key: CopyKey, shape: Shape, mode: FetchMode, at: At) -> Reached {
        journal::note(|| Record::FetchBegun { by: journal::doer(self.rank()) });
        schedule::pass();
        self.count(|counters| &counters.bytes_read, key.len);
        // What moves with counted handles is packed by its home, which gives them credit to take along.
        let asked = mode == FetchMode::Move && shape.descriptor.takes_counted();
        match self.fabric().direct(key.address.home()).filter(|_| !asked) {
            Some(mapping) => {
                self.count(|counters| &counters.direct_reads, 1);
                accessed(key.address.home());
                let reach = mapping.base.addr().wrapping_sub(mapping.origin).cast_signed();
                Reached::Mapped(place_in(&mapping, key.address, key.len as usize), reach)
            }
            None => Reached::Sent(self.request(key, shape, mode, at)),
        }
    }

    /// Where bytes of another node lie, if its partition is mapped here. 1 direct read.
    pub(crate) fn mapped(&self, address: Address, stamp: Stamp, shape: Shape) -> Option<*mut u8> {
        let mapping = self.fabric().direct(address.home())?;
        self.count(|counters| &counters.direct_reads, 1);
        accessed(address.home());
        self.count(|counters| &counters.bytes_read, shape.bytes() as u64);
        self.note_served(key_of(address, stamp, shape, Extent::Range), shape.elements, false);
        Some(place_in(&mapping, address, shape.bytes()))
    }

    /// Asks the home for values, and waits for the answer. 1 request, 1 reply.
    fn request(&'static self, key: CopyKey, shape: Shape, mode: FetchMode, at: At) -> Sent {
        let (id, asked) = self.queries().ask(key.address.home());
        self.send_request(id, key, shape, mode);
        self.await_answer(asked, key, at)
    }

    fn send_request(&'static self, id: u64, key: CopyKey, shape: Shape, mode: FetchMode) {
        let (descriptor, elements) = (shape.descriptor.id(), shape.elements as u64);
        let moved = mode == FetchMode::Move;
        journal::note(|| Record::Requested { reader: self.rank(), id, key, elements, moved });
        let mut header = [0; HEADER_MAX];
        let len = Frame::Fetch { id, mode, descriptor, address: key.address, elements }.encode(&mut header);
        self.count(|counters| &counters.requests, 1);
        // A lost peer ends the job: the watcher sees to that, and until then nobody waits in vain for long.
        let _ = self.send(key.address.home(), Lane::Small, &[Part::from(&header[..len])], SendMode::Block);
    }

    fn await_answer(&'static self, asked: Asked, key: CopyKey, at: At) -> Sent {
        let home = key.address.home();
        match asked.wait(self, &awaited(key, at)) {
            (Frame::Fetched { image_len, align, .. }, body) => {
                Sent { body, image_len: image_len as usize, align: 1 << align }
            }
            (other, _) => self.refuse(home, format!("a Fetch was answered by {}", other.name())),
        }
    }

    /// Tells the journal that what was reached for is here. What an answer brought, its home told when it was asked.
    pub(crate) fn served(&self, key: CopyKey, elements: usize, moved: bool, reached: &Reached) {
        if let Reached::Mapped(..) = reached {
            self.note_served(key, elements, moved);
        }
        journal::note(|| Record::FetchAnswered { by: journal::doer(self.rank()) });
    }

    fn note_served(&self, key: CopyKey, elements: usize, moved: bool) {
        journal::note(|| Record::Served { reader: self.rank(), key, elements: elements as u64, moved });
    }

    /// Pins a copy of a remote value, fetching it if need be.
    #[track_caller]
    pub(crate) fn pin_copy(&'static self, address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> *mut u8 {
        let pinned = self.try_pin_copy(address, stamp, shape, extent);
        let at = Location::caller();
        pinned.unwrap_or_else(|full| failure::copies_full(&full, at))
    }

    /// As [`Node::pin_copy`].
    ///
    /// # Errors
    /// Why there is no room for a copy.
    #[track_caller]
    pub(crate) fn try_pin_copy(
        &'static self,
        address: Address,
        stamp: Stamp,
        shape: Shape,
        extent: Extent,
    ) -> Result<*mut u8, String> {
        let key = key_of(address, stamp, shape, extent);
        tracing::trace!(
            target: "drust::read", at = %Location::caller(), ?address, bytes = shape.bytes(), "a remote value is read"
        );
        let at = Location::caller();
        if shape.descriptor.facts().tied {
            return self.pin_group(key, shape, at);
        }
        self.pin_plain(key, shape, at, |target| match self.hinted(key) {
            // SAFETY: the copy's place has room, and nobody sees it yet.
            Some(ahead) => unsafe { ahead.settle(target) },
            // SAFETY: as above, and the caller borrows the values, so nobody writes them.
            None => unsafe { self.fetch_into(target, key, shape, at) },
        })
    }

    /// Copies values without tied ones to where they are to be read.
    ///
    /// # Errors
    /// The answer is not what was asked for.
    ///
    /// # Safety
    /// They are borrowed; `target` has room for them and is seen by nobody.
    unsafe fn fetch_into(
        &'static self,
        target: *mut u8,
        key: CopyKey,
        shape: Shape,
        at: At,
    ) -> Result<Reached, Refused> {
        let reached = self.reach(key, shape, FetchMode::Copy, at);
        // SAFETY: the caller's promise.
        unsafe { reached.fill(self, target, shape)? };
        self.served(key, shape.elements, false, &reached);
        Ok(reached)
    }

    /// Pins a copy of values without tied ones, which `fetch` puts where it is told to if there is none.
    fn pin_plain(
        &'static self,
        key: CopyKey,
        shape: Shape,
        at: At,
        fetch: impl FnOnce(*mut u8) -> Result<Reached, Refused>,
    ) -> Result<*mut u8, String> {
        let mut reached = None;
        let pinned = self.vault().copies.pin(key, layout_of(key, shape), contents(shape), |target| {
            reached = Some(fetch(target.as_ptr())?);
            Ok(())
        });
        let place = pinned.map(|pin| pin.ptr.as_ptr()).map_err(|error| self.why_full(key, error))?;
        match &reached {
            Some(Reached::Mapped(..)) => self.fetch_along(place, key.address.home(), shape, at),
            Some(Reached::Sent(sent)) => self.file_along(place, key.address.home(), shape, sent.along()),
            None => {}
        }
        Ok(place)
    }

    /// A tied group is packed first, since only then its size is known; it is filed whole under its root's key.
    fn pin_group(&'static self, key: CopyKey, shape: Shape, at: At) -> Result<*mut u8, String> {
        if let Some(pin) = self.vault().copies.find(&key) {
            return Ok(pin.ptr.as_ptr());
        }
        let reached = match self.hinted(key) {
            Some(ahead) => Reached::Sent(ahead.arrived()),
            None => {
                let reached = self.reach(key, shape, FetchMode::Copy, at);
                self.served(key, shape.elements, false, &reached);
                reached
            }
        };
        self.pin_reached(key, shape, &reached)
    }

    /// Files a tied group as a copy, unless that is here meanwhile, and pins it.
    fn pin_reached(&'static self, key: CopyKey, shape: Shape, reached: &Reached) -> Result<*mut u8, String> {
        let copies = &self.vault().copies;
        let mut packed = Image::new();
        let (bytes, align) = match reached {
            Reached::Mapped(source, reach) => {
                let mut out = Outgoing::new(Mode::Lend, *reach, copies);
                // SAFETY: the caller borrows the root, and so the whole group; nobody writes it.
                unsafe { out.pack(&mut packed, *source, shape.descriptor, shape.elements) };
                (packed.bytes(), packed.align())
            }
            Reached::Sent(sent) => (sent.image(), sent.align),
        };
        let align = align.max(layout_of(key, shape).align());
        let layout = Layout::from_size_align(bytes.len(), align).map_err(|error| error.to_string())?;
        let pinned = copies.pin(key, layout, contents(shape), |target| {
            // SAFETY: the copy's place has the image's layout and nobody sees it yet.
            unsafe { settle(bytes, target.as_ptr(), bytes.len(), shape) }
        });
        pinned.map(|pin| pin.ptr.as_ptr()).map_err(|error| self.why_full(key, error))
    }

    /// Why there is no room for a copy. An answer that is not what was asked for is no such reason, but its sender's.
    fn why_full(&'static self, key: CopyKey, error: PinError<Refused>) -> String {
        match error {
            PinError::Full(full) => full.to_string(),
            PinError::Fill(refused) => self.refuse(key.address.home(), refused),
        }
    }

    /// Releases a pin of this node; places that are no copies are passed over.
    pub(crate) fn release(&self, copy: *const u8) {
        if let Some(copies) = self.copies_with(copy) {
            // SAFETY: a place in the copies' own range came from a handle or guard that gave up its pin on it.
            unsafe { copies.release(copy) };
        }
    }

    pub(crate) fn release_all(&self, held: &[*const u8]) {
        for &copy in held {
            self.release(copy);
        }
    }

    /// Fetches along what the values' handles hint at, as copies of their own that nobody pins yet.
    fn fetch_along(&'static self, place: *mut u8, home: Rank, shape: Shape, at: At) {
        let mut found = Found::default();
        // SAFETY: the copy is pinned by the caller, so its values stay readable.
        for key in unsafe { along(&mut found, place, shape.descriptor, shape.elements, home) } {
            self.file_bytes(key, |target| {
                let text = Shape { descriptor: u8::DESCRIPTOR, elements: key.len as usize, capacity: key.len as usize };
                // SAFETY: the string's owner is borrowed, so nobody writes it; the copy has room for its bytes.
                unsafe { self.fetch_into(target, key, text, at).map(drop) }
            });
        }
    }

    /// Files what an answer brought along, in the order of the handles that hint at it.
    fn file_along(&'static self, place: *mut u8, home: Rank, shape: Shape, mut bytes: &[MaybeUninit<u8>]) {
        let mut found = Found::default();
        // SAFETY: as above.
        for key in unsafe { along(&mut found, place, shape.descriptor, shape.elements, home) } {
            let Some((text, rest)) = bytes.split_at_checked(key.len as usize) else { return };
            self.file_bytes(key, |target| {
                // SAFETY: the copy has room for as many bytes, and nobody sees it yet.
                unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), target.cast(), text.len()) };
                self.note_served(key, text.len(), false);
                Ok(())
            });
            bytes = rest;
        }
    }

    fn file_bytes(&self, key: CopyKey, fill: impl FnOnce(*mut u8) -> Result<(), Refused>) {
        let len = key.len as usize;
        let layout = Layout::from_size_align(len, 1).expect("a string's length");
        self.vault().copies.insert(key, layout, Contents::plain(len), |target| fill(target.as_ptr()));
    }
}

/// Values of another node as what is waited for.
fn awaited(key: CopyKey, at: At) -> impl fmt::Display {
    fmt::from_fn(move |f| write!(f, "the value of node {} at {:?}, used at {at}", key.address.home(), key.address))
}

/// Where bytes lie in their home's mapping.
fn place_in(mapping: &Mapping, address: Address, bytes: usize) -> *mut u8 {
    let offset = address.offset() as usize;
    if offset.checked_add(bytes).is_none_or(|end| end > mapping.len) {
        failure::end(&format!("{address:?} and {bytes} bytes from there lie outside its partition"));
    }
    mapping.base.wrapping_add(offset)
}

impl Reached {
    /// Copies values without tied ones to where they are to be read.
    ///
    /// # Errors
    /// Where the answer ends early.
    ///
    /// # Safety
    /// They have the shape that was asked for, are borrowed, and `target` has room for them and is seen by nobody.
    unsafe fn fill(&self, node: &Node, target: *mut u8, shape: Shape) -> Result<(), Refused> {
        match self {
            Reached::Mapped(source, reach) => {
                let mut out = Outgoing::new(Mode::Lend, *reach, &node.vault().copies);
                // SAFETY: the caller's promise; without tied values no slot is asked for.
                unsafe {
                    out.place(*source, target, shape.descriptor, shape.elements, &mut |_, _| {
                        unreachable!("only tied values ask for slots")
                    });
                }
                Ok(())
            }
            // SAFETY: the caller's promise.
            Reached::Sent(sent) => unsafe { settle(sent.image(), target, shape.bytes(), shape) },
        }
    }
}

/// Puts an image where it is to stay.
///
/// # Errors
/// Where it does not fill the room.
///
/// # Safety
/// It was packed from values of this shape; `target` has that room, aligned as they ask, and is seen by nobody.
unsafe fn settle(image: &[MaybeUninit<u8>], target: *mut u8, room: usize, shape: Shape) -> Result<(), Refused> {
    if image.len() != room {
        return Err(Refused::Truncated { needed: room, len: image.len() });
    }
    // SAFETY: the caller's promise, and the image is as long as the room.
    unsafe {
        std::ptr::copy_nonoverlapping(image.as_ptr(), target.cast(), image.len());
        Landing::settle(target, image.len(), shape.descriptor, shape.elements, here().size())
    }
}

/// What values own beside themselves that is worth fetching with them: the keys of their strings' texts, where those
/// are homed with the values. In the same order on every node.
///
/// # Safety
/// `place` holds `elements` live values of this type, and stays readable while the result is used.
unsafe fn along<'a>(
    found: &'a mut Found,
    place: *const u8,
    descriptor: &Descriptor,
    elements: usize,
    home: Rank,
) -> impl Iterator<Item = CopyKey> + use<'a> {
    // SAFETY: the caller's promise.
    let spots = unsafe { found.in_values(descriptor, place, elements) };
    spots.iter().filter(|spot| spot.kind.along).filter_map(move |spot| {
        // SAFETY: a spot of this kind is a `Text`: a handle with its length behind it.
        let (handle, len) = unsafe { (&*spot.at.cast::<Handle>(), *spot.at.add(size_of::<Handle>()).cast::<usize>()) };
        // A string keeps its slot when its text goes: then there is nothing to fetch.
        let fetched = len != 0 && handle.address().home() == home && !handle.is_reserved();
        let (address, stamp) = (handle.address(), handle.stamp());
        fetched.then_some(CopyKey { stamp, address, len: len as u64, extent: Extent::Whole })
    })
}

pub(crate) fn key_of(address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> CopyKey {
    CopyKey { stamp, address, len: shape.bytes() as u64, extent }
}

/// The layout of a copy. A range's key does not tell its type, and a struct and its only field may ask for different
/// alignments; so its copy is aligned as any type of this length may be that can lie at this address.
fn layout_of(key: CopyKey, shape: Shape) -> Layout {
    const WIDEST: u64 = 2 << 20;
    let values = shape.values();
    match key.extent {
        Extent::Whole => values,
        Extent::Range => {
            let steps = (key.address.offset() | key.len | WIDEST).trailing_zeros();
            values.align_to(1 << steps).expect("no wider than its length")
        }
    }
}

fn contents(shape: Shape) -> Contents {
    // SAFETY: the descriptor is that of the values the copy is filled with, whose handles' non-null pointers into the
    // copies' range are pins of their own.
    unsafe { Contents::new(shape.elements, shape.descriptor.pins()) }
}
