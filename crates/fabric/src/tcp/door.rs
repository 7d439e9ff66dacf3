//! The door: a thread that greets who connects, sends signs of life, finds the silent, watches the launcher, and
//! reports losses.
//!
//! Who connects is a stranger until it is proven: it holds one of a bounded number of places, for a bounded time, and
//! the oldest stranger gives way where they are all taken. Nothing that a stranger does makes the thread wait.

use super::greeting::{Greeted, Greeting, Refusal};
use super::link::{Card, Link};
use super::record::Kind;
use super::{Config, Peer, Shared};
use crate::handshake::{self, Hello, Side};
use crate::{Cause, JoinError, Lane, Lost, Mismatch};
use drust_proto::Rank;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Strangers that may be at the door at once.
const STRANGERS: usize = 256;
/// How long a stranger may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a proven node may take to read what it is told.
const PROVEN_PATIENCE: Duration = Duration::from_secs(2);
/// The longest time between two ticks.
const TICK: Duration = Duration::from_millis(200);
/// Refusals that are remembered to be told where a node does not come.
const NOTES: usize = 4;

/// The time between two ticks.
fn period(heartbeat: Duration) -> Duration {
    (heartbeat / 5).min(TICK)
}

/// How many ticks take so long.
fn ticks(time: Duration, period: Duration) -> u32 {
    time.as_nanos().div_ceil(period.as_nanos().max(1)) as u32
}

/// The tick up to which a node that has joined this one may be joining others, and says nothing.
pub(super) fn first_heard(config: &Config) -> u32 {
    ticks(config.timeout, period(config.heartbeat))
}

/// Wakes the door.
pub(super) struct Alarm {
    bell: OwnedFd,
    stop: AtomicBool,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Alarm> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Alarm { bell, stop: AtomicBool::new(false) })
    }

    pub(super) fn ring(&self) {
        let one = 1_u64.to_ne_bytes();
        // It fails only where as many wake-ups wait as a word can count.
        let _ = rustix::io::write(&self.bell, &one);
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.ring();
    }
}

/// Where the door finds the carrier once all have joined.
#[derive(Clone, Default)]
pub(super) struct Place(Arc<OnceLock<std::sync::Weak<Shared>>>);

impl Place {
    pub(super) fn enter(&self, shared: &Arc<Shared>) {
        let _ = self.0.set(Arc::downgrade(shared));
        shared.alarm.ring();
    }
}

/// Refusals so far, for the message about a node that does not come.
#[derive(Clone, Default)]
pub(super) struct Notes(Arc<Mutex<VecDeque<String>>>);

impl Notes {
    fn add(&self, note: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() == NOTES {
            notes.pop_front();
        }
        notes.push_back(note);
    }

