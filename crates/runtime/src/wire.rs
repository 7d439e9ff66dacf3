//! A node of a cluster, most often node 0, whose other nodes are the caller: a test, or the fuzzer.

use crate::job::{Wishes, assemble, find_image};
use crate::node::Node;
use crate::plan::Plan;
use drust_fabric::{Fabric, Host, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent, Solo};
use drust_heap::space::Backing;
use drust_launch::Settings;
use drust_proto::Rank;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What hears the node speak to a peer, and may answer in its name.
type Hears = Arc<dyn Fn(&[Part<'_>]) -> Option<Vec<u8>> + Send + Sync>;
/// What hears why the node ends.
type Mourns = Arc<dyn Fn(&Lost) + Send + Sync>;

/// The node's wires; see the module.
#[derive(Default)]
pub(crate) struct Wire {
    rank: Rank,
    size: u16,
    /// What waits to be polled, and from whom each message is.
    inbox: Solo,
    senders: Mutex<VecDeque<Rank>>,
    /// What is shown to a sink of the caller's, and to nobody who polls.
    shown: Solo,
    on_send: Mutex<Option<Hears>>,
    on_announce: Mutex<Option<Mourns>>,
    report: Mutex<Option<OnLost>>,
}

/// The process of each peer.
pub(crate) fn process(rank: Rank) -> Process {
    Process { host: format!("peer-{rank}"), pid: 1000 + u32::from(rank.0) }
}

fn lock<T>(place: &Mutex<T>) -> MutexGuard<'_, T> {
    // No step under these locks leaves anything half changed.
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Node 0 of so many, without a background thread, and its wires. The calling thread is one of its threads.
pub(crate) fn node(size: u16) -> (&'static Node, Arc<Wire>) {
    node_at(Rank(0), size)
}

/// As [`node`], of another rank.
pub(crate) fn node_at(rank: Rank, size: u16) -> (&'static Node, Arc<Wire>) {
    let wire = Arc::new(Wire { rank, size, ..Wire::default() });
    let wishes = Wishes { heap: Some(64 << 20), copies: Some(1 << 20), workers: Some(1), ..Wishes::default() };
    let plan = Plan::new(&Settings::default(), wishes, 1);
    let node = assemble(&plan, plan.partition(Backing::Private), wire.clone(), find_image());
    node.enter();
    (node, wire)
}

impl Wire {
    /// Has `hears` hear what the node sends from now on.
    pub(crate) fn hear(&self, hears: impl Fn(&[Part<'_>]) -> Option<Vec<u8>> + Send + Sync + 'static) {
        *lock(&self.on_send) = Some(Arc::new(hears));
    }

    /// Has `mourns` hear why the node ends.
    #[cfg(test)]
    pub(crate) fn mourn(&self, mourns: impl Fn(&Lost) + Send + Sync + 'static) {
        *lock(&self.on_announce) = Some(Arc::new(mourns));
    }

    /// Tells the node of a loss.
    #[cfg(test)]
    pub(crate) fn lose(&self, lost: Lost) {
        lock(&self.report).as_ref().expect("the node watches")(lost);
    }

    /// Has `sink` see a message, where it comes to lie aligned, as it would in a carrier.
    pub(crate) fn show<R>(&self, message: &[u8], mut sink: impl FnMut(Message<'_>) -> R) -> R {
        let mut result = None;
        // One's own messages always arrive.
        let _ = self.shown.send(Rank(0), Lane::Small, &[message.into()], Mode::Defer);
        self.shown.poll(&mut |_, _, message| result = Some(sink(message)));
        result.expect("it is polled")
    }
}

impl Fabric for Wire {
    fn rank(&self) -> Rank {
        self.rank
    }

    fn size(&self) -> u16 {
        self.size
    }

    fn send(&self, to: Rank, _lane: Lane, parts: &[Part<'_>], _mode: Mode) -> Result<(), Lost> {
        let hears = lock(&self.on_send).clone();
        if let Some(answer) = hears.and_then(|hears| hears(parts)) {
            lock(&self.senders).push_back(to);
            self.inbox.send(Rank(0), Lane::Small, &[answer.as_slice().into()], Mode::Defer)?;
        }
        Ok(())
    }

    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        self.inbox.poll(&mut |_, lane, message| {
            let from = lock(&self.senders).pop_front();
            sink(from.expect("each message has a sender"), lane, message);
        })
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

    fn announce(&self, lost: &Lost) {
        let mourns = lock(&self.on_announce).clone();
        if let Some(mourns) = mourns {
            mourns(lost);
        }
    }

    fn process(&self, rank: Rank) -> Process {
        process(rank)
    }

    fn lost(&self) -> Vec<Lost> {
        Vec::new()
    }

    fn on_lost(&self, report: OnLost) {
        *lock(&self.report) = Some(report);
    }

    fn sent(&self, _to: Rank) -> Sent {
        Sent::default()
    }

    fn host(&self) -> &Host {
        self.inbox.host()
    }
}
