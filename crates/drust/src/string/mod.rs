//! `String`: UTF-8 text, inside its own 40 bytes where it is short, in the cluster's heap where it is long.
//!
//! ```text
//!          0        8        16       24       32       40
//! inline   | 32 bytes of text                  | INLINE | len  |
//! heap     | handle (ptr, addr, stamp)| len    | capacity      |
//! ```
//!
//! Contract:
//!
//! 1. The last word tells which of the two it is, and is never 0: inline it has its highest bit set and the length
//!    below, on the heap it is the capacity, from 1 to `isize::MAX`.
//! 2. On the heap the handle is not reserved, its slot has the layout of `capacity` bytes, and the length lies just
//!    behind the handle, where the runtime finds it to fetch the text along with what holds the string.
//! 3. The text is UTF-8 in both.
//!
//! [`String`] has the methods and trait impls of std's, and by `Deref` those of `str`, but for these:
//!
//! | of std's `String` | why it is absent | the way round |
//! |---|---|---|
//! | `as_mut_vec` | text that lies inside has no vector | [`String::into_bytes`] |
//! | `from_raw_parts`, `into_raw_parts` | a string is a handle, a slot belongs to the heap | [`String::leak`] |
//! | `const fn` but for [`String::new`] | what lies elsewhere must be asked for | |
//! | `&String` as a `Pattern` | unstable to implement | `&text[..]` or `text.as_str()` |
//! | `remove_matches`, `into_chars`, `from_utf8_lossy_owned` and what else is unstable | it may change | |
//! | `Extend` and `FromIterator` of `AsciiChar`, `PartialEq<ByteStr>` | unstable | |
//!
//! The methods of `str` that make a string (`replace`, `to_uppercase`, `repeat`, `to_owned`, `to_string`) make one of
//! std's, which `into` turns into one of drust's. Beyond std's there are [`String::read`] and [`String::release`].

mod bytes;
mod edit;
mod error;
mod foreign;
mod from;
mod remove;
mod room;
mod traits;

pub use error::{FromUtf8Error, ParseError};
pub use remove::Drain;

use crate::reference::{Lend, Ref};
use drust_heap::trace::{Found, Kind, Weights};
use drust_heap::{Argument, Carry, Described, Facts, Handle, Portable, Targets};
use drust_proto::Rank;
use drust_runtime::memory::{self, Shape};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::num::NonZeroU64;
use std::ops::{Deref, DerefMut};

/// Text that grows, as std's `String`, wherever in the cluster it lies.
///
/// A `String` is 40 bytes, and so is an `Option` of it; text of up to 32 bytes lies inside, needs no heap and no fetch
/// of its own, and travels with whatever holds the string. Longer text costs what a [`Vec<u8>`](crate::Vec) costs;
/// where a value on another node is fetched, the long texts it holds are fetched along with it, as copies of their own.
///
/// ```
/// use drust::String;
/// let mut text = String::from("hello");
/// text.push_str(", world");
/// assert_eq!(text, "hello, world");
/// ```
#[repr(C)]
pub struct String {
    body: Body,
    tag: NonZeroU64,
}

const _: () = assert!(size_of::<String>() == 40 && size_of::<Option<String>>() == 40);
const _: () = assert!(std::mem::offset_of!(Heap, len) == size_of::<Handle>());

#[repr(C)]
union Body {
    inline: [MaybeUninit<u8>; INLINE_MAX],
    heap: ManuallyDrop<Heap>,
}

#[repr(C)]
struct Heap {
    handle: Handle,
    len: usize,
}

/// The longest text that a string holds inside.
const INLINE_MAX: usize = 32;

/// The bit of the last word that tells inline text.
const INLINE: u64 = 1 << 63;

const fn inline_tag(len: usize) -> NonZeroU64 {
    NonZeroU64::new(INLINE | len as u64).expect("a bit is set")
}

