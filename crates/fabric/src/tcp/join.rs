//! How the nodes find each other: all connect to rank 0, where the *coordinator* listens, and tell it where they listen
//! themselves; rank 0 tells all of all; then each connects to every lower rank. Waits for lower ranks only form no
//! cycle.

use super::Config;
use super::door::{Alarm, Arrival, Door, Notes, Place};
use super::link::{ADDRESS, Card, Failure, Link, decode_address, encode_address};
use super::record::Kind;
use crate::handshake::{self, Hello};
use crate::launcher::open_launcher;
use crate::{JoinError, Lane, Mismatch, Process};
use drust_proto::Rank;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The first and the longest pause between two attempts to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));
/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Connections that may wait to be accepted.
const WAITING: i32 = 1024;

/// A cluster of which this node is connected to all others.
pub(super) struct Joined {
    pub(super) links: Vec<Option<[Link; 2]>>,
    pub(super) alarm: Arc<Alarm>,
    pub(super) place: Place,
    pub(super) thread: JoinHandle<()>,
}

/// Connections so far, by rank and lane.
type Links = Vec<[Option<Link>; 2]>;

struct Joiner<'a> {
    config: &'a Config,
    hello: Hello,
    deadline: Instant,
    notes: Notes,
    alarm: Arc<Alarm>,
    place: Place,
}

/// Stops a door that nobody will go through, unless it was handed on.
struct Opened {
    alarm: Arc<Alarm>,
    thread: Option<JoinHandle<()>>,
    arrivals: Receiver<Arrival>,
    card: Card,
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.alarm.stop();
            // It does not panic before there is a carrier to report losses of.
            let _ = thread.join();
        }
    }
}

pub(super) fn join(config: &Config) -> Result<Joined, JoinError> {
    let system = JoinError::system;
    let hello = Hello::new(handshake::Kind::Tcp, config.rank, config.size, config.build);
    let hello = Hello { encrypted: config.encrypt, ..hello.map_err(system("drawing a nonce"))? };
    let deadline = Instant::now() + config.timeout;
    let alarm = Arc::new(Alarm::new().map_err(system("making an eventfd"))?);
    let joiner = Joiner { config, hello, deadline, notes: Notes::default(), alarm, place: Place::default() };
    let mut links: Links = (0..config.size).map(|_| [None, None]).collect();
    let mut door = if config.rank == Rank(0) { joiner.coordinate(&mut links)? } else { joiner.follow(&mut links)? };
    let own = usize::from(config.rank.0);
    let pairs = links.into_iter().enumerate().map(|(rank, pair)| match pair {
        [Some(small), Some(bulk)] => Some([small, bulk]),
        _ => {
            assert!(rank == own, "rank {rank} was waited for");
            None
        }
    });
    let thread = door.thread.take().expect("it was opened");
    Ok(Joined { links: pairs.collect(), alarm: joiner.alarm, place: joiner.place, thread })
}

