//! A node that `drust-fuzz` talks to in its own process, as the node's peers would: no part of the interface.

use crate::job::{Wishes, assemble, find_image};
use crate::node::{self, Node};
use crate::plan::Plan;
use crate::serve;
use drust_fabric::{Fabric, Host, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent, Solo};
use drust_heap::space::Backing;
use drust_launch::Settings;
use drust_proto::Rank;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A node whose peers are the caller.
pub struct Bench {
    node: &'static Node,
    wires: Arc<Wires>,
}

impl Bench {
    /// Node 0 of so many; the calling thread is one of its threads from now on.
    ///
    /// # Panics
    /// Where this process has a node already.
    #[must_use]
    pub fn new(size: u16) -> Bench {
        let wires = Arc::new(Wires { size, inbox: Solo::new(), said: Mutex::default() });
        let wishes = Wishes { heap: Some(64 << 20), copies: Some(1 << 20), workers: Some(1), ..Wishes::default() };
        let plan = Plan::new(&Settings::default(), wishes, 1);
        let node = assemble(&plan, plan.partition(Backing::Private), wires.clone(), find_image());
        assert!(node::settle(node), "a process has one cluster, ever");
        node.enter();
        Bench { node, wires }
    }

    /// Serves a message of a peer.
    ///
    /// # Errors
    /// Why it makes no sense. What would end a node is left at that.
    pub fn tell(&self, from: Rank, message: &[u8]) -> Result<(), String> {
        let mut served = Ok(());
        // Where the message comes to lie aligned, as it would in a carrier.
        let _ = self.wires.inbox.send(Rank(0), Lane::Small, &[message.into()], Mode::Defer);
        self.wires.inbox.poll(&mut |_, _, message| served = serve::handle(self.node, from, message));
        served.map_err(|nonsense| nonsense.0)
    }

    /// What the node has said to its peers since it was last asked. Nothing that it sends may have padding in it.
    #[must_use]
    pub fn said(&self) -> Vec<Vec<u8>> {
        self.node.flush();
        std::mem::take(&mut *self.wires.said())
    }
}

/// Wires that keep what is said.
struct Wires {
    size: u16,
    inbox: Solo,
    said: Mutex<Vec<Vec<u8>>>,
}

impl Wires {
    fn said(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        // No step under the lock leaves the list half changed.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fabric for Wires {
    fn rank(&self) -> Rank {
        Rank(0)
    }

    fn size(&self) -> u16 {
        self.size
    }

    fn send(&self, _to: Rank, _lane: Lane, parts: &[Part<'_>], _mode: Mode) -> Result<(), Lost> {
        // SAFETY: the caller of `Bench::said` sends nothing with padding in it; headers and frees have none.
        let bytes = parts.iter().flat_map(|part| unsafe { part.as_uninit().assume_init_ref() });
        self.said().push(bytes.copied().collect());
        Ok(())
    }

    fn poll(&self, _sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        0
    }

    fn ticket(&self, role: Role) -> u32 {
        self.inbox.ticket(role)
    }

    fn arm(&self, role: Role) -> bool {
        self.inbox.arm(role)
    }

    fn disarm(&self) {
        self.inbox.disarm();
    }

    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        self.inbox.doze(role, ticket, timeout);
    }

    fn wake(&self, role: Role) {
        self.inbox.wake(role);
    }

    fn direct(&self, _home: Rank) -> Option<Mapping> {
        None
    }

    fn process(&self, _rank: Rank) -> Process {
        Process::own()
    }

    fn lost(&self) -> Vec<Lost> {
        Vec::new()
    }

    fn on_lost(&self, _report: OnLost) {}

    fn sent(&self, _to: Rank) -> Sent {
        Sent::default()
    }

    fn host(&self) -> &Host {
        self.inbox.host()
    }
}
