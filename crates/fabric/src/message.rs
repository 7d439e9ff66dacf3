//! Bytes on their way: [`Part`] is what a sender gathers from, [`Message`] is what a receiver is shown.

use crate::Buffer;
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::Range;

/// A run of bytes to be sent; they may be padding, so they are never read as `u8`.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    bytes: &'a [MaybeUninit<u8>],
    standing: bool,
}

impl<'a> Part<'a> {
    /// The `len` bytes from `ptr` on.
    ///
    /// # Safety
    /// They must be readable and written by nobody for all of `'a`. They need not be initialised.
    #[must_use]
    pub unsafe fn raw(ptr: *const u8, len: usize) -> Part<'a> {
        // SAFETY: readability and quiet are this function's own contract; `MaybeUninit<u8>` asks nothing else.
        Part { bytes: unsafe { std::slice::from_raw_parts(ptr.cast(), len) }, standing: false }
    }

    /// The `len` bytes from `ptr` on, which a carrier may send from where they stand, even after the call that was
    /// given them: a deferred send copies nothing then.
    ///
    /// # Safety
    /// They must be readable and written by nobody until the receiver has the message, or this process ends. They need
    /// not be initialised.
    #[must_use]
    pub unsafe fn standing(ptr: *const u8, len: usize) -> Part<'static> {
        // SAFETY: the caller's promise is longer than what `raw` asks, or nobody can tell the difference any more.
        Part { standing: true, ..unsafe { Part::raw(ptr, len) } }
    }

    pub(crate) fn as_standing(self) -> Option<&'static [MaybeUninit<u8>]> {
        // SAFETY: `standing` was promised that the bytes stay, whatever the lifetime says that this part was cut to.
        self.standing.then(|| unsafe { std::slice::from_raw_parts(self.bytes.as_ptr(), self.bytes.len()) })
    }

    fn after(&self, at: usize) -> Part<'a> {
        Part { bytes: &self.bytes[at..], standing: self.standing }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its bytes.
    #[must_use]
    pub fn as_uninit(&self) -> &'a [MaybeUninit<u8>] {
        self.bytes
    }
}

impl<'a> From<&'a [MaybeUninit<u8>]> for Part<'a> {
    fn from(bytes: &'a [MaybeUninit<u8>]) -> Part<'a> {
        Part { bytes, standing: false }
    }
}

impl<'a> From<&'a [u8]> for Part<'a> {
    fn from(bytes: &'a [u8]) -> Part<'a> {
        // SAFETY: the slice is readable and unwritten for `'a` by the rules of `&[u8]`.
        unsafe { Part::raw(bytes.as_ptr(), bytes.len()) }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Part<'a> {
    fn from(bytes: &'a [u8; N]) -> Part<'a> {
        Part::from(bytes.as_slice())
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Part").field(&self.len()).finish()
    }
}

/// An arrived message, its first byte aligned to 16.
///
/// A message that lay in one piece where it arrived is shown there, without a copy; one that came in fragments is in a
/// buffer of its own, which [`into_buffer`](Message::into_buffer) hands over.
#[derive(Debug)]
pub struct Message<'a>(Body<'a>);

enum Body<'a> {
    Lent(&'a [MaybeUninit<u8>]),
    Owned(Buffer),
}

impl<'a> Message<'a> {
    pub(crate) fn lent(bytes: &'a [MaybeUninit<u8>]) -> Message<'a> {
        Message(Body::Lent(bytes))
    }

    pub(crate) fn owned(buffer: Buffer) -> Message<'static> {
        Message(Body::Owned(buffer))
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_uninit().len()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes; those that were padding at the sender are uninitialised.
    #[must_use]
    pub fn as_uninit(&self) -> &[MaybeUninit<u8>] {
        match &self.0 {
            Body::Lent(bytes) => bytes,
            Body::Owned(buffer) => buffer.as_uninit(),
        }
    }

    /// Some of its bytes.
    ///
    /// # Safety
    /// The sender must have sent initialised bytes there, not padding.
    ///
    /// # Panics
    /// Where `range` ends outside the message.
    #[must_use]
    pub unsafe fn initialised(&self, range: Range<usize>) -> &[u8] {
        let bytes = &self.as_uninit()[range];
        // SAFETY: the bytes are readable for this borrow, and initialised by the caller's promise.
        unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
    }

    /// Its bytes in a buffer of their own; copies only what was shown in place.
    ///
    /// # Panics
    /// Where there is no memory for the copy.
    #[must_use]
    pub fn into_buffer(self) -> Buffer {
        match self.0 {
            Body::Owned(buffer) => buffer,
            Body::Lent(bytes) => Buffer::gather(&[Part::from(bytes)]),
        }
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Lent(bytes) => f.debug_struct("Lent").field("len", &bytes.len()).finish_non_exhaustive(),
            Body::Owned(buffer) => buffer.fmt(f),
        }
    }
}

/// The unsent rest of a message: a cursor over its parts.
pub struct Gather<'a> {
    parts: &'a [Part<'a>],
    skip: usize,
    sent: u64,
    total: u64,
}

impl<'a> Gather<'a> {
    /// A whole message.
    #[must_use]
    pub fn new(parts: &'a [Part<'a>]) -> Gather<'a> {
        let total = parts.iter().map(|part| part.len() as u64).sum();
        Gather { parts, skip: 0, sent: 0, total }
    }

    /// `parts` are the rest of a message of `total` bytes.
    #[must_use]
    pub(crate) fn rest(parts: &'a [Part<'a>], total: u64) -> Gather<'a> {
        let left: u64 = parts.iter().map(|part| part.len() as u64).sum();
        Gather { parts, skip: 0, sent: total - left, total }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn left(&self) -> u64 {
        self.total - self.sent
    }

    pub(crate) fn untouched(&self) -> bool {
        self.sent == 0
    }

    /// Takes the next `count` bytes, in pieces.
    pub(crate) fn take(&mut self, mut count: usize, mut piece: impl FnMut(&'a [MaybeUninit<u8>])) {
        self.sent += count as u64;
        while count > 0 {
            let part = &self.parts[0].as_uninit()[self.skip..];
            let here = part.len().min(count);
            piece(&part[..here]);
            count -= here;
            self.skip += here;
            if self.skip == self.parts[0].len() {
                self.parts = &self.parts[1..];
                self.skip = 0;
            }
        }
    }

    /// Takes the next part, or what is left of it.
    pub(crate) fn next_part(&mut self) -> Option<Part<'a>> {
        let (first, rest) = self.parts.split_first()?;
        let part = first.after(self.skip);
        (self.parts, self.skip) = (rest, 0);
        self.sent += part.len() as u64;
        Some(part)
    }

    /// Shows what is left, run by run, until `see` says that it has enough.
    pub(crate) fn each(&self, see: &mut dyn FnMut(&'a [MaybeUninit<u8>]) -> bool) {
        let mut skip = self.skip;
        for part in self.parts {
            if !see(&part.as_uninit()[std::mem::take(&mut skip)..]) {
                return;
            }
        }
    }

    /// What is left, copied.
    pub(crate) fn into_rest(mut self) -> Buffer {
        let parts: Vec<Part<'_>> = std::iter::from_fn(|| self.next_part()).collect();
        Buffer::gather(&parts)
    }
}
