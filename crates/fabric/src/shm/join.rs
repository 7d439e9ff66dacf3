//! How the nodes of a host find each other: node `i` listens under an abstract socket name and connects to every lower
//! rank, both sides prove themselves, and memory files change hands. Waits for lower ranks only form no cycle.
#![allow(clippy::disallowed_methods, reason = "this carrier connects real processes")]

use super::layout::{Layout, RingSizes};
use super::memory::Memory;
use super::{Config, HOST_LEN};
use crate::handshake::{self, Hello, Kind, Side};
use crate::{JoinError, Mismatch};
use drust_proto::Rank;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a connection may stay silent before it is taken for a stranger's and closed.
const SILENCE: Duration = Duration::from_secs(5);
/// Files that one side hands over at most: partition, inbox, and the host page of rank 0.
const FILES: usize = 3;

/// A peer after the handshake.
pub(super) struct Link {
    pub(super) socket: UnixStream,
    pub(super) pid: u32,
    pub(super) origin: u64,
    pub(super) partition: Memory,
    pub(super) inbox: Arc<Memory>,
    pub(super) host: Option<Memory>,
}

/// What this node brings to every handshake.
pub(super) struct Joiner<'a> {
    pub(super) config: &'a Config<'a>,
    pub(super) rings: RingSizes,
    pub(super) layout: Layout,
    pub(super) files: Vec<BorrowedFd<'a>>,
    pub(super) deadline: Instant,
}

/// Why a handshake failed: not a node of ours, or one that does not fit.
enum Failure {
    Stranger(Mismatch),
    Silent(io::Error),
    Error(JoinError),
}

