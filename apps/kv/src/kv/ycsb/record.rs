//! Records, which tell whether they are whole, and whose they are.

use super::super::answer::Answer;
use super::super::bytes::Bytes;
use super::super::change::{Change, Expiry, Only, Tells};
use crate::mix::scatter;

/// What a read has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// The record, as somebody wrote it.
    Whole,
    /// Nothing.
    Missing,
    /// Something that nobody has written there.
    Wrong,
}

/// A record's key.
pub fn key(number: u64) -> [u8; 24] {
    let mut key = *b"user00000000000000000000";
    let mut rest = scatter(number);
    for digit in key[4..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    key
}

/// The words that follow the number and the version.
fn filler(number: u64, version: u64) -> [u8; 8] {
    scatter(number.rotate_left(32) ^ version).to_le_bytes()
}

/// Writes a version of a record.
pub fn set(number: u64, version: u64, size: u64) -> Change {
    let mut bytes = vec![0; size as usize];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes[8..16].copy_from_slice(&version.to_le_bytes());
    let word = filler(number, version);
    bytes[16..].chunks_mut(8).for_each(|part| part.copy_from_slice(&word[..part.len()]));
    Change::Set(Bytes::from(bytes.as_slice()), Expiry::Never, Only::Always, Tells::Done)
}

/// What a read of a record has seen.
pub fn seen(number: u64, answer: &Answer, size: u64) -> Seen {
    let bytes = match answer {
        Answer::Nothing => return Seen::Missing,
        Answer::Bytes(bytes) => bytes.as_slice(),
        _ => return Seen::Wrong,
    };
    let word = |at: usize| bytes.get(at..at + 8).and_then(|word| word.try_into().ok()).map(u64::from_le_bytes);
    let (Some(own), Some(version)) = (word(0), word(8)) else { return Seen::Wrong };
    let expected = filler(number, version);
    let whole = bytes[16..].chunks(8).all(|part| part == &expected[..part.len()]);
    if own == number && whole && bytes.len() as u64 == size { Seen::Whole } else { Seen::Wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: Change) -> Answer {
        let Change::Set(bytes, ..) = change else { panic!("a record is set") };
        Answer::Bytes(bytes)
    }

    #[test]
    fn records_tell_when_they_are_torn() {
        for size in [24, 31, 100, 1000] {
            let answer = read(set(7, 3, size));
            assert_eq!(seen(7, &answer, size), Seen::Whole);
            assert_eq!(seen(8, &answer, size), Seen::Wrong);
            let Answer::Bytes(bytes) = answer else { unreachable!() };
            let mut torn = bytes.as_slice().to_vec();
            *torn.last_mut().unwrap() ^= 1;
            assert_eq!(seen(7, &Answer::Bytes(Bytes::from(&torn[..])), size), Seen::Wrong);
            assert_eq!(seen(7, &Answer::Bytes(Bytes::from(&torn[..9])), size), Seen::Wrong);
        }
        assert_eq!(seen(7, &Answer::Nothing, 24), Seen::Missing);
        assert_eq!(key(1).len(), 24);
        assert_ne!(key(1), key(2));
    }
}
