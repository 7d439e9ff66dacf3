//! Doing what the law asks: the actions of one step of a handle, in order.
//!
//! [`drust_proto::coherence`] decides; this module has the memory and the wires. A step is begun with the handle's own
//! words and ended by storing the words that the law returned.

use crate::failure;
use crate::fetch::{At, Reached, Sent, key_of};
use crate::memory::{Shape, allocate, free, fresh_stamp};
use crate::node::Node;
use drust_heap::copies::Taken;
use drust_heap::journal;
use drust_heap::local::dangling;
use drust_heap::trace::{Landing, Mode, Outgoing, Place};
use drust_heap::vault::Fresh;
use drust_heap::{Descriptor, Handle};
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{self, Action, CopyView, Ending, Event, FreeKind, Held, Here};
use drust_proto::wire::{FetchMode, FreeRecord};
use drust_proto::{CopyKey, Extent, Stamp};
use std::panic::Location;
use std::ptr::NonNull;

/// One step of one handle on this node.
pub(crate) struct Step<'a> {
    node: &'static Node,
    handle: &'a mut Handle,
    shape: Shape,
    /// Where the value lies here, once it does.
    place: *mut u8,
    /// The slot it was given, if it had to be moved.
    fresh: Option<Fresh>,
    taken: Option<Taken<'static>>,
    /// The slot here that a value was copied out of, until it is freed.
    vacated: *mut u8,
    /// The line of the program that asks for the step.
    at: At,
}

