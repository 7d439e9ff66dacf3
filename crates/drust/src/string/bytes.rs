//! A `String` and its bytes: turned into them and made from them, and from UTF-16.

use super::{FromUtf8Error, String};
use crate::boxed::Box;
use crate::vec::Vec;
use std::borrow::Cow;
use std::mem::ManuallyDrop;

impl String {
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
    ///
    /// ```
    /// let bytes = drust::vec![b'o', b'k'];
    /// // SAFETY: both bytes are ASCII.
    /// assert_eq!(unsafe { drust::String::from_utf8_unchecked(bytes) }, "ok");
    /// ```
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

    /// The text that UTF-16 `words` are, with U+FFFD in place of what is not UTF-16.
    ///
    /// ```
    /// assert_eq!(drust::String::from_utf16_lossy(&[104, 0xD800]), "h\u{FFFD}");
    /// ```
    #[must_use]
    pub fn from_utf16_lossy(words: &[u16]) -> String {
        String::from(std::string::String::from_utf16_lossy(words))
    }
}
