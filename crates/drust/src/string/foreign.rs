//! A `String` and std's own types: made from one another.
//!
//! std's types own memory of their own, so text is copied out of the cluster's heap and into it.

use super::String;
use crate::vec::Vec;
use std::borrow::Cow;
use std::error::Error;
use std::ffi::{CString, IntoStringError, OsString};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

impl From<std::boxed::Box<str>> for String {
    #[track_caller]
    fn from(text: std::boxed::Box<str>) -> String {
        String::from(&*text)
    }
}

/// Implements copying the text into a type of std's that can be made from `&str`.
macro_rules! into_std {
    ($($to:ty),* $(,)?) => {$(
        impl From<String> for $to {
            #[track_caller]
            fn from(text: String) -> $to {
                text.look(|text| text.into())
            }
        }
    )*};
}

into_std!(
    std::boxed::Box<str>,
    Rc<str>,
    Arc<str>,
    OsString,
    PathBuf,
    std::boxed::Box<dyn Error>,
    std::boxed::Box<dyn Error + Send + Sync>,
);

impl<'a> From<String> for Cow<'a, str> {
    #[track_caller]
    fn from(text: String) -> Cow<'a, str> {
        Cow::Owned(text.into())
    }
}

impl<'a> From<&'a String> for Cow<'a, str> {
    #[track_caller]
    fn from(text: &'a String) -> Cow<'a, str> {
        Cow::Borrowed(text)
    }
}

impl TryFrom<Vec<u8>> for String {
    type Error = super::FromUtf8Error;

    /// As [`String::from_utf8`].
    #[track_caller]
    fn try_from(bytes: Vec<u8>) -> Result<String, super::FromUtf8Error> {
        String::from_utf8(bytes)
    }
}

impl TryFrom<CString> for String {
    type Error = IntoStringError;

    #[track_caller]
    fn try_from(text: CString) -> Result<String, IntoStringError> {
        text.into_string().map(String::from)
    }
}

impl Extend<String> for std::string::String {
    #[track_caller]
    fn extend<I: IntoIterator<Item = String>>(&mut self, pieces: I) {
        pieces.into_iter().for_each(|piece| piece.look(|piece| self.push_str(piece)));
    }
}

impl<'a> Extend<&'a String> for std::string::String {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a String>>(&mut self, pieces: I) {
        pieces.into_iter().for_each(|piece| piece.look(|piece| self.push_str(piece)));
    }
}

/// Implements collecting text of drust's into a type of std's.
macro_rules! collected {
    ($($to:ty),* $(,)?) => {$(
        impl FromIterator<String> for $to {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = String>>(pieces: I) -> Self {
                let mut text = std::string::String::new();
                text.extend(pieces);
                text.into()
            }
        }
    )*};
}

collected!(std::string::String, std::boxed::Box<str>, Cow<'_, str>);