impl<'a> Step<'a> {
    #[track_caller]
    pub(crate) fn new(node: &'static Node, handle: &'a mut Handle, shape: Shape) -> Step<'a> {
        let nowhere = std::ptr::null_mut();
        let at = Location::caller();
        Step { node, handle, shape, place: nowhere, fresh: None, taken: None, vacated: nowhere, at }
    }

    /// Takes the copy of a remote value out of the table if nobody else reads it; the handle's own pin goes with it.
    pub(crate) fn take_copy(&mut self) -> CopyView {
        let address = self.handle.address();
        if address.home() == self.node.rank() || self.handle.is_reserved() {
            return CopyView::Absent;
        }
        let copies = &self.node.vault().copies;
        let held = self.handle.unpin();
        // Counted handles in a copy grant nothing: they come from the home, with the values.
        let granted = !self.shape.descriptor.takes_counted();
        let key = key_of(address, self.handle.stamp(), self.shape, Extent::Whole);
        if granted && held.is_null() {
            self.node.land_hinted(key);
        }
        // SAFETY: what a remote handle holds is its own pin, given up here.
        self.taken = unsafe {
            if !granted {
                self.node.release(held);
                None
            } else if held.is_null() {
                copies.take_idle(&key)
            } else if copies.contains(held) {
                copies.release_for_write(held)
            } else {
                // Another simulated node's: it is given back there, and the value fetched.
                self.node.release(held);
                None
            }
        };
        match (&self.taken, held.is_null()) {
            (Some(_), _) => CopyView::Sole,
            (None, true) => CopyView::Absent,
            (None, false) => CopyView::Shared,
        }
    }

    /// Takes the step and does what it asks.
    #[track_caller]
    pub(crate) fn perform(&mut self, event: Event) {
        let actions = self.advance(event);
        let awaited = actions.iter().take_while(|action| **action == Action::AwaitFetches).count();
        if awaited > 0 {
            self.node.await_fetches(ending(event));
        }
        note_asked(self.node, self.handle, event);
        for &action in actions.iter().skip(awaited) {
            self.act(action);
        }
    }

    fn advance(&self, event: Event) -> coherence::Actions {
        ask(self.node, self.handle, self.shape, event)
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::AwaitFetches => unreachable!("that comes first"),
            Action::UseHome => {
                let _ = self.handle.pin(self.node.vault().place_of(self.handle.address()));
            }
            Action::PinCopy => unreachable!("reading goes by `memory::read`"),
            Action::Release => self.release(),
            Action::AllocateHere => self.allocate(),
            Action::CopyHere => self.copy_here(),
            Action::Promote => self.promote(),
            Action::FetchAndFree { .. } => self.fetch_and_free(),
            Action::SendFree { what, .. } => self.send_free(what),
            Action::DropHere | Action::FreeHere { what: FreeKind::DropContents } => self.drop_here(),
            Action::FreeHere { what: FreeKind::MovedOut } => self.free_vacated(),
            Action::FreshStamp => self.own(),
            Action::KeepStamp => self.keep_stamp(),
        }
    }

    fn release(&mut self) {
        let held = self.handle.unpin();
        if !held.is_null() {
            self.node.release(held);
        }
    }

    /// The slot that the value is to move to, where the caller has one already.
    pub(crate) fn give(&mut self, fresh: Option<Fresh>) {
        self.fresh = fresh;
    }

    fn allocate(&mut self) {
        let given = self.fresh.take();
        let shape = self.shape;
        let fresh = given.unwrap_or_else(|| {
            let room = allocate(shape.layout(), shape.descriptor);
            room.unwrap_or_else(|error| failure::out_of_memory(&error, shape.descriptor, Some(self.at)))
        });
        self.place = fresh.place.as_ptr();
        self.fresh = Some(fresh);
    }

    /// The values go to the slot just allocated, in the same partition: their handles stay as they are.
    fn copy_here(&mut self) {
        let old = self.node.vault().place_of(self.handle.address());
        // SAFETY: the value is at home here and its owner is mutably borrowed; the new slot has room for it.
        unsafe { std::ptr::copy_nonoverlapping(old, self.place, self.shape.bytes()) };
        self.vacated = old;
    }

    /// What `DropHere` dropped was freed with it; what `CopyHere` copied was not.
    fn free_vacated(&mut self) {
        let old = std::mem::replace(&mut self.vacated, std::ptr::null_mut());
        if let Some(old) = NonNull::new(old) {
            // SAFETY: the slot was this handle's, and its values are elsewhere now.
            unsafe { self.node.vault().space.free_at(old) };
        }
    }

    fn keep_stamp(&mut self) {
        let fresh = self.fresh.expect("growth allocates first");
        self.check_own(Event::Grown { at: fresh.address });
        self.handle.moved(fresh.place.as_ptr(), fresh.address);
    }

    fn promote(&mut self) {
        let copy = self.taken.take().expect("a sole copy was taken");
        self.node.count(|counters| &counters.promotions, 1);
        // SAFETY: nobody else uses the copy, which holds the shape's values; it becomes dead bytes.
        unsafe { place_values(self.node, copy.ptr().as_ptr(), 0, Mode::Depart, self.place, self.shape) };
    }

    fn fetch_and_free(&mut self) {
        if self.place.is_null() {
            self.allocate();
        }
        self.node.count(|counters| &counters.moves, 1);
        let (node, shape) = (self.node, self.shape);
        let key = key_of(self.handle.address(), self.handle.stamp(), shape, Extent::Whole);
        let reached = node.reach(key, shape, FetchMode::Move, self.at);
        match &reached {
            // SAFETY: the writer owns the value; the source stays readable until its home has been told, just below.
            Reached::Mapped(source, reach) => unsafe {
                place_values(node, *source, *reach, Mode::Move, self.place, shape);
            },
            Reached::Sent(sent) => land_values(node, key, sent, self.place, shape),
        }
        node.served(key, shape.elements, true, &reached);
        if let Reached::Mapped(..) = reached {
            self.send_free(FreeKind::MovedOut);
        }
    }

    fn send_free(&mut self, kind: FreeKind) {
        let elements = self.shape.elements as u64;
        self.node.free_afar(FreeRecord { address: self.handle.address(), elements, kind });
    }

    fn drop_here(&mut self) {
        let shape = self.shape;
        if shape.layout().size() == 0 || self.handle.is_reserved() {
            return;
        }
        if self.place.is_null() {
            self.place = self.node.vault().place_of(self.handle.address());
        }
        // SAFETY: the value is at home here, and the step ends it.
        unsafe { shape.descriptor.drop_object(self.place, shape.elements, shape.layout(), free) }
    }

    fn own(&mut self) {
        let (place, address, fresh) = match self.fresh {
            Some(Fresh { place, address, stamp }) => (place.as_ptr(), address, stamp),
            None => {
                let address = self.handle.address();
                (self.node.vault().place_of(address), address, fresh_stamp())
            }
        };
        self.check_own(Event::Own { at: address, fresh });
        self.handle.own(place, address, fresh);
    }

    fn check_own(&mut self, event: Event) {
        debug_assert!(self.advance(event).is_empty());
    }
}

