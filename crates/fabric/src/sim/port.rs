//! The queues between simulated nodes, and a node's end of them: its [`Fabric`].

use super::Partition;
use super::random::Random;
use super::world::World;
use crate::primitive::Word;
use crate::{
    Buffer, Cause, Fabric, Host, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent, schedule,
};
use drust_proto::Rank;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Messages of one sender and lane that wait before a sender that may wait does.
const ROOM: usize = 64;
/// How long a sender without room waits before it looks again.
const RETRY: Duration = Duration::from_micros(20);
/// A message takes longer than usual once in so many, and then so many times as long at most.
const LATE: usize = 16;

/// What connects the nodes.
pub(super) struct Net {
    world: &'static World,
    nodes: Vec<Node>,
    host: Host,
    direct: bool,
}

struct Node {
    inbox: Mutex<Inbox>,
    bells: [Word; 2],
    polling: AtomicBool,
    partition: Partition,
    losses: Mutex<Losses>,
    /// Bumped with each loss, for the thread that reports them.
    lost: Word,
    sent: Mutex<Vec<Sent>>,
}

struct Inbox {
    /// By sender and lane.
    channels: Vec<[Channel; 2]>,
    armed: Option<Role>,
}

#[derive(Default)]
struct Channel {
    waiting: VecDeque<(Duration, Buffer)>,
    last_due: Duration,
}

#[derive(Default)]
struct Losses {
    log: Vec<Lost>,
    /// How many of them were reported.
    told: usize,
    /// Peers that said that they would go.
    farewells: Vec<Rank>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No step under these locks leaves the state half changed where it panics.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Net {
    pub(super) fn new(world: &'static World, partitions: &[Partition], direct: Option<bool>) -> Arc<Net> {
        let size = partitions.len();
        let node = |partition: &Partition| Node {
            inbox: Mutex::new(Inbox { channels: (0..size).map(|_| Default::default()).collect(), armed: None }),
            bells: Default::default(),
            polling: AtomicBool::new(false),
            partition: *partition,
            losses: Mutex::default(),
            lost: Word::default(),
            sent: Mutex::new(vec![Sent::default(); size]),
        };
        let direct = direct.unwrap_or(world.lock().pace.direct);
        Arc::new(Net { world, nodes: partitions.iter().map(node).collect(), host: Host::new(), direct })
    }

    fn node(&self, rank: Rank) -> &Node {
        self.nodes.get(usize::from(rank.0)).unwrap_or_else(|| panic!("no rank {rank} among {}", self.nodes.len()))
    }

    /// How long the next message takes, and the time now.
    fn journey(&self) -> (Duration, Duration) {
        let mut state = self.world.lock();
        let (now, most) = (state.now, state.pace.delay);
        let random: &mut Random = &mut state.random;
        let times = if random.once_in(LATE) { LATE as u32 } else { 1 };
        (random.time(most * times), now)
    }

    /// Queues a message and sees to it that the bell rings when it is due.
    fn post(self: &Arc<Self>, from: Rank, to: Rank, lane: Lane, buffer: Buffer) {
        let (takes, now) = self.journey();
        let due = {
            let mut inbox = lock(&self.node(to).inbox);
            let channel = &mut inbox.channels[usize::from(from.0)][lane as usize];
            let due = (now + takes).max(channel.last_due);
            channel.last_due = due;
            channel.waiting.push_back((due, buffer));
            due
        };
        let net = self.clone();
        self.world.set_alarm(due, move || net.ring(to));
    }

    /// A node has ended: each other one notices a while later.
    pub(super) fn node_ended(self: &Arc<Self>, rank: Rank) {
        for peer in (0..self.nodes.len() as u16).map(Rank).filter(|&peer| peer != rank) {
            let (takes, now) = self.journey();
            let net = self.clone();
            self.world.set_alarm(now + takes, move || net.lose(peer, rank));
        }
    }

    /// Wakes whoever asked to be woken by an arrival.
    fn ring(&self, rank: Rank) {
        let armed = lock(&self.node(rank).inbox).armed.take();
        if let Some(role) = armed {
            self.wake(&self.node(rank).bells[role as usize]);
        }
    }

    /// Wakes who sleeps on `word`; by the world, since an alarm may run on a thread that is none of it.
    fn wake(&self, word: &Word) {
        word.bump();
        self.world.wake(word.name());
    }

    /// A peer of `rank` is gone.
    fn lose(&self, rank: Rank, peer: Rank) {
        let node = self.node(rank);
        let mut losses = lock(&node.losses);
        let cause = if losses.farewells.contains(&peer) { Cause::Departed } else { Cause::Closed };
        losses.log.push(Lost::seen(peer, cause));
        drop(losses);
        self.wake(&node.lost);
        node.bells.iter().for_each(|bell| self.wake(bell));
    }
}

impl Node {
    fn lost(&self, rank: Rank) -> Option<Lost> {
        let losses = lock(&self.losses);
        let farewell = losses.farewells.contains(&rank).then(|| Lost::seen(rank, Cause::Departed));
        farewell.or_else(|| losses.log.iter().find(|lost| lost.rank == rank).cloned())
    }

