//! The traits that a `Box` has because its value has them.

use crate::check::check;
use crate::values::Numbers;
use drust::Portable;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::hash::Hasher;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

const LENGTH: usize = 24;

/// A few bytes that are read, written, walked over from both ends, and waited for.
#[derive(Portable, Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tape {
    bytes: [u8; LENGTH],
    at: usize,
    end: usize,
}

impl Default for Tape {
    fn default() -> Tape {
        Tape { bytes: std::array::from_fn(|n| b'a' + n as u8), at: 0, end: LENGTH }
    }
}

impl Iterator for Tape {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes[..self.end].get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.at, Some(self.end - self.at))
    }
}

impl DoubleEndedIterator for Tape {
    fn next_back(&mut self) -> Option<u8> {
        self.end = self.end.checked_sub(1).filter(|end| *end >= self.at)?;
        Some(self.bytes[self.end])
    }
}

impl ExactSizeIterator for Tape {}

impl Read for Tape {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

impl BufRead for Tape {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(&self.bytes[self.at..self.end])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Seek for Tape {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut bytes = io::Cursor::new(&self.bytes[..self.end]);
        bytes.set_position(self.at as u64);
        let at = bytes.seek(to)?.min(self.end as u64);
        self.at = at as usize;
        Ok(at)
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&mut self.bytes[self.at..self.end]).write(bytes)?;
        self.at += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes.reverse();
        Ok(())
    }
}

impl Hasher for Tape {
    fn finish(&self) -> u64 {
        self.bytes.iter().fold(self.at as u64, |sum, &byte| sum.wrapping_mul(31) + u64::from(byte))
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().zip(self.bytes.iter_mut()).for_each(|(more, byte)| *byte = byte.wrapping_mul(7) ^ more);
    }
}

impl fmt::Display for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&std::string::String::from_utf8_lossy(&self.bytes))
    }
}

impl Error for Tape {}

impl Future for Tape {
    type Output = u8;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
        self.next().filter(|byte| byte % 3 == 0).map_or(Poll::Pending, Poll::Ready)
    }
}

crate::methods::methods! {
    /// Boxed tapes.
    Tapes: Box<Tape>, len LENGTH, state (ExactSizeIterator::len(v), v.size_hint(), v.to_string(), v.finish());
    |v, w, i, j, r, n|

    owner: *v = Box::default();
    swap_both: std::mem::swap(v, w);
    next: v.next();
    nth: Iterator::nth(v, j);
    next_back: v.next_back();
    nth_back: v.nth_back(j);
    last: std::mem::take(v).last();
    by_ref: Iterator::take(Iterator::by_ref(v), j).map(u64::from).sum::<u64>();
    collect: v.clone().rev().collect::<Vec<u8>>();
    read: { let mut buffer = [0; 8]; (Read::read(v, &mut buffer).unwrap(), buffer) };
    read_vectored: {
        let (mut one, mut two) = ([0; 2], [0; 3]);
        (v.read_vectored(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)]).unwrap(), one, two)
    };
    read_to_end: { let mut buffer = std::vec![1]; (v.read_to_end(&mut buffer).unwrap(), buffer) };
    read_to_string: { let mut text = std::string::String::new(); (v.read_to_string(&mut text).is_ok(), text) };
    read_exact: { let mut buffer = std::vec![0; i]; (v.read_exact(&mut buffer).map_err(|e| e.to_string()), buffer) };
    fill_buf: v.fill_buf().unwrap().first().copied();
    consume: { let some = v.len().min(j); v.consume(some) };
    read_until: { let mut buffer = std::vec![]; (v.read_until(b'a' + n as u8, &mut buffer).unwrap(), buffer) };
    read_line: { let mut text = std::string::String::new(); (v.read_line(&mut text).is_ok(), text) };
    seek: v.seek(SeekFrom::Start(j as u64)).unwrap();
    seek_back: v.seek(SeekFrom::Current(-(j as i64))).map_err(|error| error.to_string());
    stream_position: v.stream_position().unwrap();
    write: Write::write(v, &[n as u8; 3]).unwrap();
    write_vectored: v.write_vectored(&[IoSlice::new(b"xy"), IoSlice::new(&[n as u8])]).unwrap();
    write_all: v.write_all(&std::vec![n as u8; j]).map_err(|error| error.to_string());
    write_fmt: write!(v, "{n}-{i}").map_err(|error| error.to_string());
    flush: v.flush().unwrap();
    hash: { v.write_u8(n as u8); v.write_u32(j as u32); v.write_i64(-(n as i64)); v.write_usize(i); v.finish() };
    hash_wide: { v.write_u16(n as u16); v.write_u64(n); v.write_u128(n.into()); v.write_i8(1); v.write_i16(2) };
    hash_signed: { v.write_i32(-3); v.write_i128(-4); v.write_isize(-5); Hasher::write(v, b"some") };
    error: (v.source().is_some(), format!("{v} {v:>30.4}"));
    poll: Pin::new(v).poll(&mut Context::from_waker(Waker::noop()));
    poll_pinned: pin!(v).as_mut().poll(&mut Context::from_waker(Waker::noop()));
    eq: (v == w, Ord::cmp(v, w), *v < *w, T::make(n));
}

#[drust::test(nodes = 3)]
fn iterators_readers_writers_hashers_errors_and_futures() {
    check::<Tapes<Numbers>>();
}
