//! std's traits for `String`. Those that only look read through guards and leave no pin.

use super::String;
use std::borrow::{Borrow, BorrowMut, Cow};
use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::ops::{Add, AddAssign, Index, IndexMut};
use std::path::Path;
use std::slice::SliceIndex;

impl Clone for String {
    /// A new string on this node; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> String {
        self.look(|text| String::from(text))
    }

    #[track_caller]
    fn clone_from(&mut self, source: &String) {
        self.clear();
        source.look(|text| self.push_str(text));
    }
}

impl Default for String {
    fn default() -> String {
        String::new()
    }
}

impl PartialEq for String {
    #[track_caller]
    fn eq(&self, other: &String) -> bool {
        self.len() == other.len() && self.look(|a| other.look(|b| a == b))
    }
}

impl Eq for String {}

/// Implements `==` with what else holds text, on both sides.
macro_rules! equals {
    ($([$($lifetime:lifetime)?] $other:ty),* $(,)?) => {$(
        impl<$($lifetime)?> PartialEq<$other> for String {
            #[track_caller]
            fn eq(&self, other: &$other) -> bool {
                self.look(|text| *text == other[..])
            }
        }

        impl<$($lifetime)?> PartialEq<String> for $other {
            #[track_caller]
            fn eq(&self, other: &String) -> bool {
                other.look(|text| self[..] == *text)
            }
        }
    )*};
}

equals!([] str, ['a] &'a str, [] std::string::String, ['a] Cow<'a, str>);

impl PartialOrd for String {
    #[track_caller]
    fn partial_cmp(&self, other: &String) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for String {
    #[track_caller]
    fn cmp(&self, other: &String) -> Ordering {
        self.look(|a| other.look(|b| a.cmp(b)))
    }
}

impl Hash for String {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.look(|text| text.hash(state));
    }
}

impl fmt::Debug for String {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|text| fmt::Debug::fmt(text, f))
    }
}

impl fmt::Display for String {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|text| fmt::Display::fmt(text, f))
    }
}

impl fmt::Write for String {
    #[track_caller]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }

    #[track_caller]
    fn write_char(&mut self, character: char) -> fmt::Result {
        self.push(character);
        Ok(())
    }
}

impl Add<&str> for String {
    type Output = String;

    #[track_caller]
    fn add(mut self, more: &str) -> String {
        self.push_str(more);
        self
    }
}

impl AddAssign<&str> for String {
    #[track_caller]
    fn add_assign(&mut self, more: &str) {
        self.push_str(more);
    }
}

impl<I: SliceIndex<str>> Index<I> for String {
    type Output = I::Output;

    #[track_caller]
    fn index(&self, index: I) -> &I::Output {
        &(**self)[index]
    }
}

impl<I: SliceIndex<str>> IndexMut<I> for String {
    #[track_caller]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut (**self)[index]
    }
}

/// Implements conversions of a borrow.
macro_rules! as_ref {
    ($($to:ty),*) => {$(
        impl AsRef<$to> for String {
            #[track_caller]
            fn as_ref(&self) -> &$to {
                self.as_str().as_ref()
            }
        }
    )*};
}

as_ref!(str, [u8], Path, OsStr);

impl AsMut<str> for String {
    #[track_caller]
    fn as_mut(&mut self) -> &mut str {
        self
    }
}

impl Borrow<str> for String {
    #[track_caller]
    fn borrow(&self) -> &str {
        self
    }
}

impl BorrowMut<str> for String {
    #[track_caller]
    fn borrow_mut(&mut self) -> &mut str {
        self
    }
}

/// `ToSocketAddrs` as for `str`: a host and a port.
impl std::net::ToSocketAddrs for String {
    type Iter = std::vec::IntoIter<std::net::SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        self.look(|text| text.to_socket_addrs())
    }
}
