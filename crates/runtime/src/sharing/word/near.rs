//! Words that instructions of this node's own reach, many in a row.
//!
//! Words of a large table are in no cache, and an atomic instruction waits for its word before the next one begins. So
//! words are asked for a little before they are used, many at a time.

use super::{Row, WORD};
use crate::node;
use crate::sharing::cell;
use drust_heap::Fixed;
use drust_proto::Address;
use drust_proto::sharing::Family;
use drust_proto::sharing::word::Kind;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

/// Words that are asked for at the same time: somewhat more than the misses that a core can have under way.
const AHEAD: usize = 32;

/// The words of a row, where instructions of this node's own reach them. 1 direct read, if they are not at home.
///
/// # Safety
/// The row lives for `'a`, and has so many words, which are of 64 bits; all use of them is atomic.
#[must_use]
pub unsafe fn reached<'a>(row: Fixed, len: usize) -> Option<&'a [AtomicU64]> {
    // SAFETY: the caller's promise.
    let row = unsafe { cell::reach::<Row>(row, (len + 1) * WORD) }?;
    // SAFETY: the words follow the row's beginning, in the same slot, and live for as long as is promised.
    Some(unsafe { std::slice::from_raw_parts(row.cast::<AtomicU64>().add(1), len) })
}

/// The words of a row of this node that another names, if there is such a row, of words of 64 bits.
///
/// # Safety
/// If it is one, it lives for `'a`, and all use of its words is atomic.
#[must_use]
pub unsafe fn named<'a>(row: Address) -> Option<&'a [AtomicU64]> {
    let row = cell::find(node::here(), row, Family::Word).ok()?.cast::<Row>();
    // SAFETY: a live cell of this family begins with a row, which nobody writes.
    let Row { kind, len, .. } = unsafe { row.as_ref() };
    // SAFETY: so many words follow the row's beginning, in the same slot.
    let words = || unsafe { std::slice::from_raw_parts(row.cast::<AtomicU64>().add(1).as_ptr(), *len as usize) };
    matches!(kind, Kind::I64 | Kind::U64).then(words)
}

/// Calls `each` with the words in their order, each of which has been asked for a little before its turn. Where `each`
/// panics, it is called no more.
pub fn visit<'a, X>(words: impl IntoIterator<Item = (&'a AtomicU64, X)>, mut each: impl FnMut(&'a AtomicU64, X)) {
    let mut window = [const { None }; AHEAD];
    let mut next = 0;
    for (word, with) in words {
        ask_for(NonNull::from(word).cast());
        if let Some((oldest, its)) = window[next].replace((word, with)) {
            each(oldest, its);
        }
        next = (next + 1) % AHEAD;
    }
    let (newer, older) = window.split_at_mut(next);
    for (word, with) in older.iter_mut().chain(newer).filter_map(Option::take) {
        each(word, with);
    }
}

/// Additions of one thread that are under way; all are done when it is dropped.
#[derive(Debug)]
pub struct Near {
    /// A ring, of which the places from `next` on, `len` of them, are in use.
    window: [(NonNull<u64>, u64); AHEAD],
    next: usize,
    len: usize,
}

impl Near {
    /// No addition is under way.
    #[must_use]
    pub fn new() -> Near {
        Near { window: [(NonNull::dangling(), 0); AHEAD], next: 0, len: 0 }
    }

    /// Begins an addition, which wraps around.
    ///
    /// # Safety
    /// Until this is dropped the word is a live one of 64 bits, and all use of it is atomic.
    #[inline]
    pub unsafe fn add(&mut self, word: NonNull<u64>, delta: u64) {
        ask_for(word);
        let first = &mut self.window[self.next % AHEAD];
        let (oldest, its) = std::mem::replace(first, (word, delta));
        self.next = (self.next + 1) % AHEAD;
        if self.len < AHEAD {
            self.len += 1;
        } else {
            // SAFETY: the caller's promise, when that one began.
            unsafe { add_now(oldest, its) }
        }
    }
}

impl Default for Near {
    fn default() -> Near {
        Near::new()
    }
}

impl Drop for Near {
    fn drop(&mut self) {
        for at in 0..self.len {
            let (word, delta) = self.window[(self.next + AHEAD - self.len + at) % AHEAD];
            // SAFETY: the promise of whoever began it.
            unsafe { add_now(word, delta) }
        }
    }
}

/// # Safety
/// The word is live, of 64 bits, and all use of it is atomic.
#[inline]
unsafe fn add_now(word: NonNull<u64>, delta: u64) {
    // SAFETY: the caller's promise.
    unsafe { AtomicU64::from_ptr(word.as_ptr()) }.fetch_add(delta, Ordering::Relaxed);
}

/// Has the processor fetch a word that is written soon.
#[inline]
pub(super) fn ask_for(word: NonNull<u64>) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, which may name any address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_ET0>(word.as_ptr().cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = word;
}
