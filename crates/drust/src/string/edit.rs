//! Adding to a `String`, its room, and its bytes.

use super::{FromUtf8Error, INLINE_MAX, String};
use crate::boxed::Box;
use crate::vec::Vec;
use std::borrow::Cow;
use std::mem::ManuallyDrop;

impl String {
    /// Adds text at the end.
    ///
    /// # Panics
    /// Where the text would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut text = drust::String::from("a");
    /// text.push_str("bc");
    /// assert_eq!(text, "abc");
    /// ```
    #[inline]
    #[track_caller]
    pub fn push_str(&mut self, text: &str) {
        let len = self.len();
        let place = self.room_for(text.len());
        // SAFETY: there is room behind the text, in memory of this string's own.
        unsafe {
            place.add(len).copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.set_len(len + text.len());
        }
    }

    /// Adds a character at the end.
    ///
    /// # Panics
    /// As [`String::push_str`].
    ///
    /// ```
    /// let mut text = drust::String::new();
    /// text.push('ß');
    /// assert_eq!(text, "ß");
    /// ```
    #[inline]
    #[track_caller]
    pub fn push(&mut self, character: char) {
        if !character.is_ascii() {
            self.push_str(character.encode_utf8(&mut [0; 4]));
            return;
        }
        let len = self.len();
        let place = self.room_for(1);
        // SAFETY: there is room behind the text, in memory of this string's own, for a character of one byte.
        unsafe {
            place.add(len).write(character as u8);
            self.set_len(len + 1);
        }
    }

    /// Puts a character at byte `index`.
    ///
    /// # Panics
    /// Where `index` is not at the start of a character nor at the end.
    ///
    /// ```
    /// let mut text = drust::String::from("ac");
    /// text.insert(1, 'b');
    /// assert_eq!(text, "abc");
    /// ```
    #[track_caller]
    pub fn insert(&mut self, index: usize, character: char) {
        self.insert_str(index, character.encode_utf8(&mut [0; 4]));
    }

    /// Puts text at byte `index`.
    ///
    /// # Panics
    /// As [`String::insert`].
    ///
    /// ```
    /// let mut text = drust::String::from("ad");
    /// text.insert_str(1, "bc");
    /// assert_eq!(text, "abcd");
    /// ```
    #[track_caller]
    pub fn insert_str(&mut self, index: usize, text: &str) {
        let idx = index;
        assert!(self.is_char_boundary(idx));
        let len = self.len();
        let place = self.room_for(text.len());
        // SAFETY: there is room for the text in memory of this string's own, and `index` splits no character.
        unsafe {
            let at = place.add(index);
            at.copy_to(at.add(text.len()), len - index);
            at.copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.set_len(len + text.len());
        }
    }

    /// Adds the text in `range` at the end once more.
    ///
    /// # Panics
    /// Where `range` does not lie in the text, or splits a character.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// text.extend_from_within(..2);
    /// assert_eq!(text, "abcab");
    /// ```
    #[track_caller]
    pub fn extend_from_within(&mut self, range: impl std::ops::RangeBounds<usize>) {
        let (start, end) = self.part(range);
        let len = self.len();
        let place = self.room_for(end - start);
        // SAFETY: the range lies in the text and splits no character; there is room behind the text.
        unsafe {
            place.add(len).copy_from_nonoverlapping(place.add(start), end - start);
            self.set_len(len + end - start);
        }
    }

