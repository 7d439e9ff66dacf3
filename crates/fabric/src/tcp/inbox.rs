//! The receiving side of one connection: bytes from the socket, opened where they are sealed, cut into records.
//!
//! Records that fit the buffer are shown where they lie; larger ones are read straight into a buffer of their own,
//! which grows as bytes come, not by what the header promises.

use super::cipher::{CHUNK, Cipher, PREFIX, SEALED};
use super::record::{Header, Kind, UNIT};
use crate::{Buffer, Message};
use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::sync::Arc;

/// How much a buffer holds.
const BUFFER: usize = 128 << 10;
/// Bytes that are taken from the socket in one go into a large record.
const GULP: usize = 1 << 20;
/// How much is looked at behind a large record: what follows is often another, whose bytes are then read to where they
/// stay instead of through the buffer.
const PEEK: usize = 2 << 10;
const NO_MEMORY: &str = "a message that there is no memory for";

/// What one look at the socket came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Read {
    /// All that was there has been read.
    Empty,
    /// There may be more.
    More,
    /// The connection has ended.
    End,
    /// What came makes no sense.
    Broken(&'static str),
}

/// The receiving side; see the module.
pub(super) struct Inbox {
    socket: Arc<TcpStream>,
    sealed: Option<Sealed>,
    records: Records,
}

/// Frames of an encrypted connection.
struct Sealed {
    cipher: Arc<Cipher>,
    count: u64,
    bytes: Box<[u8]>,
    len: usize,
    plain: Box<[u8]>,
}

impl Inbox {
    /// `next` is the number of the first record, `opened` of the first frame; messages have at most `most` bytes.
    pub(super) fn new(
        socket: Arc<TcpStream>,
        cipher: Option<Arc<Cipher>>,
        (next, opened): (u32, u64),
        most: u64,
    ) -> Inbox {
        let sealed = cipher.map(|cipher| Sealed {
            cipher,
            count: opened,
            bytes: vec![0; 2 * SEALED].into(),
            len: 0,
            plain: vec![0; CHUNK].into(),
        });
        Inbox { socket, sealed, records: Records::new(next, most) }
    }

