//! Bytes to a socket: gathered, in as few system calls as go, and sealed where the connection is encrypted.

use super::cipher::{CHUNK, Cipher};
use crate::message::Gather;
use rustix::fd::AsRawFd;
use std::collections::VecDeque;
use std::io;
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::sync::Arc;

/// Runs of bytes that one system call takes.
const RUNS: usize = 64;
/// Bytes that are sealed before they are written.
const SEAL_AHEAD: usize = 4 * CHUNK;
/// Standing bytes from this size on are sent from where they stand.
const STANDING: usize = 4096;
/// Bytes that a copied run grows to before another is begun.
const RUN: usize = 64 << 10;

/// Bytes that wait to be written, in order.
pub(super) trait Source {
    /// Shows the runs from the front on until `see` says that it has enough.
    fn runs(&self, see: &mut dyn FnMut(&[MaybeUninit<u8>]) -> bool);
    /// Passes over the first bytes.
    fn advance(&mut self, count: usize);
    /// Bytes left.
    fn left(&self) -> u64;
}

impl Source for Gather<'_> {
    fn runs(&self, see: &mut dyn FnMut(&[MaybeUninit<u8>]) -> bool) {
        self.each(see);
    }

    fn advance(&mut self, count: usize) {
        self.take(count, |_| ());
    }

    fn left(&self) -> u64 {
        Gather::left(self)
    }
}

/// The one that may write to a socket.
pub(super) struct Writer {
    socket: Arc<TcpStream>,
    sealer: Option<Sealer>,
    /// System calls made so far.
    calls: u64,
}

struct Sealer {
    cipher: Arc<Cipher>,
    /// Frames sealed so far.
    count: u64,
    plain: Vec<MaybeUninit<u8>>,
    sealed: Vec<u8>,
    /// Bytes of `sealed` that are written.
    at: usize,
}

impl Writer {
    /// `sealed` frames were sealed on this connection before.
    pub(super) fn new(socket: Arc<TcpStream>, cipher: Option<Arc<Cipher>>, sealed: u64) -> Writer {
        let sealer =
            cipher.map(|cipher| Sealer { cipher, count: sealed, plain: Vec::new(), sealed: Vec::new(), at: 0 });
        Writer { socket, sealer, calls: 0 }
    }

    /// System calls made so far.
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    /// Whether sealed bytes wait for the socket.
    pub(super) fn owes(&self) -> bool {
        self.sealer.as_ref().is_some_and(|sealer| sealer.at < sealer.sealed.len())
    }

    /// Whether the peer's system has acknowledged all bytes that this side's has taken.
    pub(super) fn is_acknowledged(&self) -> bool {
        let mut left: libc::c_int = 0;
        // SAFETY: the call stores a number into `left`, which is of its type, and touches nothing else.
        let asked = unsafe { libc::ioctl(self.socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut left) };
        // Where the system cannot tell, nobody is to wait for it.
        asked != 0 || left == 0
    }

    /// Writes what the socket takes; `true` where that was all.
    ///
    /// # Errors
    /// The connection has ended.
    pub(super) fn write(&mut self, source: &mut impl Source) -> io::Result<bool> {
        match &mut self.sealer {
            None => write_plain(&self.socket, source, &mut self.calls),
            Some(sealer) => sealer.write(&self.socket, source, &mut self.calls),
        }
    }
}

impl Sealer {
    fn write(&mut self, socket: &TcpStream, source: &mut impl Source, calls: &mut u64) -> io::Result<bool> {
        loop {
            while self.at < self.sealed.len() {
                let rest: &[u8] = &self.sealed[self.at..];
                // SAFETY: initialised bytes are valid as such that may be uninitialised.
                let rest = unsafe { std::slice::from_raw_parts(rest.as_ptr().cast(), rest.len()) };
                *calls += 1;
                match send(socket, &[rest])? {
                    None => return Ok(false),
                    Some(count) => self.at += count,
                }
            }
            self.sealed.clear();
            self.at = 0;
            if source.left() == 0 {
                return Ok(true);
            }
            while source.left() > 0 && self.sealed.len() < SEAL_AHEAD {
                self.seal_chunk(source);
            }
        }
    }

    fn seal_chunk(&mut self, source: &mut impl Source) {
        self.plain.clear();
        source.runs(&mut |run| {
            let count = run.len().min(CHUNK - self.plain.len());
            self.plain.extend_from_slice(&run[..count]);
            self.plain.len() < CHUNK
        });
        source.advance(self.plain.len());
        self.cipher.seal(self.count, freeze(&mut self.plain), &mut self.sealed);
        self.count += 1;
    }
}

/// Makes bytes that may be padding readable: whatever they are, they have some value from now on.
fn freeze(bytes: &mut [MaybeUninit<u8>]) -> &[u8] {
    let len = bytes.len();
    let start = bytes.as_mut_ptr();
    #[cfg(not(miri))]
    // SAFETY: the assembly is empty; it stands for code that may have written any bytes to what `start` points to,
    // which is exclusively borrowed.
    unsafe {
        std::arch::asm!("/* {0} */", in(reg) start, options(nostack, preserves_flags));
    }
    // SAFETY: the compiler must take the bytes for written by the assembly, with values it does not know.
    unsafe { std::slice::from_raw_parts(start.cast(), len) }
}

