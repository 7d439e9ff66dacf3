//! The place of a question: whose turn it is to touch the answer, and whom to call about it.
//!
//! # Contract
//!
//! 1. `state` is OPEN or WATCHED until the question is answered. Its asker makes it WATCHED when it has put into `call`
//!    whom to call, and takes that back by making it OPEN again; or ABANDONED, and then never looks again.
//! 2. Who serves the answer touches `answer` first, alone, since it has taken the number back (contract 3 of the
//!    questions). Then it makes WATCHED to CALLED, after which `call` is its own, and OPEN or CALLED to DONE, after
//!    which `answer` is the asker's. What is ABANDONED it ends itself: both are its own, and so is the slot.
//! 3. Each step is a compare-exchange from what was seen; those that give something away are releases, those that take
//!    it acquire.

use super::Slot;
use crate::arrival::Body;
use crate::node::Node;
use crate::waking::Call;
use drust_proto::wire::Frame;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::Waker;

pub(super) const OPEN: u8 = 0;
const WATCHED: u8 = 1;
const CALLED: u8 = 2;
const DONE: u8 = 3;
const ABANDONED: u8 = 4;

impl Slot {
    fn step(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, AcqRel, Acquire).is_ok()
    }

    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.state.load(Acquire) == DONE
    }

    /// Gives the answer to the asker; false where nobody wants it any more, and the slot is free.
    ///
    /// # Safety
    /// The caller has taken the question's number back.
    pub(super) unsafe fn give(&self, node: &Node, frame: Frame, body: Body) -> bool {
        // SAFETY: until `state` tells of it the answer is only looked at here.
        unsafe { *self.answer.get() = Some((frame, body)) };
        let mut due = None;
        let wanted = loop {
            match self.state.load(Acquire) {
                WATCHED if self.step(WATCHED, CALLED) => {
                    // SAFETY: by the step just taken it is this thread's alone.
                    due = unsafe { (*self.call.get()).take() };
                }
                ABANDONED => break false,
                from @ (OPEN | CALLED) if self.step(from, DONE) => break true,
                _ => {}
            }
        };
        if wanted {
            node.progress().wake(&self.waiter);
        } else {
            // SAFETY: the asker has gone.
            drop(unsafe { (*self.answer.get()).take() });
        }
        if let Some(call) = due {
            call.make();
        }
        wanted
    }

    /// The answer, once it is there.
    ///
    /// # Safety
    /// For the one asker, who has seen that it is done.
    pub(super) unsafe fn take(&self) -> Option<(Frame, Body)> {
        // SAFETY: the caller's promise.
        unsafe { (*self.answer.get()).take() }
    }

    /// Whether the answer is there; if not, `waker` is called when it is, and whoever was to be called before is not.
    ///
    /// # Safety
    /// For the one asker.
    pub(super) unsafe fn watch(&self, node: &'static Node, waker: &Waker) -> bool {
        loop {
            match self.state.load(Acquire) {
                DONE => {
                    // SAFETY: the answer leaves this alone from now on. Who was to be called may be here still, where
                    // the answer came after a look at him.
                    drop(unsafe { (*self.call.get()).take() });
                    return true;
                }
                WATCHED if self.step(WATCHED, OPEN) => {}
                OPEN => {
                    // SAFETY: while the state is OPEN nobody else touches this, and the answer leaves it alone then.
                    let call = unsafe { &mut *self.call.get() };
                    if !call.as_ref().is_some_and(|call| call.is_to(waker)) {
                        *call = Some(Call::new(node, waker));
                    }
                    if self.step(OPEN, WATCHED) {
                        return false;
                    }
                    *call = None;
                }
                CALLED => {
                    // Another may just be called in its place.
                    Call::new(node, waker).make();
                    return false;
                }
                _ => {}
            }
        }
    }

    /// Calls nobody about the answer.
    ///
    /// # Safety
    /// For the one asker.
    pub(super) unsafe fn unwatch(&self) {
        if self.state.load(Acquire) == WATCHED && self.step(WATCHED, OPEN) {
            // SAFETY: as in `watch`.
            drop(unsafe { (*self.call.get()).take() });
        }
    }

    /// Gives the right to the answer up; true where that is there already, and the slot is free.
    ///
    /// # Safety
    /// For the one asker, for the last time.
    pub(super) unsafe fn abandon(&self) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.unwatch() };
        loop {
            match self.state.load(Acquire) {
                DONE => {
                    // SAFETY: as in `take`.
                    drop(unsafe { self.take() });
                    return true;
                }
                from @ (OPEN | CALLED) if self.step(from, ABANDONED) => return false,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::tests::body;
    use crate::stub;
    use std::sync::Arc;

    struct Nobody;
    impl std::task::Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn who_was_to_be_called_is_forgotten_with_the_answer() {
        let (node, _) = stub::node();
        let (slot, nobody) = (Slot::default(), Arc::new(Nobody));
        let waker = Waker::from(nobody.clone());
        // SAFETY: this thread is the one asker, and the only one that answers.
        unsafe {
            assert!(!slot.watch(node, &waker));
            // The answer comes when the asker is about to look whom it is to call.
            assert!(slot.step(WATCHED, OPEN));
            assert!(slot.give(node, Frame::FenceAck { id: 1 }, body()));
            assert!(slot.watch(node, &waker));
        }
        drop(waker);
        assert_eq!(Arc::strong_count(&nobody), 1);
    }
}
