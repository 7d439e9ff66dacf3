//! The local side of one (peer, lane): many threads send through one connection.
//!
//! # Contract
//!
//! 1. Who has taken the [`Writer`] out of the queue writes, without the lock; at most one does. Others append to the
//!    backlog. Who has it puts it back only under the lock, where the backlog is empty, or `blocked`.
//! 2. Nothing overtakes: bytes go straight to the writer only where the backlog is empty and the writer is there;
//!    what the socket did not take goes to the backlog's front.
//! 3. `blocked` means that the socket had no room: the bell then watches for room, and whoever polls goes on. While the
//!    writer is there, the backlog is not empty and the socket is not blocked, `dirty` is set, and whoever flushes goes
//!    on.
//! 4. A sender that may wait does so while the backlog has [`ROOM`] bytes or more, asleep on `room`, whose count it
//!    read under the lock, or, where nobody writes, for the socket itself; the count is bumped when the backlog has
//!    shrunk, and when the peer is lost. What senders that may not wait append has no bound here: see [`Mode::Defer`].
//! 5. The lock is never held while a thread waits or a system call writes.

use super::bell::Bell;
use super::record::{Header, Kind, padding};
use super::socket_of;
use super::writer::{Backlog, Source, Writer};
use crate::message::Gather;
use crate::primitive::Word;
use crate::visible::Visible;
use crate::{Cause, Mode, Part, Role, Sent};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Bytes that may wait before senders do.
const ROOM: u64 = 1 << 20;
/// Bytes held back that are worth a system call of their own.
const BATCH: u64 = 16 << 10;
/// Parts of a message that need no allocation to be sent.
const PARTS: usize = 8;

/// When a message is to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// At once, if nobody writes at the moment.
    Now,
    /// With others, when somebody flushes.
    Later,
}

/// What sending to one peer on one lane needs.
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    socket: Arc<TcpStream>,
    number: u64,
    bell: Arc<Bell>,
    gone: Arc<OnceLock<Cause>>,
    room: Word,
    dirty: AtomicBool,
    /// How many outboxes of this node are dirty.
    all_dirty: Arc<AtomicUsize>,
}

struct Queue {
    writer: Option<Writer>,
    backlog: Backlog,
    blocked: bool,
    waiters: u32,
    /// The number of the next record.
    next: u32,
    sent: Sent,
    /// Whether a record was sent since this was last asked.
    alive: bool,
}

