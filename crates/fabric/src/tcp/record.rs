//! What flows on a connection after the greeting: records, each a header of 16 bytes and its bytes, padded to 16.
//!
//! Drawn in `docs/design/tcp.md`. Since every record is a multiple of 16 bytes long, one that lies whole in an aligned
//! buffer has its bytes aligned too, and can be shown where it lies.

/// Bytes of a header, and what records are multiples of.
pub(super) const UNIT: usize = 16;

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A message of the user of the fabric.
    Message = 1,
    /// Nothing but a sign of life.
    Heartbeat = 2,
    /// The sender leaves in order: the end of the connection is no loss.
    Farewell = 3,
    /// Why the sender ends.
    Obituary = 4,
    /// While joining: who the sender is and where it listens.
    Card = 5,
    /// While joining: where everybody listens.
    Table = 6,
    /// The sender closes this connection, and says why.
    Refusal = 7,
}

impl Kind {
    const ALL: [Kind; 7] =
        [Kind::Message, Kind::Heartbeat, Kind::Farewell, Kind::Obituary, Kind::Card, Kind::Table, Kind::Refusal];

    /// The most bytes of a record that is no message.
    fn most(self) -> u64 {
        match self {
            Kind::Message => u64::MAX,
            Kind::Heartbeat | Kind::Farewell => 0,
            Kind::Obituary | Kind::Card | Kind::Refusal => 1024,
            Kind::Table => 32 << 16,
        }
    }
}

/// The start of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    /// Bytes that follow, without the padding.
    pub(super) len: u64,
    /// The record's number on its connection and side, from 0 on, modulo 2^32.
    pub(super) number: u32,
}

impl Header {
    pub(super) fn encode(self) -> [u8; UNIT] {
        let mut bytes = [0; UNIT];
        bytes[..8].copy_from_slice(&self.len.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.number.to_le_bytes());
        bytes[12] = self.kind as u8;
        bytes
    }

    /// # Errors
    /// What is wrong with it.
    pub(super) fn decode(bytes: &[u8; UNIT]) -> Result<Header, &'static str> {
        let mut len = [0; 8];
        len.copy_from_slice(&bytes[..8]);
        let len = u64::from_le_bytes(len);
        let number = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == bytes[12]).ok_or("a record of no known kind")?;
        if bytes[13..] != [0; 3] {
            return Err("a record with reserved bits");
        }
        if len > kind.most() {
            return Err("a record longer than its kind may be");
        }
        Ok(Header { kind, len, number })
    }
}

/// Bytes that make a record of `len` bytes a multiple of [`UNIT`].
pub(super) fn padding(len: u64) -> &'static [u8] {
    const ZEROES: [u8; UNIT] = [0; UNIT];
    &ZEROES[..(len.wrapping_neg() % UNIT as u64) as usize]
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_its_bytes() {
        for kind in Kind::ALL {
            let header = Header { kind, len: kind.most(), number: u32::MAX };
            assert_eq!(Header::decode(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let good = Header { kind: Kind::Card, len: 7, number: 3 }.encode();
        let change = |at: usize, to: u8| {
            let mut bytes = good;
            bytes[at] = to;
            Header::decode(&bytes).expect_err("it is refused")
        };
        assert_eq!(change(12, 0), "a record of no known kind");
        assert_eq!(change(12, 8), "a record of no known kind");
        assert_eq!(change(15, 1), "a record with reserved bits");
        assert_eq!(change(2, 1), "a record longer than its kind may be");
    }

    #[test]
    fn padding_fills_units() {
        for len in 0..40 {
            assert!((len + padding(len).len() as u64).is_multiple_of(UNIT as u64));
            assert!(padding(len).len() < UNIT);
        }
    }
}
