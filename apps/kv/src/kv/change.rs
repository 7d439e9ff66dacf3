//! What can be done to a key.

use super::Vec;
use super::answer::{Answer, Refusal};
use super::bytes::Bytes;
use super::hash::Hash;
use super::item::{Item, Value};
use crate::resp::number::{float_text, parse_float, parse_integer};

/// The longest string, as in Redis.
pub const LONGEST: usize = 512 << 20;

data! {
    /// Under which condition a key is set.
    #[derive(Clone, Copy, PartialEq)]
    pub enum Only {
        /// None.
        Always,
        /// Where it is not there.
        New,
        /// Where it is there.
        Old,
    }
}

data! {
    /// When a key that is set expires.
    #[derive(Clone, Copy)]
    pub enum Expiry {
        /// Never.
        Never,
        /// When it did before.
        Kept,
        /// At this millisecond since 1970.
        At(u64),
    }
}

data! {
    /// Under which condition an expiry is changed.
    #[derive(Clone, Copy, PartialEq)]
    pub enum Unless {
        /// None.
        Never,
        /// Where there is none.
        Has,
        /// Where there is one.
        HasNot,
        /// Where it is later than that which is there; none is latest.
        NotLater,
        /// Where it is earlier.
        NotEarlier,
        /// Where there is one, and it is earlier.
        HasNotOrNotEarlier,
    }
}

data! {
    /// What a client is told of a SET.
    #[derive(Clone, Copy)]
    pub enum Tells {
        /// That it is done, or nothing.
        Done,
        /// 1 or 0.
        Number,
        /// The value before.
        Old,
    }
}

data! {
    /// A change.
    pub enum Change {
        /// SET and its like.
        Set(Bytes, Expiry, Only, Tells),
        /// APPEND
        Append(Bytes),
        /// INCR and its like.
        Add(i64),
        /// INCRBYFLOAT
        AddFloat(f64),
        /// DEL
        Remove,
        /// GETDEL
        Take,
        /// GETEX; `None` leaves the expiry as it is.
        GetAnd(Option<u64>),
        /// EXPIRE and its like.
        Expire(u64, Unless),
        /// PERSIST
        Persist,
        /// HSET of one field, which needs no vector.
        SetField(Bytes, Bytes, Tells),
        /// HSET; HMSET tells that it is done.
        SetFields(Vec<(Bytes, Bytes)>, Tells),
        /// HSETNX
        SetNewField(Bytes, Bytes),
        /// HDEL
        RemoveFields(Vec<Bytes>),
        /// HINCRBY
        AddToField(Bytes, i64),
        /// HINCRBYFLOAT
        AddFloatToField(Bytes, f64),
        /// Nothing but what is done to every key first: what has expired goes.
        Sweep,
    }
}

data! {
    /// A change, and what is known where it comes from.
    pub struct Order {
        /// What is to be done.
        pub change: Change,
        /// In milliseconds since 1970.
        pub now: u64,
        /// Bytes of memory that the key takes beside itself.
        pub key: u64,
    }
}

data! {
    /// What came of a change.
    pub struct Done {
        /// For the client.
        pub answer: Answer,
        /// Bytes that the key takes more than before.
        pub grown: i64,
        /// Whether it had expired.
        pub expired: bool,
    }
}

/// Carries an order out, at the key's home; whether there is such a key then.
pub fn carry_out(item: &mut Item, Order { change, now, key }: Order) -> (Done, bool) {
    let before = item.weight(key);
    let expired = item.has_expired(now);
    if expired {
        *item = Item::default();
    }
    let answer = change.apply(item);
    if item.has_expired(now) || matches!(&item.value, Value::Hash(hash) if hash.len() == 0) {
        *item = Item::default();
    }
    let grown = item.weight(key) as i64 - before as i64;
    (Done { answer, grown, expired }, !matches!(item.value, Value::Nothing))
}

impl Change {
    fn apply(self, item: &mut Item) -> Answer {
        match self {
            Change::Set(value, expiry, only, tells) => set(item, value, expiry, only, tells),
            Change::Append(more) => text_of(item).map_or_else(Answer::Refused, |text| append(text, &more)),
            Change::Add(more) => add(item, more),
            Change::AddFloat(more) => add_float(item, more),
            Change::Remove => Answer::Integer(i64::from(!matches!(std::mem::take(item).value, Value::Nothing))),
            Change::Take => take(item),
            Change::GetAnd(until) => get_and(item, until),
            Change::Expire(until, unless) => expire(item, until, unless),
            Change::Persist => {
                let had = !matches!(item.value, Value::Nothing) && item.until != 0;
                item.until = 0;
                Answer::Integer(i64::from(had))
            }
            Change::Sweep => Answer::Done,
            change => match hash_of(item) {
                Ok(hash) => change.apply_to_fields(hash),
                Err(refusal) => Answer::Refused(refusal),
            },
        }
    }