/// What the law asks for when this happens to a handle; the handle itself changes as that is done.
pub(crate) fn ask(node: &Node, handle: &Handle, shape: Shape, event: Event) -> coherence::Actions {
    let here = Here { rank: node.rank() };
    match view(handle, here).step(here, event) {
        Ok((_, actions)) => actions,
        Err(illegal) => failure::end(&format!("a handle of {}: {illegal}", shape.descriptor.name())),
    }
}

/// Tells the journal that what the law answers is about to be done.
pub(crate) fn note_asked(node: &Node, handle: &Handle, event: Event) {
    let node = node.rank();
    journal::note(|| Record::Asked { node, handle: view(handle, Here { rank: node }), event });
}

/// The end of a borrow that a step of a handle is.
fn ending(event: Event) -> Ending {
    if let Event::Drop { .. } = event { Ending::Drop } else { Ending::ColdWrite }
}

/// A handle's words as the law sees them on this node.
fn view(handle: &Handle, here: Here) -> coherence::Handle {
    let address = handle.address();
    let held = match (handle.peek().is_null(), address.home() == here.rank || handle.is_reserved()) {
        (true, _) => Held::Nothing,
        (false, true) => Held::Home,
        (false, false) => Held::Pin,
    };
    coherence::Handle { address, private: handle.is_private(), stamp: Stamp(handle.stamp().0), held }
}

/// Copies values into slots of this partition.
///
/// # Safety
/// As [`Outgoing::place`].
unsafe fn place_values(node: &Node, source: *mut u8, reach: isize, mode: Mode, target: *mut u8, shape: Shape) {
    let copies = &node.vault().copies;
    let mut out = Outgoing::new(mode, reach, copies);
    // SAFETY: the caller's promise; slots stand still. What a copy's tied values vacate lies inside the copy itself.
    unsafe { out.place(source, target, shape.descriptor, shape.elements, &mut slot_for) };
    node.release_all(&out.released);
}

/// Lands values that their home has sent and freed.
fn land_values(node: &'static Node, key: CopyKey, sent: &Sent, target: *mut u8, shape: Shape) {
    let mut rooms = |descriptor: &'static Descriptor, elements: usize, _: Place| slot_for(descriptor, elements);
    let mut landing = Landing::new(sent.image(), &mut rooms).among(node.size());
    // SAFETY: the home packed values of the shape that it was asked for; the target is their new slot.
    let landed = unsafe { landing.unpack(target, shape.descriptor, shape.elements) };
    landed.unwrap_or_else(|refused| node.refuse(key.address.home(), refused));
}

/// A slot of this partition for values that belong to their owner's bytes.
pub(crate) fn slot_for(descriptor: &'static Descriptor, elements: usize) -> *mut u8 {
    let layout = descriptor.layout(elements);
    if layout.size() == 0 {
        return dangling(layout.align()).as_ptr();
    }
    let room = allocate(layout, descriptor);
    room.unwrap_or_else(|error| failure::out_of_memory(&error, descriptor, None)).place.as_ptr()
}
