//! Taking text out of a `String`.

use super::String;
use crate::vec::bounds;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeBounds;
use std::str::Chars;

/// What std says where a range splits a character at its start, and at its end.
pub(super) const SPLITS: [&str; 2] =
    ["assertion failed: self.is_char_boundary(start)", "assertion failed: self.is_char_boundary(end)"];

impl String {
    /// Takes the last character.
    ///
    /// ```
    /// let mut text = drust::String::from("aß");
    /// assert_eq!((text.pop(), text.pop(), text.pop()), (Some('ß'), Some('a'), None));
    /// ```
    #[track_caller]
    pub fn pop(&mut self) -> Option<char> {
        self.place_mut();
        let last = self.chars().next_back()?;
        self.truncate(self.len() - last.len_utf8());
        Some(last)
    }

    /// Takes the character at byte `index`.
    ///
    /// # Panics
    /// Where no character starts there.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// assert_eq!(text.remove(1), 'b');
    /// assert_eq!(text, "ac");
    /// ```
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> char {
        self.place_mut();
        let Some(character) = self[index..].chars().next() else {
            panic!("cannot remove a char from the end of a string")
        };
        self.close(index, index + character.len_utf8());
        character
    }

    /// Cuts the text off behind byte `len`; nothing if it is not longer.
    ///
    /// # Panics
    /// Where that splits a character.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// text.truncate(1);
    /// assert_eq!(text, "a");
    /// ```
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        let new_len = len;
        if new_len < self.len() {
            self.place_mut();
            assert!(self.is_char_boundary(new_len));
            // SAFETY: what is left is text, in memory of this string's own.
            unsafe { self.set_len(new_len) };
        }
    }

    /// Takes all text away; the room is kept, but that of a remote string, which is freed by its home.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// text.clear();
    /// assert!(text.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&mut self) {
        if self.heap_mut().is_none_or(|heap| heap.handle.private().is_some()) {
            // SAFETY: no bytes are text.
            unsafe { self.set_len(0) };
        } else {
            *self = String::new();
        }
    }

    /// Takes the text from byte `at` on.
    ///
    /// # Panics
    /// Where `at` splits a character or is larger than the length.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// assert_eq!(text.split_off(1), "bc");
    /// assert_eq!(text, "a");
    /// ```
    #[track_caller]
    #[must_use = "use `truncate` to drop the text"]
    pub fn split_off(&mut self, at: usize) -> String {
        self.place_mut();
        assert!(self.is_char_boundary(at));
        let rest = String::from(&self[at..]);
        self.truncate(at);
        rest
    }

    /// Keeps the characters for which `keep` says so.
    ///
    /// ```
    /// let mut text = drust::String::from("a1b2");
    /// text.retain(|c| c.is_alphabetic());
    /// assert_eq!(text, "ab");
    /// ```
    #[track_caller]
    pub fn retain(&mut self, mut keep: impl FnMut(char) -> bool) {
        let len = self.len();
        // Text inside lies in the string's own bytes: the pointer to them comes from this one, which stays good.
        let string: *mut String = self;
        // SAFETY: the string is borrowed mutably, and `self` is not used any more.
        let first = unsafe { (*string).place_mut() };
        let (mut kept, mut next) = (Kept { string, len: 0 }, 0);
        while next < len {
            // SAFETY: from `next` on the text is as it was; what is kept moves to the front, whole characters.
            unsafe {
                let rest = std::slice::from_raw_parts(first.add(next), len - next);
                let character = std::str::from_utf8_unchecked(rest).chars().next().expect("there is text left");
                let width = character.len_utf8();
                if keep(character) {
                    first.add(kept.len).copy_from(first.add(next), width);
                    kept.len += width;
                }
                next += width;
            }
        }
    }

    /// Puts `text` in place of what is in `range`.
    ///
    /// # Panics
    /// Where `range` does not lie in the text, or splits a character.
    ///
    /// ```
    /// let mut text = drust::String::from("abcd");
    /// text.replace_range(1..3, "-");
    /// assert_eq!(text, "a-d");
    /// ```
    #[track_caller]
    pub fn replace_range(&mut self, range: impl RangeBounds<usize>, text: &str) {
        let splits = ["start of range should be a character boundary", "end of range should be a character boundary"];
        let (start, end) = self.part(range, splits);
        let len = self.len();
        let place = self.room_for(text.len().saturating_sub(end - start));
        // SAFETY: the range lies in the text and splits no character; there is room for what takes its place, and for
        // what lies behind it, in memory of this string's own.
        unsafe {
            let at = place.add(start);
            at.add(text.len()).copy_from(place.add(end), len - end);
            at.copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.set_len(len - (end - start) + text.len());
        }
    }

    /// Takes the characters in `range` out, one after the other; all are gone when the iterator is dropped.
    ///
    /// # Panics
    /// Where `range` does not lie in the text, or splits a character.
    ///
    /// ```
    /// let mut text = drust::String::from("abcd");
    /// assert!(text.drain(1..3).eq(['b', 'c']));
    /// assert_eq!(text, "ad");
    /// ```
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_> {
        let (start, end) = self.part(range, SPLITS);
        // Text inside lies in the string's own bytes: the pointer to them comes from this one, which stays good.
        let string: *mut String = self;
        // SAFETY: the string is borrowed mutably for as long as the iterator lives, and nobody uses `self` meanwhile;
        // the range lies in the text and splits no character.
        let chars = unsafe {
            let first = (*string).place_mut().cast_const();
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(first.add(start), end - start)).chars()
        };
        Drain { string, start, end, chars }
    }

    /// A range's start and end in the text, checked; what is said where one of them splits a character is given along.
    #[track_caller]
    pub(super) fn part(&self, range: impl RangeBounds<usize>, splits: [&str; 2]) -> (usize, usize) {
        let (start, end) = bounds(range, self.len());
        let text = String::read(self);
        assert!(text.is_char_boundary(start), "{}", splits[0]);
        assert!(text.is_char_boundary(end), "{}", splits[1]);
        (start, end)
    }

    /// Moves what lies from byte `end` on to `start`.
    #[track_caller]
    fn close(&mut self, start: usize, end: usize) {
        let (first, len) = (self.place_mut(), self.len());
        // SAFETY: both bytes lie in the text and split no character.
        unsafe {
            first.add(start).copy_from(first.add(end), len - end);
            self.set_len(start + len - end);
        }
    }
}

