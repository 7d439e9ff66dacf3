//! Bytes that leave: copying values while exposing or giving up what they hold (`lend`, `depart`).

use super::{Found, Image};
use crate::copies::Copies;
use crate::descriptor::Descriptor;
use crate::handle::Handle;
use std::collections::{HashSet, VecDeque};
use std::fmt;

/// What becomes of the original of the bytes that leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// It stays, and so do its pins.
    Lend,
    /// It becomes dead bytes of this node: its pins and tied slots are given up at once.
    Depart,
    /// It becomes dead bytes of another node, read from here: its home forgets it when it is told.
    Move,
}

/// A value lent mutably: where it comes home to.
#[derive(Clone, Copy, Debug)]
pub struct Lent {
    /// The lender's place of the value, dead bytes until it comes home.
    pub origin: *mut u8,
    /// Its type.
    pub descriptor: &'static Descriptor,
    /// How many values lie there.
    pub elements: usize,
}

/// A value that must follow the one whose handle was just copied.
struct Follower {
    source: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
    mode: Mode,
    /// The copied handle's pointer, to be set where the copy stands still.
    word: *mut u8,
    /// Whether the source lies in a slot that ends with it.
    tied: bool,
}

/// One departure: values leaving together, and what they drag along.
pub struct Outgoing<'a> {
    mode: Mode,
    /// What to add to an address found in the source's bytes to reach it from here (0 for this node's own).
    reach: isize,
    copies: &'a Copies,
    queue: VecDeque<Follower>,
    found: Found,
    /// What counted handles have left, by words that name it.
    counted: HashSet<u64>,
    /// Pins that the originals gave up; the caller releases them.
    pub released: Vec<*const u8>,
    /// Tied slots that the originals gave up; the caller frees them.
    pub vacated: Vec<*mut u8>,
    /// Values lent mutably, in the order in which they lie in the image.
    pub lends: Vec<Lent>,
}

impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        shown.field("mode", &self.mode).field("queued", &self.queue.len()).finish_non_exhaustive()
    }
}

