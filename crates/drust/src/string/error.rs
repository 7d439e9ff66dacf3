//! Errors of strings, under std's names.

use crate::vec::Vec;
use std::fmt;
use std::str::Utf8Error;

pub use std::string::ParseError;

/// Bytes that are not UTF-8; [`String::from_utf8`](crate::String::from_utf8) gives them back in it.
///
/// ```
/// let error = drust::String::from_utf8(drust::vec![b'a', 255]).unwrap_err();
/// assert_eq!(error.utf8_error().valid_up_to(), 1);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FromUtf8Error {
    pub(super) bytes: Vec<u8>,
    pub(super) error: Utf8Error,
}

impl FromUtf8Error {
    /// The bytes.
    ///
    /// ```
    /// let error = drust::String::from_utf8(drust::vec![255]).unwrap_err();
    /// assert_eq!(error.as_bytes(), [255]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, given back.
    ///
    /// ```
    /// let error = drust::String::from_utf8(drust::vec![255]).unwrap_err();
    /// assert_eq!(error.into_bytes(), [255]);
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where and why they are not UTF-8.
    ///
    /// ```
    /// let error = drust::String::from_utf8(drust::vec![255]).unwrap_err();
    /// assert_eq!(error.utf8_error().error_len(), Some(1));
    /// ```
    #[must_use]
    pub fn utf8_error(&self) -> Utf8Error {
        self.error
    }
}

impl fmt::Display for FromUtf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl std::error::Error for FromUtf8Error {}
