//! What an operation on a key comes to, and how a client is told.

use super::Vec;
use super::bytes::Bytes;
use crate::resp::Replies;

data! {
    /// What came of it.
    pub enum Answer {
        /// There is no such thing.
        Nothing,
        /// It is done.
        Done,
        /// A number.
        Integer(i64),
        /// Bytes.
        Bytes(Bytes),
        /// A word: the type of a key.
        Word(Bytes),
        /// Some values, of which some may be missing.
        List(Vec<Option<Bytes>>),
        /// Fields and values.
        Pairs(Vec<(Bytes, Bytes)>),
        /// Where to go on, and a page of fields and values.
        Page(u64, Vec<(Bytes, Bytes)>),
        /// It was refused.
        Refused(Refusal),
    }
}

data! {
    /// Why it was refused.
    #[derive(Clone, Copy)]
    pub enum Refusal {
        /// The key holds a value of another type.
        WrongType,
        /// What is there is no whole number of 64 bits.
        NotInteger,
        /// What is there is no number.
        NotFloat,
        /// As [`Refusal::NotInteger`], in a hash.
        FieldNotInteger,
        /// As [`Refusal::NotFloat`], in a hash.
        FieldNotFloat,
        /// The sum has no room in 64 bits.
        Overflow,
        /// The sum is no number, or infinite.
        NotFinite,
        /// The string would be too long.
        TooLong,
    }
}

impl Refusal {
    /// In Redis' words.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
            Refusal::NotInteger => "ERR value is not an integer or out of range",
            Refusal::NotFloat => "ERR value is not a valid float",
            Refusal::FieldNotInteger => "ERR hash value is not an integer",
            Refusal::FieldNotFloat => "ERR hash value is not a float",
            Refusal::Overflow => "ERR increment or decrement would overflow",
            Refusal::NotFinite => "ERR increment would produce NaN or Infinity",
            Refusal::TooLong => "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        }
    }
}

impl Answer {
    /// Tells a client.
    pub fn write(&self, replies: &mut Replies) {
        match self {
            Answer::Nothing => replies.null(),
            Answer::Done => replies.simple("OK"),
            Answer::Integer(number) => replies.integer(*number),
            Answer::Bytes(bytes) => replies.bulk(bytes.as_slice()),
            Answer::Word(word) => replies.simple(&String::from_utf8_lossy(word.as_slice())),
            Answer::List(list) => {
                replies.array(list.len());
                for bytes in list.iter() {
                    match bytes {
                        Some(bytes) => replies.bulk(bytes.as_slice()),
                        None => replies.null(),
                    }
                }
            }
            Answer::Pairs(pairs) => {
                replies.map(pairs.len());
                write_pairs(pairs, replies);
            }
            Answer::Page(cursor, pairs) => {
                replies.array(2);
                replies.bulk(cursor.to_string().as_bytes());
                replies.array(2 * pairs.len());
                write_pairs(pairs, replies);
            }
            Answer::Refused(refusal) => replies.error(refusal.text()),
        }
    }
}

fn write_pairs(pairs: &[(Bytes, Bytes)], replies: &mut Replies) {
    for (field, value) in pairs {
        replies.bulk(field.as_slice());
        replies.bulk(value.as_slice());
    }
}
