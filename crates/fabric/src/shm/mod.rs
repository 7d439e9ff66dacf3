//! The carrier between processes of one host: rings in shared memory, peers' partitions mapped, no system call to send
//! unless the receiver sleeps.
//!
//! Each node has an *inbox*, a memory file with a bell and, for each sender and lane, one ring. [`join`] connects all
//! pairs by Unix sockets, proves token and build, and exchanges inboxes and partitions; the sockets stay open, because
//! their end is how the death of a process is seen at once. The bytes are drawn in `docs/design/shm.md`.
//!
//! # Contract
//!
//! 1. The consumers of the own inbox are reached only under its lock, which a poll takes or gives up at once.
//! 2. `gone` of a peer is set once, by whoever notices first; sends fail from then on. What the peer had published
//!    before is still delivered, unless it was broken.
//! 3. Who is gone is found out by one thread a node, the watcher: a peer's connection ends with its process, and its
//!    [pulse](Config::heartbeat) stands still while the process does. Broken messages are found by who reads them.
//! 4. Mappings are kept until the [`Shm`] is dropped, so what [`Fabric::direct`] gave is valid as long.
#![allow(clippy::disallowed_methods, reason = "this carrier connects real processes")]

pub(crate) mod bell;
mod join;
mod layout;
mod memory;
mod outbox;
mod pulse;
pub(crate) mod ring;
mod watch;

pub use layout::RingSizes;

use crate::launcher::open_launcher;
use crate::obituary;
use crate::primitive::lock_if_free;
use crate::{Cause, Fabric, Host, JoinError, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent};
use bell::BellRef;
use drust_proto::Rank;
use join::{Joiner, Link};
use layout::Layout;
use memory::Memory;
use outbox::Outbox;
use pulse::{Patience, PulseRef};
use ring::{Consumer, Ring};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::SendFlags;
use std::fmt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use watch::Watcher;

/// The byte on a connection that says that its end will be no loss.
const FAREWELL: u8 = b'F';
/// The byte before an obituary.
const OBITUARY: u8 = b'O';
const HOST_LEN: usize = 4096;

/// What a node needs to join.
pub struct Config<'a> {
    /// This node.
    pub rank: Rank,
    /// Nodes in the cluster.
    pub size: u16,
    /// Names the job on this host; at most 64 bytes, random.
    pub job: String,
    /// The secret that all nodes of the job hold; it never travels.
    pub token: [u8; 32],
    /// The identity of the executable.
    pub build: [u8; 32],
    /// This node's partition: a memory file.
    pub partition: BorrowedFd<'a>,
    /// Its length in bytes, not 0.
    pub partition_len: usize,
    /// Where it is mapped in this process (an exposed address).
    pub partition_base: usize,
    /// How long to wait for the other nodes; [`Config::TIMEOUT`] unless there is a reason.
    pub timeout: Duration,
    /// The silence after which a peer is lost although its connection stands; [`Config::HEARTBEAT`] unless there is a
    /// reason, and the same on all nodes where it is below a second.
    pub heartbeat: Duration,
    /// The launcher to watch, if any; it must be this process's parent.
    pub launcher: Option<u32>,
    /// The sizes of the rings, the same on all nodes; `None` for what suits the number of nodes.
    pub rings: Option<RingSizes>,
}

impl fmt::Debug for Config<'_> {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rank, size) = (self.rank, self.size);
        f.debug_struct("Config")
            .field("rank", &rank)
            .field("size", &size)
            .field("job", &self.job)
            .finish_non_exhaustive()
    }
}

impl Config<'_> {
    /// The usual time to wait for the other nodes.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// The usual silence after which a peer is lost.
    pub const HEARTBEAT: Duration = Duration::from_secs(30);
}

/// One peer, or this node itself, as seen from here.
struct Peer {
    outboxes: [Outbox; 2],
    bell: BellRef,
    pulse: PulseRef,
    gone: Arc<OnceLock<Cause>>,
    origin: usize,
    partition: Mapped,
    pid: u32,
    socket: Option<UnixStream>,
}

