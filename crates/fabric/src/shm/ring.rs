//! A byte ring from one node to another: one producer, one consumer, records in shared memory.
//!
//! # Contract
//!
//! 1. `tail` counts bytes ever published and is stored by the producer alone; `head` counts bytes ever given back and
//!    is stored by the consumer alone. `head <= tail <= head + capacity`, all multiples of 16.
//! 2. Bytes in `head..tail` belong to the consumer, the others to the producer. They change hands by a Release store of
//!    the index and an Acquire load of it by the other side, so no byte is ever accessed by both at once.
//! 3. A record is a 16-byte header and its bytes, padded to 16; it never wraps (a record with `PAD` fills the end).
//!    A message is one record, or fragments from `FIRST` to `LAST`, with no other message between them.
//! 4. Everything read from the other side is checked before it is used: both indices, lengths, flags. Whatever does not
//!    fit is [`Broken`]; nothing is read or written outside the ring.
//! 5. *Room.* A producer without room stores `wanted`, fences, and looks at `head` again; a consumer that gives bytes
//!    back stores `head`, fences, and takes `wanted`. As in the bell's contract one of them sees the other, so a
//!    producer that waits on `space` (whose count it read before it looked) is woken.

use crate::buffer::ALIGN;
use crate::message::Gather;
use crate::primitive::{AtomicU32, AtomicU64, Ordering, Watch, Word, fence};
use crate::{Buffer, Message};
use std::any::Any;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

const HEADER: u64 = ALIGN as u64;
const FIRST: u32 = 1;
const LAST: u32 = 2;
const PAD: u32 = 4;

/// The other side's part of a ring makes no sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken(pub &'static str);

/// A value alone on its cache lines (two, for the prefetcher that fetches pairs).
#[cfg_attr(not(loom), repr(C, align(128)))]
#[derive(Default, Debug)]
struct Line<T>(T);

/// The indices of a ring, in shared memory; zero bytes are an empty ring.
#[cfg_attr(not(loom), repr(C))]
#[derive(Default, Debug)]
pub struct Control {
    tail: Line<AtomicU64>,
    head: Line<AtomicU64>,
    wanted: Line<AtomicU32>,
    space: Line<Word>,
}

/// What stands before the bytes of a record.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Header {
    len: u32,
    flags: u32,
    total: u64,
}

#[cfg(not(loom))]
const _: () = {
    assert!(size_of::<Control>() == 512);
    assert!(size_of::<Header>() == HEADER as usize);
};

/// Where a ring lies, and what keeps its memory mapped.
#[derive(Clone)]
pub struct Ring {
    control: NonNull<Control>,
    data: NonNull<u8>,
    capacity: u64,
    watch: Watch,
    _keep: Arc<dyn Any + Send + Sync>,
}

// SAFETY: `control` is all atomics, `data` is accessed under the hand-over of contract 2, and `_keep` keeps both
// mapped.
unsafe impl Send for Ring {}
// SAFETY: shared references reach only `control`; `data` needs the `&mut` of the one `Producer` or `Consumer`.
unsafe impl Sync for Ring {}

impl Ring {
    /// # Safety
    /// `control` and the `capacity` bytes at `data` must be valid for as long as `keep` lives, `data` aligned to 16;
    /// there must be at most one [`Producer`] and one [`Consumer`] of them in all processes.
    ///
    /// # Panics
    /// Where `capacity` is not a power of two from 128 on.
    #[must_use]
    pub unsafe fn new(
        control: NonNull<Control>,
        data: NonNull<u8>,
        capacity: usize,
        watch: Watch,
        keep: Arc<dyn Any + Send + Sync>,
    ) -> Ring {
        assert!(capacity.is_power_of_two() && capacity >= 128 && u32::try_from(capacity).is_ok());
        Ring { control, data, capacity: capacity as u64, watch, _keep: keep }
    }

    fn control(&self) -> &Control {
        // SAFETY: valid while `_keep` lives; only shared references are made, and all fields are atomic.
        unsafe { self.control.as_ref() }
    }

    /// Whether something is published that was not given back.
    #[must_use]
    pub fn occupied(&self) -> bool {
        self.control().tail.0.load(Ordering::Acquire) != self.control().head.0.load(Ordering::Relaxed)
    }

    /// Where a producer sleeps until there is room.
    #[must_use]
    pub fn space(&self) -> &Word {
        &self.control().space.0
    }

    fn offset(&self, index: u64) -> usize {
        (index & (self.capacity - 1)) as usize
    }

    /// Bytes from `index` to the end of the ring.
    fn to_end(&self, index: u64) -> u64 {
        self.capacity - (index & (self.capacity - 1))
    }

