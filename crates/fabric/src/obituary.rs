//! The obituary: what a node tells all others before it ends, so that they blame whom it blames and not it.
//!
//! Pure: bytes in, bytes out, for every carrier of real processes. It comes over an authenticated connection, yet
//! nothing in it is believed unchecked.
//!
//! ```text
//! +0   u16 rank     who was lost; the sender itself where it tells its own failure
//! +2   u8  kind     1 closed, 2 broken, 3 silent, 4 ended, 5 its launcher died
//! +3   u8  len      bytes of text, at most 240
//! +4   u64 number   silent: for how many nanoseconds; ended: the exit code, sign-extended; else 0
//! +12  text         broken: what made no sense; ended: the last words; else none; UTF-8
//! ```

use crate::{Cause, Lost};
use drust_proto::Rank;
use std::time::Duration;

const HEAD: usize = 12;
/// Bytes of text at most.
const TEXT: usize = 240;
/// Bytes of an obituary at most.
pub(crate) const MOST: usize = HEAD + TEXT;

const CLOSED: u8 = 1;
const BROKEN: u8 = 2;
const SILENT: u8 = 3;
const ENDED: u8 = 4;
const LAUNCHER_GONE: u8 = 5;

/// Bytes that are no obituary, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Garbled(pub(crate) &'static str);

/// What is sent of a loss; a text that is too long loses its end. Whoever reads it adds who sent it.
pub(crate) fn encode(lost: &Lost) -> Vec<u8> {
    let (kind, number, text) = match &lost.cause {
        // Who left in order ends no job; to whom it matters nevertheless, it is gone like any other.
        Cause::Closed | Cause::Departed => (CLOSED, 0, ""),
        Cause::Broken(what) => (BROKEN, 0, &**what),
        Cause::Silent(time) => (SILENT, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), ""),
        Cause::Ended { code, why } => (ENDED, i64::from(*code).cast_unsigned(), &**why),
        Cause::LauncherGone => (LAUNCHER_GONE, 0, ""),
    };
    let text = &text[..text.floor_char_boundary(TEXT)];
    let mut record = Vec::with_capacity(HEAD + text.len());
    record.extend_from_slice(&lost.rank.0.to_le_bytes());
    record.extend_from_slice(&[kind, text.len() as u8]);
    record.extend_from_slice(&number.to_le_bytes());
    record.extend_from_slice(text.as_bytes());
    record
}

/// The obituary at the front of what node `from` of a cluster of `size` sent, and its length; `None` where more bytes
/// must come first.
pub(crate) fn decode(bytes: &[u8], from: Rank, size: u16) -> Result<Option<(Lost, usize)>, Garbled> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
    let rank = Rank(u16::from_le_bytes([head[0], head[1]]));
    let (kind, len) = (head[2], usize::from(head[3]));
    let number = head.last_chunk().map_or(0, |number| u64::from_le_bytes(*number));
    if rank.0 >= size {
        return Err(Garbled("an obituary of no node"));
    }
    if len > TEXT {
        return Err(Garbled("an obituary that is too long"));
    }
    let Some(text) = rest.get(..len) else { return Ok(None) };
    let text = str::from_utf8(text).map_err(|_| Garbled("an obituary that is no text"))?.to_owned();
    let cause = match kind {
        BROKEN => Cause::Broken(text.into()),
        ENDED => {
            let code = i32::try_from(number.cast_signed()).map_err(|_| Garbled("an obituary with no exit code"))?;
            Cause::Ended { code, why: text }
        }
        _ if len > 0 => return Err(Garbled("an obituary with words where none belong")),
        CLOSED => Cause::Closed,
        SILENT => Cause::Silent(Duration::from_nanos(number)),
        LAUNCHER_GONE => Cause::LauncherGone,
        _ => return Err(Garbled("an obituary of an unknown kind")),
    };
    Ok(Some((Lost { rank, cause, by: Some(from) }, HEAD + len)))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const FROM: Rank = Rank(2);
    const SIZE: u16 = 4;

    fn there_and_back(cause: Cause) -> Lost {
        let record = encode(&Lost::seen(Rank(1), cause));
        assert!(record.len() <= MOST);
        let (lost, len) = decode(&record, FROM, SIZE).expect("it is whole").expect("it is sound");
        assert_eq!((len, lost.rank, lost.by), (record.len(), Rank(1), Some(FROM)));
        lost
    }

    fn causes() -> [Cause; 6] {
        [
            Cause::Closed,
            Cause::Broken("a frame of kind 77".into()),
            Cause::Silent(Duration::from_millis(30_250)),
            Cause::Ended { code: 116, why: "no room für a Node".to_owned() },
            Cause::Ended { code: i32::MIN, why: String::new() },
            Cause::LauncherGone,
        ]
    }

    #[test]
    fn every_cause_survives_its_bytes() {
        for cause in causes() {
            assert_eq!(there_and_back(cause.clone()).cause, cause);
        }
        assert_eq!(there_and_back(Cause::Departed).cause, Cause::Closed);
    }

    #[test]
    fn long_words_lose_their_end_between_letters() {
        let why = format!("x{}", "ü".repeat(200));
        let Cause::Ended { why: kept, .. } = there_and_back(Cause::Ended { code: 1, why: why.clone() }).cause else {
            panic!("another cause");
        };
        assert_eq!((kept.len(), why.starts_with(&kept)), (239, true));
    }

    #[test]
    fn what_is_cut_short_wants_more() {
        for cause in causes() {
            let record = encode(&Lost::seen(Rank(1), cause));
            for end in 0..record.len() {
                assert_eq!(decode(&record[..end], FROM, SIZE), Ok(None));
            }
            let with_more = [&record[..], b"more"].concat();
            assert_eq!(decode(&with_more, FROM, SIZE).unwrap().unwrap().1, record.len());
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let sound = encode(&Lost::seen(Rank(1), Cause::Ended { code: 7, why: "words".to_owned() }));
        let refused = |at: usize, byte: u8| {
            let mut record = sound.clone();
            record[at] = byte;
            record.resize(MOST + 16, b'.');
            decode(&record, FROM, SIZE).expect_err("it makes no sense").0
        };
        assert_eq!(refused(0, 4), "an obituary of no node");
        assert_eq!(refused(1, 1), "an obituary of no node");
        assert_eq!(refused(2, 0), "an obituary with words where none belong");
        assert_eq!(refused(2, CLOSED), "an obituary with words where none belong");
        assert_eq!(refused(3, 241), "an obituary that is too long");
        assert_eq!(refused(10, 1), "an obituary with no exit code");
        assert_eq!(refused(HEAD, 0xff), "an obituary that is no text");
        for kind in (0..=u8::MAX).filter(|kind| !(CLOSED..=LAUNCHER_GONE).contains(kind)) {
            let record = [&[1, 0, kind, 0][..], &[0; 8]].concat();
            assert_eq!(decode(&record, FROM, SIZE), Err(Garbled("an obituary of an unknown kind")));
        }
    }
}