impl Outbox {
    /// `next` is the number of the first record.
    pub(super) fn new(
        writer: Writer,
        next: u32,
        (socket, number): (Arc<TcpStream>, u64),
        bell: Arc<Bell>,
        gone: Arc<OnceLock<Cause>>,
        all_dirty: Arc<AtomicUsize>,
    ) -> Outbox {
        let queue = Queue {
            writer: Some(writer),
            backlog: Backlog::default(),
            blocked: false,
            waiters: 0,
            next,
            sent: Sent::default(),
            alive: false,
        };
        let (room, dirty) = (Word::default(), AtomicBool::new(false));
        Outbox { queue: Mutex::new(queue), socket, number, bell, gone, room, dirty, all_dirty }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that runs under the lock leaves the queue half changed where it panics.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sent(&self) -> Sent {
        self.lock().sent
    }

    /// Whether nothing was sent since this was last asked.
    pub(super) fn was_silent(&self) -> bool {
        !std::mem::take(&mut self.lock().alive)
    }

    /// Whether everything that was sent is with the peer's system.
    pub(super) fn has_arrived(&self) -> bool {
        let queue = self.lock();
        queue.backlog.is_empty()
            && queue.writer.as_ref().is_some_and(|writer| !writer.owes() && writer.is_acknowledged())
    }

    /// Sends one message; whether it was held back.
    pub(super) fn send(&self, parts: &[Part<'_>], mode: Mode, when: When) -> Result<bool, Cause> {
        self.send_record(Kind::Message, parts, mode, when)
    }

    /// Sends a record that is no message. Never waits.
    pub(super) fn tell(&self, kind: Kind, body: &[u8]) -> Result<(), Cause> {
        self.send_record(kind, &[body.into()], Mode::Defer, When::Now).map(drop)
    }

    fn send_record(&self, kind: Kind, parts: &[Part<'_>], mode: Mode, when: When) -> Result<bool, Cause> {
        let mut queue = self.lock();
        self.check()?;
        let mut wait = None;
        while mode == Mode::Block && queue.backlog.left() >= ROOM {
            queue = self.await_room(queue, &mut wait);
            self.check()?;
        }
        let len = parts.iter().map(|part| part.len() as u64).sum();
        let header = Header { kind, len, number: queue.next }.encode();
        queue.next = queue.next.wrapping_add(1);
        queue.alive = true;
        if kind == Kind::Message {
            queue.sent.messages += 1;
            queue.sent.bytes += len;
        }
        Ok(with_frame(&header, parts, len, |parts| self.put(queue, Gather::new(parts), mode, when)))
    }

    fn check(&self) -> Result<(), Cause> {
        self.gone.get().map_or(Ok(()), |cause| Err(cause.clone()))
    }

    /// Writes a record or appends it; whether it was held back.
    fn put<'a>(&'a self, mut queue: MutexGuard<'a, Queue>, record: Gather<'_>, mode: Mode, when: When) -> bool {
        let free = if queue.blocked { None } else { queue.writer.take() };
        let Some(writer) = free else {
            queue.backlog.push(record);
            return false;
        };
        if when == When::Now && queue.backlog.is_empty() {
            drop(queue);
            self.write(writer, record, mode);
            return false;
        }
        queue.backlog.push(record);
        if when == When::Now || queue.backlog.left() >= BATCH {
            self.drain(queue, writer);
            return false;
        }
        self.put_back(&mut queue, writer, true);
        true
    }

    /// Puts the writer back; `dirty` says whether what waits is there for who flushes.
    fn put_back(&self, queue: &mut Queue, writer: Writer, dirty: bool) {
        queue.sent.calls = writer.calls();
        queue.writer = Some(writer);
        self.soil(dirty);
        self.stir(queue);
    }

    fn write(&self, mut writer: Writer, mut record: Gather<'_>, mode: Mode) {
        let mut wait = None;
        loop {
            match writer.write(&mut record) {
                Ok(true) => break,
                Ok(false) if mode == Mode::Block => self.await_socket(&mut wait),
                Ok(false) => {
                    let mut rest = Backlog::default();
                    rest.push(record);
                    return self.block(self.lock(), writer, rest);
                }
                Err(error) => return self.fail(writer, &error),
            }
        }
        self.drain(self.lock(), writer);
    }

    /// Writes the backlog until it is empty or the socket takes no more, then puts the writer back.
    ///
    /// After a while it leaves the rest to whoever flushes next: others may append for as long as somebody writes.
    fn drain<'a>(&'a self, mut queue: MutexGuard<'a, Queue>, mut writer: Writer) {
        let mut wrote_for_others = 0;
        loop {
            if queue.backlog.is_empty() && !writer.owes() {
                return self.put_back(&mut queue, writer, false);
            }
            if wrote_for_others >= ROOM {
                self.put_back(&mut queue, writer, true);
                return self.bell.wake(Role::Background);
            }
            let mut batch = std::mem::take(&mut queue.backlog);
            wrote_for_others += batch.left();
            drop(queue);
            let wrote = writer.write(&mut batch);
            queue = self.lock();
            match wrote {
                Ok(true) => {}
                Ok(false) => return self.block(queue, writer, batch),
                Err(error) => {
                    drop(queue);
                    return self.fail(writer, &error);
                }
            }
        }
    }

    /// Puts the writer back with what its socket has no room for.
    fn block(&self, mut queue: MutexGuard<'_, Queue>, writer: Writer, rest: Backlog) {
        queue.backlog.push_front(rest);
        queue.blocked = true;
        self.bell.watch_room(&self.socket, self.number, true);
        self.put_back(&mut queue, writer, false);
    }

    /// Puts the writer back where the connection has ended, and forgets what it was to send. The reader will notice,
    /// and knows what the peer said before that. So does the peer, also where it was only this send that the system
    /// refused: what came next would be out of its turn, and this node be blamed for nonsense.
    fn fail(&self, writer: Writer, error: &io::Error) {
        tracing::debug!(%error, "a connection takes no more");
        // It may have ended already.
        let _ = self.socket.shutdown(Shutdown::Write);
        let mut queue = self.lock();
        queue.backlog = Backlog::default();
        self.put_back(&mut queue, writer, false);
    }

    /// Goes on where somebody held back messages.
    pub(super) fn flush(&self) {
        if self.dirty.load(Ordering::SeqCst) {
            self.go_on(self.lock());
        }
    }

    /// Goes on where the socket had no room.
    pub(super) fn has_room(&self) {
        let mut queue = self.lock();
        self.bell.watch_room(&self.socket, self.number, false);
        queue.blocked = false;
        self.go_on(queue);
    }

    fn go_on<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) {
        if !queue.blocked
            && let Some(writer) = queue.writer.take()
        {
            self.drain(queue, writer);
        }
    }

