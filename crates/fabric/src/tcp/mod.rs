//! The carrier over the network: two TCP connections a pair, one for each lane; no thread between sockets and those
//! who wait.
//!
//! Each node listens on one port for as long as the job runs. [`join`] connects all pairs, each of which proves token,
//! build and processor before anything else is believed (drawn in `docs/design/wire.md`); what flows then are records
//! (drawn in `docs/design/tcp.md`), encrypted where the job wants it. Whoever waits reads the sockets itself
//! ([`Progress`](crate::Progress)). A connection that ends is a lost node: nothing is connected again.
//!
//! # Contract
//!
//! 1. The inboxes are reached only under the reader's lock, which a poll takes or gives up at once.
//! 2. What a node said before its connections ended is delivered before its end is believed, which takes the end of
//!    both lanes, or of one for two ticks of the door. What others say of losses (`announce`) is believed before the
//!    ends that the same poll saw, so that all blame the same culprit.
//! 3. `gone` of a peer is set once; sends fail from then on, and blocked senders go on.
//! 4. A thread that polls holds back what it sends until it has polled; so does one that sends again without having
//!    waited, but then the background thread is woken to flush, so nothing is held back for long. Who is about to wait
//!    flushes.
//! 5. The door's thread, which sleeps most of the time, greets who connects, sends signs of life, finds the silent, and
//!    reports losses.
#![allow(clippy::disallowed_methods, reason = "this carrier connects real processes")]

mod bell;
mod cipher;
mod door;
#[doc(hidden)]
pub mod fuzz_doors;
mod greeting;
mod inbox;
mod join;
mod link;
mod outbox;
mod reader;
mod record;
mod writer;

use crate::primitive::lock_if_free;
use crate::{
    Buffer, Cause, Fabric, Host, JoinError, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent,
    obituary,
};
use bell::Bell;
use door::Alarm;
use drust_proto::Rank;
use link::Link;
use outbox::{Outbox, When};
use reader::Reader;
use record::Kind;
use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use writer::Writer;

/// How long the last words of a node may take.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Messages from this size on are not held back to go out with others.
const HOLD: usize = 4096;

/// What a node needs to join.
#[derive(Clone)]
pub struct Config {
    /// This node.
    pub rank: Rank,
    /// Nodes in the cluster.
    pub size: u16,
    /// The secret that all nodes of the job hold; it never travels.
    pub token: [u8; 32],
    /// The identity of the executable.
    pub build: [u8; 32],
    /// Where rank 0 listens: a host's name or address, and a port.
    pub coordinator: (String, u16),
    /// Where this node listens: an address of this host or a name for one, and a port, which may be 0 for any (on rank
    /// 0 for the coordinator's). `None`: rank 0 where the coordinator is, others on the address from which they reach
    /// it.
    pub listen: Option<(String, u16)>,
    /// Whether a socket of another process, the launcher, keeps the coordinator's port for this job.
    pub reserved: bool,
    /// Whether to encrypt all that follows the greeting.
    pub encrypt: bool,
    /// How long a node may be silent before it is lost.
    pub heartbeat: Duration,
    /// How long to wait for the other nodes.
    pub timeout: Duration,
    /// The launcher to watch, if any; it must be this process's parent.
    pub launcher: Option<u32>,
    /// The most bytes that one message may have.
    pub most: u64,
    /// Where this node's partition is mapped (an exposed address), and its length in bytes.
    pub partition: (usize, usize),
}

impl fmt::Debug for Config {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rank, size) = (self.rank, self.size);
        let mut shown = f.debug_struct("Config");
        shown.field("rank", &rank).field("size", &size).field("coordinator", &self.coordinator).finish_non_exhaustive()
    }
}

impl Config {
    /// The usual time to wait for the other nodes.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// The usual time that a node may be silent.
    pub const HEARTBEAT: Duration = Duration::from_secs(30);
}

/// One peer as seen from here.
struct Peer {
    outboxes: [Outbox; 2],
    sockets: [Arc<TcpStream>; 2],
    gone: Arc<OnceLock<Cause>>,
    process: Process,
    /// The door's tick when something was last heard of it; before that, one until which it need not say anything.
    heard: AtomicU32,
    /// It said farewell.
    left: AtomicBool,
    /// Lanes of it that have ended, and ticks of the door since the first did.
    torn: AtomicU32,
}

#[derive(Default)]
struct Losses {
    log: Vec<Lost>,
    /// How many of them were reported.
    told: usize,
    report: Option<OnLost>,
}