impl Joiner<'_> {
    /// Rank 0: meets everybody, and tells all where all listen.
    fn coordinate(&self, links: &mut Links) -> Result<Opened, JoinError> {
        let coordinator = resolve(&self.config.coordinator)?[0];
        let at = self.listen_at(coordinator)?;
        let at = if at.port() == 0 { SocketAddr::new(at.ip(), coordinator.port()) } else { at };
        let door = self.open(at, coordinator.ip())?;
        let mut cards: Vec<SocketAddr> = vec![coordinator; links.len()];
        self.meet(&door, links, &mut |rank, card| cards[usize::from(rank.0)] = card.listens)?;
        let table: Vec<u8> = cards.iter().flat_map(encode_address).collect();
        for (peer, pair) in (0..).map(Rank).zip(links) {
            if let Some(link) = &mut pair[Lane::Small as usize] {
                link.tell(Kind::Table, &table).map_err(|error| JoinError::Died { peer, error })?;
            }
        }
        Ok(door)
    }

    /// The other ranks: connect to rank 0, then to those between, and meet those above.
    fn follow(&self, links: &mut Links) -> Result<Opened, JoinError> {
        let coordinator = resolve(&self.config.coordinator)?;
        let first = self.reach(Rank(0), &coordinator)?;
        let system = JoinError::system;
        let local = first.local_addr().map_err(system("asking for a socket's address"))?.ip();
        let zero = first.peer_addr().map_err(system("asking for a socket's address"))?;
        let door = self.open(self.listen_at(SocketAddr::new(local, 0))?, local)?;
        links[0] = self.pair(Rank(0), first, zero, &door.card)?.map(Some);
        let table = self.table(links[0][Lane::Small as usize].as_mut().expect("it was just connected"))?;
        for peer in (1..self.config.rank.0).map(Rank) {
            let at = table[usize::from(peer.0)];
            let first = self.reach(peer, &[at])?;
            links[usize::from(peer.0)] = self.pair(peer, first, at, &door.card)?.map(Some);
        }
        self.meet(&door, links, &mut |_, _| ())?;
        Ok(door)
    }

    /// Waits for both lanes of all higher ranks.
    fn meet(&self, door: &Opened, links: &mut Links, learn: &mut dyn FnMut(Rank, Card)) -> Result<(), JoinError> {
        let own = usize::from(self.config.rank.0);
        while links[own + 1..].iter().flatten().any(Option::is_none) {
            let mut link = match door.arrivals.recv_timeout(self.left()) {
                Ok(Arrival::Node(link)) => link,
                Ok(Arrival::Error(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) => return Err(self.missing(links)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(system_error("greeting peers", io::Error::other("the door's thread has ended")));
                }
            };
            let peer = link.theirs.rank;
            if link.theirs.lane == Lane::Small as u8 {
                learn(peer, self.card_of(&mut link)?);
            }
            let lane = usize::from(link.theirs.lane);
            links[usize::from(peer.0)][lane] = Some(link);
        }
        Ok(())
    }

    fn missing(&self, links: &Links) -> JoinError {
        let own = self.config.rank.0;
        let all = (0..).map(Rank).zip(links);
        let missing = all.filter(|(rank, pair)| rank.0 > own && pair.iter().any(Option::is_none));
        let ranks = missing.map(|(rank, _)| rank).collect();
        JoinError::Missing { ranks, waited: self.config.timeout, refused: self.notes.list() }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Where this node is told to listen, or else this.
    fn listen_at(&self, otherwise: SocketAddr) -> Result<SocketAddr, JoinError> {
        self.config.listen.as_ref().map_or(Ok(otherwise), |told| resolve(told).map(|found| found[0]))
    }

    /// Connects to a peer that listens at one of some addresses, and may not do so yet.
    fn reach(&self, peer: Rank, addresses: &[SocketAddr]) -> Result<TcpStream, JoinError> {
        let mut pause = PAUSES.0;
        loop {
            let mut last = None;
            for address in addresses {
                let patience = self.left().clamp(PAUSES.0, ATTEMPT);
                match TcpStream::connect_timeout(address, patience).and_then(no_echo) {
                    Ok(socket) => return self.prepare(socket),
                    Err(error) => last = Some(error),
                }
            }
            let error = last.unwrap_or_else(|| io::Error::other("no address"));
            if self.left().is_zero() {
                let at = addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ");
                return Err(JoinError::Unreachable { peer, at, waited: self.config.timeout, error });
            }
            std::thread::sleep(pause.min(self.left()));
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    fn prepare(&self, socket: TcpStream) -> Result<TcpStream, JoinError> {
        let prepared = socket.set_nodelay(true).and_then(|()| socket.set_read_timeout(Some(self.patience())));
        prepared
            .and_then(|()| socket.set_write_timeout(Some(self.patience())))
            .map_err(|error| system_error("preparing a socket", error))?;
        Ok(socket)
    }

    /// What is left of the time to join, and a little, so that a timeout is never none.
    fn patience(&self) -> Duration {
        self.left().max(Duration::from_millis(10))
    }

    /// Both lanes to a lower rank, of which the first connection is made.
    fn pair(&self, peer: Rank, first: TcpStream, at: SocketAddr, card: &Card) -> Result<[Link; 2], JoinError> {
        let mut small = self.greet(peer, first, Lane::Small)?;
        small.tell(Kind::Card, &card.encode()).map_err(|error| JoinError::Died { peer, error })?;
        let bulk = self.greet(peer, self.reach(peer, &[at])?, Lane::Bulk)?;
        Ok([small, bulk])
    }

    /// Greets the node at the other end. One that closes the connection before it has proven anything may have taken it
    /// for one of too many strangers, and is asked again.
    fn greet(&self, peer: Rank, mut socket: TcpStream, lane: Lane) -> Result<Link, JoinError> {
        let at = socket.peer_addr().map_err(JoinError::system("asking for a socket's address"))?;
        loop {
            match self.greet_once(peer, socket, lane) {
                Err(JoinError::Died { error, .. }) if is_end(&error) && !self.left().is_zero() => {
                    std::thread::sleep(PAUSES.1);
                    socket = self.reach(peer, &[at])?;
                }
                outcome => return outcome,
            }
        }
    }

    fn greet_once(&self, peer: Rank, socket: TcpStream, lane: Lane) -> Result<Link, JoinError> {
        let nonce = handshake::nonce().map_err(JoinError::system("drawing a nonce"))?;
        let ours = Hello { lane: lane as u8, nonce, ..self.hello.clone() };
        let refused = |mismatch| JoinError::Refused { peer, mismatch };
        let mut link = Link::greet(socket, ours, self.config.token).map_err(|failure| match failure {
            Failure::Refused(refusal) => refused(refusal.mismatch),
            Failure::System(error) => JoinError::Died { peer, error },
        })?;
        if link.theirs.rank != peer {
            return Err(refused(Mismatch::Rank {
                expected: "the rank whose address it has",
                theirs: link.theirs.rank,
            }));
        }
        self.card_of(&mut link)?;
        Ok(link)
    }

    /// Hears who a proven node is.
    fn card_of(&self, link: &mut Link) -> Result<Card, JoinError> {
        let peer = link.theirs.rank;
        let died = |error| JoinError::Died { peer, error };
        link.patient(self.patience()).map_err(died)?;
        let card = match link.hear().map_err(died)? {
            (Kind::Card, bytes) => Card::decode(&bytes).ok_or_else(|| died(io::Error::other("its card is no card")))?,
            (Kind::Refusal, why) => {
                let why = String::from_utf8_lossy(&why).into_owned();
                return Err(JoinError::Refused { peer, mismatch: Mismatch::Unwanted(why) });
            }
            (other, _) => return Err(died(io::Error::other(format!("it sent a {other:?} where its card is due")))),
        };
        link.host.clone_from(&card.host);
        Ok(card)
    }

    /// Hears from rank 0 where everybody listens.
    fn table(&self, link: &mut Link) -> Result<Vec<SocketAddr>, JoinError> {
        let died = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => JoinError::Missing {
                ranks: (1..self.config.size).map(Rank).filter(|&rank| rank != self.config.rank).collect(),
                waited: self.config.timeout,
                refused: self.notes.list(),
            },
            _ => JoinError::Died { peer: Rank(0), error },
        };
        link.patient(self.patience()).map_err(died)?;
        let (kind, bytes) = link.hear().map_err(died)?;
        let (addresses, rest) = bytes.as_chunks::<ADDRESS>();
        let table: Option<Vec<SocketAddr>> = addresses.iter().map(decode_address).collect();
        match table {
            Some(table) if kind == Kind::Table && rest.is_empty() && table.len() == usize::from(self.config.size) => {
                Ok(table)
            }
            _ => Err(died(io::Error::other("its table of addresses is none"))),
        }
    }

    /// Listens, and begins to greet. Others reach this node at `reached`, where it listens on all addresses.
    fn open(&self, at: SocketAddr, reached: IpAddr) -> Result<Opened, JoinError> {
        let taken = |error| JoinError::Listen { at, error };
        let listener = self.listen(at).map_err(taken)?;
        let mut listens = listener.local_addr().map_err(taken)?;
        if listens.ip().is_unspecified() {
            listens.set_ip(reached);
        }
        let card = Card { host: Process::own().host, listens };
        let launcher = self.config.launcher.map(|pid| open_launcher(pid).map(|fd| (pid, fd))).transpose()?;
        let (joining, arrivals) = channel();
        let door = Door {
            alarm: self.alarm.clone(),
            listener,
            launcher,
            hello: self.hello.clone(),
            token: self.config.token,
            card: card.clone(),
            heartbeat: self.config.heartbeat,
            notes: self.notes.clone(),
            place: self.place.clone(),
            joining,
            strangers: VecDeque::new(),
            full: false,
            met: Vec::new(),
        };
        let thread = std::thread::Builder::new().name("drust-door".into()).spawn(move || door.run());
        let thread = Some(thread.map_err(JoinError::system("starting the door's thread"))?);
        Ok(Opened { alarm: self.alarm.clone(), thread, arrivals, card })
    }

    fn listen(&self, at: SocketAddr) -> io::Result<TcpListener> {
        let family = if at.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        // A job may follow another on the same port, whose connections the system has not forgotten yet.
        sockopt::set_socket_reuseaddr(&socket, true)?;
        if self.config.reserved {
            sockopt::set_socket_reuseport(&socket, true)?;
        }
        rustix::net::bind(&socket, &at)?;
        rustix::net::listen(&socket, WAITING)?;
        Ok(TcpListener::from(socket))
    }
}

/// Whether a connection ended in the middle of what was to be read.
fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

/// Refuses a connection of a socket to itself, which is what an attempt to connect to a port of this host on which
/// nobody listens comes to where the system gives the attempt that very port.
fn no_echo(socket: TcpStream) -> io::Result<TcpStream> {
    if socket.local_addr()? == socket.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(socket)
}

/// The addresses of a host, at least one, with the port.
fn resolve((host, port): &(String, u16)) -> Result<Vec<SocketAddr>, JoinError> {
    let unknown = |error| JoinError::Unknown { host: host.clone(), error };
    let found: Vec<SocketAddr> = (host.as_str(), *port).to_socket_addrs().map_err(unknown)?.collect();
    if found.is_empty() {
        return Err(unknown(io::Error::other("it has no address")));
    }
    Ok(found)
}

fn system_error(doing: &'static str, error: io::Error) -> JoinError {
    JoinError::System { doing, error }
}
