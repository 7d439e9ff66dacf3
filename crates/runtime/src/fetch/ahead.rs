//! Fetching ahead: values are asked for before anybody waits for them, so that many requests are under way at once.
//!
//! Only where a fetch is a message; where the carrier maps the home's partition there is no latency to hide.

use super::{At, Reached, Sent, key_of};
use crate::asked::Asked;
use crate::failure;
use crate::memory::Shape;
use crate::node::{Node, here};
use drust_fabric::schedule;
use drust_heap::trace::Refused;
use drust_proto::wire::FetchMode;
use drust_proto::{Address, CopyKey, Extent, Stamp};
use std::fmt;
use std::panic::Location;

/// A fetch under way. Dropped, it waits for its answer first; forgotten, its answer is awaited by whatever ends a
/// borrow on this node (`unanswered.rs`).
#[must_use = "what is fetched ahead is fetched to be used"]
pub struct Ahead {
    node: &'static Node,
    asked: Option<Asked>,
    key: CopyKey,
    shape: Shape,
    at: At,
}

impl Ahead {
    /// Begins to fetch values, unless they are here already, or are reached without a message. 1 request, 1 reply.
    ///
    /// # Safety
    /// The values are borrowed until the `Ahead` has ended, or is forgotten.
    #[track_caller]
    #[must_use]
    pub unsafe fn begin(address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> Option<Ahead> {
        let (node, home) = (here(), address.home());
        let near = home == node.rank() || node.fabric().direct(home).is_some();
        if near || shape.bytes() == 0 || shape.descriptor.facts().tied {
            return None;
        }
        schedule::pass();
        let key = key_of(address, stamp, shape, extent);
        if node.vault().copies.has(&key) {
            return None;
        }
        let number = node.unanswered().begin(node);
        let (id, asked) = node.queries().ask_ahead(home, number);
        node.count(|counters| &counters.bytes_read, key.len);
        node.send_request(id, key, shape, FetchMode::Copy);
        Some(Ahead { node, asked: Some(asked), key, shape, at: Location::caller() })
    }

    /// What is fetched.
    pub(super) fn key(&self) -> CopyKey {
        self.key
    }

    /// Whether it is here.
    pub(super) fn is_answered(&self) -> bool {
        self.asked.as_ref().is_some_and(Asked::is_answered)
    }

    /// Bytes that its answer holds, once it is here.
    pub(super) fn held(&self) -> usize {
        self.asked.as_ref().map_or(0, Asked::answer_len)
    }

    /// Waits for the values; those without handles stay in the message that brought them.
    #[must_use]
    pub fn wait(mut self) -> Arrived {
        let sent = self.arrive();
        let place = sent.image().as_ptr();
        let descriptor = self.shape.descriptor;
        if descriptor.facts().handles || !place.addr().is_multiple_of(descriptor.align()) {
            return Arrived::Copy(self.file(sent));
        }
        let (needed, len) = (self.shape.bytes(), sent.image().len());
        if len != needed {
            self.node.refuse(self.key.address.home(), Refused::Truncated { needed, len });
        }
        Arrived::Message(Values { sent })
    }

    fn file(&self, sent: Sent) -> *const u8 {
        let (node, key, shape, at) = (self.node, self.key, self.shape, self.at);
        let pinned = node.pin_plain(key, shape, at, |target| {
            // SAFETY: the place has room and nobody sees it.
            unsafe { sent.settle(target, shape) }
        });
        pinned.unwrap_or_else(|full| failure::copies_full(&full, at))
    }

    /// Waits for the values, and puts them where they are to be read.
    ///
    /// # Errors
    /// The answer is not what was asked for.
    ///
    /// # Safety
    /// The target has room for them and is seen by nobody.
    pub(super) unsafe fn settle(mut self, target: *mut u8) -> Result<Reached, Refused> {
        let shape = self.shape;
        // SAFETY: the caller's promise.
        unsafe { self.arrive().settle(target, shape) }
    }

    fn arrive(&mut self) -> Sent {
        let asked = self.asked.take().expect("an answer is taken once");
        self.node.await_answer(asked, self.key, self.at)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if !self.node.has_ended() && self.asked.is_some() {
            drop(self.arrive());
        }
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Values that were fetched ahead.
#[derive(Debug)]
pub enum Arrived {
    /// In the message that brought them.
    Message(Values),
    /// In a copy that is pinned for the caller, as by [`borrow`](crate::memory::borrow).
    Copy(*const u8),
}

/// Values without handles, in the message that brought them.
pub struct Values {
    sent: Sent,
}

impl Values {
    /// Where they lie, aligned as they ask.
    #[inline]
    #[must_use]
    pub fn place(&self) -> *const u8 {
        self.sent.image().as_ptr().cast()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("bytes", &self.sent.image().len()).finish_non_exhaustive()
    }
}