    pub(super) fn list(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// What comes to the door while the nodes join.
pub(super) enum Arrival {
    /// A node of this job, proven and told who this one is.
    Node(Link),
    /// A node of this job that does not fit, or another reason to give up.
    Error(JoinError),
}

/// The door; see the module.
pub(super) struct Door {
    pub(super) alarm: Arc<Alarm>,
    pub(super) listener: TcpListener,
    pub(super) launcher: Option<(u32, OwnedFd)>,
    /// What this node says in every greeting, but for lane and nonce.
    pub(super) hello: Hello,
    pub(super) token: [u8; 32],
    pub(super) card: Card,
    pub(super) heartbeat: Duration,
    pub(super) notes: Notes,
    pub(super) place: Place,
    /// Where arrivals are told until all have joined.
    pub(super) joining: Sender<Arrival>,
    pub(super) strangers: VecDeque<Stranger>,
    /// Whether there are no descriptors for who comes.
    pub(super) full: bool,
    /// Lanes of higher ranks that are connected.
    pub(super) met: Vec<(Rank, u8)>,
}

/// Somebody who has connected and not yet proven anything.
pub(super) struct Stranger {
    socket: TcpStream,
    from: SocketAddr,
    greeting: Greeting,
    got: Vec<u8>,
    since: Instant,
}

/// Why a stranger is sent away.
enum Gone {
    /// Without a word.
    Silently(String),
    /// It is a node of this job that does not fit.
    Refused(Refusal),
}

impl Door {
    /// Runs until the alarm says stop.
    pub(super) fn run(mut self) {
        let period = period(self.heartbeat);
        let mut next = Instant::now() + period;
        loop {
            let connects = self.wait(next);
            if self.alarm.stop.load(Ordering::Acquire) {
                return;
            }
            self.hear_strangers();
            if connects {
                self.accept();
            }
            let now = Instant::now();
            let late = now.checked_duration_since(next);
            if late.is_some() {
                next = now + period;
                self.full = false;
            }
            // A peer that ended because the launcher died did so after that: who looks for the launcher after it has
            // heard of the peer finds it dead. What is heard later is reported in the next turn.
            let known = self.shared().map_or(0, |shared| shared.losses().log.len());
            let gone = self.launcher_is_dead();
            if gone {
                self.launcher_gone();
            }
            let Some(shared) = self.shared() else { continue };
            shared.report(known + usize::from(gone));
            if let Some(late) = late {
                shared.tick(late > self.heartbeat / 5, ticks(self.heartbeat, period));
            }
        }
    }

    fn shared(&self) -> Option<Arc<Shared>> {
        self.place.0.get()?.upgrade()
    }

    /// Sleeps until something happens; whether somebody connects.
    fn wait(&self, until: Instant) -> bool {
        let oldest = self.strangers.front().map_or(until, |stranger| until.min(stranger.since + PATIENCE));
        let left = oldest.saturating_duration_since(Instant::now());
        let listens = if self.full { PollFlags::empty() } else { PollFlags::IN };
        let mut fds = vec![PollFd::new(&self.alarm.bell, PollFlags::IN), PollFd::new(&self.listener, listens)];
        fds.extend(self.strangers.iter().map(|stranger| PollFd::new(&stranger.socket, PollFlags::IN)));
        fds.extend(self.launcher.iter().map(|(_, launcher)| PollFd::new(launcher, PollFlags::IN)));
        let timeout = Timespec::try_from(left).ok();
        match rustix::event::poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR | Errno::AGAIN | Errno::NOMEM) => {}
            Err(error) => unreachable!("poll of valid descriptors: {error}"),
        }
        let connects = !fds[1].revents().is_empty();
        if !fds[0].revents().is_empty() {
            let mut count = [0; 8];
            let _ = rustix::io::read(&self.alarm.bell, &mut count);
        }
        connects
    }

