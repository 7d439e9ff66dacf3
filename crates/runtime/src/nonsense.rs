//! What an honest peer never sends, and whom this node blames for it.
//!
//! Lengths, ids, addresses, types, states and places of code are checked where a message is served, before anything is
//! allocated, read or changed by them. What does not fit ends the job, and the node that sent it is named, not the one
//! that noticed. The bytes of values are their sender's, as the functions are that it calls: a peer has proved that it
//! is of this job and build, and nobody can tell from bytes alone whether they are a value of a type.

use crate::failure;
use crate::job;
use crate::node::Node;
use drust_fabric::{Cause, Lost, schedule};
use drust_proto::Rank;
use std::fmt::Display;
use std::time::Duration;

/// Why a message makes no sense. Made from whatever says so.
#[derive(Debug)]
pub(crate) struct Nonsense(pub(crate) String);

/// What is done with a message, if it makes sense.
pub(crate) type Sense<T = ()> = Result<T, Nonsense>;

impl<W: Display> From<W> for Nonsense {
    fn from(why: W) -> Nonsense {
        Nonsense(why.to_string())
    }
}

impl Node {
    /// Ends the job because of what a peer sent. Returns only where this node has agreed to go already: then nothing
    /// comes of the message.
    pub(crate) fn blame(&'static self, from: Rank, nonsense: Nonsense) {
        if from == self.rank() {
            failure::end(&format!("this node sent itself what makes no sense: {}", nonsense.0));
        }
        job::lose(self, Lost::seen(from, Cause::Broken(nonsense.0.into())));
    }

    /// As [`Node::blame`], for a user's thread, which cannot go on: it waits for the end.
    pub(crate) fn refuse(&'static self, from: Rank, nonsense: impl Into<Nonsense>) -> ! {
        self.blame(from, nonsense.into());
        loop {
            schedule::sleep(Duration::MAX);
        }
    }
}