/// Where a partition is mapped here.
enum Mapped {
    /// By the caller of [`join`]: this node's own.
    Own { base: usize, len: usize },
    /// By this carrier.
    Peer(Memory),
}

struct Shared {
    rank: Rank,
    peers: Vec<Peer>,
    consumers: Mutex<Vec<[Consumer; 2]>>,
    rings: Vec<[Ring; 2]>,
    bell: BellRef,
    deferred: Arc<AtomicUsize>,
    host: Memory,
    /// Whether a peer has called this very node lost.
    named: AtomicBool,
    log: Mutex<Vec<Lost>>,
    report: Mutex<Option<OnLost>>,
}

/// The carrier; see the module.
pub struct Shm {
    shared: Arc<Shared>,
    stop: Arc<OwnedFd>,
    watcher: Option<JoinHandle<()>>,
}

impl fmt::Debug for Shm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shm").field("rank", &self.shared.rank).finish_non_exhaustive()
    }
}

/// Joins the cluster: returns when this node is connected to all others.
///
/// # Errors
/// See [`JoinError`].
///
/// # Panics
/// Where the configuration is no such: a rank outside the cluster, ring sizes that are no powers of two from 4096 on.
pub fn join(config: &Config<'_>) -> Result<Shm, JoinError> {
    assert!(config.rank.0 < config.size, "rank {} of {} nodes", config.rank, config.size);
    let rings = config.rings.unwrap_or_else(|| RingSizes::for_nodes(config.size));
    let layout = Layout::new(config.size, rings);
    let launcher = config.launcher.map(open_launcher).transpose()?;
    let made = JoinError::system("making the inbox (is there memory for it?)");
    let (inbox_file, inbox) = Memory::create("drust-inbox", layout.len()).map_err(made)?;
    let made = JoinError::system("making the host page");
    let (host_file, mut host) = Memory::create("drust-host", HOST_LEN).map_err(made)?;
    let mut files = vec![config.partition, inbox_file.as_fd()];
    if config.rank == Rank(0) {
        files.push(host_file.as_fd());
    }
    let deadline = Instant::now() + config.timeout;
    let mut links = Joiner { config, rings, layout, files, deadline }.links()?;
    if let Some(page) = links[0].as_mut().and_then(|link| link.host.take()) {
        host = page;
    }
    let inbox = Arc::new(inbox);
    let shared = Arc::new(Shared::new(config, layout, &inbox, host, links));
    let patience = Patience::new(config.heartbeat, config.timeout, shared.linked(), Instant::now());
    Shm::start(shared, launcher, patience)
}

impl Shared {
    fn new(config: &Config<'_>, layout: Layout, inbox: &Arc<Memory>, host: Memory, links: Vec<Option<Link>>) -> Shared {
        let deferred = Arc::new(AtomicUsize::new(0));
        let peer = |to: Rank, inbox: &Arc<Memory>, origin: usize, partition: Mapped, (pid, socket)| {
            let (bell, pulse, gone) = (layout.bell(inbox), layout.pulse(inbox), Arc::new(OnceLock::new()));
            let outboxes = Lane::ALL.map(|lane| {
                let ring = layout.ring(inbox, config.rank, lane);
                Outbox::new(ring, bell.clone(), to, gone.clone(), deferred.clone())
            });
            Peer { outboxes, bell, pulse, gone, origin, partition, pid, socket }
        };
        let own = || Mapped::Own { base: config.partition_base, len: config.partition_len };
        let peers = (0..).map(Rank).zip(links).map(|(to, link)| match link {
            Some(link) => {
                let partition = Mapped::Peer(link.partition);
                peer(to, &link.inbox, link.origin as usize, partition, (link.pid, Some(link.socket)))
            }
            None => peer(to, inbox, config.partition_base, own(), (std::process::id(), None)),
        });
        let peers: Vec<Peer> = peers.collect();
        let ranks = || (0..config.size).map(Rank);
        let rings: Vec<_> = ranks().map(|from| Lane::ALL.map(|lane| layout.ring(inbox, from, lane))).collect();
        let consumers = rings.iter().map(|pair| pair.clone().map(Consumer::new)).collect();
        Shared {
            rank: config.rank,
            peers,
            consumers: Mutex::new(consumers),
            rings,
            bell: layout.bell(inbox),
            deferred,
            host,
            named: AtomicBool::new(false),
            log: Mutex::new(Vec::new()),
            report: Mutex::new(None),
        }
    }

