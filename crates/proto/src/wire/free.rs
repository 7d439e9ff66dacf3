//! One-way frees, many to a message: the records that follow a `FreeBatch` header.

use super::WireError;
use super::bytes::{Reader, Writer};
use crate::coherence::FreeKind;
use crate::{Address, Rank};

/// One object to be freed by its home.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FreeRecord {
    /// Where the object is.
    pub address: Address,
    /// Initialised elements in it, by which the home traces; checked against the slot.
    pub elements: u64,
    /// Whether its contents have moved out or go with it.
    pub kind: FreeKind,
}

impl FreeRecord {
    /// Bytes of a record.
    pub const LEN: usize = 16;

    const DROP_BIT: u64 = 1;
    const RESERVED_BITS: u64 = 6;

    /// The record's bytes.
    ///
    /// # Panics
    /// Where the address is the reserved one, which has no object.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        assert_ne!(self.address, Address::RESERVED, "a value without an object is never freed");
        let bit = if self.kind == FreeKind::DropContents { Self::DROP_BIT } else { 0 };
        let mut bytes = [0; Self::LEN];
        Writer::new(&mut bytes).u64(self.address.word() | bit).u64(self.elements);
        bytes
    }

    /// Reads the record at the start of `bytes`, sent to `home`.
    ///
    /// # Errors
    /// [`WireError`]: too few bytes, a reserved bit, or an address homed elsewhere (the reserved one always is).
    pub fn decode(bytes: &[u8], home: Rank) -> Result<FreeRecord, WireError> {
        let mut fields = Reader::new(bytes, Self::LEN, "free record")?;
        let word = fields.u64();
        if word & Self::RESERVED_BITS != 0 {
            return Err(fields.bad("address", word));
        }
        let address = Address::from_word(word);
        if address.home() != home || address == Address::RESERVED {
            return Err(WireError::Misdirected { address, home });
        }
        let kind = if word & Self::DROP_BIT == 0 { FreeKind::MovedOut } else { FreeKind::DropContents };
        Ok(FreeRecord { address, elements: fields.u64(), kind })
    }
}

/// The records in the body of a `FreeBatch` sent to `home`, each checked as it is reached.
pub fn free_records(body: &[u8], home: Rank) -> impl Iterator<Item = Result<FreeRecord, WireError>> {
    body.chunks(FreeRecord::LEN).map(move |record| FreeRecord::decode(record, home))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Partition;

    fn record(kind: FreeKind) -> FreeRecord {
        FreeRecord { address: Address::new(Partition(2), 0x1238), elements: u64::MAX, kind }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let records = [record(FreeKind::MovedOut), record(FreeKind::DropContents)];
        let body: Vec<u8> = records.iter().flat_map(FreeRecord::encode).collect();
        assert!(free_records(&body, Rank(2)).eq(records.map(Ok)));
        assert_eq!(body[..8], [0x38, 0x12, 0, 0, 0, 0, 2, 0]);
        assert_eq!(body[16], 0x39);
    }

    #[test]
    fn a_record_cut_short_is_refused_at_every_length() {
        let bytes = record(FreeKind::MovedOut).encode();
        for have in 1..FreeRecord::LEN {
            let error = WireError::Truncated { what: "free record", need: 16, have: have as u64 };
            assert!(free_records(&bytes[..have], Rank(2)).eq([Err(error)]));
        }
    }

    #[test]
    fn reserved_bits_are_refused() {
        for bit in [2, 4] {
            let mut bytes = record(FreeKind::MovedOut).encode();
            bytes[0] |= bit;
            assert!(matches!(FreeRecord::decode(&bytes, Rank(2)), Err(WireError::Field { field: "address", .. })));
        }
    }

    #[test]
    fn an_address_of_another_home_is_refused() {
        let free = record(FreeKind::MovedOut);
        let error = WireError::Misdirected { address: free.address, home: Rank(1) };
        assert_eq!(FreeRecord::decode(&free.encode(), Rank(1)), Err(error));
        let reserved = Address::RESERVED.word().to_le_bytes();
        let bytes: Vec<u8> = reserved.into_iter().chain([0; 8]).collect();
        let home = Address::RESERVED.home();
        let error = WireError::Misdirected { address: Address::RESERVED, home };
        assert_eq!(FreeRecord::decode(&bytes, home), Err(error));
    }

    #[test]
    #[should_panic(expected = "without an object")]
    fn the_reserved_address_is_never_encoded() {
        let _ = FreeRecord { address: Address::RESERVED, elements: 0, kind: FreeKind::MovedOut }.encode();
    }
}
