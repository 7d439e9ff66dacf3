//! Additions to atomic words that nobody waits for, many to a message: the records of an `AddMany`.

use super::WireError;
use super::bytes::{Reader, Writer};
use crate::{Address, Rank};

/// What is to be added to one word, wrapping around at its type's end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Addition {
    /// Where the word is.
    pub address: Address,
    /// What to add; of a word of 32 bits the lower half.
    pub delta: u64,
}

impl Addition {
    /// Bytes of a record.
    pub const LEN: usize = 16;

    /// The record's bytes.
    ///
    /// ```
    /// use drust_proto::wire::Addition;
    /// use drust_proto::{Address, Partition, Rank};
    /// let one = Addition { address: Address::new(Partition(2), 64), delta: 1 };
    /// assert_eq!(Addition::decode(&one.encode(), Rank(2)), Ok(one));
    /// ```
    #[must_use]
    #[inline]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        Writer::new(&mut bytes).u64(self.address.word()).u64(self.delta);
        bytes
    }

    /// Reads the record at the start of `bytes`, sent to `home`.
    ///
    /// # Errors
    /// [`WireError`]: too few bytes, an address that no word has, or one that is homed elsewhere.
    #[inline]
    pub fn decode(bytes: &[u8], home: Rank) -> Result<Addition, WireError> {
        let mut fields = Reader::new(bytes, Self::LEN, "addition")?;
        let word = fields.u64();
        let address = Address::from_word(word);
        if address.word() != word {
            return Err(fields.bad("address", word));
        }
        if address.home() != home || address == Address::RESERVED {
            return Err(WireError::Misdirected { address, home });
        }
        Ok(Addition { address, delta: fields.u64() })
    }
}

/// The records in the body of an `AddMany` sent to `home`, each checked as it is reached.
pub fn additions(body: &[u8], home: Rank) -> impl Iterator<Item = Result<Addition, WireError>> {
    body.chunks(Addition::LEN).map(move |record| Addition::decode(record, home))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Partition;

    fn addition() -> Addition {
        Addition { address: Address::new(Partition(2), 0x1238), delta: u64::MAX }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let records = [addition(), Addition { delta: 3, ..addition() }];
        let body: Vec<u8> = records.iter().flat_map(Addition::encode).collect();
        assert!(additions(&body, Rank(2)).eq(records.map(Ok)));
        assert_eq!(body[..9], [0x38, 0x12, 0, 0, 0, 0, 2, 0, 0xFF]);
    }

    #[test]
    fn a_record_cut_short_is_refused_at_every_length() {
        let bytes = addition().encode();
        for have in 1..Addition::LEN {
            let error = WireError::Truncated { what: "addition", need: 16, have: have as u64 };
            assert!(additions(&bytes[..have], Rank(2)).eq([Err(error)]));
        }
    }

    #[test]
    fn addresses_that_no_word_has_are_refused() {
        for bit in [1, 2, 4] {
            let mut bytes = addition().encode();
            bytes[0] |= bit;
            assert!(matches!(Addition::decode(&bytes, Rank(2)), Err(WireError::Field { field: "address", .. })));
        }
        let error = WireError::Misdirected { address: addition().address, home: Rank(1) };
        assert_eq!(Addition::decode(&addition().encode(), Rank(1)), Err(error));
        let reserved = Addition { address: Address::RESERVED, delta: 1 }.encode();
        assert!(Addition::decode(&reserved, Address::RESERVED.home()).is_err());
    }
}
