//! A node: its memory, its wires, its tasks; and which node a thread belongs to.

use crate::asked::Questions;
use crate::cancel::Flags;
use crate::code::Image;
use crate::control::Control;
use crate::counters::{Counters, Counts, Tally};
use crate::fetch::Hints;
use crate::gate::Gate;
use crate::giving::Giver;
use crate::job;
use crate::loads::Loads;
use crate::oneway::Outbox;
use crate::planted::{self, Fault};
use crate::pool::Pool;
use crate::serve;
use crate::sharing::{Additions, Fences, Sharing};
use crate::task::Tasks;
use crate::unanswered::Unanswered;
use crate::waking::Calls;
use drust_fabric::sim::{Adopted, Sim};
use drust_fabric::{Fabric, Lane, Lost, Mode, Part, Progress, schedule};
use drust_heap::copies::Copies;
use drust_heap::vault::Vault;
use drust_heap::{journal, local};
use drust_proto::Rank;
use drust_proto::coherence::Ending;
use drust_proto::coherence::journal::Record;
use drust_proto::job::Job;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

/// One node of the cluster. It lives until the process ends.
pub struct Node {
    vault: Vault,
    progress: Arc<Progress>,
    image: Image,
    pool: Pool,
    tasks: Tasks,
    loads: Loads,
    giver: Giver,
    queries: Questions,
    unanswered: Unanswered,
    hints: Hints,
    calls: Calls,
    sharing: Sharing,
    control: Control,
    flags: Flags,
    fences: Fences,
    additions: Additions,
    outboxes: Box<[Outbox]>,
    tally: Tally,
    /// The job as this node sees it.
    job: Mutex<Job>,
    /// Opens on rank 0 when all others have agreed to leave.
    left: Gate,
    ended: AtomicBool,
    /// The thread that ends this node before its time.
    ending: OnceLock<ThreadId>,
}

/// What a thread that would end a node finds.
pub(crate) enum Claim {
    /// It is the first.
    First,
    /// It is at it already.
    Again,
    /// Another thread is at it.
    Late,
}

thread_local! {
    static HERE: Cell<Option<&'static Node>> = const { Cell::new(None) };
}

/// The one cluster that a process is part of, ever: what lives in its heap must never meet another's.
enum Cluster {
    /// By one node, to which every thread belongs that was not made by drust.
    Node(&'static Node),
    /// As a whole: a thread that drust did not make belongs to none of its nodes.
    Simulated,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// The node this thread belongs to.
///
/// A thread that belongs to none joins the process's node; where there is none yet, a cluster of one node begins.
///
/// # Panics
/// On a thread that drust did not start, in a process that simulates several nodes.
#[inline]
pub fn here() -> &'static Node {
    match HERE.get() {
        Some(node) => node,
        None => join_process(),
    }
}

/// The node this thread belongs to, if it has one already.
#[must_use]
pub fn current() -> Option<&'static Node> {
    HERE.get().or_else(|| match CLUSTER.get() {
        Some(&Cluster::Node(node)) => Some(node),
        Some(Cluster::Simulated) | None => None,
    })
}

#[cold]
fn join_process() -> &'static Node {
    match CLUSTER.get_or_init(|| Cluster::Node(job::start_alone())) {
        Cluster::Node(node) => {
            node.enter();
            node
        }
        Cluster::Simulated => panic!(
            "this process simulates several nodes, and thread {:?} belongs to none of them: start it with \
             drust::thread::spawn_local, or let it call drust::node::enter",
            std::thread::current().name()
        ),
    }
}

/// Makes `node` the process's; false where the process has a cluster already.
pub(crate) fn settle(node: &'static Node) -> bool {
    CLUSTER.set(Cluster::Node(node)).is_ok()
}

