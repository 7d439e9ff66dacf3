//! What can be asked of a key without changing it.

use super::Vec;
use super::answer::{Answer, Refusal};
use super::bytes::Bytes;
use super::hash::Hash;
use super::item::{Item, Value};
use crate::glob;

data! {
    /// A question.
    pub enum Look {
        /// GET
        Get,
        /// STRLEN
        StrLen,
        /// GETRANGE
        GetRange(i64, i64),
        /// EXISTS
        Exists,
        /// TYPE
        Type,
        /// TTL and PTTL: what is left, in units of so many milliseconds.
        Left(u64),
        /// EXPIRETIME and PEXPIRETIME: until when, in units of so many milliseconds.
        Until(u64),
        /// HGET
        Field(Bytes),
        /// HMGET
        Fields(Vec<Bytes>),
        /// HEXISTS
        HasField(Bytes),
        /// HSTRLEN
        FieldLen(Bytes),
        /// HLEN
        Len,
        /// HGETALL
        All,
        /// HKEYS
        Names,
        /// HVALS
        Values,
        /// HSCAN: from where, how many, and of which names.
        Page(u64, u64, Option<Bytes>),
    }
}

data! {
    /// A question, and when it was asked.
    pub struct Question {
        /// What is asked.
        pub look: Look,
        /// In milliseconds since 1970.
        pub now: u64,
    }
}

/// Asks an item, at its home or of a copy of it.
pub fn ask(item: &Item, Question { look, now }: Question) -> Answer {
    match (item.live(now), look) {
        (Value::Nothing, look) => look.of_nothing(),
        (_, Look::Exists) => Answer::Integer(1),
        (value, Look::Type) => Answer::Word(Bytes::from(name_of(value).as_bytes())),
        (_, Look::Left(_) | Look::Until(_)) if item.until == 0 => Answer::Integer(-1),
        // Rounded to the nearest, as Redis does.
        (_, Look::Left(unit)) => Answer::Integer(((item.until - now + unit / 2) / unit) as i64),
        (_, Look::Until(unit)) => Answer::Integer((item.until / unit) as i64),
        (Value::Text(text), look) => text_look(text, look),
        (Value::Hash(hash), look) => hash_look(hash, look),
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Nothing => "none",
        Value::Text(_) => "string",
        Value::Hash(_) => "hash",
    }
}

impl Look {
    /// What it comes to where there is no such key.
    pub fn of_nothing(&self) -> Answer {
        match self {
            Look::Get | Look::Field(_) => Answer::Nothing,
            Look::Left(_) | Look::Until(_) => Answer::Integer(-2),
            Look::Type => Answer::Word(Bytes::from(&b"none"[..])),
            Look::GetRange(..) => Answer::Bytes(Bytes::from(&b""[..])),
            Look::Fields(names) => Answer::List(names.iter().map(|_| None).collect()),
            Look::Names | Look::Values => Answer::List(Vec::new()),
            Look::All => Answer::Pairs(Vec::new()),
            Look::Page(..) => Answer::Page(0, Vec::new()),
            Look::StrLen | Look::Exists | Look::HasField(_) | Look::FieldLen(_) | Look::Len => Answer::Integer(0),
        }
    }
}

fn text_look(text: &Bytes, look: Look) -> Answer {
    match look {
        Look::Get => Answer::Bytes(text.clone()),
        Look::StrLen => Answer::Integer(text.as_slice().len() as i64),
        Look::GetRange(first, last) => Answer::Bytes(Bytes::from(part(text.as_slice(), first, last))),
        _ => Answer::Refused(Refusal::WrongType),
    }
}

/// The bytes from one to another, both included, counted from the end where they are negative.
fn part(text: &[u8], first: i64, last: i64) -> &[u8] {
    let len = text.len() as i64;
    let from_start = |at: i64| if at < 0 { (len + at).max(0) } else { at };
    if first < 0 && last < 0 && first > last {
        return b"";
    }
    let (first, last) = (from_start(first), from_start(last).min(len - 1));
    if first > last || len == 0 { b"" } else { &text[first as usize..=last as usize] }
}

fn hash_look(hash: &Hash, look: Look) -> Answer {
    let own = |(name, value): (&Bytes, &Bytes)| (name.clone(), value.clone());
    match look {
        Look::Field(name) => hash.get(name).map_or(Answer::Nothing, |value| Answer::Bytes(value.clone())),
        Look::Fields(names) => Answer::List(names.iter().map(|name| hash.get(name.clone()).cloned()).collect()),
        Look::HasField(name) => Answer::Integer(i64::from(hash.get(name).is_some())),
        Look::FieldLen(name) => Answer::Integer(hash.get(name).map_or(0, |value| value.as_slice().len() as i64)),
        Look::Len => Answer::Integer(hash.len() as i64),
        Look::All => Answer::Pairs(hash.iter().map(own).collect()),
        Look::Names => Answer::List(hash.iter().map(|(name, _)| Some(name.clone())).collect()),
        Look::Values => Answer::List(hash.iter().map(|(_, value)| Some(value.clone())).collect()),
        Look::Page(cursor, count, pattern) => {
            let (next, page) = hash.page(cursor, count as usize);
            let wanted = |name: &Bytes| {
                pattern.as_ref().is_none_or(|pattern| glob::matches(pattern.as_slice(), name.as_slice()))
            };
            Answer::Page(next, page.into_iter().filter(|(name, _)| wanted(name)).map(own).collect())
        }
        _ => Answer::Refused(Refusal::WrongType),
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn parts_are_counted_from_both_ends() {
        let text = b"This is a string";
        assert_eq!(part(text, 0, 3), b"This");
        assert_eq!(part(text, -3, -1), b"ing");
        assert_eq!(part(text, 0, -1), text);
        assert_eq!(part(text, 10, 100), b"string");
        assert_eq!(part(text, -100, 3), b"This");
        assert_eq!([part(text, 5, 3), part(text, -1, -5), part(text, 16, 20), part(b"", 0, -1)], [b""; 4]);
    }
}
