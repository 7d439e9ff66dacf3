//! What can be wrong with bytes from another node.

use crate::{Address, Rank};
use std::fmt;

/// Why bytes were refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WireError {
    /// The bytes end before what they should hold.
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes it takes.
        need: u64,
        /// Bytes there were.
        have: u64,
    },
    /// Bytes are left over after a whole message.
    Trailing {
        /// What was read.
        what: &'static str,
        /// Bytes left over.
        extra: u64,
    },
    /// The first byte names no frame of this version.
    UnknownKind {
        /// The byte.
        kind: u8,
    },
    /// A field has a value that means nothing.
    Field {
        /// The frame or record.
        what: &'static str,
        /// The field.
        field: &'static str,
        /// The value met.
        value: u64,
    },
    /// An address sent to a node that is not its home.
    Misdirected {
        /// The address.
        address: Address,
        /// The node it was sent to.
        home: Rank,
    },
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireError::Truncated { what, need, have } => {
                write!(f, "{what} takes {need} bytes, only {have} came")
            }
            WireError::Trailing { what, extra } => write!(f, "{extra} bytes too many after {what}"),
            WireError::UnknownKind { kind } => write!(f, "no frame has the kind {kind}"),
            WireError::Field { what, field, value } => {
                write!(f, "{field} of {what} cannot be {value:#x}")
            }
            WireError::Misdirected { address, home } => {
                write!(f, "{address:?} is not homed at node {home}")
            }
        }
    }
}

impl std::error::Error for WireError {}
