//! What all atomics are: the owner of a row of words, of one mostly, wherever that is.

use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Fixed, Portable, Targets};
use drust_proto::sharing::word::{Kind, Op};
use drust_runtime::node;
use drust_runtime::sharing::word;
use std::ptr::NonNull;

/// Owns a row of words, which end with it. Its bytes mean the same on every node, in copies too, where nothing is
/// dropped.
pub(crate) struct Row {
    named: Fixed,
}

impl Row {
    pub(super) fn new(kind: Kind, value: u64) -> Row {
        Row { named: word::make_one(kind, value) }
    }

    /// Makes a row of so many words of this node, all 0.
    pub(crate) fn of(kind: Kind, len: usize) -> Row {
        Row { named: word::make(kind, len) }
    }

    /// What names the row. Whoever has it does not use it when its owner is gone.
    #[inline]
    pub(crate) fn name(&self) -> Fixed {
        self.named
    }

    /// To be called when an operation begins: where the word is, if instructions of this node's own reach it. It is
    /// live for as long as `self`, and used atomically.
    #[inline]
    pub(super) fn begin(&self) -> Option<NonNull<u64>> {
        word::begin();
        self.reach()
    }

    /// As [`Row::begin`], for what may take effect later.
    #[inline]
    pub(super) fn begin_later(&self) -> Option<NonNull<u64>> {
        word::begin_later();
        self.reach()
    }

    #[inline]
    fn reach(&self) -> Option<NonNull<u64>> {
        // SAFETY: the row has one word and lives as long as its owner; copies of the handle are not used after that.
        unsafe { word::reach(self.named, 0) }.and_then(NonNull::new)
    }

    /// Has the home carry out an operation; what was there before.
    #[cold]
    #[track_caller]
    pub(super) fn ask(&self, op: Op, a: u64, b: u64) -> u64 {
        word::ask(self.named, 0, op, a, b)
    }

    /// Has the home add, some time before this thread lets others go on.
    pub(super) fn add_afar(&self, delta: u64) {
        word::add_afar(self.named, 0, delta);
    }

    /// Takes the value out and ends the word.
    #[track_caller]
    pub(super) fn take(self, kind: Kind) -> u64 {
        let named = self.named;
        std::mem::forget(self);
        // SAFETY: its only owner is gone, and whoever had borrowed it is done.
        unsafe { word::take(named, kind) }
    }

    /// Where the word is, which nobody else uses for as long as `self` is borrowed. Another node's is moved here.
    #[track_caller]
    pub(super) fn place_mut(&mut self, kind: Kind) -> NonNull<u64> {
        word::begin();
        if self.named.address().home() != node::here().rank() {
            // SAFETY: its only owner gives it up, and takes the new one.
            let value = unsafe { word::take(self.named, kind) };
            self.named = word::make_one(kind, value);
        }
        self.reach().expect("it is at home")
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        // SAFETY: this is its owner, and whoever had borrowed it is done.
        unsafe { word::end(self.named) }
    }
}

// SAFETY: the one handle in it is noted, and the word that it names is only changed atomically.
unsafe impl Carry for Row {
    // A row ends on the thread that drops it: what its node has added to the words leaves before the end does.
    const FACTS: Facts = Facts::HANDLE.and(Facts::USER_DROP);

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        found.note(unsafe { &raw const (*this).named }.cast(), &Fixed::KIND);
    }

    fn targets(_: &mut Targets) {}
}
// SAFETY: it borrows nothing.
unsafe impl Argument<'_> for Row {}
// SAFETY: as above.
unsafe impl Portable for Row {}

/// Implements the traits of what travels for a struct of one field `row`.
macro_rules! same_as_its_row {
    ($atomic:ident) => {
        // SAFETY: the one field is traced.
        unsafe impl Carry for $atomic {
            const FACTS: Facts = Row::FACTS;

            unsafe fn trace(this: *const Self, found: &mut Found) {
                // SAFETY: the field lies inside the value the caller vouches for.
                unsafe { Row::trace(&raw const (*this).row, found) }
            }

            fn targets(list: &mut Targets) {
                Row::targets(list);
            }
        }
        // SAFETY: it borrows nothing.
        unsafe impl Argument<'_> for $atomic {}
        // SAFETY: as above.
        unsafe impl Portable for $atomic {}
    };
}

pub(super) use same_as_its_row;
