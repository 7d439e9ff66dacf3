//! Tasks of other nodes that wait here and are handed on to a node that has room, and their completions on the way
//! back.
//!
//! Who sent such a task here waits for this node, and is sent what the other leaves, byte for byte: the values in it
//! have departed, and land at the end of the way. A task is handed on once.

use super::remote::{Awaited, pass_on};
use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use drust_heap::journal;
use drust_proto::coherence::journal::Record;
use drust_proto::wire::{Frame, Outcome};
use drust_proto::{Rank, TaskId};

/// A task of another node's that was handed on.
pub(super) struct Handed {
    /// Who sent it here, and its number there.
    pub(super) from: Rank,
    pub(super) task: TaskId,
    pub(super) to: Rank,
}

impl Awaited for Handed {
    fn to(&self) -> Rank {
        self.to
    }

    /// What the lengths and the values are, is for the receiver to see: who sends nonsense by way of this node has this
    /// node blamed, and is a member of the job all the same.
    fn complete(&self, node: &'static Node, task: TaskId, outcome: Outcome, body: Body, result_len: usize) -> Sense {
        journal::note(|| Record::Completed { task, from: self.to });
        let lent_len = (body.bytes().len() - result_len) as u64;
        let load = node.load_after(self.from);
        let frame = Frame::Done { task: self.task, outcome, result_len: result_len as u64, lent_len, load };
        node.count(|counters| &counters.replies, 1);
        pass_on(node, self.from, frame, body.bytes().into());
        node.sent_load(self.from, load);
        Ok(())
    }
}
