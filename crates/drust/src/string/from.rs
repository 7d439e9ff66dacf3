//! Strings made from other values, and what is made from them.

use super::{INLINE_MAX, String};
use crate::boxed::Box;
use drust_heap::{Described, Handle, Pointee};
use drust_runtime::memory::{self, Shape};
use std::borrow::Cow;
use std::convert::Infallible;
use std::str::FromStr;

impl From<&str> for String {
    #[inline]
    #[track_caller]
    fn from(text: &str) -> String {
        let len = text.len();
        if len <= INLINE_MAX {
            let mut string = String::new();
            string.push_str(text);
            return string;
        }
        let Some(fresh) = memory::near_slot(u8::DESCRIPTOR.layout(len), u8::DESCRIPTOR) else {
            let room = memory::room(Shape { descriptor: u8::DESCRIPTOR, elements: len, capacity: len });
            // SAFETY: the room is this string's own, and just large enough for the text.
            return unsafe {
                room.place().copy_from_nonoverlapping(text.as_ptr(), len);
                String::from_parts(room.settle(), len, len)
            };
        };
        let place = fresh.place.as_ptr();
        // SAFETY: the slot is new, this string's own, and just large enough for the text.
        unsafe {
            place.copy_from_nonoverlapping(text.as_ptr(), len);
            String::from_parts(Handle::new_private(place, fresh.address, fresh.stamp), len, len)
        }
    }
}

impl From<&mut str> for String {
    #[track_caller]
    fn from(text: &mut str) -> String {
        String::from(&*text)
    }
}

impl From<&String> for String {
    #[track_caller]
    fn from(text: &String) -> String {
        text.clone()
    }
}

impl From<std::string::String> for String {
    #[track_caller]
    fn from(text: std::string::String) -> String {
        String::from(&*text)
    }
}

impl From<&std::string::String> for String {
    #[track_caller]
    fn from(text: &std::string::String) -> String {
        String::from(&**text)
    }
}

impl From<String> for std::string::String {
    #[track_caller]
    fn from(text: String) -> std::string::String {
        text.look(|text| std::string::String::from(text))
    }
}

impl From<Cow<'_, str>> for String {
    #[track_caller]
    fn from(text: Cow<'_, str>) -> String {
        String::from(&*text)
    }
}

impl From<char> for String {
    fn from(character: char) -> String {
        String::from(&*character.encode_utf8(&mut [0; 4]))
    }
}

impl From<Box<str>> for String {
    /// The box's object becomes the string's, where it is.
    fn from(text: Box<str>) -> String {
        let (handle, len) = text.into_parts();
        if <str as Pointee>::elements(len) == 0 {
            return String::new();
        }
        // SAFETY: the box owned so many bytes of text in a slot of just that size, and is gone.
        unsafe { String::from_parts(handle, len, len) }
    }
}

impl From<String> for Box<str> {
    #[track_caller]
    fn from(text: String) -> Box<str> {
        text.into_boxed_str()
    }
}

impl FromStr for String {
    type Err = Infallible;

    #[track_caller]
    fn from_str(text: &str) -> Result<String, Infallible> {
        Ok(String::from(text))
    }
}

/// Implements collecting and extending from pieces of text.
macro_rules! pieces {
    ($([$($lifetime:lifetime)?] $piece:ty, $string:ident, $item:ident => $push:expr;)*) => {$(
        impl<$($lifetime)?> FromIterator<$piece> for String {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = $piece>>(pieces: I) -> String {
                let mut string = String::new();
                string.extend(pieces);
                string
            }
        }

        impl<$($lifetime)?> Extend<$piece> for String {
            #[track_caller]
            fn extend<I: IntoIterator<Item = $piece>>(&mut self, pieces: I) {
                let $string = self;
                for $item in pieces {
                    $push;
                }
            }
        }
    )*};
}

pieces! {
    [] char, string, piece => string.push(piece);
    ['a] &'a char, string, piece => string.push(*piece);
    ['a] &'a str, string, piece => string.push_str(piece);
    [] String, string, piece => piece.look(|piece| string.push_str(piece));
    [] std::string::String, string, piece => string.push_str(&piece);
    [] Box<str>, string, piece => piece.look(|piece| string.push_str(piece));
    [] std::boxed::Box<str>, string, piece => string.push_str(&piece);
    ['a] Cow<'a, str>, string, piece => string.push_str(&piece);
}