    fn launcher_is_dead(&self) -> bool {
        let Some((_, launcher)) = &self.launcher else { return false };
        let mut fds = [PollFd::new(launcher, PollFlags::IN)];
        rustix::event::poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    fn launcher_gone(&mut self) {
        let Some((pid, _)) = self.launcher.take() else { return };
        match self.shared() {
            Some(shared) => shared.log_first(Lost::seen(shared.rank, Cause::LauncherGone)),
            // Nobody listens where the joining was given up.
            None => drop(self.joining.send(Arrival::Error(JoinError::LauncherGone { pid }))),
        }
    }

    fn accept(&mut self) {
        let (socket, from) = match self.listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "nobody was there");
                let out_of_descriptors = [Errno::MFILE, Errno::NFILE].map(|errno| Some(errno.raw_os_error()));
                if out_of_descriptors.contains(&error.raw_os_error()) {
                    // Whoever holds a place at the door gives it up, and nobody comes in until the next tick.
                    self.strangers.clear();
                    self.full = true;
                }
                return;
            }
        };
        if self.strangers.len() == STRANGERS
            && let Some(oldest) = self.strangers.pop_front()
        {
            tracing::warn!(from = %oldest.from, "a connection gave way: too many say nothing");
        }
        match self.admit(socket, from) {
            Ok(stranger) => self.strangers.push_back(stranger),
            Err(error) => tracing::warn!(%from, %error, "a connection was lost at once"),
        }
    }

    fn admit(&self, socket: TcpStream, from: SocketAddr) -> io::Result<Stranger> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let hello = Hello { nonce: handshake::nonce()?, ..self.hello.clone() };
        let greeting = Greeting::new(Side::Accepted, hello, self.token, &mut Vec::new());
        Ok(Stranger { socket, from, greeting, got: Vec::new(), since: Instant::now() })
    }

    fn hear_strangers(&mut self) {
        let now = Instant::now();
        for mut stranger in std::mem::take(&mut self.strangers) {
            match stranger.hear(now) {
                Ok(None) => self.strangers.push_back(stranger),
                Ok(Some(greeted)) => self.meet(Link::new(stranger.socket, greeted), stranger.from),
                Err(Gone::Silently(why)) => tracing::warn!(from = %stranger.from, why, "a connection was refused"),
                Err(Gone::Refused(refusal)) => self.refused(stranger.from, refusal),
            }
        }
    }

    fn refused(&self, from: SocketAddr, refusal: Refusal) {
        let Refusal { mismatch, proven } = refusal;
        tracing::warn!(%from, %mismatch, "a connection was refused");
        match proven {
            Some(peer) if self.shared().is_none() => {
                let refused = JoinError::Refused { peer, mismatch };
                let _ = self.joining.send(Arrival::Error(refused));
            }
            _ => self.notes.add(format!("a connection from {from} was refused: {mismatch}")),
        }
    }

    /// A node of this job is at the door.
    fn meet(&mut self, mut link: Link, from: SocketAddr) {
        let (rank, lane) = (link.theirs.rank, link.theirs.lane);
        let unwanted = self.unwanted(rank, lane);
        let told = link.patient(PROVEN_PATIENCE).and_then(|()| match unwanted {
            Some(why) => link.tell(Kind::Refusal, why.as_bytes()),
            None => link.tell(Kind::Card, &self.card.encode()),
        });
        match (unwanted, told) {
            (Some(why), _) => {
                tracing::warn!(%from, %rank, why, "a connection was refused");
                self.notes.add(format!("a connection from {from} as rank {rank} was refused: {why}"));
            }
            (None, Ok(())) => {
                self.met.push((rank, lane));
                // Nobody listens where the joining was given up.
                let _ = self.joining.send(Arrival::Node(link));
            }
            (None, Err(error)) => tracing::warn!(%from, %rank, %error, "a node went away while joining"),
        }
    }

    /// Why a node of this job is not wanted at this door, if so.
    fn unwanted(&self, rank: Rank, lane: u8) -> Option<&'static str> {
        if rank <= self.hello.rank || rank.0 >= self.hello.size || usize::from(lane) >= Lane::ALL.len() {
            return Some("only higher ranks connect here, once for each lane");
        }
        self.met.contains(&(rank, lane)).then_some("this rank is connected already")
    }
}

impl Stranger {
    /// Hears what it says; its end, where it has proven to be of this job.
    fn hear(&mut self, now: Instant) -> Result<Option<Greeted>, Gone> {
        loop {
            let wants = self.greeting.wants();
            let mut bytes = [0; Hello::LEN];
            let spare = &mut bytes[..wants - self.got.len()];
            match rustix::net::recv(&self.socket, &mut *spare, RecvFlags::DONTWAIT) {
                Ok((_, 0)) => return Err(Gone::Silently("it left in the middle of its greeting".into())),
                Ok((_, count)) => self.got.extend_from_slice(&bytes[..count]),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if now.duration_since(self.since) < PATIENCE => return Ok(None),
                Err(Errno::AGAIN) => return Err(Gone::Silently(format!("it has not greeted within {PATIENCE:?}"))),
                Err(error) => return Err(Gone::Silently(error.to_string())),
            }
            if self.got.len() == wants
                && let Some(greeted) = self.step()?
            {
                return Ok(Some(greeted));
            }
        }
    }