    fn apply_to_fields(self, hash: &mut Hash) -> Answer {
        match self {
            Change::SetField(name, value, tells) => new_fields(usize::from(hash.set(name, value)), tells),
            Change::SetFields(fields, tells) => {
                let new = fields.into_iter().filter_map(|(name, value)| hash.set(name, value).then_some(())).count();
                new_fields(new, tells)
            }
            Change::SetNewField(name, value) => {
                let new = hash.get(name.clone()).is_none();
                Answer::Integer(i64::from(new && hash.set(name, value)))
            }
            Change::RemoveFields(names) => {
                Answer::Integer(names.into_iter().filter_map(|name| hash.remove(name).then_some(())).count() as i64)
            }
            Change::AddToField(name, more) => add_to_field(hash, name, more),
            Change::AddFloatToField(name, more) => add_float_to_field(hash, name, more),
            _ => Answer::Refused(Refusal::WrongType),
        }
    }
}

fn set(item: &mut Item, value: Bytes, expiry: Expiry, only: Only, tells: Tells) -> Answer {
    let there = !matches!(item.value, Value::Nothing);
    if matches!(tells, Tells::Old) && matches!(item.value, Value::Hash(_)) {
        return Answer::Refused(Refusal::WrongType);
    }
    let may = match only {
        Only::Always => true,
        Only::New => !there,
        Only::Old => there,
    };
    let old = if may {
        item.until = match expiry {
            Expiry::Never => 0,
            Expiry::Kept => item.until,
            Expiry::At(until) => until,
        };
        std::mem::replace(&mut item.value, Value::Text(value))
    } else if let (Tells::Old, Value::Text(text)) = (tells, &item.value) {
        Value::Text(text.clone())
    } else {
        Value::Nothing
    };
    match (tells, old) {
        (Tells::Old, Value::Text(text)) => Answer::Bytes(text),
        (Tells::Number, _) => Answer::Integer(i64::from(may)),
        (Tells::Done, _) if may => Answer::Done,
        _ => Answer::Nothing,
    }
}

/// The string of a key, which is made where it is not there.
fn text_of(item: &mut Item) -> Result<&mut Bytes, Refusal> {
    if let Value::Nothing = item.value {
        item.value = Value::Text(Bytes::from(&b""[..]));
    }
    match &mut item.value {
        Value::Text(text) => Ok(text),
        _ => Err(Refusal::WrongType),
    }
}

/// The hash of a key, which is made where it is not there; without a field it goes again.
fn hash_of(item: &mut Item) -> Result<&mut Hash, Refusal> {
    if let Value::Nothing = item.value {
        item.value = Value::Hash(Hash::default());
    }
    match &mut item.value {
        Value::Hash(hash) => Ok(hash),
        _ => Err(Refusal::WrongType),
    }
}

fn append(text: &mut Bytes, more: &Bytes) -> Answer {
    if text.as_slice().len() + more.as_slice().len() > LONGEST {
        return Answer::Refused(Refusal::TooLong);
    }
    text.extend(more.as_slice());
    Answer::Integer(text.as_slice().len() as i64)
}

/// The text of a key, or another where it is not there.
fn text_or<'a>(item: &'a Item, other: &'static [u8]) -> Result<&'a [u8], Refusal> {
    match &item.value {
        Value::Nothing => Ok(other),
        Value::Text(text) => Ok(text.as_slice()),
        Value::Hash(_) => Err(Refusal::WrongType),
    }
}

fn add(item: &mut Item, more: i64) -> Answer {
    let sum = text_or(item, b"0").and_then(|text| {
        let number = parse_integer(text).ok_or(Refusal::NotInteger)?;
        number.checked_add(more).ok_or(Refusal::Overflow)
    });
    match sum {
        Ok(sum) => {
            item.value = Value::Text(Bytes::from(itoa::Buffer::new().format(sum).as_bytes()));
            Answer::Integer(sum)
        }
        Err(refusal) => Answer::Refused(refusal),
    }
}

fn float_sum(text: &[u8], more: f64, refusal: Refusal) -> Result<Bytes, Refusal> {
    let sum = parse_float(text).ok_or(refusal)? + more;
    if sum.is_finite() { Ok(Bytes::from(float_text(sum))) } else { Err(Refusal::NotFinite) }
}

fn add_float(item: &mut Item, more: f64) -> Answer {
    match text_or(item, b"0").and_then(|text| float_sum(text, more, Refusal::NotFloat)) {
        Ok(sum) => {
            item.value = Value::Text(sum.clone());
            Answer::Bytes(sum)
        }
        Err(refusal) => Answer::Refused(refusal),
    }
}

fn take(item: &mut Item) -> Answer {
    match &item.value {
        Value::Hash(_) => Answer::Refused(Refusal::WrongType),
        _ => match std::mem::take(item).value {
            Value::Text(text) => Answer::Bytes(text),
            _ => Answer::Nothing,
        },
    }
}