/// What `retain` has kept, which is all of the text at its end: where a panic ends it, as std's, the rest is gone.
struct Kept {
    string: *mut String,
    len: usize,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: the string is mutably borrowed by `retain`, its text in memory of its own, with so many bytes of
        // whole characters at the front.
        unsafe { (*self.string).set_len(self.len) };
    }
}

/// Takes a range of characters out of a [`String`], which is whole until this iterator is dropped: forgetting it takes
/// nothing out.
///
/// ```
/// let mut text = drust::String::from("abcd");
/// assert_eq!(text.drain(1..).next(), Some('b'));
/// assert_eq!(text, "a");
/// ```
pub struct Drain<'a> {
    string: *mut String,
    start: usize,
    end: usize,
    chars: Chars<'a>,
}

impl Drain<'_> {
    /// The text not taken yet.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// assert_eq!(text.drain(1..).as_str(), "bc");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.chars.as_str()
    }
}

impl Iterator for Drain<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.chars.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chars.size_hint()
    }
}

impl DoubleEndedIterator for Drain<'_> {
    fn next_back(&mut self) -> Option<char> {
        self.chars.next_back()
    }
}

impl FusedIterator for Drain<'_> {}

impl AsRef<str> for Drain<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for Drain<'_> {
    fn as_ref(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl fmt::Debug for Drain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_str()).finish()
    }
}

// SAFETY: it is a mutable borrow of a string, which may be sent and shared.
unsafe impl Send for Drain<'_> {}
// SAFETY: as above.
unsafe impl Sync for Drain<'_> {}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        // SAFETY: the string is mutably borrowed by this iterator, whose characters are not looked at any more.
        unsafe { (*self.string).close(self.start, self.end) };
    }
}