impl String {
    /// An empty string.
    ///
    /// ```
    /// static NONE: drust::String = drust::String::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> String {
        String { body: Body { inline: [MaybeUninit::uninit(); INLINE_MAX] }, tag: inline_tag(0) }
    }

    /// An empty string with room for at least `capacity` bytes.
    ///
    /// # Panics
    /// Where `capacity` is more than `isize::MAX`. Where the node has no room the job ends, saying so.
    ///
    /// ```
    /// assert!(drust::String::with_capacity(100).capacity() >= 100);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> String {
        let mut string = String::new();
        if capacity > INLINE_MAX {
            string.resize_slot(capacity);
        }
        string
    }

    /// Bytes the string has room for; never less than what fits inside.
    ///
    /// ```
    /// assert!(drust::String::with_capacity(100).capacity() >= 100);
    /// ```
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        if self.is_inline() { INLINE_MAX } else { self.tag.get() as usize }
    }

    /// Bytes of the text.
    ///
    /// ```
    /// assert_eq!(drust::String::from("Zürich").len(), 7); // bytes
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match self.heap() {
            None => (self.tag.get() & !INLINE) as usize,
            Some(heap) => heap.len,
        }
    }

    /// Whether there is no text.
    ///
    /// ```
    /// assert!(drust::String::new().is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text.
    ///
    /// ```
    /// let text = drust::String::from("text");
    /// assert_eq!(text.as_str().split_at(2), ("te", "xt"));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn as_str(&self) -> &str {
        self
    }

    /// The text, to be written.
    ///
    /// ```
    /// let mut text = drust::String::from("text");
    /// text.as_mut_str().make_ascii_uppercase();
    /// assert_eq!(text, "TEXT");
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn as_mut_str(&mut self) -> &mut str {
        self
    }

    /// The text's bytes.
    ///
    /// ```
    /// assert_eq!(drust::String::from("ok").as_bytes(), [b'o', b'k']);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// Borrows the text for reading, and gives its copy back when the guard is dropped; the string keeps no pin.
    ///
    /// ```
    /// use drust::String;
    /// let text = String::from("text");
    /// assert_eq!(&*String::read(&text), "text");
    /// ```
    #[track_caller]
    pub fn read(this: &String) -> Ref<'_, str> {
        let guard = this.lend();
        guard.look();
        guard
    }

    /// Looks at the text and leaves no pin, for what takes its end.
    #[inline]
    #[track_caller]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&str) -> R) -> R {
        let guard;
        look(if self.heap().is_some_and(|heap| heap.handle.peek().is_null()) {
            guard = String::read(self);
            &guard
        } else {
            self
        })
    }

    /// Gives back the copy that reading through the string has pinned, if there is one; sends nothing.
    ///
    /// ```
    /// use drust::String;
    /// let mut text = String::from("text");
    /// String::release(&mut text);
    /// assert_eq!(text, "text");
    /// ```
    pub fn release(this: &mut String) {
        if let Some(heap) = this.heap_mut() {
            memory::unpin(&mut heap.handle);
        }
    }

    #[inline(always)]
    fn is_inline(&self) -> bool {
        self.tag.get() & INLINE != 0
    }

    #[inline(always)]
    fn heap(&self) -> Option<&Heap> {
        // SAFETY: contract 1: without the bit there is a handle.
        if self.is_inline() { None } else { Some(unsafe { &self.body.heap }) }
    }

    #[inline(always)]
    fn heap_mut(&mut self) -> Option<&mut Heap> {
        // SAFETY: as in `heap`.
        if self.is_inline() { None } else { Some(unsafe { &mut self.body.heap }) }
    }

    fn shape(&self) -> Shape {
        Shape { descriptor: u8::DESCRIPTOR, elements: self.len(), capacity: self.capacity() }
    }

    /// Text that a handle owns.
    ///
    /// # Safety
    /// `len` bytes of UTF-8 and room for `capacity`, which is not 0, lie in the handle's own object.
    unsafe fn from_parts(handle: Handle, len: usize, capacity: usize) -> String {
        let tag = NonZeroU64::new(capacity as u64).expect("an object has room");
        String { body: Body { heap: ManuallyDrop::new(Heap { handle, len }) }, tag }
    }

    /// Where the text can be read: inside, at home, or in a copy pinned by this string.
    #[inline]
    #[track_caller]
    fn place(&self) -> *const u8 {
        match self.heap() {
            None => (&raw const self.body).cast(),
            Some(heap) => {
                let place = heap.handle.peek();
                if place.is_null() { self.place_cold(heap) } else { place }
            }
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn place_cold(&self, heap: &Heap) -> *const u8 {
        if heap.len == 0 {
            return std::ptr::without_provenance(1);
        }
        memory::read(&heap.handle, self.shape())
    }

    /// The text's place inside, or at home here under a stamp nobody else has.
    #[inline]
    #[track_caller]
    fn place_mut(&mut self) -> *mut u8 {
        let shape = self.shape();
        match self.heap_mut() {
            Some(heap) => match heap.handle.private() {
                Some(home) => home,
                None => memory::write(&mut heap.handle, shape),
            },
            None => (&raw mut self.body).cast(),
        }
    }

    /// Counts in what was written behind the text.
    ///
    /// # Safety
    /// So many bytes more are UTF-8, and fit the capacity.
    #[inline(always)]
    unsafe fn lengthen(&mut self, more: usize) {
        match self.heap_mut() {
            Some(heap) => heap.len += more,
            // The length is the word's lowest bits, and stays so.
            None => self.tag = self.tag.saturating_add(more as u64),
        }
    }

    /// Sets the length.
    ///
    /// # Safety
    /// So many bytes at the text's place are UTF-8, and fit its capacity.
    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        match self.heap_mut() {
            Some(heap) => heap.len = len,
            None => self.tag = inline_tag(len),
        }
    }
}