/// The nodes of a simulated cluster, and what simulates them.
static SIMULATED: OnceLock<(Sim, Vec<&'static Node>)> = OnceLock::new();

/// Makes this process that of a simulated cluster; false where it has a cluster already.
pub(crate) fn settle_simulated() -> bool {
    CLUSTER.set(Cluster::Simulated).is_ok()
}

/// Makes the nodes of the simulated cluster known.
pub(crate) fn simulated(sim: Sim, nodes: Vec<&'static Node>) {
    assert!(SIMULATED.set((sim, nodes)).is_ok(), "a process has one cluster, ever");
}

thread_local! {
    /// A foreign thread's place in the simulated world, given up when the thread ends.
    static ADOPTED: RefCell<Option<Adopted>> = const { RefCell::new(None) };
}

/// Makes the calling thread one of node `rank`, which must live in this process, until the thread ends.
///
/// # Panics
/// Where the node does not live here, the thread belongs to another, or the simulation is over.
pub fn enter(rank: Rank) {
    let simulated = SIMULATED.get().filter(|_| HERE.get().is_none());
    let Some((sim, nodes)) = simulated else {
        let node = here();
        assert!(node.rank() == rank, "this thread belongs to node {}, and cannot enter node {rank}", node.rank());
        return;
    };
    let node = nodes.get(usize::from(rank.0)).unwrap_or_else(|| panic!("no node {rank} in this cluster"));
    let adopted = sim.adopt(rank).unwrap_or_else(|| panic!("the simulation is over: no thread can enter a node of it"));
    ADOPTED.set(Some(adopted));
    node.enter();
}

pub use drust_fabric::schedule::{now, sleep, yield_now};

/// Simulated nodes that live in this process, or 1: for what there is once a node, and not once a process.
#[must_use]
pub fn nodes_in_process() -> usize {
    SIMULATED.get().map_or(1, |(_, nodes)| nodes.len())
}

impl Node {
    /// A node made of its parts, for good.
    pub(crate) fn new(vault: Vault, progress: Arc<Progress>, image: Image, workers: usize, job: Job) -> &'static Node {
        let (rank, size) = (vault.rank(), progress.fabric().size());
        let control = Control::new(rank, size);
        let size = usize::from(size);
        Box::leak(Box::new(Node {
            vault,
            progress,
            image,
            pool: Pool::new(workers),
            tasks: Tasks::default(),
            loads: Loads::new(size, workers),
            giver: Giver::new(size),
            queries: Questions::default(),
            unanswered: Unanswered::default(),
            hints: Hints::default(),
            calls: Calls::default(),
            sharing: Sharing::default(),
            control,
            flags: Flags::default(),
            fences: Fences::new(size),
            additions: Additions::new(size),
            outboxes: (0..size).map(|_| Outbox::default()).collect(),
            tally: Tally::default(),
            job: Mutex::new(job),
            left: Gate::new(),
            ended: AtomicBool::new(false),
            ending: OnceLock::new(),
        }))
    }

    /// Makes the calling thread this node's, if it is nobody's yet: a thread of the carrier that serves for the first
    /// time.
    pub(crate) fn adopt(&'static self) {
        if HERE.get().is_none() {
            self.enter();
        }
    }

    /// Makes the calling thread this node's.
    pub fn enter(&'static self) {
        HERE.set(Some(self));
        local::attach(&self.vault);
    }

    /// Starts a thread of this node.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start_thread<R: Send + 'static>(
        &'static self,
        name: Option<String>,
        stack: Option<usize>,
        body: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<JoinHandle<R>> {
        /// The end of the thread's use of the node, also by a panic. Its thread-locals would see to it too, but later
        /// than a simulated world can know of.
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                local::detach();
            }
        }
        schedule::start(name, stack, move || {
            self.enter();
            let _leave = Leave;
            let result = body();
            self.await_one_ways();
            result
        })
    }

    /// The copy table that a place lies in: this node's own, or in a simulated cluster another's, whose pin came here
    /// in a value that threads handed on.
    pub(crate) fn copies_with(&self, place: *const u8) -> Option<&Copies> {
        if self.vault.copies.contains(place) {
            return Some(&self.vault.copies);
        }
        let (_, nodes) = SIMULATED.get()?;
        nodes.iter().map(|node| &node.vault.copies).find(|copies| copies.contains(place))
    }

    /// This node's number.
    #[inline]
    pub fn rank(&self) -> Rank {
        self.vault.rank()
    }

    /// Nodes in the cluster.
    pub fn size(&self) -> u16 {
        self.fabric().size()
    }

    /// Threads that run tasks here.
    pub fn workers(&self) -> usize {
        self.pool.target()
    }

    /// This node's memory.
    #[inline]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) fn fabric(&self) -> &dyn Fabric {
        &**self.progress.fabric()
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    pub(crate) fn image(&self) -> &Image {
        &self.image
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub(crate) fn loads(&self) -> &Loads {
        &self.loads
    }

    pub(crate) fn giver(&self) -> &Giver {
        &self.giver
    }

    pub(crate) fn queries(&self) -> &Questions {
        &self.queries
    }

    pub(crate) fn unanswered(&self) -> &Unanswered {
        &self.unanswered
    }

    pub(crate) fn hints(&self) -> &Hints {
        &self.hints
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.calls
    }

    pub(crate) fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    pub(crate) fn flags(&self) -> &Flags {
        &self.flags
    }

    pub(crate) fn fences(&self) -> &Fences {
        &self.fences
    }

    pub(crate) fn additions(&self) -> &Additions {
        &self.additions
    }

    pub(crate) fn outboxes(&self) -> &[Outbox] {
        &self.outboxes
    }

    pub(crate) fn job(&self) -> &Mutex<Job> {
        &self.job
    }

    pub(crate) fn left(&self) -> &Gate {
        &self.left
    }

    /// Adds to one of this node's counters.
    #[inline]
    pub(crate) fn count(&self, counter: impl FnOnce(&Counters) -> &AtomicU64, more: u64) {
        counter(self.tally.here()).fetch_add(more, Ordering::Relaxed);
    }

    /// What this node has counted since its start.
    pub fn counts(&self) -> Counts {
        self.tally.read()
    }

    /// Sends a message; a lost peer is dealt with by the watcher, not by senders. What rank 0 is to hear of this node
    /// goes before one to it.
    pub(crate) fn send(&self, to: Rank, lane: Lane, parts: &[Part<'_>], mode: Mode) -> Result<(), Lost> {
        if to == Rank(0) && self.control.reports.is_due() {
            self.report_along();
        }
        self.fabric().send(to, lane, parts, mode)
    }

    pub(crate) fn request_tick(&self, after: Duration) {
        self.progress.request_tick(after);
    }

    /// Waits until the fetches of this node that have begun by now are answered (DESIGN rule 7). Those that are waited
    /// for end before the call that began them does, so this costs one look where nothing is fetched ahead.
    #[inline]
    pub(crate) fn await_fetches(&'static self, ending: Ending) {
        if serve::frees_for_a_peer() {
            return;
        }
        if !planted::is_planted(Fault::Fetches) {
            self.unanswered.wait(self, ending);
        }
        journal::note(|| Record::Ended { by: journal::doer(self.rank()), ending });
    }

    /// Whether the job is over on this node: values dropped from then on are left where they are.
    #[inline]
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// To be called before a wait for others.
    ///
    /// # Panics
    /// Where the node was simulated, on a thread that is left when the simulation is over.
    pub(crate) fn expect_others(&self) {
        let over = self.has_ended() && !schedule::is_simulated() && SIMULATED.get().is_some();
        assert!(!over, "the simulation is over: nobody is left who could end this wait");
        self.flush_posts();
    }

    /// Claims this node's end before its time for the calling thread.
    pub(crate) fn claim_end(&self) -> Claim {
        let own = std::thread::current().id();
        match self.ending.set(own) {
            Ok(()) => Claim::First,
            Err(_) if self.ending.get() == Some(&own) => Claim::Again,
            Err(_) => Claim::Late,
        }
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("rank", &self.rank()).field("size", &self.size()).finish_non_exhaustive()
    }
}
