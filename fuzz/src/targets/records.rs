//! The records of a connection: cut at any place, spoilt at any place. Nothing but whole records is shown, and no more
//! memory is taken than bytes came.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_fabric::tcp::fuzz_doors::{ADDRESS, Records, address_again, card_again, header_again, obituary, obituary_of};
use drust_fabric::{Cause, Lost};
use drust_proto::Rank;
use std::time::Duration;

/// The longest message that is taken here.
const MOST: u64 = 1 << 20;
/// What records are multiples of.
const UNIT: usize = 16;

pub struct Wire;

impl Target for Wire {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        match dice.roll(4) {
            0 => told(dice).map(|outcome| tally.add(outcome)),
            1 => card(dice).map(|outcome| tally.add(outcome)),
            _ => stream(dice, tally),
        }
    }
}

/// A record of some kind, from 1 to 7 unless it is bad.
fn record(dice: &mut Dice, number: u32) -> Vec<u8> {
    let kind = if dice.one_in(32) { dice.number() as u8 } else { 1 + dice.roll(7) as u8 };
    let len = match kind {
        2 | 3 => 0,
        _ if dice.one_in(64) => 100_000 + dice.roll(200_000),
        _ => dice.roll(300),
    };
    let mut bytes = header(kind, len as u64, number).to_vec();
    bytes.resize(UNIT + len, number as u8);
    bytes.resize(bytes.len().next_multiple_of(UNIT), 0);
    bytes
}

/// The header of a record.
pub fn header(kind: u8, len: u64, number: u32) -> [u8; UNIT] {
    let mut bytes = [0; UNIT];
    bytes[..8].copy_from_slice(&len.to_le_bytes());
    bytes[8..12].copy_from_slice(&number.to_le_bytes());
    bytes[12] = kind;
    bytes
}

fn stream(dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let count = 1 + dice.roll(8);
    let mut bytes: Vec<u8> = (0..count).flat_map(|number| record(dice, number as u32)).collect();
    let spoilt = dice.one_in(2);
    if spoilt {
        let other = record(dice, 0);
        spoil(dice, &mut bytes, &other);
    }
    let first = bytes.first_chunk::<UNIT>();
    if let Some((first, Ok((again, _)))) = first.map(|first| (first, header_again(first))) {
        ensure(again == *first, || format!("the header {first:x?} has two spellings"))?;
    }
    let mut records = Records::new(MOST);
    let (mut shown, mut rest) = (0, &bytes[..]);
    while !rest.is_empty() {
        let (piece, left) = rest.split_at(1 + dice.roll(rest.len().min(40_000)));
        rest = left;
        match records.feed(piece) {
            Ok(whole) => {
                shown += whole.iter().map(|(_, len)| UNIT + len.next_multiple_of(UNIT)).sum::<usize>();
                whole.iter().for_each(|_| tally.add("shown"));
            }
            Err(why) => {
                ensure(!why.is_empty(), || "a broken stream says nothing".into())?;
                tally.add("broken");
                return Ok(());
            }
        }
    }
    let fed = bytes.len();
    ensure(shown <= fed && (spoilt || shown == fed), || format!("{shown} bytes of records out of {fed}"))?;
    tally.add(if shown == fed { "read to the end" } else { "left incomplete" });
    Ok(())
}

/// An obituary: what is read is what was written.
fn told(dice: &mut Dice) -> Result<&'static str, String> {
    let len = dice.roll(300);
    let text: String = (0..len).map(|_| dice.pick(&['a', 'ü', '\u{1F600}', '\n'])).collect();
    let cause = match dice.roll(5) {
        0 => Cause::Closed,
        1 => Cause::Broken(text.into()),
        2 => Cause::Silent(Duration::from_nanos(dice.extreme())),
        3 => Cause::Ended { code: dice.extreme() as i32, why: text },
        _ => Cause::LauncherGone,
    };
    let (size, from) = (1 + dice.roll(4) as u16, Rank(0));
    let mut bytes = obituary_of(&Lost::seen(Rank(dice.roll(6) as u16), cause));
    if dice.one_in(2) {
        let other = dice.bytes(20);
        spoil(dice, &mut bytes, &other);
    }
    match obituary(&bytes, from, size) {
        Ok(Some((lost, len))) => {
            ensure(lost.rank.0 < size && len <= bytes.len(), || format!("{lost:?} of {size} nodes"))?;
            let again = obituary(&obituary_of(&lost), from, size);
            ensure(again.as_ref().is_ok_and(|again| again.as_ref().is_some_and(|again| again.0 == lost)), || {
                format!("{lost:?} became {again:?}")
            })?;
            Ok("believed")
        }
        Ok(None) => Ok("left incomplete"),
        Err(why) => ensure(!why.is_empty(), || "a refusal says nothing".into()).map(|()| "garbled"),
    }
}

/// A card, and the address in it.
fn card(dice: &mut Dice) -> Result<&'static str, String> {
    let host = dice.roll(300);
    let mut bytes = dice.bytes(ADDRESS);
    bytes[20..].fill(0);
    if dice.one_in(2) {
        bytes[..12].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]);
    }
    bytes.resize(ADDRESS + host, b'h');
    spoil(dice, &mut bytes, &[0; ADDRESS]);
    if let Some((address, again)) = bytes.first_chunk().and_then(address_again) {
        ensure(address.port() > 0 && !address.ip().is_unspecified(), || format!("nobody listens at {address}"))?;
        let twice = address_again(&again).map(|(address, _)| address);
        ensure(twice == Some(address), || format!("{address} became {twice:?}"))?;
    }
    let Some(again) = card_again(&bytes) else { return Ok("no card") };
    // A host's name is shown to people only, and what is no text in it is replaced.
    ensure(card_again(&again).is_some() && again.len() <= ADDRESS + 255, || format!("no card any more: {bytes:x?}"))?;
    Ok("a card")
}