impl Joiner<'_> {
    /// Links to all peers, by rank; `None` at this node's own.
    pub(super) fn links(&self) -> Result<Vec<Option<Link>>, JoinError> {
        let own = self.config.rank;
        let mut links: Vec<Option<Link>> = (0..self.config.size).map(|_| None).collect();
        let listener = self.listen()?;
        for peer in (0..own.0).map(Rank) {
            let socket = self.connect(peer)?;
            links[usize::from(peer.0)] = Some(self.connected(socket, peer)?);
        }
        while links.iter().skip(usize::from(own.0) + 1).any(Option::is_none) {
            let socket = self.accept(&listener, &links)?;
            match self.accepted(socket) {
                Ok((peer, link)) => self.file(&mut links, peer, link)?,
                Err(Failure::Error(error)) => return Err(error),
                Err(Failure::Stranger(why)) => tracing::warn!(%why, "a stranger connected to this node; ignored"),
                Err(Failure::Silent(error)) => tracing::warn!(%error, "a connection said nothing; ignored"),
            }
        }
        Ok(links)
    }

    fn file(&self, links: &mut [Option<Link>], peer: Rank, link: Link) -> Result<(), JoinError> {
        let place = &mut links[usize::from(peer.0)];
        if place.is_some() {
            let mismatch = Mismatch::Rank { expected: "each rank once", theirs: peer };
            return Err(JoinError::Refused { peer, mismatch });
        }
        *place = Some(link);
        Ok(())
    }

    fn name(&self, rank: Rank) -> Result<SocketAddr, JoinError> {
        SocketAddr::from_abstract_name(format!("drust-{}-{rank}", self.config.job))
            .map_err(JoinError::system("naming the socket of a rank"))
    }

    fn listen(&self) -> Result<UnixListener, JoinError> {
        let rank = self.config.rank;
        UnixListener::bind_addr(&self.name(rank)?).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => JoinError::Taken { rank, job: self.config.job.clone() },
            _ => JoinError::System { doing: "listening for peers", error },
        })
    }

    fn left(&self) -> Option<Duration> {
        self.deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    fn missing(&self, ranks: Vec<Rank>) -> JoinError {
        JoinError::Missing { ranks, waited: self.config.timeout, refused: Vec::new() }
    }

    fn connect(&self, peer: Rank) -> Result<UnixStream, JoinError> {
        let name = self.name(peer)?;
        let mut pause = Duration::from_millis(1);
        loop {
            match UnixStream::connect_addr(&name) {
                Ok(socket) => return Ok(socket),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(JoinError::System { doing: "connecting to a peer", error }),
            }
            let left = self.left().ok_or_else(|| self.missing(vec![peer]))?;
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    fn accept(&self, listener: &UnixListener, links: &[Option<Link>]) -> Result<UnixStream, JoinError> {
        loop {
            let Some(left) = self.left() else {
                let higher = (self.config.rank.0 + 1..self.config.size).map(Rank);
                return Err(self.missing(higher.filter(|rank| links[usize::from(rank.0)].is_none()).collect()));
            };
            let timeout = Timespec::try_from(left).ok();
            let mut ready = [PollFd::new(listener, PollFlags::IN)];
            match rustix::event::poll(&mut ready, timeout.as_ref()) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => {
                    let (socket, _) = listener.accept().map_err(JoinError::system("accepting a peer"))?;
                    return Ok(socket);
                }
                Err(error) => return Err(JoinError::System { doing: "waiting for peers", error: error.into() }),
            }
        }
    }

    fn hello(&self) -> Result<Hello, JoinError> {
        let Config { rank, size, build, partition_len, partition_base, .. } = *self.config;
        let hello = Hello::new(Kind::Shm, rank, size, build).map_err(JoinError::system("drawing a nonce"))?;
        let RingSizes { small, bulk } = self.rings;
        Ok(Hello { terms: [partition_len as u64, partition_base as u64, small.into(), bulk.into()], ..hello })
    }

    /// Whether another node may work with this one.
    fn check(&self, ours: &Hello, theirs: &Hello) -> Result<(), Mismatch> {
        ours.check(theirs)?;
        let rings = |hello: &Hello| (hello.terms[2] as u32, hello.terms[3] as u32);
        if rings(ours) != rings(theirs) {
            return Err(Mismatch::Rings { ours: rings(ours), theirs: rings(theirs) });
        }
        Ok(())
    }

    fn connected(&self, mut socket: UnixStream, peer: Rank) -> Result<Link, JoinError> {
        let died = |error| JoinError::Died { peer, error };
        let refused = |mismatch| JoinError::Refused { peer, mismatch };
        socket.set_read_timeout(self.left()).map_err(died)?;
        check_user(&socket).map_err(|failure| failure.into_error(peer))?;
        let ours = self.hello()?;
        socket.write_all(&ours.encode()).map_err(died)?;
        let theirs = Hello::decode(&read_frame(&mut socket).map_err(died)?).map_err(refused)?;
        self.check(&ours, &theirs).map_err(refused)?;
        if theirs.rank != peer {
            return Err(refused(Mismatch::Rank { expected: "the rank of its socket's name", theirs: theirs.rank }));
        }
        self.finish(socket, Side::Connected, &ours, &theirs)
    }

    fn accepted(&self, mut socket: UnixStream) -> Result<(Rank, Link), Failure> {
        socket.set_read_timeout(self.left().map(|left| left.min(SILENCE))).map_err(Failure::Silent)?;
        check_user(&socket)?;
        let theirs = Hello::decode(&read_frame(&mut socket).map_err(Failure::Silent)?).map_err(Failure::Stranger)?;
        let ours = self.hello().map_err(Failure::Error)?;
        let peer = theirs.rank;
        let refused = |mismatch| Failure::Error(JoinError::Refused { peer, mismatch });
        socket.write_all(&ours.encode()).map_err(|error| Failure::Error(JoinError::Died { peer, error }))?;
        self.check(&ours, &theirs).map_err(refused)?;
        if peer <= self.config.rank || peer.0 >= self.config.size {
            return Err(refused(Mismatch::Rank { expected: "a higher rank of this cluster", theirs: peer }));
        }
        let link = self.finish(socket, Side::Accepted, &ours, &theirs).map_err(Failure::Error)?;
        Ok((peer, link))
    }

    /// Proofs, then memory.
    fn finish(&self, mut socket: UnixStream, side: Side, ours: &Hello, theirs: &Hello) -> Result<Link, JoinError> {
        let peer = theirs.rank;
        let died = |error| JoinError::Died { peer, error };
        let token = &self.config.token;
        socket.write_all(&handshake::proof(token, side, ours, theirs)).map_err(died)?;
        let given = read_frame(&mut socket).map_err(died)?;
        if !handshake::proven(&given, token, side, ours, theirs) {
            return Err(JoinError::Refused { peer, mismatch: Mismatch::Token });
        }
        send_files(&socket, &self.files).map_err(died)?;
        let files = receive_files(&socket).map_err(died)?;
        let expected = if peer == Rank(0) { FILES } else { FILES - 1 };
        if files.len() != expected {
            return Err(died(io::Error::other(format!("it sent {} files where {expected} are due", files.len()))));
        }
        socket.set_read_timeout(None).map_err(died)?;
        let map = |file: &OwnedFd, len| Memory::map(file, len).map_err(JoinError::system("mapping a peer's memory"));
        let [partition_len, origin, ..] = theirs.terms;
        let len = usize::try_from(partition_len).map_err(|error| died(io::Error::other(error)))?;
        Ok(Link {
            pid: theirs.pid,
            socket,
            origin,
            partition: map(&files[0], len)?,
            inbox: Arc::new(map(&files[1], self.layout.len())?),
            host: files.get(2).map(|file| map(file, HOST_LEN)).transpose()?,
        })
    }
}

impl Failure {
    fn into_error(self, peer: Rank) -> JoinError {
        match self {
            Failure::Error(error) => error,
            Failure::Stranger(mismatch) => JoinError::Refused { peer, mismatch },
            Failure::Silent(error) => JoinError::Died { peer, error },
        }
    }
}

fn check_user(socket: &UnixStream) -> Result<(), Failure> {
    let theirs = rustix::net::sockopt::socket_peercred(socket).map_err(|error| Failure::Silent(error.into()))?;
    let ours = rustix::process::geteuid();
    if theirs.uid == ours {
        return Ok(());
    }
    Err(Failure::Stranger(Mismatch::User { ours: ours.as_raw(), theirs: theirs.uid.as_raw() }))
}

fn read_frame<const N: usize>(socket: &mut UnixStream) -> io::Result<[u8; N]> {
    let mut frame = [0; N];
    socket.read_exact(&mut frame)?;
    Ok(frame)
}

fn send_files(socket: &UnixStream, files: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FILES))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(files)) {
        return Err(io::Error::other("too many files for one message"));
    }
    rustix::net::sendmsg(socket, &[IoSlice::new(&[files.len() as u8])], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

fn receive_files(socket: &UnixStream) -> io::Result<Vec<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FILES))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut count = [0];
    let got = loop {
        let mut bytes = [IoSliceMut::new(&mut count)];
        match rustix::net::recvmsg(socket.as_fd(), &mut bytes, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            other => break other?,
        }
    };
    if got.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut files = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            files.extend(received);
        }
    }
    if files.len() != usize::from(count[0]) {
        return Err(io::Error::other("files were lost on the way: is the limit of open files too low?"));
    }
    Ok(files)
}