    fn peer(&self, rank: Rank) -> &Peer {
        self.peers.get(usize::from(rank.0)).unwrap_or_else(|| panic!("no rank {rank} among {}", self.peers.len()))
    }

    fn own_pulse(&self) -> &PulseRef {
        &self.peer(self.rank).pulse
    }

    fn ranks(&self) -> impl Iterator<Item = Rank> + use<> {
        (0..self.peers.len() as u16).map(Rank)
    }

    /// Peers that this node has a connection to.
    fn linked(&self) -> impl Iterator<Item = Rank> {
        self.ranks().filter(|&rank| self.peer(rank).socket.is_some())
    }

    fn socket(&self, rank: Rank) -> Option<&UnixStream> {
        self.peer(rank).socket.as_ref()
    }

    fn lose(&self, rank: Rank, cause: Cause) {
        self.mourn(Lost::seen(rank, cause));
    }

    /// Records that a peer is gone, wakes whoever waits for it, and reports it. That others have lost this node is
    /// reported, too: it was away for so long that the job has ended without it.
    fn mourn(&self, lost: Lost) {
        if lost.rank == self.rank {
            if !self.named.swap(true, Ordering::Relaxed) {
                self.tell(lost);
            }
            return;
        }
        let peer = self.peer(lost.rank);
        if peer.gone.set(lost.cause.clone()).is_err() {
            return;
        }
        peer.outboxes.iter().for_each(Outbox::stir_all);
        self.tell(lost);
        self.bell.wake(Role::Background);
        self.bell.wake(Role::Leader);
    }

    /// Says a few bytes to all peers, by their sockets.
    fn say(&self, bytes: &[u8]) {
        for socket in self.linked().filter_map(|rank| self.socket(rank)) {
            // A peer that is gone already needs to hear nothing, and one that never listens shall not hold this node.
            let _ = rustix::net::send(socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        }
    }

    fn launcher_gone(&self) {
        self.tell(Lost::seen(self.rank, Cause::LauncherGone));
    }

    fn tell(&self, lost: Lost) {
        tracing::warn!(rank = lost.rank.0, cause = ?lost.cause, by = ?lost.by, "lost");
        let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(lost.clone());
        if let Some(report) = &*report {
            report(lost);
        }
    }

    /// Moves deferred messages on.
    fn drain_outboxes(&self) {
        if self.deferred.load(Ordering::Relaxed) == 0 {
            return;
        }
        for rank in self.ranks() {
            for outbox in &self.peer(rank).outboxes {
                if let Err(cause) = outbox.drain() {
                    self.lose(rank, cause);
                }
            }
        }
    }

    fn poll_lane(
        &self,
        consumers: &mut [[Consumer; 2]],
        lane: Lane,
        sink: &mut dyn FnMut(Rank, Lane, Message<'_>),
    ) -> usize {
        let mut count = 0;
        for (from, pair) in self.ranks().zip(consumers) {
            let peer = self.peer(from);
            if !self.rings[usize::from(from.0)][lane as usize].occupied() {
                continue;
            }
            if matches!(peer.gone.get(), Some(Cause::Broken(_))) {
                continue;
            }
            let drained = pair[lane as usize].drain(&mut |message| sink(from, lane, message), &|| peer.bell.ring());
            match drained {
                Ok(messages) => count += messages,
                Err(broken) => self.lose(from, broken.into()),
            }
        }
        count
    }

    /// Whether a ring has something that a poll would show.
    fn arrived(&self) -> bool {
        self.ranks().any(|from| {
            let rings = &self.rings[usize::from(from.0)];
            rings.iter().any(Ring::occupied) && !matches!(self.peer(from).gone.get(), Some(Cause::Broken(_)))
        })
    }
}

impl Shm {
    fn start(shared: Arc<Shared>, launcher: Option<OwnedFd>, patience: Patience) -> Result<Shm, JoinError> {
        let stop = rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC);
        let stop = stop.map_err(|error| JoinError::System { doing: "making an eventfd", error: error.into() })?;
        let stop = Arc::new(stop);
        let watcher = Watcher { shared: shared.clone(), stop: stop.clone(), launcher, patience };
        let thread = std::thread::Builder::new().name("drust-watch".into()).spawn(move || watcher.run());
        let thread = thread.map_err(JoinError::system("starting the watcher"))?;
        Ok(Shm { shared, stop, watcher: Some(thread) })
    }
}

impl Drop for Shm {
    fn drop(&mut self) {
        let one = 1_u64.to_ne_bytes();
        let told = rustix::io::write(&self.stop, &one).is_ok();
        let Some(watcher) = self.watcher.take() else { return };
        // A loss is reported on the watcher itself, and the report may own the last handle of this carrier.
        if told && watcher.thread().id() != std::thread::current().id() {
            // It panics only where a report did; that panic was printed, and dropping must not start another.
            let _ = watcher.join();
        }
    }
}

impl Fabric for Shm {
    fn rank(&self) -> Rank {
        self.shared.rank
    }