struct Shared {
    rank: Rank,
    partition: (usize, usize),
    /// What this node sent to itself, and what a poll read and did not show since its sink panicked.
    own: Mutex<VecDeque<(Rank, Lane, Buffer)>>,
    sent_own: Mutex<Sent>,
    peers: Vec<Option<Peer>>,
    reader: Mutex<Reader>,
    bell: Arc<Bell>,
    all_dirty: Arc<AtomicUsize>,
    /// Whether the background thread was asked to flush.
    asked: AtomicBool,
    losses: Mutex<Losses>,
    tick: AtomicU32,
    alarm: Arc<Alarm>,
    heartbeat: Duration,
    host: Host,
}

/// The carrier; see the module.
pub struct Tcp {
    shared: Arc<Shared>,
    alarm: Arc<Alarm>,
    door: Option<JoinHandle<()>>,
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tcp").field("rank", &self.shared.rank).finish_non_exhaustive()
    }
}

/// Joins the cluster: returns when this node is connected to all others.
///
/// # Errors
/// See [`JoinError`].
///
/// # Panics
/// Where the rank is outside of the cluster.
pub fn join(config: &Config) -> Result<Tcp, JoinError> {
    assert!(config.rank.0 < config.size, "rank {} of {} nodes", config.rank, config.size);
    let joined = join::join(config)?;
    let made = JoinError::system("watching the connections");
    let shared = Arc::new(Shared::new(config, joined.links, joined.alarm.clone()).map_err(made)?);
    joined.place.enter(&shared);
    Ok(Tcp { shared, alarm: joined.alarm, door: Some(joined.thread) })
}

thread_local! {
    /// Whether this thread polls, so that what it sends goes out together.
    static POLLS: Cell<bool> = const { Cell::new(false) };
    /// Messages that this thread has sent since it last was about to wait.
    static SINCE_WAIT: Cell<u32> = const { Cell::new(0) };
}

/// A poll by this thread. What it held back goes out at its end, also where that is a panic of the sink.
struct Polling<'a> {
    shared: &'a Shared,
    /// Whether it is one inside the sink of another.
    inner: bool,
}

impl Polling<'_> {
    fn begin(shared: &Shared) -> Polling<'_> {
        Polling { shared, inner: POLLS.replace(true) }
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        if !self.inner {
            POLLS.set(false);
            self.shared.flush_dirty();
        }
    }
}

/// The number of a peer's socket.
fn number(rank: Rank, lane: Lane) -> u64 {
    u64::from(rank.0) << 1 | lane as u64
}

/// The lane and peer of a socket's number.
fn socket_of(number: u64) -> (Rank, Lane) {
    (Rank((number >> 1) as u16), Lane::ALL[(number & 1) as usize])
}

impl Shared {
    fn new(config: &Config, links: Vec<Option<[Link; 2]>>, alarm: Arc<Alarm>) -> std::io::Result<Shared> {
        let bell = Arc::new(Bell::new()?);
        let all_dirty = Arc::new(AtomicUsize::new(0));
        let mut inboxes = Vec::new();
        let mut peers = Vec::new();
        for (rank, pair) in (0..).map(Rank).zip(links) {
            let connected = pair.map(|pair| Peer::new(rank, pair, &bell, &all_dirty, config)).transpose()?;
            let (peer, pair) = connected.map_or((None, None), |(peer, inboxes)| (Some(peer), Some(inboxes)));
            peers.push(peer);
            inboxes.push(pair);
        }
        Ok(Shared {
            rank: config.rank,
            partition: config.partition,
            own: Mutex::default(),
            sent_own: Mutex::default(),
            peers,
            reader: Mutex::new(Reader::new(inboxes)),
            bell,
            all_dirty,
            asked: AtomicBool::new(false),
            losses: Mutex::default(),
            tick: AtomicU32::new(0),
            alarm,
            heartbeat: config.heartbeat,
            host: Host::new(),
        })
    }

    fn peer(&self, rank: Rank) -> &Peer {
        let peer =
            self.peers.get(usize::from(rank.0)).unwrap_or_else(|| panic!("no rank {rank} among {}", self.peers.len()));
        peer.as_ref().unwrap_or_else(|| panic!("node {rank} has no connection to itself"))
    }

    /// All peers with their ranks.
    fn linked(&self) -> impl Iterator<Item = (Rank, &Peer)> {
        (0..).map(Rank).zip(&self.peers).filter_map(|(rank, peer)| Some((rank, peer.as_ref()?)))
    }