    /// The place of `len` bytes at `index`; they must not wrap.
    fn at(&self, index: u64, len: u64) -> *mut u8 {
        assert!(len <= self.to_end(index), "a record wraps");
        // SAFETY: the offset is below `capacity`, so it stays within the ring's data.
        unsafe { self.data.as_ptr().add(self.offset(index)) }
    }

    /// The largest number of bytes in one record.
    fn max_record(&self) -> u64 {
        self.capacity / 4 - HEADER
    }
}

fn padded(len: u64) -> u64 {
    len.next_multiple_of(HEADER)
}

/// How far a write came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrote {
    /// All of the message is in.
    All,
    /// A fragment is in, and there may be room for the next.
    Some,
    /// No room.
    Full,
}

/// The sending end.
pub struct Producer {
    ring: Ring,
    tail: u64,
    head: u64,
}

impl Producer {
    /// The one producer of a new ring.
    #[must_use]
    pub fn new(ring: Ring) -> Producer {
        Producer { ring, tail: 0, head: 0 }
    }

    /// Free bytes, as known; looks again where they are fewer than `need`.
    fn free(&mut self, need: u64) -> Result<u64, Broken> {
        let capacity = self.ring.capacity;
        if capacity - (self.tail - self.head) < need {
            let head = self.ring.control().head.0.load(Ordering::Acquire);
            if head > self.tail || self.tail - head > capacity || !head.is_multiple_of(HEADER) {
                return Err(Broken("index of the reader"));
            }
            self.head = head;
        }
        Ok(capacity - (self.tail - self.head))
    }

    /// Room for any next step of a message with `left` bytes to go.
    fn step(&self, left: u64) -> u64 {
        HEADER + padded(left.min(self.ring.max_record()))
    }

    /// Writes the next record of `message`; nothing is seen of it before [`publish`](Producer::publish).
    ///
    /// # Errors
    /// The reader's index makes no sense.
    pub fn write(&mut self, message: &mut Gather<'_>) -> Result<Wrote, Broken> {
        let need = self.step(message.left());
        let end = self.ring.to_end(self.tail);
        let pad = if end < need { end } else { 0 };
        if self.free(pad + need)? < pad + need {
            return Ok(Wrote::Full);
        }
        if pad > 0 {
            self.put(Header { len: (pad - HEADER) as u32, flags: PAD, total: 0 });
            self.tail += pad;
        }
        let len = message.left().min(self.ring.max_record());
        let first = if message.untouched() { FIRST } else { 0 };
        let last = if len == message.left() { LAST } else { 0 };
        self.put(Header { len: len as u32, flags: first | last, total: message.total() });
        self.copy(message, len);
        self.tail += HEADER + padded(len);
        Ok(if last == 0 { Wrote::Some } else { Wrote::All })
    }

    fn put(&self, header: Header) {
        let at = self.ring.at(self.tail, HEADER);
        self.ring.watch.wrote(self.ring.offset(self.tail), HEADER as usize);
        // SAFETY: `at` is 16 bytes inside the ring, aligned as every index is, and free: the producer's by contract 2.
        unsafe { at.cast::<Header>().write(header) };
    }

    fn copy(&self, message: &mut Gather<'_>, len: u64) {
        let mut at = self.ring.at(self.tail, HEADER + len);
        self.ring.watch.wrote(self.ring.offset(self.tail), (HEADER + len) as usize);
        // SAFETY: the record, header included, is inside the ring, as `at` asserted.
        at = unsafe { at.add(HEADER as usize) };
        message.take(len as usize, |piece| {
            // SAFETY: the pieces are `len` bytes together, which are free and inside the ring; the sender's bytes are
            // no part of the free bytes of a ring. Copied as `MaybeUninit`, so padding is not read.
            unsafe {
                std::ptr::copy_nonoverlapping(piece.as_ptr(), at.cast::<MaybeUninit<u8>>(), piece.len());
                at = at.add(piece.len());
            }
        });
    }

    /// Hands everything written to the reader.
    pub fn publish(&mut self) {
        self.ring.control().tail.0.store(self.tail, Ordering::Release);
    }

    /// Asks to be told of room, for a message with `left` bytes to go; `true` where there is some by now.
    ///
    /// # Errors
    /// The reader's index makes no sense.
    pub fn want(&mut self, left: u64) -> Result<bool, Broken> {
        let need = self.step(left);
        let end = self.ring.to_end(self.tail);
        let need = if end < need { end + need } else { need };
        self.ring.control().wanted.0.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        Ok(self.free(need)? >= need)
    }
}

/// A message of which some fragments have come.
struct Partial {
    buffer: Buffer,
    filled: usize,
}

