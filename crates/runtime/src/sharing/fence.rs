//! The release fence (DESIGN rule 9): what a thread has told others and not seen done.
//!
//! A one-way with an effect that others can see is noted by who sends it; before a thread lets others go on, it waits
//! until all that it noted is done. Order is per pair and lane: an acknowledgement says that everything sent before on
//! [`Lane::Small`](drust_fabric::Lane::Small) is.

use crate::node::Node;
use drust_proto::Rank;
use drust_proto::wire::Frame;
use std::cell::{Cell, RefCell};

thread_local! {
    /// Whether this thread owes anything; a thread that is ending can still look.
    static OWES: Cell<bool> = const { Cell::new(false) };
    static TO: RefCell<Vec<Rank>> = const { RefCell::new(Vec::new()) };
}

impl Node {
    /// This thread has told `peer` something whose effect others can see, on the lane for small messages.
    pub(crate) fn observed_by(&'static self, peer: Rank) {
        let noted = TO.try_with(|to| {
            let mut to = to.borrow_mut();
            if !to.contains(&peer) {
                to.push(peer);
            }
        });
        match noted {
            Ok(()) => OWES.set(true),
            Err(_) => self.await_done(&[peer]),
        }
    }

    /// To be called before this thread lets others go on: waits until all that it has told others is done. One look
    /// where that is nothing; else 1 request, 1 reply for each peer, at the same time.
    #[inline]
    pub fn await_one_ways(&'static self) {
        if OWES.get() {
            self.await_owed();
        }
    }

    #[cold]
    fn await_owed(&'static self) {
        OWES.set(false);
        let owed = TO.try_with(RefCell::take).unwrap_or_default();
        self.await_done(&owed);
    }

    fn await_done(&'static self, peers: &[Rank]) {
        if self.has_ended() {
            return;
        }
        self.flush();
        let asked: Vec<_> = peers
            .iter()
            .map(|&peer| {
                let (id, asked) = self.queries().ask(peer);
                self.tell(peer, Frame::Fence { id }, &[]);
                asked
            })
            .collect();
        for (asked, peer) in asked.into_iter().zip(peers) {
            match asked.wait(self, &format_args!("what node {peer} was told to be done")) {
                (Frame::FenceAck { .. }, _) => {}
                (other, _) => self.refuse(*peer, format!("a Fence was answered by {}", other.name())),
            }
        }
    }
}
