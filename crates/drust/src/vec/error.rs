//! `TryReserveError`, under std's name.

use drust_runtime::memory::OutOfMemory;
use std::error::Error;
use std::fmt;

/// There is no room for what was to be reserved: [`Vec::try_reserve`](crate::Vec::try_reserve) and its like of
/// [`String`](crate::String::try_reserve) and the collections return it, in std's words.
///
/// Where the node has no room, [`source`](Error::source) is an [`OutOfMemory`], which says how much was asked, used and
/// allowed.
///
/// ```
/// let error = drust::Vec::<u64>::new().try_reserve(usize::MAX).unwrap_err();
/// assert!(error.to_string().contains("exceeded the collection's maximum"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TryReserveError {
    /// What the heap said; `None` where it was not asked, since no heap has so many bytes.
    refused: Option<OutOfMemory>,
}

impl TryReserveError {
    pub(crate) const OVERFLOW: TryReserveError = TryReserveError { refused: None };
}

impl From<OutOfMemory> for TryReserveError {
    fn from(refused: OutOfMemory) -> TryReserveError {
        TryReserveError { refused: Some(refused) }
    }
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory allocation failed because the ")?;
        f.write_str(match self.refused {
            None => "computed capacity exceeded the collection's maximum",
            Some(_) => "memory allocator returned an error",
        })
    }
}

impl Error for TryReserveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.refused.as_ref().map(|refused| refused as &(dyn Error + 'static))
    }
}
