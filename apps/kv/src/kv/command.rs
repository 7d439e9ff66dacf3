//! Commands on keys: what is to be looked at or changed, and how the client is told of it.

use super::bytes::Bytes;
use super::change::{Change, Expiry, Only, Tells};
use super::clock::now;
use super::look::Look;
use super::options::{self, Refused, float, integer, syntax};
use crate::resp::Command;
use std::borrow::Cow;

/// How what came of several keys is told.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// As it is; there is one key.
    One,
    /// The sum of the numbers.
    Sum,
    /// All of them, and nothing for those that were refused.
    Values,
    /// That it is done.
    Done,
}

/// What a command asks for.
pub enum Plan<'a> {
    /// To look at keys.
    Look(Looks<'a>, Shape),
    /// To change keys.
    Change(Changes, Shape),
    /// Something else.
    Other,
}

/// One, which needs no vector, or many.
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Many.
    Many(Vec<T>),
}

type Looks<'a> = OneOrMany<(&'a [u8], Look)>;
type Changes = OneOrMany<(Bytes, Change)>;

/// What a command asks for, whose number of arguments is right.
///
/// # Errors
/// What the client is told where the arguments are wrong.
pub fn plan<'a>(name: &str, command: Command<'a>) -> Result<Plan<'a>, Refused> {
    if command.len() < 2 {
        return Ok(Plan::Other);
    }
    if let Some(look) = look(name, command)? {
        return Ok(Plan::Look(OneOrMany::One((command.arg(1), look)), Shape::One));
    }
    if let Some(change) = change(name, command)? {
        return Ok(Plan::Change(OneOrMany::One((Bytes::from(command.arg(1)), change)), Shape::One));
    }
    many(name, command)
}

fn bytes(command: Command<'_>, at: usize) -> Bytes {
    Bytes::from(command.arg(at))
}

fn look(name: &str, command: Command<'_>) -> Result<Option<Look>, Refused> {
    Ok(Some(match name {
        "get" => Look::Get,
        "strlen" => Look::StrLen,
        "getrange" | "substr" => Look::GetRange(integer(command.arg(2))?, integer(command.arg(3))?),
        "type" => Look::Type,
        "ttl" => Look::Left(1000),
        "pttl" => Look::Left(1),
        "expiretime" => Look::Until(1000),
        "pexpiretime" => Look::Until(1),
        "hget" => Look::Field(bytes(command, 2)),
        "hmget" => Look::Fields(command.args(2).map(Bytes::from).collect()),
        "hexists" => Look::HasField(bytes(command, 2)),
        "hstrlen" => Look::FieldLen(bytes(command, 2)),
        "hlen" => Look::Len,
        "hgetall" => Look::All,
        "hkeys" => Look::Names,
        "hvals" => Look::Values,
        "hscan" => {
            let cursor = options::cursor(command.arg(2))?;
            let options::Scan { pattern, count, kind } = options::of_scan(command, 3)?;
            if kind.is_some() {
                return syntax();
            }
            Look::Page(cursor, count, pattern.map(Bytes::from))
        }
        _ => return Ok(None),
    }))
}

fn change(name: &str, command: Command<'_>) -> Result<Option<Change>, Refused> {
    let set = |value, expiry, only, tells| Change::Set(bytes(command, value), expiry, only, tells);
    let expire = |unit, from| -> Result<Change, Refused> {
        let unless = options::of_expire(command)?;
        Ok(Change::Expire(options::time(command.arg(2), unit, from, name)?, unless))
    };
    Ok(Some(match name {
        "set" => {
            let (expiry, only, tells) = options::of_set(command, now())?;
            set(2, expiry, only, tells)
        }
        "setnx" => set(2, Expiry::Never, Only::New, Tells::Number),
        "getset" => set(2, Expiry::Never, Only::Always, Tells::Old),
        "setex" | "psetex" => {
            let unit = if name == "setex" { 1000 } else { 1 };
            let until = options::time_ahead(command.arg(2), unit, now(), name)?;
            set(3, Expiry::At(until), Only::Always, Tells::Done)
        }
        "append" => Change::Append(bytes(command, 2)),
        "incr" => Change::Add(1),
        "decr" => Change::Add(-1),
        "incrby" => Change::Add(integer(command.arg(2))?),
        "decrby" => {
            let less = integer(command.arg(2))?.checked_neg();
            Change::Add(less.ok_or(Cow::Borrowed("ERR decrement would overflow"))?)
        }
        "incrbyfloat" => Change::AddFloat(float(command.arg(2))?),
        "getdel" => Change::Take,
        "getex" => Change::GetAnd(options::of_getex(command, now())?),
        "expire" => expire(1000, now())?,
        "pexpire" => expire(1, now())?,
        "expireat" => expire(1000, 0)?,
        "pexpireat" => expire(1, 0)?,
        "persist" => Change::Persist,
        _ => return field_change(name, command),
    }))
}

fn field_change(name: &str, command: Command<'_>) -> Result<Option<Change>, Refused> {
    Ok(Some(match name {
        "hset" | "hmset" => {
            if command.len() % 2 == 1 {
                return Err(Cow::Owned(wrong_number(name)));
            }
            let tells = if name == "hset" { Tells::Number } else { Tells::Done };
            if command.len() == 4 {
                let (field, value) = pair(command, 2);
                return Ok(Some(Change::SetField(field, value, tells)));
            }
            Change::SetFields((2..command.len()).step_by(2).map(|at| pair(command, at)).collect(), tells)
        }
        "hsetnx" => Change::SetNewField(bytes(command, 2), bytes(command, 3)),
        "hdel" => Change::RemoveFields(command.args(2).map(Bytes::from).collect()),
        "hincrby" => Change::AddToField(bytes(command, 2), integer(command.arg(3))?),
        "hincrbyfloat" => Change::AddFloatToField(bytes(command, 2), float(command.arg(3))?),
        _ => return Ok(None),
    }))
}

fn pair(command: Command<'_>, at: usize) -> (Bytes, Bytes) {
    (bytes(command, at), bytes(command, at + 1))
}

/// That a command has too few or too many arguments.
pub fn wrong_number(name: &str) -> String {
    format!("ERR wrong number of arguments for '{name}' command")
}

fn many<'a>(name: &str, command: Command<'a>) -> Result<Plan<'a>, Refused> {
    let looks = |look: fn() -> Look| OneOrMany::Many(command.args(1).map(|key| (key, look())).collect());
    Ok(match name {
        "mget" => Plan::Look(looks(|| Look::Get), Shape::Values),
        "exists" | "touch" => Plan::Look(looks(|| Look::Exists), Shape::Sum),
        "del" | "unlink" => {
            let changes = command.args(1).map(|key| (Bytes::from(key), Change::Remove)).collect();
            Plan::Change(OneOrMany::Many(changes), Shape::Sum)
        }
        "mset" => {
            if command.len().is_multiple_of(2) {
                return Err(Cow::Owned(wrong_number(name)));
            }
            let set = |at| {
                let (key, value) = pair(command, at);
                (key, Change::Set(value, Expiry::Never, Only::Always, Tells::Done))
            };
            Plan::Change(OneOrMany::Many((1..command.len()).step_by(2).map(set).collect()), Shape::Done)
        }
        _ => Plan::Other,
    })
}