    fn untold(&self) -> Option<Lost> {
        let mut losses = lock(&self.losses);
        let lost = losses.log.get(losses.told).cloned()?;
        losses.told += 1;
        Some(lost)
    }
}

impl Inbox {
    /// The message that has been due for longest, if one is.
    fn take_due(&mut self, now: Duration) -> Option<(Rank, Lane, Buffer)> {
        let all = (0..).map(Rank).zip(&self.channels);
        let heads =
            all.flat_map(|(from, pair)| Lane::ALL.map(|lane| (from, lane, pair[lane as usize].waiting.front())));
        let due = heads.filter_map(|(from, lane, head)| Some((head?.0, from, lane))).filter(|(due, ..)| *due <= now);
        let (_, from, lane) = due.min_by_key(|(due, from, lane)| (*due, *from, *lane as usize))?;
        let (_, buffer) = self.channels[usize::from(from.0)][lane as usize].waiting.pop_front()?;
        Some((from, lane, buffer))
    }

    fn has_due(&self, now: Duration) -> bool {
        let mut heads = self.channels.iter().flatten().filter_map(|channel| channel.waiting.front());
        heads.any(|(due, _)| *due <= now)
    }
}

/// A simulated node's carrier.
pub(super) struct Port {
    net: Arc<Net>,
    rank: Rank,
}

impl Port {
    pub(super) fn new(net: Arc<Net>, rank: Rank) -> Port {
        Port { net, rank }
    }

    fn own(&self) -> &Node {
        self.net.node(self.rank)
    }

    fn full(&self, to: Rank, lane: Lane) -> bool {
        lock(&self.net.node(to).inbox).channels[usize::from(self.rank.0)][lane as usize].waiting.len() >= ROOM
    }

    fn check(&self, to: Rank) -> Result<(), Lost> {
        self.own().lost(to).map_or(Ok(()), Err)
    }
}

impl Fabric for Port {
    fn rank(&self) -> Rank {
        self.rank
    }

    fn size(&self) -> u16 {
        self.net.nodes.len() as u16
    }

    fn send(&self, to: Rank, lane: Lane, parts: &[Part<'_>], mode: Mode) -> Result<(), Lost> {
        let _exists = self.net.node(to);
        self.check(to)?;
        while mode == Mode::Block && self.full(to, lane) {
            schedule::sleep(RETRY);
            self.check(to)?;
        }
        let buffer = Buffer::gather(parts);
        {
            let sent = &mut lock(&self.own().sent)[usize::from(to.0)];
            sent.messages += 1;
            sent.bytes += buffer.len() as u64;
        }
        self.net.post(self.rank, to, lane, buffer);
        if mode == Mode::Block {
            schedule::pass();
        }
        Ok(())
    }

    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        /// The end of the poll, also by a panic of the sink.
        struct Polling<'a>(&'a AtomicBool);
        impl Drop for Polling<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        if self.own().polling.swap(true, Ordering::Acquire) {
            return 0;
        }
        let _polling = Polling(&self.own().polling);
        let now = self.net.world.now();
        let mut count = 0;
        loop {
            let due = lock(&self.own().inbox).take_due(now);
            let Some((from, lane, buffer)) = due else { return count };
            count += 1;
            sink(from, lane, Message::owned(buffer));
        }
    }

    fn ticket(&self, role: Role) -> u32 {
        self.own().bells[role as usize].load()
    }

    fn arm(&self, role: Role) -> bool {
        let now = self.net.world.now();
        let mut inbox = lock(&self.own().inbox);
        inbox.armed = Some(role);
        !inbox.has_due(now)
    }

    fn disarm(&self) {
        lock(&self.own().inbox).armed = None;
    }

    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        self.own().bells[role as usize].wait(ticket, timeout);
    }

    fn wake(&self, role: Role) {
        self.net.wake(&self.own().bells[role as usize]);
    }

    fn direct(&self, home: Rank) -> Option<Mapping> {
        let Partition { base, len } = self.net.node(home).partition;
        let mapping = Mapping { base: std::ptr::with_exposed_provenance_mut(base), len, origin: base };
        (self.net.direct || home == self.rank).then_some(mapping)
    }

    fn process(&self, _rank: Rank) -> Process {
        Process::own()
    }

    fn farewell(&self) {
        for rank in (0..self.size()).map(Rank).filter(|&rank| rank != self.rank) {
            lock(&self.net.node(rank).losses).farewells.push(self.rank);
        }
    }

    fn lost(&self) -> Vec<Lost> {
        lock(&self.own().losses).log.clone()
    }

    fn on_lost(&self, report: OnLost) {
        let (net, rank) = (self.net.clone(), self.rank);
        let name = format!("drust-{rank}-losses");
        let reporter = schedule::start(Some(name), Some(256 << 10), move || {
            let node = net.node(rank);
            loop {
                let seen = node.lost.load();
                while let Some(lost) = node.untold() {
                    report(lost);
                }
                node.lost.wait(seen, None);
            }
        });
        if let Err(error) = reporter {
            panic!("no thread to report losses on: {error}");
        }
    }

    fn sent(&self, to: Rank) -> Sent {
        lock(&self.own().sent)[usize::from(to.0)]
    }

    fn host(&self) -> &Host {
        &self.net.host
    }
}