    /// Notes whether held back messages wait here for a flush. Called under the lock, or by who has the writer.
    fn soil(&self, dirty: bool) {
        if self.dirty.swap(dirty, Ordering::SeqCst) != dirty {
            if dirty {
                self.all_dirty.fetch_add(1, Ordering::SeqCst);
            } else {
                self.all_dirty.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }

    /// Waits until there may be room: for the socket, in place of who polls, or for who writes to it.
    fn await_room<'a>(&'a self, mut queue: MutexGuard<'a, Queue>, wait: &mut Option<Visible>) -> MutexGuard<'a, Queue> {
        if let Some(writer) = queue.writer.take() {
            drop(queue);
            self.await_socket(wait);
            let mut queue = self.lock();
            queue.blocked = false;
            self.drain(queue, writer);
            return self.lock();
        }
        let seen = self.room.load();
        queue.waiters += 1;
        drop(queue);
        if self.gone.get().is_none() {
            let what = format_args!("room in the queue to node {}", socket_of(self.number).0);
            wait.get_or_insert_with(Visible::begin).sleep(what, |left| self.room.wait(seen, left));
        }
        let mut queue = self.lock();
        queue.waiters -= 1;
        queue
    }

    /// Waits until the socket takes more, or has ended; may return early.
    fn await_socket(&self, wait: &mut Option<Visible>) {
        let what = format_args!("node {} to read what is sent to it", socket_of(self.number).0);
        wait.get_or_insert_with(Visible::begin).sleep(what, |left| {
            let mut fds = [PollFd::new(&*self.socket, PollFlags::OUT)];
            match rustix::event::poll(&mut fds, left.and_then(|left| Timespec::try_from(left).ok()).as_ref()) {
                Ok(_) | Err(Errno::INTR | Errno::AGAIN | Errno::NOMEM) => {}
                Err(error) => unreachable!("poll of a valid socket: {error}"),
            }
        });
    }

    /// Has waiting senders look again, where there may be room.
    fn stir(&self, queue: &Queue) {
        if queue.waiters > 0 && queue.backlog.left() < ROOM {
            self.stir_all();
        }
    }

    /// Has all waiting senders look again, after the peer was lost.
    pub(super) fn stir_all(&self) {
        self.room.bump();
        self.room.wake_all();
    }
}

/// Calls `then` with a record's parts: header, bytes, padding.
fn with_frame<R>(header: &[u8; 16], parts: &[Part<'_>], len: u64, then: impl FnOnce(&[Part<'_>]) -> R) -> R {
    let mut few = [Part::from(&[][..] as &[u8]); PARTS + 2];
    let many: Vec<Part<'_>>;
    let framed = if parts.len() <= PARTS {
        few[0] = header.into();
        few[1..=parts.len()].copy_from_slice(parts);
        few[parts.len() + 1] = padding(len).into();
        &few[..parts.len() + 2]
    } else {
        many = [Part::from(header)].into_iter().chain(parts.iter().copied()).chain([padding(len).into()]).collect();
        &many
    };
    then(framed)
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::disallowed_methods, reason = "a connection of a real process to itself")]
mod tests {
    use super::*;
    use crate::handshake::Side;
    use crate::tcp::cipher::Keys;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn sealed_bytes_that_wait_are_not_flushed() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let socket = TcpStream::connect(listener.local_addr().expect("its address")).expect("connected");
        let (_peer, _) = listener.accept().expect("connected");
        socket.set_nonblocking(true).expect("a socket");
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let connected = Keys::new(Side::Connected, &[7; 32], b"", &mut there);
        Keys::new(Side::Accepted, &[7; 32], b"", &mut back).finish(&there, &mut back).expect("keys");
        let cipher = connected.finish(&back, &mut there).expect("keys");

        let socket = Arc::new(socket);
        let writer = Writer::new(socket.clone(), Some(Arc::new(cipher)), 0);
        let bell = Arc::new(Bell::new().expect("a bell"));
        let outbox = Outbox::new(writer, 0, (socket, 0), bell, Arc::default(), Arc::default());
        assert!(outbox.has_arrived());
        while !outbox.lock().blocked {
            outbox.send(&[Part::from(&[1; 100_000])], Mode::Defer, When::Now).expect("nobody is lost");
        }
        assert!(outbox.lock().backlog.is_empty(), "the writer has sealed all of the last message");
        assert!(!outbox.has_arrived());
    }
}
