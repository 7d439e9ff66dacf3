//! Telling the journal of counted values what it asks of any object: which value a slot has, that others know its
//! stamp, and that it ends. The counts are none of its business. Nothing of this is left without debug assertions.

use super::Counted;
use crate::node::{Node, here};
use drust_heap::journal::note;
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{Event, Handle, Held};
use drust_proto::{Address, Stamp};

/// A value has its first stamp, which others may come to know at any time.
#[inline(always)]
pub(super) fn made(counted: &Counted) {
    if cfg!(debug_assertions) {
        let (address, stamp) = (counted.address(), Stamp(counted.stamp));
        note(|| {
            file(here(), address, stamp);
            Record::New { node: here().rank(), handle: Handle::new(address, stamp) }
        });
        exposed(address, stamp);
    }
}

/// A value at home is written by its only owner, under a stamp that nobody has yet.
pub(super) fn renamed(counted: &Counted, before: Stamp) {
    if cfg!(debug_assertions) {
        let (address, fresh) = (counted.address(), Stamp(counted.stamp));
        note(|| {
            file(here(), address, fresh);
            let after = Handle::new(address, fresh);
            let before = Handle { private: false, stamp: before, ..after };
            let event = Event::Own { at: address, fresh };
            Record::Handle { node: here().rank(), copied: false, before, event, after }
        });
        exposed(address, fresh);
    }
}

fn exposed(address: Address, stamp: Stamp) {
    note(|| Record::Exposed { by: here().rank(), address, stamp, was_private: true, is_private: false });
}

/// The values at this place end, or leave: they have no strong handle any more.
#[inline(always)]
pub(super) fn ended(values: *const u8, offset: usize) {
    if cfg!(debug_assertions) {
        note(|| {
            let node = here();
            let address = node.vault().address_of(values.wrapping_sub(offset));
            let stamp = node.sharing().count.stamps.with(address, Option::take);
            let stamp = stamp.expect("values that end have a stamp");
            let handle = Handle { private: false, held: Held::Home, ..Handle::new(address, stamp) };
            Record::Asked { node: node.rank(), handle, event: Event::Drop { user_drop: false } }
        });
    }
}

fn file(node: &Node, address: Address, stamp: Stamp) {
    node.sharing().count.stamps.with(address, |known| *known = Some(stamp));
}