    fn step(&mut self) -> Result<Option<Greeted>, Gone> {
        let mut out = Vec::new();
        let stepped = self.greeting.step(&std::mem::take(&mut self.got), &mut out);
        let sent = rustix::net::send(&self.socket, &out, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        let stepped = stepped.map_err(|refusal| match refusal.mismatch {
            Mismatch::NotDrust => Gone::Silently(Mismatch::NotDrust.to_string()),
            _ => Gone::Refused(refusal),
        })?;
        // An answer is shorter than any socket's buffer; who leaves no room for it has not read what it was told.
        if sent != Ok(out.len()) {
            return Err(Gone::Silently("it does not read".into()));
        }
        Ok(stepped)
    }
}

impl Shared {
    /// Sends signs of life and finds the silent. `late`: this node stood still itself, and has heard nobody meanwhile.
    fn tick(&self, late: bool, limit: u32) {
        let now = self.tick.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        for (rank, peer) in self.linked().filter(|(_, peer)| peer.gone.get().is_none()) {
            if peer.small().was_silent() {
                // A connection that has ended is noticed by its reader.
                let _ = peer.small().tell(Kind::Heartbeat, &[]);
            }
            let silent = now.wrapping_sub(peer.heard.load(Ordering::Relaxed)).cast_signed();
            if late && silent > 0 {
                peer.heard.store(now, Ordering::Relaxed);
            }
            if peer.torn.load(Ordering::Relaxed) > 0 && peer.torn.fetch_add(1, Ordering::Relaxed) > 2 {
                self.end(rank);
            }
            if !late && silent > limit.cast_signed() && !peer.awaits_reading() {
                self.lose(Lost::seen(rank, Cause::Silent(self.heartbeat)));
            }
        }
    }
}

impl Peer {
    /// Whether something of it is here that nobody has read yet: whoever polls has been busy, and it was not silent.
    fn awaits_reading(&self) -> bool {
        let mut fds = self.sockets.each_ref().map(|socket| PollFd::new(&**socket, PollFlags::IN));
        rustix::event::poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::disallowed_methods, reason = "a node joins on a real thread")]
mod tests {
    use super::*;
    use crate::Fabric;
    use crate::tcp::{Tcp, join};
    use std::net::Ipv4Addr;

    const TOKEN: [u8; 32] = [7; 32];
    const HEARTBEAT: Duration = Duration::from_millis(500);
    /// More than the limit, and than any tick that comes a little late.
    const LONG: Duration = Duration::from_millis(1500);

    fn config(port: u16) -> Config {
        Config {
            rank: Rank(0),
            size: 2,
            token: TOKEN,
            build: [3; 32],
            coordinator: (Ipv4Addr::LOCALHOST.to_string(), port),
            listen: None,
            reserved: false,
            encrypt: false,
            heartbeat: HEARTBEAT,
            timeout: Duration::from_secs(20),
            launcher: None,
            most: 1 << 20,
            partition: (16, 0),
        }
    }

    fn greet(port: u16, lane: Lane) -> Link {
        let socket = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                Ok(socket) => break socket,
                Err(_) => std::thread::yield_now(),
            }
        };
        let hello = Hello::new(handshake::Kind::Tcp, Rank(1), 2, [3; 32]).expect("random numbers");
        let Ok(mut link) = Link::greet(socket, Hello { lane: lane as u8, ..hello }, TOKEN) else { panic!("refused") };
        assert_eq!(link.hear().expect("a record").0, Kind::Card);
        link
    }

    /// Node 0, and the connections of a node 1 that does nothing by itself.
    fn joined() -> (Tcp, [Link; 2]) {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let node = std::thread::spawn(move || join(&config(port)));
        let mut small = greet(port, Lane::Small);
        let card = Card { host: String::new(), listens: (Ipv4Addr::LOCALHOST, port).into() };
        small.tell(Kind::Card, &card.encode()).expect("connected");
        let bulk = greet(port, Lane::Bulk);
        assert_eq!(small.hear().expect("a record").0, Kind::Table);
        (node.join().expect("joining does not panic").expect("joined"), [small, bulk])
    }

    #[test]
    fn silent_is_neither_who_still_joins_nor_who_is_not_heard() {
        let (node, [mut small, _bulk]) = joined();
        std::thread::sleep(LONG);
        assert_eq!(node.lost(), [], "it may still be joining others");
        small.tell(Kind::Heartbeat, &[]).expect("connected");
        std::thread::sleep(LONG);
        node.poll(&mut |_, _, _| ());
        small.tell(Kind::Heartbeat, &[]).expect("connected");
        std::thread::sleep(LONG);
        assert_eq!(node.lost(), [], "nobody has polled");
        let until = Instant::now() + Duration::from_secs(20);
        while node.lost().is_empty() {
            node.poll(&mut |_, _, _| ());
            assert!(Instant::now() < until, "its silence is not noticed");
            std::thread::yield_now();
        }
        assert_eq!(node.lost(), [Lost::seen(Rank(1), Cause::Silent(HEARTBEAT))]);
    }
}
