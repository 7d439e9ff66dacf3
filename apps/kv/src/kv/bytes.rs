//! Any bytes: keys, values, fields.

use super::{Arc, TBox, Vec};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// The most bytes that lie in the value itself.
const SHORT: usize = 46;

macro_rules! sizes {
    ($($name:ident: $size:literal),*) => {
        data! {
            /// Bytes that travel with what holds them, in one message, unless they are very long.
            pub enum Bytes {
                /// So many of these.
                Short(u8, [u8; SHORT]),
                $(
                    /// As above.
                    $name(u16, TBox<[u8; $size]>),
                )*
                /// Those that are fetched by themselves, and shared by all who read them: how much room they have, and
                /// the bytes.
                Long(u64, Arc<Vec<u8>>),
            }
        }

        impl Bytes {
            /// The bytes.
            pub fn as_slice(&self) -> &[u8] {
                match self {
                    Bytes::Short(len, bytes) => &bytes[..usize::from(*len)],
                    $(Bytes::$name(len, bytes) => &bytes[..usize::from(*len)],)*
                    Bytes::Long(_, bytes) => bytes,
                }
            }

            /// Bytes of memory that they take beside the value itself.
            pub fn weight(&self) -> u64 {
                match self {
                    Bytes::Short(..) => 0,
                    $(Bytes::$name(..) => $size,)*
                    Bytes::Long(room, _) => *room,
                }
            }

            /// Appends more where there is room for them; whether there is.
            fn extend_in_place(&mut self, more: &[u8]) -> bool {
                let (len, room): (usize, &mut [u8]) = match self {
                    Bytes::Short(len, bytes) => (usize::from(*len), &mut bytes[..]),
                    $(Bytes::$name(len, bytes) => (usize::from(*len), &mut bytes[..]),)*
                    Bytes::Long(room, bytes) => {
                        let Some(bytes) = Arc::get_mut(bytes) else { return false };
                        bytes.extend_from_slice(more);
                        *room = bytes.capacity() as u64;
                        return true;
                    }
                };
                let end = len + more.len();
                let Some(room) = room.get_mut(len..end) else { return false };
                room.copy_from_slice(more);
                match self {
                    Bytes::Short(len, _) => *len = end as u8,
                    $(Bytes::$name(len, _) => *len = end as u16,)*
                    Bytes::Long(..) => {}
                }
                true
            }
        }

        impl Clone for Bytes {
            fn clone(&self) -> Bytes {
                match self {
                    Bytes::Short(len, bytes) => Bytes::Short(*len, *bytes),
                    $(Bytes::$name(len, bytes) => Bytes::$name(*len, bytes.clone()),)*
                    Bytes::Long(room, bytes) => Bytes::Long(*room, bytes.clone()),
                }
            }
        }

        impl From<&[u8]> for Bytes {
            fn from(bytes: &[u8]) -> Bytes {
                match bytes.len() {
                    0..=SHORT => {
                        let mut short = [0; SHORT];
                        short[..bytes.len()].copy_from_slice(bytes);
                        Bytes::Short(bytes.len() as u8, short)
                    }
                    $(..=$size => {
                        let mut tied = TBox::new([0; $size]);
                        tied[..bytes.len()].copy_from_slice(bytes);
                        Bytes::$name(bytes.len() as u16, tied)
                    })*
                    len => Bytes::Long(len as u64, Arc::new(Vec::from(bytes))),
                }
            }
        }
    };
}

sizes!(To96: 96, To192: 192, To384: 384, To768: 768, To1152: 1152, To2048: 2048, To4096: 4096);

impl Bytes {
    /// Appends more.
    pub fn extend(&mut self, more: &[u8]) {
        if !self.extend_in_place(more) {
            *self = Bytes::from([self.as_slice(), more].concat().as_slice());
        }
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Bytes {
        Bytes::from(text.as_bytes())
    }
}

// As the slice: a key is looked up by it.

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Bytes) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Bytes) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Bytes) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_what_they_were_made_of_and_grow() {
        let text: std::vec::Vec<u8> = (0..6000).map(|n| n as u8).collect();
        for len in [0, 1, 46, 47, 96, 97, 384, 1000, 4096, 4097, 5000] {
            let mut bytes = Bytes::from(&text[..len]);
            assert_eq!(bytes.as_slice(), &text[..len]);
            assert!(bytes == bytes.clone() && bytes.weight() >= (len as u64).saturating_sub(SHORT as u64));
            for end in [len + 1, len + 40, len + 1000] {
                let more = &text[bytes.as_slice().len()..end];
                bytes.extend(more);
                assert_eq!(bytes.as_slice(), &text[..end]);
            }
        }
        assert_eq!(size_of::<Bytes>(), 48);
    }
}
