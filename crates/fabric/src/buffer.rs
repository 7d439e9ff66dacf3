//! Owned bytes of a message: 16-byte aligned, and allowed to hold uninitialised padding.

use crate::Part;
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// The alignment of every message's first byte.
pub(crate) const ALIGN: usize = 16;

#[derive(Clone, Copy)]
#[repr(align(16))]
struct Chunk {
    _bytes: [MaybeUninit<u8>; ALIGN],
}

/// How large a buffer is, in chunks, that is kept to be used again: large enough that the system takes its memory back
/// at once, so that each would be paid for page by page, and no larger than what one may hold on to.
const KEPT: RangeInclusive<usize> = (1 << 20) / ALIGN..=(80 << 20) / ALIGN;

/// The memory of the last large buffer that was dropped.
static SPARE: Mutex<Vec<MaybeUninit<Chunk>>> = Mutex::new(Vec::new());

/// A buffer of bytes, aligned to 16, any of which may be uninitialised. The memory of one large buffer of a process is
/// kept when it is dropped, and used again.
pub struct Buffer {
    chunks: Vec<MaybeUninit<Chunk>>,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` uninitialised bytes, or `None` where there is no memory for it.
    #[must_use]
    pub fn try_new(len: usize) -> Option<Buffer> {
        let count = len.div_ceil(ALIGN);
        let mut chunks = if KEPT.contains(&count) { spare(count) } else { Vec::new() };
        chunks.try_reserve_exact(count).ok()?;
        // SAFETY: `MaybeUninit<Chunk>` needs no initialisation, and the capacity for `count` was just reserved.
        unsafe { chunks.set_len(count) };
        Some(Buffer { chunks, len })
    }

    /// The bytes of `parts`, one after the other.
    ///
    /// # Panics
    /// Where there is no memory for them.
    #[must_use]
    pub fn gather(parts: &[Part<'_>]) -> Buffer {
        let len = parts.iter().map(Part::len).sum();
        let Some(mut buffer) = Buffer::try_new(len) else {
            panic!("no memory for a message of {len} bytes");
        };
        let mut at = 0;
        for part in parts {
            buffer.as_uninit_mut()[at..at + part.len()].copy_from_slice(part.as_uninit());
            at += part.len();
        }
        buffer
    }

    /// Makes room for `len` bytes, of which the first stay as they are; `false` where there is no memory for them.
    pub(crate) fn try_grow(&mut self, len: usize) -> bool {
        let count = len.div_ceil(ALIGN);
        if self.chunks.try_reserve_exact(count - self.chunks.len()).is_err() {
            return false;
        }
        // SAFETY: as in `try_new`.
        unsafe { self.chunks.set_len(count) };
        self.len = len;
        true
    }

    /// Its first `len` bytes.
    pub(crate) fn shortened(mut self, len: usize) -> Buffer {
        assert!(len <= self.len, "a buffer is shortened to {len} of {} bytes", self.len);
        self.len = len;
        self
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its bytes.
    #[must_use]
    pub fn as_uninit(&self) -> &[MaybeUninit<u8>] {
        // SAFETY: the chunks are `len` bytes or more of one allocation, borrowed with `self`; the element type makes
        // no claim about their contents.
        unsafe { std::slice::from_raw_parts(self.chunks.as_ptr().cast(), self.len) }
    }

    /// Its bytes, to be written.
    #[must_use]
    pub fn as_uninit_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: as in `as_uninit`, and `&mut self` makes the borrow exclusive; writing uninitialised bytes is fine
        // because the chunks are `MaybeUninit` too.
        unsafe { std::slice::from_raw_parts_mut(self.chunks.as_mut_ptr().cast(), self.len) }
    }
}

/// The spare memory, empty, if it has room for so many chunks; else none.
fn spare(count: usize) -> Vec<MaybeUninit<Chunk>> {
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut chunks = if spare.capacity() >= count { std::mem::take(&mut *spare) } else { Vec::new() };
    chunks.clear();
    chunks
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if KEPT.contains(&self.chunks.capacity()) {
            let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
            if spare.capacity() < self.chunks.capacity() {
                *spare = std::mem::take(&mut self.chunks);
            }
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_grows_and_is_shortened_in_place() {
        let mut buffer = Buffer::gather(&[Part::from(b"0123456789abcdef0")]);
        assert!(buffer.try_grow(1000));
        assert_eq!(buffer.len(), 1000);
        let shortened = buffer.shortened(3);
        // SAFETY: its first bytes were gathered from initialised ones.
        let bytes: Vec<u8> = shortened.as_uninit().iter().map(|byte| unsafe { byte.assume_init() }).collect();
        assert_eq!(bytes, b"012");
        assert!(Buffer::try_new(usize::MAX - 64).is_none(), "there is no such memory");
    }

    #[test]
    fn large_memory_is_used_again() {
        let kept = KEPT.end() * ALIGN;
        drop(Buffer::try_new(kept).expect("memory"));
        // Other tests of this process may take it meanwhile; whoever has it gives it back.
        assert!((0..1000).any(|_| {
            let buffer = Buffer::try_new(kept / 2).expect("memory");
            buffer.chunks.capacity() >= *KEPT.end()
        }));
    }
}