fn write_plain(socket: &TcpStream, source: &mut impl Source, calls: &mut u64) -> io::Result<bool> {
    while source.left() > 0 {
        let mut runs: [&[MaybeUninit<u8>]; RUNS] = [&[]; RUNS];
        let mut count = 0;
        let mut keep = |run: &[MaybeUninit<u8>]| {
            // SAFETY: the run is borrowed from `source`, which is not touched while `runs` is used.
            runs[count] = unsafe { std::slice::from_raw_parts(run.as_ptr(), run.len()) };
            // An empty run takes no place: a call with nothing else would send nothing.
            count += usize::from(!run.is_empty());
            count < RUNS
        };
        source.runs(&mut keep);
        *calls += 1;
        match send(socket, &runs[..count])? {
            None => return Ok(false),
            Some(sent) => source.advance(sent),
        }
    }
    Ok(true)
}

/// Sends from runs of bytes without waiting; how many bytes, or `None` where the socket has no room.
fn send(socket: &TcpStream, runs: &[&[MaybeUninit<u8>]]) -> io::Result<Option<usize>> {
    let mut vectors = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; RUNS];
    for (vector, run) in vectors.iter_mut().zip(runs) {
        *vector = libc::iovec { iov_base: run.as_ptr().cast_mut().cast(), iov_len: run.len() };
    }
    // SAFETY: all zeroes are a valid `msghdr`, of nothing.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = vectors.as_mut_ptr();
    message.msg_iovlen = runs.len().min(RUNS) as _;
    loop {
        // SAFETY: the message describes runs that are borrowed for this call, which only reads them; that some bytes
        // may be uninitialised is nothing to the kernel.
        let sent =
            unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT) };
        if let Ok(sent) = usize::try_from(sent) {
            return Ok(Some(sent));
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::Interrupted => {}
            io::ErrorKind::WouldBlock => return Ok(None),
            _ => return Err(error),
        }
    }
}

/// Bytes that could not be written yet.
#[derive(Default)]
pub(super) struct Backlog {
    runs: VecDeque<Run>,
    left: u64,
}

enum Run {
    /// Copied; the bytes from the index on are left.
    Copied(Vec<MaybeUninit<u8>>, usize),
    /// Sent from where they stand.
    Standing(&'static [MaybeUninit<u8>]),
}

impl Run {
    fn bytes(&self) -> &[MaybeUninit<u8>] {
        match self {
            Run::Copied(bytes, at) => &bytes[*at..],
            Run::Standing(bytes) => bytes,
        }
    }
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Appends what is left of a message.
    pub(super) fn push(&mut self, mut message: Gather<'_>) {
        self.left += message.left();
        while let Some(part) = message.next_part() {
            match part.as_standing().filter(|bytes| bytes.len() >= STANDING) {
                Some(bytes) => self.runs.push_back(Run::Standing(bytes)),
                None => self.copy(part.as_uninit()),
            }
        }
    }

    fn copy(&mut self, bytes: &[MaybeUninit<u8>]) {
        match self.runs.back_mut() {
            Some(Run::Copied(run, _)) if run.len() + bytes.len() <= RUN => run.extend_from_slice(bytes),
            _ => self.runs.push_back(Run::Copied(bytes.to_vec(), 0)),
        }
    }

    /// Puts what came before all of this in front of it.
    pub(super) fn push_front(&mut self, mut before: Backlog) {
        before.left += self.left;
        before.runs.append(&mut self.runs);
        *self = before;
    }
}

impl Source for Backlog {
    fn runs(&self, see: &mut dyn FnMut(&[MaybeUninit<u8>]) -> bool) {
        for run in &self.runs {
            if !see(run.bytes()) {
                return;
            }
        }
    }

    fn advance(&mut self, mut count: usize) {
        self.left -= count as u64;
        while let Some(run) = self.runs.front_mut() {
            let here = run.bytes().len();
            if count < here {
                match run {
                    Run::Copied(_, at) => *at += count,
                    Run::Standing(bytes) => *bytes = &bytes[count..],
                }
                return;
            }
            count -= here;
            self.runs.pop_front();
        }
    }

    fn left(&self) -> u64 {
        self.left
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Part;

    fn read(source: &impl Source) -> Vec<u8> {
        let mut all = Vec::new();
        source.runs(&mut |run| {
            // SAFETY: the tests push initialised bytes.
            all.extend(run.iter().map(|byte| unsafe { byte.assume_init() }));
            true
        });
        all
    }

    #[test]
    fn a_backlog_keeps_order_and_place() {
        let standing: &'static [u8] = vec![7; STANDING].leak();
        // SAFETY: leaked bytes stand for good, and nobody writes them.
        let standing = unsafe { Part::standing(standing.as_ptr(), standing.len()) };
        let mut backlog = Backlog::default();
        backlog.push(Gather::new(&[b"ab".into(), b"c".into(), standing, b"d".into()]));
        assert_eq!(backlog.runs.len(), 3);
        backlog.advance(1);
        let mut before = Backlog::default();
        before.push(Gather::new(&[b"xy".into()]));
        backlog.push_front(before);
        let expected = [b"xybc".to_vec(), vec![7; STANDING], b"d".to_vec()].concat();
        assert_eq!((backlog.left(), read(&backlog)), (expected.len() as u64, expected.clone()));
        backlog.advance(4 + 10);
        assert_eq!(read(&backlog), expected[14..]);
        backlog.advance(expected.len() - 14);
        assert!(backlog.is_empty() && backlog.runs.is_empty());
    }

    #[test]
    fn the_rest_of_a_message_is_pushed_from_its_place() {
        let parts = [Part::from(b"abc"), Part::from(b"def")];
        let mut message = Gather::new(&parts);
        Source::advance(&mut message, 4);
        assert_eq!(read(&message), b"ef");
        let mut backlog = Backlog::default();
        backlog.push(message);
        assert_eq!(read(&backlog), b"ef");
    }
}
