//! Stamps: numbers that name one value of one object for all time.

use std::num::NonZeroU64;

/// Names one value of one object; never used for any other value of any object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stamp(pub NonZeroU64);

impl Stamp {
    /// The stamp of values that have no object; never filed, never leased.
    pub const RESERVED: Stamp = Stamp(NonZeroU64::MAX);
}