/// The receiving end.
pub struct Consumer {
    ring: Ring,
    head: u64,
    given_back: u64,
    partial: Option<Partial>,
}

impl Consumer {
    /// The one consumer of a new ring.
    #[must_use]
    pub fn new(ring: Ring) -> Consumer {
        Consumer { ring, head: 0, given_back: 0, partial: None }
    }

    /// Shows `sink` what was published by now, and calls `freed` whenever the producer waits for room just made.
    ///
    /// # Errors
    /// The producer's index or a record makes no sense; what came before it was shown.
    pub fn drain(&mut self, sink: &mut dyn FnMut(Message<'_>), freed: &dyn Fn()) -> Result<usize, Broken> {
        let tail = self.ring.control().tail.0.load(Ordering::Acquire);
        if tail < self.head || tail - self.given_back > self.ring.capacity || !tail.is_multiple_of(HEADER) {
            return Err(Broken("index of the writer"));
        }
        let mut count = 0;
        while self.head < tail {
            if self.head - self.given_back >= self.ring.capacity / 4 {
                self.give_back(freed);
            }
            count += self.record(tail, sink)?;
        }
        if self.head != self.given_back {
            self.give_back(freed);
        }
        Ok(count)
    }

    fn give_back(&mut self, freed: &dyn Fn()) {
        let control = self.ring.control();
        control.head.0.store(self.head, Ordering::Release);
        self.given_back = self.head;
        fence(Ordering::SeqCst);
        if control.wanted.0.load(Ordering::Relaxed) != 0 && control.wanted.0.swap(0, Ordering::AcqRel) != 0 {
            self.ring.space().bump();
            self.ring.space().wake_all();
            freed();
        }
    }

    /// Consumes one record; returns how many messages it completed.
    fn record(&mut self, tail: u64, sink: &mut dyn FnMut(Message<'_>)) -> Result<usize, Broken> {
        let start = self.head;
        let available = (tail - start).min(self.ring.to_end(start));
        let header = self.header();
        let len = u64::from(header.len);
        if len > available - HEADER || padded(len) > available - HEADER {
            return Err(Broken("length of a record"));
        }
        self.head = start + HEADER + padded(len);
        if header.flags == PAD {
            return Ok(0);
        }
        self.ring.watch.read(self.ring.offset(start), (HEADER + len) as usize);
        let at = self.ring.at(start, HEADER + len);
        // SAFETY: the record is published and inside the ring (checked above), so these bytes are the consumer's until
        // `give_back`, which needs `&mut self` and comes after the last use of `bytes`.
        let bytes = unsafe { std::slice::from_raw_parts(at.add(HEADER as usize).cast(), len as usize) };
        match header.flags {
            flags if flags == FIRST | LAST && self.partial.is_none() && header.total == len => {
                sink(Message::lent(bytes));
                Ok(1)
            }
            FIRST if self.partial.is_none() => {
                self.partial = Some(Partial::new(header.total)?);
                self.fragment(bytes, false, sink)
            }
            0 => self.fragment(bytes, false, sink),
            LAST => self.fragment(bytes, true, sink),
            _ => Err(Broken("flags of a record")),
        }
    }

    fn header(&self) -> Header {
        let at = self.ring.at(self.head, HEADER);
        self.ring.watch.read(self.ring.offset(self.head), HEADER as usize);
        // SAFETY: 16 aligned bytes inside the ring, published (`head < tail`, both multiples of 16), and written as a
        // header or left by a broken peer, where any bytes are a `Header`; read once, so that a check holds for its
        // use.
        unsafe { at.cast::<Header>().read_volatile() }
    }

    fn fragment(
        &mut self,
        bytes: &[MaybeUninit<u8>],
        last: bool,
        sink: &mut dyn FnMut(Message<'_>),
    ) -> Result<usize, Broken> {
        let Some(partial) = &mut self.partial else {
            return Err(Broken("a fragment of no message"));
        };
        let end = partial.filled + bytes.len();
        if end > partial.buffer.len() || last != (end == partial.buffer.len()) {
            return Err(Broken("length of a fragmented message"));
        }
        partial.buffer.as_uninit_mut()[partial.filled..end].copy_from_slice(bytes);
        partial.filled = end;
        let Some(whole) = self.partial.take_if(|_| last) else {
            return Ok(0);
        };
        sink(Message::owned(whole.buffer));
        Ok(1)
    }
}

impl Partial {
    fn new(total: u64) -> Result<Partial, Broken> {
        let buffer = usize::try_from(total).ok().and_then(Buffer::try_new);
        let buffer = buffer.ok_or(Broken("a message larger than this node's memory"))?;
        Ok(Partial { buffer, filled: 0 })
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