impl<'a> Outgoing<'a> {
    /// A departure in `mode`; `reach` translates addresses of another node's mapping, `copies` are this node's, which
    /// tell a pin from a home object.
    #[must_use]
    pub fn new(mode: Mode, reach: isize, copies: &'a Copies) -> Outgoing<'a> {
        Outgoing {
            mode,
            reach,
            copies,
            queue: VecDeque::new(),
            found: Found::default(),
            counted: HashSet::new(),
            released: Vec::new(),
            vacated: Vec::new(),
            lends: Vec::new(),
        }
    }

    /// Whether the originals stay what they are.
    #[must_use]
    pub fn lends(&self) -> bool {
        self.mode == Mode::Lend
    }

    /// Whether the originals are given up by this node.
    #[must_use]
    pub fn departs(&self) -> bool {
        self.mode == Mode::Depart
    }

    /// Whether no counted handle of what `word` names has left before.
    #[must_use]
    pub fn is_first(&mut self, word: u64) -> bool {
        self.counted.insert(word)
    }

    /// Notes what a handle that left held: a pin of this node is given back.
    pub fn gave_up(&mut self, held: *const u8) {
        if self.copies.contains(held) {
            self.released.push(held);
        }
    }

    /// Appends `elements` values and all that travels with them to `image`.
    ///
    /// # Safety
    /// They lie at `source`, readable here, are borrowed (`Lend`) or given up (else) by the caller, and nobody writes
    /// their non-atomic bytes meanwhile.
    pub unsafe fn pack(
        &mut self,
        image: &mut Image,
        source: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) {
        let mode = self.mode;
        // SAFETY: the caller's promise; followers are vouched for by the handles that named them.
        unsafe {
            self.append(image, source, descriptor, elements);
            while let Some(next) = self.queue.pop_front() {
                self.mode = next.mode;
                self.append(image, next.source, next.descriptor, next.elements);
                self.leave(&next);
            }
        }
        self.mode = mode;
    }

    unsafe fn append(&mut self, image: &mut Image, source: *mut u8, descriptor: &'static Descriptor, elements: usize) {
        let target = image.grow(descriptor.size() * elements, descriptor.align());
        // SAFETY: `grow` made the room, and the caller vouches for the source.
        unsafe { self.copy_values(source, target, descriptor, elements) }
    }

    /// Copies `elements` values to `target`, and each tied value to the slot that `slot` finds for it.
    ///
    /// # Safety
    /// As [`Outgoing::pack`]; `target` has room for the values and stands still; slots too.
    pub unsafe fn place(
        &mut self,
        source: *mut u8,
        target: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
        slot: &mut dyn FnMut(&'static Descriptor, usize) -> *mut u8,
    ) {
        // SAFETY: the caller's promise; a follower's word lies in `target` or in a slot, which stand still.
        unsafe {
            self.copy_values(source, target, descriptor, elements);
            while let Some(next) = self.queue.pop_front() {
                let home = slot(next.descriptor, next.elements);
                self.copy_values(next.source, home, next.descriptor, next.elements);
                next.word.cast::<*mut u8>().write_unaligned(home);
                self.leave(&next);
            }
        }
    }

    fn leave(&mut self, next: &Follower) {
        if next.tied && next.mode == Mode::Depart {
            self.vacated.push(next.source);
        }
    }

    unsafe fn copy_values(
        &mut self,
        source: *mut u8,
        target: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) {
        let size = descriptor.size();
        if !descriptor.facts().handles {
            // SAFETY: the caller vouches for both places; without handles all bytes are plain.
            unsafe { std::ptr::copy_nonoverlapping(source, target, size * elements) };
            return;
        }
        let mut found = std::mem::take(&mut self.found);
        for index in 0..elements {
            // SAFETY: the value lies among those the caller vouches for.
            unsafe {
                let (from, to) = (source.add(index * size), target.add(index * size));
                self.copy_value(from, to, descriptor, &mut found);
            }
        }
        self.found = found;
    }

    unsafe fn copy_value(&mut self, source: *mut u8, target: *mut u8, descriptor: &Descriptor, found: &mut Found) {
        let mut done = 0;
        // SAFETY: spots lie inside the value, in rising order and apart; the bytes between them are plain.
        unsafe {
            for spot in found.in_value(descriptor, source) {
                let at = spot.at.offset_from_unsigned(source);
                std::ptr::copy_nonoverlapping(source.add(done), target.add(done), at - done);
                (spot.kind.send)(spot.at, target.add(at), self);
                done = at + spot.kind.size;
            }
            std::ptr::copy_nonoverlapping(source.add(done), target.add(done), descriptor.size() - done);
        }
    }

    /// Sends a three-word handle: exposed in the original first, then in what is sent (DESIGN rules 2 and 3).
    ///
    /// # Safety
    /// `target` has room for a handle.
    pub unsafe fn send_handle(&mut self, source: &Handle, target: *mut u8) {
        let sent = match self.mode {
            Mode::Lend | Mode::Move => source.expose(),
            Mode::Depart => {
                let sent = source.expose();
                self.gave_up(source.abandon());
                sent
            }
        };
        // SAFETY: the caller vouches for the room; it need not be aligned in an image.
        unsafe { target.cast::<Handle>().write_unaligned(sent) };
    }

    /// Sends a tied pointer: its pointee follows.
    ///
    /// # Safety
    /// `pointee` is what the handle at hand holds: an address in the space of the node whose bytes are being copied.
    pub unsafe fn send_tied(
        &mut self,
        pointee: *mut u8,
        word: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) {
        let source = pointee.wrapping_offset(self.reach);
        self.queue.push_back(Follower { source, descriptor, elements, mode: self.mode, word, tied: true });
    }

    /// Sends a borrow by value: a copy of the borrowed values follows.
    ///
    /// # Safety
    /// The values are borrowed for as long as the copy lives.
    pub unsafe fn send_borrowed(
        &mut self,
        source: *mut u8,
        word: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) {
        self.queue.push_back(Follower { source, descriptor, elements, mode: Mode::Lend, word, tied: false });
    }

    /// Sends a mutable borrow: the values follow, and their place is dead until they come home.
    ///
    /// # Safety
    /// The values are mutably borrowed until the task they go to has ended and they came home.
    pub unsafe fn send_lent(
        &mut self,
        origin: *mut u8,
        word: *mut u8,
        descriptor: &'static Descriptor,
        elements: usize,
    ) {
        self.lends.push(Lent { origin, descriptor, elements });
        self.queue.push_back(Follower { source: origin, descriptor, elements, mode: Mode::Depart, word, tied: false });
    }
}
