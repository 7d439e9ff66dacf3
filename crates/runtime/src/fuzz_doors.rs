//! A node that `drust-fuzz` talks to in its own process, as the node's peers would: no part of the interface.

use crate::node::{self, Node};
use crate::serve;
use crate::wire::{self, Wire};
use drust_proto::Rank;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A node whose peers are the caller.
pub struct Bench {
    node: &'static Node,
    wire: Arc<Wire>,
    said: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").field("size", &self.node.size()).finish_non_exhaustive()
    }
}

impl Bench {
    /// Node 0 of so many; the calling thread is one of its threads from now on.
    ///
    /// # Panics
    /// Where this process has a node already.
    #[must_use]
    pub fn new(size: u16) -> Bench {
        let (node, wire) = wire::node(size);
        assert!(node::settle(node), "a process has one cluster, ever");
        // What it says is said by the caller's thread, so that every run of a case is the same.
        node.giver().abstain();
        let said = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let keep = said.clone();
        wire.hear(move |parts| {
            // SAFETY: the caller of `Bench::said` sends nothing with padding in it; headers and frees have none.
            let bytes = parts.iter().flat_map(|part| unsafe { part.as_uninit().assume_init_ref() });
            lock(&keep).push(bytes.copied().collect());
            None
        });
        Bench { node, wire, said }
    }

    /// Serves a message of a peer.
    ///
    /// # Errors
    /// Why it makes no sense. What would end a node is left at that.
    pub fn tell(&self, from: Rank, message: &[u8]) -> Result<(), String> {
        let served = self.wire.show(message, |message| serve::handle(self.node, from, message));
        served.map_err(|nonsense| nonsense.0)
    }

    /// What the node has said to its peers since it was last asked. Nothing that it sends may have padding in it.
    #[must_use]
    pub fn said(&self) -> Vec<Vec<u8>> {
        self.node.flush();
        std::mem::take(&mut *lock(&self.said))
    }
}

fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    // No step under the lock leaves the list half changed.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
