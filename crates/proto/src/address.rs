//! Global addresses: which partition, and where in it.

use crate::ids::Rank;
use std::fmt;

/// A part of the global heap. In this version partition `n` is homed at the node of rank `n`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Partition(pub u16);

impl Partition {
    /// The node that homes this partition.
    #[must_use]
    pub const fn home(self) -> Rank {
        Rank(self.0)
    }
}

/// A global address: 16 bits of partition, 48 bits of offset, at least 8-byte aligned.
///
/// ```
/// use drust_proto::{Address, Partition};
/// let at = Address::new(Partition(3), 0x1000);
/// assert_eq!(at.partition(), Partition(3));
/// assert_eq!(at.offset(), 0x1000);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(u64);

impl Address {
    /// Bit 0 of a handle's address word: "homed here, and nobody else has been given this stamp".
    pub const PRIVATE: u64 = 1;
    /// The address of values that have no object (zero size or zero capacity); never fetched.
    pub const RESERVED: Address = Address(0xFFFF_0000_0000_0000);

    const OFFSET_BITS: u32 = 48;

    /// The address `offset` bytes into `partition`.
    ///
    /// # Panics
    /// Where `offset` is not 8-byte aligned or needs more than 48 bits.
    #[must_use]
    pub const fn new(partition: Partition, offset: u64) -> Address {
        assert!(offset & 7 == 0 && offset >> Self::OFFSET_BITS == 0);
        Address((partition.0 as u64) << Self::OFFSET_BITS | offset)
    }

    /// The address of some bytes inside an object: any word that `word` gave, plus an offset that stays in the object.
    #[must_use]
    pub const fn inside(word: u64) -> Address {
        Address(word)
    }

    /// The address in a handle's word, its flag bits taken off.
    #[must_use]
    pub const fn from_word(word: u64) -> Address {
        Address(word & !7)
    }

    /// The word of a handle that is not PRIVATE.
    #[must_use]
    pub const fn word(self) -> u64 {
        self.0
    }

    /// The partition this address lies in.
    #[must_use]
    pub const fn partition(self) -> Partition {
        Partition((self.0 >> Self::OFFSET_BITS) as u16)
    }

    /// Bytes from the start of the partition.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.0 & ((1 << Self::OFFSET_BITS) - 1)
    }

    /// The node that homes this address.
    #[must_use]
    pub const fn home(self) -> Rank {
        self.partition().home()
    }
}

impl From<Address> for u64 {
    fn from(address: Address) -> u64 {
        address.word()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:#x}", self.partition().0, self.offset())
    }
}
