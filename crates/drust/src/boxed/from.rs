//! Boxes made from other values, and what is made from them.

use super::Box;
use crate::string::String;
use crate::vec::Vec;
use drust_heap::Portable;
use std::borrow::Cow;

impl<T: Portable> From<T> for Box<T> {
    #[track_caller]
    fn from(value: T) -> Box<T> {
        Box::new(value)
    }
}

impl<T: Portable + Clone> From<&[T]> for Box<[T]> {
    #[track_caller]
    fn from(values: &[T]) -> Box<[T]> {
        Vec::from(values).into_boxed_slice()
    }
}

impl<T: Portable + Clone> From<&mut [T]> for Box<[T]> {
    #[track_caller]
    fn from(values: &mut [T]) -> Box<[T]> {
        Box::from(&*values)
    }
}

impl<T: Portable + Clone> From<Cow<'_, [T]>> for Box<[T]> {
    #[track_caller]
    fn from(values: Cow<'_, [T]>) -> Box<[T]> {
        match values {
            Cow::Borrowed(values) => Box::from(values),
            Cow::Owned(values) => Box::from(values),
        }
    }
}

impl From<&mut str> for Box<str> {
    #[track_caller]
    fn from(text: &mut str) -> Box<str> {
        Box::from(&*text)
    }
}

impl From<Cow<'_, str>> for Box<str> {
    #[track_caller]
    fn from(text: Cow<'_, str>) -> Box<str> {
        Box::from(&*text)
    }
}

impl From<std::string::String> for Box<str> {
    #[track_caller]
    fn from(text: std::string::String) -> Box<str> {
        Box::from(&*text)
    }
}

impl From<Box<str>> for Box<[u8]> {
    fn from(text: Box<str>) -> Box<[u8]> {
        text.into_boxed_bytes()
    }
}

impl<T: Portable, const N: usize> TryFrom<Box<[T]>> for Box<[T; N]> {
    type Error = Box<[T]>;

    /// The same object as an array, if there are `N` values; the slice is given back if not. Sends nothing but where
    /// the object must change its type: a remote slice moves here first.
    #[track_caller]
    fn try_from(values: Box<[T]>) -> Result<Box<[T; N]>, Box<[T]>> {
        let array = <[T; N]>::try_from(values.into_vec()).map_err(Vec::into_boxed_slice)?;
        Ok(Box::new(array))
    }
}

impl<T: Portable, const N: usize> TryFrom<Vec<T>> for Box<[T; N]> {
    type Error = Vec<T>;

    /// The values, if there are `N`; the vector is given back if not. A remote vector moves here first.
    #[track_caller]
    fn try_from(values: Vec<T>) -> Result<Box<[T; N]>, Vec<T>> {
        <[T; N]>::try_from(values).map(Box::new)
    }
}

impl<T: Portable> FromIterator<T> for Box<[T]> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Box<[T]> {
        values.into_iter().collect::<Vec<T>>().into_boxed_slice()
    }
}

/// Implements collecting text from pieces.
macro_rules! from_pieces {
    ($([$($lifetime:lifetime)?] $piece:ty),* $(,)?) => {$(
        impl<$($lifetime)?> FromIterator<$piece> for Box<str> {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = $piece>>(pieces: I) -> Box<str> {
                pieces.into_iter().collect::<String>().into_boxed_str()
            }
        }
    )*};
}

from_pieces!(
    [] char,
    ['a] &'a char,
    ['a] &'a str,
    [] String,
    [] std::string::String,
    [] Box<str>,
    ['a] Cow<'a, str>,
);