    /// Makes room for at least `additional` more bytes; growth is amortised.
    ///
    /// # Panics
    /// Where the text would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut text = drust::String::from("a");
    /// text.reserve(100);
    /// assert!(text.capacity() >= 101);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if additional > self.capacity() - self.len() {
            self.grow(additional);
        }
    }

    /// Makes room for `additional` more bytes, and no more than that (but for the room inside).
    ///
    /// # Panics
    /// As [`String::reserve`].
    ///
    /// ```
    /// let mut text = drust::String::new();
    /// text.reserve_exact(100);
    /// assert_eq!(text.capacity(), 100);
    /// ```
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        if additional > self.capacity() - self.len() {
            self.resize_slot(self.len().checked_add(additional).expect("capacity overflow"));
        }
    }

    /// Gives back the room that the text does not take; text that fits inside goes there.
    ///
    /// ```
    /// let mut text = drust::String::with_capacity(100);
    /// text.push('a');
    /// text.shrink_to_fit();
    /// assert!(text.capacity() < 100);
    /// ```
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back room, down to `least` bytes.
    ///
    /// ```
    /// let mut text = drust::String::with_capacity(100);
    /// text.shrink_to(50);
    /// assert_eq!(text.capacity(), 50);
    /// ```
    #[track_caller]
    pub fn shrink_to(&mut self, least: usize) {
        let target = self.len().max(least);
        if self.is_inline() || target >= self.capacity() {
            return;
        }
        if target <= INLINE_MAX {
            let inside = self.look(|text| String::from(text));
            *self = inside;
        } else {
            self.resize_slot(target);
        }
    }

    /// The text's bytes in a vector: what lies on the heap stays where it is.
    ///
    /// ```
    /// assert_eq!(drust::String::from("ab").into_bytes(), [97, 98]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_bytes(self) -> Vec<u8> {
        if self.is_inline() {
            return Vec::from(self.as_bytes());
        }
        let (len, capacity) = (self.len(), self.capacity());
        let this = ManuallyDrop::new(self);
        // SAFETY: the string is on the heap, and not used again; bytes ask less than text.
        unsafe { Vec::from_parts(std::ptr::read(&raw const this.body.heap.handle), len, capacity) }
    }

    /// The text in a box; spare room is given back first.
    ///
    /// ```
    /// let boxed: drust::Box<str> = drust::String::from("text").into_boxed_str();
    /// assert_eq!(&*boxed, "text");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_boxed_str(self) -> Box<str> {
        if self.is_inline() {
            return Box::from(&*self);
        }
        let (handle, len) = self.into_bytes().into_boxed_slice().into_parts();
        Box::from_handle(handle, len)
    }

    /// Gives the text up for the rest of the program; it is never freed, and stays in this node's partition.
    ///
    /// ```
    /// let lasting: &'static mut str = drust::String::from("text").leak();
    /// assert_eq!(lasting, "text");
    /// ```
    #[track_caller]
    pub fn leak<'a>(self) -> &'a mut str {
        let bytes = self.into_bytes().leak();
        // SAFETY: they were a string's.
        unsafe { std::str::from_utf8_unchecked_mut(bytes) }
    }

    /// The text that `bytes` are, where they lie; a remote vector is read.
    ///
    /// # Errors
    /// They are not UTF-8; the error gives them back.
    ///
    /// ```
    /// let text = drust::String::from_utf8(drust::vec![104, 105]).unwrap();
    /// assert_eq!(text, "hi");
    /// ```
    #[track_caller]
    pub fn from_utf8(bytes: Vec<u8>) -> Result<String, FromUtf8Error> {
        let checked = bytes.look(|bytes| std::str::from_utf8(bytes).map(|_| ()));
        match checked {
            // SAFETY: just checked.
            Ok(()) => Ok(unsafe { String::from_utf8_unchecked(bytes) }),
            Err(error) => Err(FromUtf8Error { bytes, error }),
        }
    }

    /// As [`String::from_utf8`], unchecked.
    ///
    /// # Safety
    /// The bytes are UTF-8.
    #[must_use]
    pub unsafe fn from_utf8_unchecked(bytes: Vec<u8>) -> String {
        let (handle, len, capacity) = bytes.into_parts();
        if capacity == 0 {
            return String::new();
        }
        // SAFETY: the vector's object is the string's now; the caller vouches for the bytes.
        unsafe { String::from_parts(handle, len, capacity) }
    }

    /// The text that `bytes` are, with U+FFFD in place of what is not UTF-8; std's borrowed or owned form.
    ///
    /// ```
    /// assert_eq!(drust::String::from_utf8_lossy(b"a\xFF"), "a\u{FFFD}");
    /// ```
    #[must_use]
    pub fn from_utf8_lossy(bytes: &[u8]) -> Cow<'_, str> {
        std::string::String::from_utf8_lossy(bytes)
    }

    /// The text that UTF-16 `words` are.
    ///
    /// # Errors
    /// They are not UTF-16.
    ///
    /// ```
    /// assert_eq!(drust::String::from_utf16(&[104, 105]).unwrap(), "hi");
    /// ```
    pub fn from_utf16(words: &[u16]) -> Result<String, std::string::FromUtf16Error> {
        std::string::String::from_utf16(words).map(String::from)
    }
}