    fn losses(&self) -> MutexGuard<'_, Losses> {
        // No step under the lock leaves the losses half changed where it panics.
        self.losses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a peer is gone, wakes whoever waits for it, and has it reported.
    fn lose(&self, lost: Lost) {
        if lost.rank == self.rank {
            // Others have lost this node. Whoever says so second says nothing new.
            if self.losses().log.iter().all(|known| known.rank != self.rank) {
                self.log(lost);
            }
            return;
        }
        let peer = self.peer(lost.rank);
        if matches!(lost.cause, Cause::Silent(_) | Cause::Broken(_)) {
            // It may live, and is to learn why nobody listens to it any more.
            let _ = peer.small().tell(Kind::Obituary, &obituary::encode(&lost));
        }
        if peer.gone.set(lost.cause.clone()).is_err() {
            return;
        }
        for socket in &peer.sockets {
            self.bell.forget(socket);
            // Whoever is blocked in a write to it goes on; it may have ended already.
            let _ = socket.shutdown(Shutdown::Both);
        }
        peer.outboxes.iter().for_each(Outbox::stir_all);
        self.log(lost);
        self.bell.wake(Role::Background);
        self.bell.wake(Role::Leader);
    }

    fn log(&self, lost: Lost) {
        tracing::warn!(rank = lost.rank.0, cause = ?lost.cause, "lost");
        self.losses().log.push(lost);
        self.alarm.ring();
    }

    /// Records a loss before those that were not reported yet.
    fn log_first(&self, lost: Lost) {
        tracing::warn!(rank = lost.rank.0, cause = ?lost.cause, "lost");
        let mut losses = self.losses();
        let told = losses.told;
        losses.log.insert(told, lost);
    }

    /// Reports those of the first `known` losses that were not reported yet. On the door's thread only.
    fn report(&self, known: usize) {
        let mut losses = self.losses();
        let Some(report) = losses.report.take() else { return };
        while let Some(lost) = losses.log[..known.min(losses.log.len())].get(losses.told).cloned() {
            losses.told += 1;
            drop(losses);
            report(lost);
            losses = self.losses();
        }
        losses.report = Some(report);
    }

    /// Sends on what is held back.
    fn flush_dirty(&self) {
        self.asked.store(false, Ordering::SeqCst);
        if self.all_dirty.load(Ordering::SeqCst) == 0 {
            return;
        }
        for (_, peer) in self.linked() {
            peer.outboxes.iter().for_each(Outbox::flush);
        }
    }

    fn send_own(&self, lane: Lane, parts: &[Part<'_>]) {
        let buffer = Buffer::gather(parts);
        {
            let mut sent = self.sent_own.lock().unwrap_or_else(PoisonError::into_inner);
            sent.messages += 1;
            sent.bytes += buffer.len() as u64;
        }
        self.own().push_back((self.rank, lane, buffer));
        self.bell.ring();
    }

    fn own(&self) -> MutexGuard<'_, VecDeque<(Rank, Lane, Buffer)>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what is here already: what this node sent to itself before now, and what was kept.
    fn take_own(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        let ready = self.own().len();
        for taken in 0..ready {
            let Some((from, lane, buffer)) = self.own().pop_front() else { return taken };
            sink(from, lane, Message::owned(buffer));
        }
        ready
    }
}

impl Peer {
    fn new(
        rank: Rank,
        links: [Link; 2],
        bell: &Arc<Bell>,
        all_dirty: &Arc<AtomicUsize>,
        config: &Config,
    ) -> std::io::Result<(Peer, [inbox::Inbox; 2])> {
        let gone = Arc::new(OnceLock::new());
        let process = Process { host: links[0].host.clone(), pid: links[0].theirs.pid };
        let mut parts = Vec::new();
        for (link, lane) in links.into_iter().zip(Lane::ALL) {
            link.socket.set_nonblocking(true)?;
            let number = number(rank, lane);
            let socket = Arc::new(link.socket);
            bell.add(&socket, number)?;
            let writer = Writer::new(socket.clone(), link.cipher.clone(), link.sent.1);
            let place = (socket.clone(), number);
            let outbox = Outbox::new(writer, link.sent.0, place, bell.clone(), gone.clone(), all_dirty.clone());
            parts.push((outbox, socket.clone(), inbox::Inbox::new(socket, link.cipher, link.received, config.most)));
        }
        let [small, bulk] = <[_; 2]>::try_from(parts).unwrap_or_else(|_| unreachable!("two lanes"));
        let peer = Peer {
            outboxes: [small.0, bulk.0],
            sockets: [small.1, bulk.1],
            gone,
            process,
            heard: AtomicU32::new(door::first_heard(config)),
            left: AtomicBool::new(false),
            torn: AtomicU32::new(0),
        };
        Ok((peer, [small.2, bulk.2]))
    }
}

impl Peer {
    fn small(&self) -> &Outbox {
        &self.outboxes[Lane::Small as usize]
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        self.alarm.stop();
        let Some(door) = self.door.take() else { return };
        // A loss is reported on the door's thread itself, and the report may own the last handle of this carrier.
        if door.thread().id() != std::thread::current().id() {
            // It panics only where a report did; that panic was printed, and dropping must not start another.
            let _ = door.join();
        }
    }
}

impl Fabric for Tcp {
    fn rank(&self) -> Rank {
        self.shared.rank
    }