    fn size(&self) -> u16 {
        self.shared.peers.len() as u16
    }

    fn send(&self, to: Rank, lane: Lane, parts: &[Part<'_>], mode: Mode) -> Result<(), Lost> {
        let sent = self.shared.peer(to).outboxes[lane as usize].send(parts, mode);
        sent.map_err(|cause| {
            if matches!(cause, Cause::Broken(_)) {
                self.shared.lose(to, cause.clone());
            }
            Lost::seen(to, cause)
        })
    }

    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        self.shared.drain_outboxes();
        let Some(mut consumers) = lock_if_free(&self.shared.consumers) else { return 0 };
        Lane::ALL.iter().map(|&lane| self.shared.poll_lane(&mut consumers, lane, sink)).sum()
    }

    fn ticket(&self, role: Role) -> u32 {
        self.shared.bell.ticket(role)
    }

    fn arm(&self, role: Role) -> bool {
        self.shared.bell.arm(role);
        self.shared.drain_outboxes();
        !self.shared.arrived()
    }

    fn disarm(&self) {
        self.shared.bell.disarm();
    }

    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        self.shared.bell.doze(role, ticket, timeout);
    }

    fn wake(&self, role: Role) {
        self.shared.bell.wake(role);
    }

    fn direct(&self, home: Rank) -> Option<Mapping> {
        let peer = self.shared.peer(home);
        let (base, len) = match &peer.partition {
            Mapped::Own { base, len } => (std::ptr::with_exposed_provenance_mut(*base), *len),
            Mapped::Peer(memory) => (memory.base().as_ptr(), memory.len()),
        };
        Some(Mapping { base, len, origin: peer.origin })
    }

    fn farewell(&self) {
        self.shared.say(&[FAREWELL]);
    }

    fn announce(&self, lost: &Lost) {
        let mut said = vec![OBITUARY];
        said.extend(obituary::encode(lost));
        self.shared.say(&said);
    }

    fn process(&self, rank: Rank) -> Process {
        Process { pid: self.shared.peer(rank).pid, ..Process::own() }
    }

    fn lost(&self) -> Vec<Lost> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn on_lost(&self, report: OnLost) {
        let mut place = self.shared.report.lock().unwrap_or_else(PoisonError::into_inner);
        self.lost().into_iter().for_each(&report);
        *place = Some(report);
    }

    fn sent(&self, to: Rank) -> Sent {
        self.shared.peer(to).outboxes.iter().map(Outbox::sent).sum()
    }

    fn host(&self) -> &Host {
        // SAFETY: the page is mapped while `self.shared` lives; a `Host` is atomics, for which any bytes are valid, and
        // `at` checks bounds and alignment.
        unsafe { self.shared.host.at::<Host>(0).as_ref() }
    }
}
