//! Fetching ahead: values are asked for before anybody waits for them, so that many requests are under way at once.
//!
//! Only where a fetch is a message; where the carrier maps the home's partition there is no latency to hide.

use super::{At, Reached, Sent, awaited, contents, key_of, layout_of};
use crate::asked::Asked;
use crate::cancel::{self, Limit};
use crate::failure;
use crate::memory::Shape;
use crate::node::{Node, here};
use drust_fabric::schedule;
use drust_heap::trace::Refused;
use drust_proto::wire::FetchMode;
use drust_proto::{Address, CopyKey, Extent, Stamp};
use std::fmt;
use std::panic::Location;
use std::task::Waker;
use std::time::Instant;

/// A fetch under way. Dropped or forgotten, its answer is awaited by whatever ends a borrow on this node
/// (`unanswered.rs`), and by nobody else.
#[must_use = "what is fetched ahead is fetched to be used"]
pub struct Ahead {
    node: &'static Node,
    asked: Asked,
    key: CopyKey,
    shape: Shape,
    at: At,
}

impl Ahead {
    /// Begins to fetch values, unless they are here already, are reached without a message, or too many are under way.
    /// 1 request, 1 reply.
    ///
    /// # Safety
    /// The values are borrowed until the `Ahead` has ended, or is forgotten.
    #[track_caller]
    #[must_use]
    pub unsafe fn begin(address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> Option<Ahead> {
        let (node, home) = (here(), address.home());
        let near = home == node.rank() || node.fabric().direct(home).is_some();
        if near || shape.bytes() == 0 || node.unanswered().are_many() {
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
        Some(Ahead { node, asked, key, shape, at: Location::caller() })
    }

    /// As [`Ahead::begin`], or what a hint has begun.
    ///
    /// # Safety
    /// As for [`Ahead::begin`].
    #[track_caller]
    #[must_use]
    pub unsafe fn find(address: Address, stamp: Stamp, shape: Shape, extent: Extent) -> Option<Ahead> {
        let hinted = here().hinted(key_of(address, stamp, shape, extent));
        // SAFETY: the caller's promise.
        hinted.or_else(|| unsafe { Ahead::begin(address, stamp, shape, extent) })
    }

    /// What is fetched.
    pub(super) fn key(&self) -> CopyKey {
        self.key
    }

    /// Whether it is here.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.asked.is_answered()
    }

    /// Whether it is here; if not, `waker` is called when it comes, by a thread that may run it.
    pub fn watch(&mut self, waker: &Waker) -> bool {
        schedule::pass();
        let answered = self.asked.watch(self.node, waker);
        if !answered {
            self.node.expect_others();
            self.node.fabric().flush();
        }
        answered
    }

    /// Waits until `deadline`, if there is one; whether it is here.
    pub fn wait_deadline(&mut self, deadline: Option<Instant>) -> bool {
        let limit = Limit::of_thread(deadline);
        let in_time = self.asked.is_in_time(self.node, &awaited(self.key, self.at), &limit);
        match deadline {
            None if !in_time => cancel::unwind(),
            Some(_) if !in_time => cancel::check(),
            _ => {}
        }
        in_time
    }

    /// Waits for the values; those without handles stay in the message that brought them.
    #[must_use]
    pub fn wait(self) -> Arrived {
        let (node, key, shape, at) = (self.node, self.key, self.shape, self.at);
        let sent = self.arrived();
        let place = sent.image().as_ptr();
        if shape.descriptor.facts().handles || !place.addr().is_multiple_of(shape.descriptor.align()) {
            return Arrived::Copy(file(node, key, shape, at, sent));
        }
        let (needed, len) = (shape.bytes(), sent.image().len());
        if len != needed {
            node.refuse(key.address.home(), Refused::Truncated { needed, len });
        }
        Arrived::Message(Values { sent })
    }

    /// Waits for the values, and pins them in a copy for the caller, as by [`borrow`](crate::memory::borrow).
    #[must_use]
    pub fn pin(self) -> *const u8 {
        let (node, key, shape, at) = (self.node, self.key, self.shape, self.at);
        file(node, key, shape, at, self.arrived())
    }

    /// Files what has arrived as a copy that nobody pins, if there is room and it is no tied group.
    pub(super) fn keep(self) {
        let (node, key, shape) = (self.node, self.key, self.shape);
        if !shape.descriptor.facts().tied {
            let mut sent = Some(self.arrived());
            let (layout, contents) = (layout_of(key, shape), contents(shape));
            node.vault().copies.insert(key, layout, contents, |target| {
                let sent = sent.take().expect("a copy is filled once");
                // SAFETY: the place has room and nobody sees it.
                unsafe { sent.settle(target.as_ptr(), shape).map(drop) }
            });
        }
    }

    /// Waits for the values, and puts them where they are to be read.
    ///
    /// # Errors
    /// The answer is not what was asked for.
    ///
    /// # Safety
    /// The target has room for them and is seen by nobody.
    pub(super) unsafe fn settle(self, target: *mut u8) -> Result<Reached, Refused> {
        let shape = self.shape;
        // SAFETY: the caller's promise.
        unsafe { self.arrived().settle(target, shape) }
    }

    /// Waits for the answer.
    pub(super) fn arrived(self) -> Sent {
        self.node.await_answer(self.asked, self.key, self.at)
    }
}

/// Pins what has arrived in a copy.
fn file(node: &'static Node, key: CopyKey, shape: Shape, at: At, sent: Sent) -> *const u8 {
    let pinned = if shape.descriptor.facts().tied {
        node.pin_reached(key, shape, &Reached::Sent(sent))
    } else {
        node.pin_plain(key, shape, at, |target| {
            // SAFETY: the place has room and nobody sees it.
            unsafe { sent.settle(target, shape) }
        })
    };
    pinned.unwrap_or_else(|full| failure::copies_full(&full, at))
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead").field("key", &self.key).field("answered", &self.is_answered()).finish_non_exhaustive()
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
