//! What a copy is filed under.

use crate::{Address, Stamp};

/// How much of the object a copy holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Extent {
    /// All initialised elements: the only kind that serves `Deref`.
    Whole,
    /// Some bytes inside the object, never served as the whole.
    Range,
}

/// The key of a copy: which value, where it lives, and which bytes of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CopyKey {
    /// The value's stamp.
    pub stamp: Stamp,
    /// Where the copied bytes start.
    pub address: Address,
    /// Bytes copied from there.
    pub len: u64,
    /// Whether these are the whole value.
    pub extent: Extent,
}
