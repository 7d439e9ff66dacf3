//! Fetching: copies of remote values, filed and pinned.

use crate::failure;
use crate::memory::Shape;
use crate::node::Node;
use drust_fabric::schedule;
use drust_heap::Handle;
use drust_heap::copies::Contents;
use drust_heap::journal;
use drust_heap::trace::{Found, Image, Landing, Mode, Outgoing};
use drust_proto::coherence::journal::Record;
use drust_proto::{Address, CopyKey, Extent, Rank, Stamp};
use std::alloc::Layout;
use std::panic::Location;

impl Node {
    /// Where a remote range can be read from here, and what to add to its home's own addresses.
    pub(crate) fn reach(&self, address: Address, bytes: usize) -> (*mut u8, isize) {
        journal::note(|| Record::FetchBegun { by: journal::doer(self.rank()) });
        schedule::pass();
        self.count(|counters| &counters.direct_reads, 1);
        self.count(|counters| &counters.bytes_read, bytes as u64);
        let Some(mapping) = self.fabric().direct(address.home()) else {
            failure::end(&format!("node {} has no mapping of the partition of {address:?}", self.rank()))
        };
        let offset = address.offset() as usize;
        if offset.checked_add(bytes).is_none_or(|end| end > mapping.len) {
            failure::end(&format!("{address:?} and {bytes} bytes from there lie outside its partition"));
        }
        let reach = mapping.base.addr().wrapping_sub(mapping.origin).cast_signed();
        (mapping.base.wrapping_add(offset), reach)
    }

    /// Tells the journal that what was reached for is here.
    pub(crate) fn served(&self, key: CopyKey, elements: usize, moved: bool) {
        journal::note(|| Record::Served { reader: self.rank(), key, elements: elements as u64, moved });
        journal::note(|| Record::FetchAnswered { by: journal::doer(self.rank()) });
    }

    /// Pins a copy of a remote value, fetching it if need be.
    #[track_caller]
    pub(crate) fn pin_copy(&self, address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> *mut u8 {
        let key = key_of(address, stamp, shape, extent);
        tracing::trace!(
            target: "drust::read", at = %Location::caller(), ?address, bytes = shape.bytes(), "a remote value is read"
        );
        let pinned = if shape.descriptor.facts().tied {
            self.pin_group(key, address, shape)
        } else {
            self.pin_plain(key, address, shape)
        };
        pinned.unwrap_or_else(|full| failure::copies_full(&full, Location::caller()))
    }

    fn pin_plain(&self, key: CopyKey, address: Address, shape: Shape) -> Result<*mut u8, String> {
        let copies = &self.vault().copies;
        let mut along = false;
        let pinned = copies.pin(key, layout_of(key, shape), contents(shape), |target| {
            let (source, reach) = self.reach(address, shape.bytes());
            along = shape.descriptor.facts().handles;
            let mut out = Outgoing::new(Mode::Lend, reach, copies);
            // SAFETY: the caller borrows the value, so nobody writes it; the copy's place has room and nobody sees it.
            // Without tied values no slot is asked for.
            unsafe {
                out.place(source, target.as_ptr(), shape.descriptor, shape.elements, &mut |_, _| {
                    unreachable!("only tied values ask for slots")
                });
            }
            self.served(key, shape.elements, false);
            Ok::<(), String>(())
        });
        let place = pinned.map(|pin| pin.ptr.as_ptr()).map_err(|error| error.to_string())?;
        if along {
            self.fetch_along(place, address.home(), shape);
        }
        Ok(place)
    }

    /// A tied group is packed first, since only then its size is known; it is filed whole under its root's key.
    fn pin_group(&self, key: CopyKey, address: Address, shape: Shape) -> Result<*mut u8, String> {
        let copies = &self.vault().copies;
        if let Some(pin) = copies.find(&key) {
            return Ok(pin.ptr.as_ptr());
        }
        let (source, reach) = self.reach(address, shape.bytes());
        let mut out = Outgoing::new(Mode::Lend, reach, copies);
        let mut image = Image::new();
        // SAFETY: the caller borrows the root, and so the whole group; nobody writes it.
        unsafe { out.pack(&mut image, source, shape.descriptor, shape.elements) };
        self.served(key, shape.elements, false);
        let align = image.align().max(layout_of(key, shape).align());
        let layout = Layout::from_size_align(image.len(), align).map_err(|error| error.to_string())?;
        let pinned = copies.pin(key, layout, contents(shape), |target| {
            let bytes = image.bytes();
            // SAFETY: the copy's place has the image's layout and nobody sees it yet.
            unsafe {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), target.as_ptr().cast(), bytes.len());
                Landing::settle(target.as_ptr(), bytes.len(), shape.descriptor, shape.elements)
            }
        });
        pinned.map(|pin| pin.ptr.as_ptr()).map_err(|error| error.to_string())
    }

    /// Releases a pin of this node; places that are no copies are passed over.
    pub(crate) fn release(&self, copy: *const u8) {
        if self.vault().copies.contains(copy) {
            // SAFETY: a place in the copies' own range came from a handle or guard that gave up its pin on it.
            unsafe { self.vault().copies.release(copy) };
        }
    }

    pub(crate) fn release_all(&self, held: &[*const u8]) {
        for &copy in held {
            self.release(copy);
        }
    }

    /// Fetches along what the values' handles hint at, as copies of their own that nobody pins yet.
    fn fetch_along(&self, first: *mut u8, home: Rank, shape: Shape) {
        let mut found = Found::default();
        // SAFETY: the copy is pinned by the caller, so its values stay readable.
        let spots = unsafe { found.in_values(shape.descriptor, first, shape.elements) };
        for spot in spots.iter().filter(|spot| spot.kind.along) {
            // SAFETY: a spot of this kind is a `Text`: a handle with its length behind it.
            let (handle, len) =
                unsafe { (&*spot.at.cast::<Handle>(), *spot.at.add(size_of::<Handle>()).cast::<usize>()) };
            // A string keeps its slot when its text goes: then there is nothing to fetch.
            if len != 0 && handle.address().home() == home && !handle.is_reserved() {
                self.insert_bytes(handle.address(), handle.stamp(), len);
            }
        }
    }

    fn insert_bytes(&self, address: Address, stamp: Stamp, len: usize) {
        let key = CopyKey { stamp, address, len: len as u64, extent: Extent::Whole };
        let layout = Layout::from_size_align(len, 1).expect("a string's length");
        self.vault().copies.insert(key, layout, Contents::plain(len), |target| {
            let (source, _) = self.reach(address, len);
            // SAFETY: the string's owner is borrowed, so nobody writes it; the copy has room for `len` bytes.
            unsafe { std::ptr::copy_nonoverlapping(source, target.as_ptr(), len) };
            self.served(key, len, false);
            Ok::<(), ()>(())
        });
    }
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