fn get_and(item: &mut Item, until: Option<u64>) -> Answer {
    let answer = match &item.value {
        Value::Nothing => return Answer::Nothing,
        Value::Hash(_) => return Answer::Refused(Refusal::WrongType),
        Value::Text(text) => Answer::Bytes(text.clone()),
    };
    item.until = until.unwrap_or(item.until);
    answer
}

fn expire(item: &mut Item, until: u64, unless: Unless) -> Answer {
    let current = if item.until == 0 { u64::MAX } else { item.until };
    let may = match unless {
        Unless::Never => true,
        Unless::Has => item.until == 0,
        Unless::HasNot => item.until != 0,
        Unless::NotLater => until > current,
        Unless::NotEarlier => until < current,
        Unless::HasNotOrNotEarlier => item.until != 0 && until < current,
    };
    let may = may && !matches!(item.value, Value::Nothing);
    if may {
        item.until = until;
    }
    Answer::Integer(i64::from(may))
}

/// How a client is told that so many fields are new.
fn new_fields(new: usize, tells: Tells) -> Answer {
    if let Tells::Done = tells { Answer::Done } else { Answer::Integer(new as i64) }
}

fn add_to_field(hash: &mut Hash, name: Bytes, more: i64) -> Answer {
    let number = hash.get(name.clone()).map_or(Some(0), |value| parse_integer(value.as_slice()));
    let sum = number.ok_or(Refusal::FieldNotInteger);
    match sum.and_then(|number| number.checked_add(more).ok_or(Refusal::Overflow)) {
        Ok(sum) => {
            hash.set(name, Bytes::from(itoa::Buffer::new().format(sum).as_bytes()));
            Answer::Integer(sum)
        }
        Err(refusal) => Answer::Refused(refusal),
    }
}

fn add_float_to_field(hash: &mut Hash, name: Bytes, more: f64) -> Answer {
    let text = hash.get(name.clone()).cloned();
    let text = text.as_ref().map_or(&b"0"[..], Bytes::as_slice);
    match float_sum(text, more, Refusal::FieldNotFloat) {
        Ok(sum) => {
            hash.set(name, sum.clone());
            Answer::Bytes(sum)
        }
        Err(refusal) => Answer::Refused(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Bytes {
        Bytes::from(text.as_bytes())
    }

    fn at(item: &mut Item, now: u64, change: Change) -> (Done, bool) {
        carry_out(item, Order { change, now, key: 10 })
    }

    fn set_to(text: &str, expiry: Expiry, only: Only) -> Change {
        Change::Set(bytes(text), expiry, only, Tells::Number)
    }

    #[test]
    fn what_is_counted_is_what_is_there() {
        let (mut item, mut sum) = (Item::default(), 0);
        let long = "x".repeat(300);
        let changes = [
            set_to("1", Expiry::Never, Only::Always),
            Change::Append(bytes(&long)),
            Change::Persist,
            Change::Remove,
            Change::SetFields(
                [(bytes("a"), bytes(&long)), (bytes("b"), bytes("2"))].into_iter().collect(),
                Tells::Done,
            ),
            Change::AddToField(bytes("b"), 5),
            Change::RemoveFields([bytes("a"), bytes("b")].into_iter().collect()),
            Change::Take,
        ];
        for change in changes {
            let (done, stays) = at(&mut item, 5, change);
            sum += done.grown;
            assert_eq!((sum, stays), (item.weight(10) as i64, sum > 0));
        }
        assert_eq!(sum, 0);
    }

    #[test]
    fn what_has_expired_is_not_there() {
        let mut item = Item::default();
        assert!(at(&mut item, 5, set_to("1", Expiry::At(10), Only::New)).1);
        let (done, stays) = at(&mut item, 9, Change::Sweep);
        assert!(stays && !done.expired);
        let (done, _) = at(&mut item, 10, set_to("2", Expiry::Kept, Only::New));
        assert!(matches!(done.answer, Answer::Integer(1)) && done.expired && item.until == 0);
        assert!(!at(&mut item, 11, Change::Expire(11, Unless::Never)).1);
    }

    #[test]
    fn conditions_on_expiries() {
        let mut item = Item::default();
        at(&mut item, 1, set_to("1", Expiry::Never, Only::Always));
        let mut may =
            |until, unless| matches!(at(&mut item, 1, Change::Expire(until, unless)).0.answer, Answer::Integer(1));
        assert!(!may(50, Unless::HasNot) && !may(50, Unless::NotLater));
        assert!(may(50, Unless::NotEarlier) && !may(60, Unless::Has) && !may(60, Unless::NotEarlier));
        assert!(may(60, Unless::NotLater) && may(40, Unless::HasNot));
    }
}