impl Lend for String {
    type Target = str;

    /// Text inside the string itself is lent by value.
    fn lend(&self) -> Ref<'_, str> {
        match self.heap() {
            Some(heap) if heap.len != 0 => Ref::to_handle(&heap.handle, heap.len),
            _ => Ref::of(self),
        }
    }

    fn home(&self) -> Option<Rank> {
        self.heap().map(|heap| heap.handle.address().home())
    }
}

impl Deref for String {
    type Target = str;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &str {
        // SAFETY: contract 3; the text stays at this place while the string is borrowed: nobody can write it, and a
        // pinned copy is not evicted.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.place(), self.len())) }
    }
}

impl DerefMut for String {
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut str {
        let place = self.place_mut();
        // SAFETY: as for `deref`; the text is inside or at home here, and the string is mutably borrowed.
        unsafe { std::str::from_utf8_unchecked_mut(std::slice::from_raw_parts_mut(place, self.len())) }
    }
}

impl Drop for String {
    #[inline]
    #[track_caller]
    fn drop(&mut self) {
        let shape = self.shape();
        let Some(heap) = self.heap_mut() else { return };
        match heap.handle.private() {
            // SAFETY: the string owns its text, which is at home here.
            Some(home) => unsafe { memory::drop_at_home::<u8>(home, shape.elements, shape.capacity) },
            // SAFETY: the string owns its text and is not used again.
            None => unsafe { memory::discard(&mut heap.handle, shape) },
        }
    }
}

impl std::panic::UnwindSafe for String {}
impl std::panic::RefUnwindSafe for String {}

const KIND: &Kind = &Kind { weigh, ..Handle::ALONG };

unsafe fn weigh(handle: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is the handle of a live string whose text is in the heap, and the length lies behind.
    let heap = unsafe { &*handle.cast::<Heap>() };
    weights.handle(&heap.handle, heap.len);
}

// SAFETY: the handle is noted where there is one, which the last word tells, written only under `&mut`; all else is
// plain.
unsafe impl Carry for String {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value; its last word is plain.
        if unsafe { (*this).tag }.get() & INLINE == 0 {
            found.note(this.cast(), KIND);
        }
    }

    fn targets(list: &mut Targets) {
        list.push(u8::DESCRIPTOR);
    }
}

// SAFETY: a string borrows nothing.
unsafe impl Argument<'_> for String {}
// SAFETY: as above.
unsafe impl Portable for String {}
