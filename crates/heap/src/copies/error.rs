//! What the copy table says when it cannot pin a copy.

use std::{error, fmt};

/// Pinned copies leave no room, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full {
    /// Bytes the copy would occupy.
    pub asked: usize,
    /// Bytes of copies that cannot be evicted, because something on this node points at them.
    pub pinned: usize,
    /// Bytes that copies may occupy.
    pub limit: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Full { asked, pinned, limit } = self;
        write!(
            f,
            "no room for a copy of {asked} bytes: {pinned} of {limit} bytes allowed for copies are pinned by values \
             read here and not given back; read through guards, release, or raise the limit"
        )
    }
}

impl error::Error for Full {}

/// Why a copy was not pinned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinError<E> {
    /// Pinned copies leave no room.
    Full(Full),
    /// What was to fill the copy failed.
    Fill(E),
}

impl<E> From<Full> for PinError<E> {
    fn from(full: Full) -> PinError<E> {
        PinError::Full(full)
    }
}

impl<E: fmt::Display> fmt::Display for PinError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PinError::Full(full) => full.fmt(f),
            PinError::Fill(error) => write!(f, "fetching a copy failed: {error}"),
        }
    }
}

impl<E: error::Error + 'static> error::Error for PinError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            PinError::Full(_) => None,
            PinError::Fill(error) => Some(error),
        }
    }
}