    fn size(&self) -> u16 {
        self.shared.peers.len() as u16
    }

    fn send(&self, to: Rank, lane: Lane, parts: &[Part<'_>], mode: Mode) -> Result<(), Lost> {
        if to == self.shared.rank {
            self.shared.send_own(lane, parts);
            return Ok(());
        }
        let when = when(lane, parts, mode);
        let held = self.shared.peer(to).outboxes[lane as usize].send(parts, mode, when);
        let held = held.map_err(|cause| Lost::seen(to, cause))?;
        if held && !POLLS.get() && !self.shared.asked.swap(true, Ordering::SeqCst) {
            self.shared.bell.wake(Role::Background);
        }
        Ok(())
    }

    fn together(&self, send: &mut dyn FnMut()) {
        let _held = Polling::begin(&self.shared);
        send();
    }

    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        let _polling = Polling::begin(&self.shared);
        let Some(mut reader) = lock_if_free(&self.shared.reader) else { return 0 };
        let count = self.shared.take_own(sink);
        // A panic of the sink waits until what was read with its message is kept for the next poll.
        let mut panic = None;
        let mut show = |from: Rank, lane: Lane, message: Message<'_>| match panic {
            None => panic = catch_unwind(AssertUnwindSafe(|| sink(from, lane, message))).err(),
            Some(_) => self.shared.own().push_back((from, lane, message.into_buffer())),
        };
        let count = count + self.shared.read(&mut reader, &mut show);
        panic.map_or(count, |panic| resume_unwind(panic))
    }

    fn polls_at_once(&self) -> u32 {
        1
    }

    fn ticket(&self, role: Role) -> u32 {
        self.shared.bell.ticket(role)
    }

    fn arm(&self, role: Role) -> bool {
        self.shared.bell.arm(role);
        self.shared.own().is_empty()
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

    fn flush(&self) {
        SINCE_WAIT.set(0);
        self.shared.flush_dirty();
    }

    fn direct(&self, home: Rank) -> Option<Mapping> {
        let (base, len) = self.shared.partition;
        let mapping = Mapping { base: std::ptr::with_exposed_provenance_mut(base), len, origin: base };
        (home == self.shared.rank).then_some(mapping)
    }

    fn farewell(&self) {
        for (_, peer) in self.shared.linked() {
            // A peer that is gone already needs no farewell.
            let _ = peer.small().tell(Kind::Farewell, &[]);
        }
    }

    fn announce(&self, lost: &Lost) {
        let obituary = obituary::encode(lost);
        for (_, peer) in self.shared.linked() {
            // Who is gone needs no news.
            let _ = peer.small().tell(Kind::Obituary, &obituary);
        }
        let until = Instant::now() + LAST_WORDS;
        // What is only with this side's system is lost where the process ends with messages that it has not read.
        let waits = |peer: &Peer| peer.gone.get().is_none() && !peer.small().has_arrived();
        while Instant::now() < until && self.shared.linked().any(|(_, peer)| waits(peer)) {
            self.shared.linked().for_each(|(_, peer)| peer.small().has_room());
            std::thread::sleep(LAST_WORDS / 50);
        }
    }

    fn process(&self, rank: Rank) -> Process {
        if rank == self.shared.rank { Process::own() } else { self.shared.peer(rank).process.clone() }
    }

    fn lost(&self) -> Vec<Lost> {
        self.shared.losses().log.clone()
    }

    fn on_lost(&self, report: OnLost) {
        self.shared.losses().report = Some(report);
        self.alarm.ring();
    }

    fn sent(&self, to: Rank) -> Sent {
        if to == self.shared.rank {
            return *self.shared.sent_own.lock().unwrap_or_else(PoisonError::into_inner);
        }
        self.shared.peer(to).outboxes.iter().map(Outbox::sent).sum()
    }

    fn host(&self) -> &Host {
        &self.shared.host
    }
}

/// Whether a message waits for others: contract 4.
fn when(lane: Lane, parts: &[Part<'_>], mode: Mode) -> When {
    if POLLS.get() {
        return When::Later;
    }
    if mode == Mode::Defer || lane == Lane::Bulk || parts.iter().map(Part::len).sum::<usize>() >= HOLD {
        return When::Now;
    }
    let before = SINCE_WAIT.get();
    SINCE_WAIT.set(before.saturating_add(1));
    if before == 0 { When::Now } else { When::Later }
}
