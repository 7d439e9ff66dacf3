//! Arguments that are numbers, times and options, with Redis' words where they are none.

use super::change::{Expiry, Only, Tells, Unless};
use crate::resp::Command;
use crate::resp::number::{parse_float, parse_integer};
use std::borrow::Cow;

/// What a client is told instead.
pub type Refused = Cow<'static, str>;

/// That a command is not written like that.
pub fn syntax<T>() -> Result<T, Refused> {
    Err(Cow::Borrowed("ERR syntax error"))
}

/// A whole number.
pub fn integer(text: &[u8]) -> Result<i64, Refused> {
    parse_integer(text).ok_or(Cow::Borrowed("ERR value is not an integer or out of range"))
}

/// A finite number.
pub fn float(text: &[u8]) -> Result<f64, Refused> {
    parse_float(text).ok_or(Cow::Borrowed("ERR value is not a valid float"))
}

/// Whether an argument is this word, in whichever letters.
pub fn is(argument: &[u8], word: &str) -> bool {
    argument.eq_ignore_ascii_case(word.as_bytes())
}

/// A time of day in milliseconds, from a number in units of so many and where it counts from.
pub fn time(text: &[u8], unit: u64, from: u64, command: &str) -> Result<u64, Refused> {
    let number = integer(text)?;
    let millis = number.checked_mul(unit as i64).and_then(|millis| millis.checked_add(from as i64));
    let invalid = || Cow::Owned(format!("ERR invalid expire time in '{command}' command"));
    // 0 would be never; what was before 1970 has expired all the same.
    millis.map(|millis| millis.max(1) as u64).ok_or_else(invalid)
}

/// As [`time`], of one that is set with a key, and is not over from the start.
pub fn time_ahead(text: &[u8], unit: u64, from: u64, command: &str) -> Result<u64, Refused> {
    if integer(text)? <= 0 {
        return Err(Cow::Owned(format!("ERR invalid expire time in '{command}' command")));
    }
    time(text, unit, from, command)
}

/// The unit of an option that says when a key expires, and whether it counts from now.
fn clock(option: &[u8]) -> Option<(u64, bool)> {
    let clocks = [("EX", 1000, true), ("PX", 1, true), ("EXAT", 1000, false), ("PXAT", 1, false)];
    clocks.iter().find(|clock| is(option, clock.0)).map(|clock| (clock.1, clock.2))
}

/// What follows the value of a SET.
pub fn of_set(command: Command<'_>, now: u64) -> Result<(Expiry, Only, Tells), Refused> {
    let (mut expiry, mut only, mut tells) = (Expiry::Never, Only::Always, Tells::Done);
    let mut args = command.args(3);
    while let Some(option) = args.next() {
        if let Some((unit, from_now)) = clock(option) {
            let (Expiry::Never, Some(number)) = (expiry, args.next()) else { return syntax() };
            expiry = Expiry::At(time_ahead(number, unit, if from_now { now } else { 0 }, "set")?);
        } else if is(option, "KEEPTTL") && matches!(expiry, Expiry::Never) {
            expiry = Expiry::Kept;
        } else if is(option, "NX") && only == Only::Always {
            only = Only::New;
        } else if is(option, "XX") && only == Only::Always {
            only = Only::Old;
        } else if is(option, "GET") {
            tells = Tells::Old;
        } else {
            return syntax();
        }
    }
    Ok((expiry, only, tells))
}

/// What follows the key of a GETEX: until when, 0 for ever, if that is to be changed.
pub fn of_getex(command: Command<'_>, now: u64) -> Result<Option<u64>, Refused> {
    match command.len() {
        2 => Ok(None),
        3 if is(command.arg(2), "PERSIST") => Ok(Some(0)),
        4 => match clock(command.arg(2)) {
            Some((unit, from_now)) => {
                time_ahead(command.arg(3), unit, if from_now { now } else { 0 }, "getex").map(Some)
            }
            None => syntax(),
        },
        _ => syntax(),
    }
}

/// What follows the time of an EXPIRE.
pub fn of_expire(command: Command<'_>) -> Result<Unless, Refused> {
    if command.len() == 3 {
        return Ok(Unless::Never);
    }
    let words = [("NX", Unless::Has), ("XX", Unless::HasNot), ("GT", Unless::NotLater), ("LT", Unless::NotEarlier)];
    let mut found = None;
    for option in command.args(3) {
        let Some((_, unless)) = words.iter().find(|word| is(option, word.0)) else {
            return Err(Cow::Owned(format!("ERR Unsupported option {}", String::from_utf8_lossy(option))));
        };
        found = match (found, *unless) {
            (None, unless) => Some(unless),
            (Some(before), unless) if before == unless => Some(unless),
            // GT alone takes no key without an expiry either; LT does.
            (Some(Unless::HasNot), Unless::NotLater) | (Some(Unless::NotLater), Unless::HasNot) => {
                Some(Unless::NotLater)
            }
            (Some(Unless::NotLater), Unless::NotEarlier) | (Some(Unless::NotEarlier), Unless::NotLater) => {
                return Err(Cow::Borrowed("ERR GT and LT options at the same time are not compatible"));
            }
            (Some(Unless::HasNot), Unless::NotEarlier) | (Some(Unless::NotEarlier), Unless::HasNot) => {
                Some(Unless::HasNotOrNotEarlier)
            }
            _ => {
                return Err(Cow::Borrowed("ERR NX and XX, GT or LT options at the same time are not compatible"));
            }
        };
    }
    Ok(found.unwrap_or(Unless::Never))
}

/// What a SCAN or HSCAN is to return.
pub struct Scan<'a> {
    /// What matches this pattern.
    pub pattern: Option<&'a [u8]>,
    /// About so many.
    pub count: u64,
    /// Keys of this type.
    pub kind: Option<&'a [u8]>,
}

/// What a SCAN or HSCAN is given from an argument on.
pub fn of_scan(command: Command<'_>, from: usize) -> Result<Scan<'_>, Refused> {
    let (mut pattern, mut count, mut kind) = (None, 10, None);
    let mut args = command.args(from);
    while let Some(option) = args.next() {
        let Some(value) = args.next() else { return syntax() };
        if is(option, "MATCH") {
            pattern = Some(value);
        } else if is(option, "COUNT") {
            count = integer(value)?;
        } else if is(option, "TYPE") {
            kind = Some(value);
        } else {
            return syntax();
        }
    }
    if count < 1 { syntax() } else { Ok(Scan { pattern, count: count as u64, kind }) }
}

/// A cursor of SCAN or HSCAN.
pub fn cursor(text: &[u8]) -> Result<u64, Refused> {
    let text = std::str::from_utf8(text).ok();
    text.and_then(|text| text.parse().ok()).ok_or(Cow::Borrowed("ERR invalid cursor"))
}