    /// Reads once, and gives whole records to `sink`.
    pub(super) fn read(&mut self, sink: &mut dyn FnMut(Kind, Message<'_>)) -> Read {
        match &mut self.sealed {
            None => {
                let spare = self.records.spare();
                let room = spare.len();
                match receive(&self.socket, spare) {
                    Ok(count) => {
                        self.records.took(count, sink).map_or_else(Read::Broken, |()| Read::after(count, room))
                    }
                    Err(read) => read,
                }
            }
            Some(sealed) => sealed.read(&self.socket, &mut self.records, sink),
        }
    }
}

impl Read {
    fn after(count: usize, room: usize) -> Read {
        if count == room { Read::More } else { Read::Empty }
    }
}

/// Reads into `spare` without waiting; how many bytes, at least 1.
fn receive(socket: &TcpStream, spare: impl rustix::buffer::Buffer<u8>) -> Result<usize, Read> {
    match rustix::net::recv(socket, spare, RecvFlags::DONTWAIT) {
        Ok((_, 0)) => Err(Read::End),
        Ok((_, count)) => Ok(count),
        Err(Errno::AGAIN | Errno::INTR) => Err(Read::Empty),
        Err(_) => Err(Read::End),
    }
}

impl Sealed {
    fn read(&mut self, socket: &TcpStream, records: &mut Records, sink: &mut dyn FnMut(Kind, Message<'_>)) -> Read {
        let spare = &mut self.bytes[self.len..];
        let room = spare.len();
        let count = match receive(socket, spare) {
            Ok(count) => count,
            Err(read) => return read,
        };
        self.len += count;
        match self.open_all(records, sink) {
            Ok(()) => Read::after(count, room),
            Err(broken) => Read::Broken(broken),
        }
    }

    fn open_all(&mut self, records: &mut Records, sink: &mut dyn FnMut(Kind, Message<'_>)) -> Result<(), &'static str> {
        let mut at = 0;
        while let [low, high, rest @ ..] = &self.bytes[at..self.len] {
            let len = usize::from(u16::from_le_bytes([*low, *high]));
            let Some(frame) = rest.get(..len) else { break };
            let count = self.cipher.open(self.count, frame, &mut self.plain)?;
            self.count += 1;
            at += PREFIX + len;
            records.feed(&self.plain[..count], sink)?;
        }
        self.bytes.copy_within(at..self.len, 0);
        self.len -= at;
        Ok(())
    }
}

/// Bytes in the order in which they were sent, cut into records.
pub(super) struct Records {
    buffer: Buffer,
    len: usize,
    large: Option<Large>,
    /// The last record was a large one.
    after_large: bool,
    next: u32,
    most: u64,
}

/// A message that is larger than the buffer.
struct Large {
    buffer: Buffer,
    /// Bytes that came.
    len: usize,
    /// Bytes of the message.
    whole: usize,
    /// Bytes of its record, without the header.
    padded: usize,
}

impl Records {
    pub(super) fn new(next: u32, most: u64) -> Records {
        let buffer = Buffer::try_new(BUFFER).expect("memory for the buffer of a connection");
        Records { buffer, len: 0, large: None, after_large: false, next, most }
    }

    /// Where the next bytes go.
    pub(super) fn spare(&mut self) -> &mut [MaybeUninit<u8>] {
        match &mut self.large {
            Some(large) => large.spare(),
            None if self.after_large && self.len < PEEK => &mut self.buffer.as_uninit_mut()[self.len..PEEK],
            None => &mut self.buffer.as_uninit_mut()[self.len..],
        }
    }

    /// Takes `count` bytes that were put where [`spare`](Records::spare) said.
    pub(super) fn took(&mut self, count: usize, sink: &mut dyn FnMut(Kind, Message<'_>)) -> Result<(), &'static str> {
        let Some(large) = &mut self.large else {
            self.len += count;
            return self.cut(sink);
        };
        large.len += count;
        large.grow()?;
        if large.len == large.padded
            && let Some(Large { buffer, whole, .. }) = self.large.take()
        {
            sink(Kind::Message, Message::owned(buffer.shortened(whole)));
        }
        Ok(())
    }

    /// Takes bytes from elsewhere.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        sink: &mut dyn FnMut(Kind, Message<'_>),
    ) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            let spare = self.spare();
            let count = spare.len().min(bytes.len());
            spare[..count].write_copy_of_slice(&bytes[..count]);
            bytes = &bytes[count..];
            self.took(count, sink)?;
        }
        Ok(())
    }

    /// Shows the whole records in the buffer, and keeps the rest at its front.
    fn cut(&mut self, sink: &mut dyn FnMut(Kind, Message<'_>)) -> Result<(), &'static str> {
        let mut at = 0;
        while self.len - at >= UNIT {
            let header = self.header(at)?;
            let whole = usize::try_from(header.len).map_err(|_| "a message longer than memory")?;
            let padded = whole.checked_next_multiple_of(UNIT).ok_or("a message longer than memory")?;
            let start = at + UNIT;
            if padded > BUFFER - UNIT {
                if header.kind != Kind::Message {
                    return Err("a record longer than its kind may be");
                }
                self.begin_large(start, whole, padded)?;
                return Ok(());
            }
            if self.len - start < padded {
                break;
            }
            self.next = self.next.wrapping_add(1);
            self.after_large = false;
            sink(header.kind, Message::lent(&self.buffer.as_uninit()[start..start + whole]));
            at = start + padded;
        }
        self.buffer.as_uninit_mut().copy_within(at..self.len, 0);
        self.len -= at;
        Ok(())
    }

    fn header(&self, at: usize) -> Result<Header, &'static str> {
        let mut bytes = [0; UNIT];
        for (to, from) in bytes.iter_mut().zip(&self.buffer.as_uninit()[at..at + UNIT]) {
            // SAFETY: all bytes up to `len` came from a socket or a slice, which give initialised ones.
            *to = unsafe { from.assume_init() };
        }
        let header = Header::decode(&bytes)?;
        if header.number != self.next {
            return Err("a record out of its turn");
        }
        if header.len > self.most {
            return Err("a message longer than any may be");
        }
        Ok(header)
    }

    fn begin_large(&mut self, start: usize, whole: usize, padded: usize) -> Result<(), &'static str> {
        let here = self.len - start;
        let mut buffer = Buffer::try_new(padded.min(GULP)).ok_or(NO_MEMORY)?;
        buffer.as_uninit_mut()[..here].copy_from_slice(&self.buffer.as_uninit()[start..self.len]);
        self.next = self.next.wrapping_add(1);
        self.large = Some(Large { buffer, len: here, whole, padded });
        self.after_large = true;
        self.len = 0;
        Ok(())
    }
}

impl Large {
    /// Makes room where there is none left: twice as much as came, so that who promises much and sends little holds
    /// little.
    fn grow(&mut self) -> Result<(), &'static str> {
        let full = self.len == self.buffer.len() && self.len < self.padded;
        if full && !self.buffer.try_grow(self.padded.min(2 * self.len)) {
            return Err(NO_MEMORY);
        }
        Ok(())
    }

    fn spare(&mut self) -> &mut [MaybeUninit<u8>] {
        let end = self.buffer.len().min(self.len + GULP);
        &mut self.buffer.as_uninit_mut()[self.len..end]
    }
}
