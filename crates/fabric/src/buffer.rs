//! Owned bytes of a message: 16-byte aligned, and allowed to hold uninitialised padding.

use crate::Part;
use std::fmt;
use std::mem::MaybeUninit;

/// The alignment of every message's first byte.
pub(crate) const ALIGN: usize = 16;

#[derive(Clone, Copy)]
#[repr(align(16))]
struct Chunk {
    _bytes: [MaybeUninit<u8>; ALIGN],
}

/// A buffer of bytes, aligned to 16, any of which may be uninitialised.
pub struct Buffer {
    chunks: Vec<MaybeUninit<Chunk>>,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` uninitialised bytes, or `None` where there is no memory for it.
    #[must_use]
    pub fn try_new(len: usize) -> Option<Buffer> {
        let count = len.div_ceil(ALIGN);
        let mut chunks = Vec::new();
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

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("len", &self.len).finish_non_exhaustive()
    }
}
