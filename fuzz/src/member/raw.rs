//! A member that turns on the wires themselves: it joins over tcp as it should, and then sends records that are out of
//! turn, of no kind, of any length, cut, or of kinds that belong elsewhere.

use super::job::{End, FAKE, NODES, VICTIM, Victim};
use super::speech;
use crate::dice::Dice;
use crate::spoil::spoil;
use crate::start::{Wires, build};
use crate::stranger::Stranger;
use crate::tally::Tally;
use crate::targets::records::header;
use crate::targets::{Target, ensure};
use drust_fabric::tcp::fuzz_doors::{Seal, hello, obituary_of};
use drust_fabric::{Cause, Lost};
use drust_proto::Rank;
use drust_proto::job::exit;
use drust_proto::wire::Frame;
use std::thread;
use std::time::{Duration, Instant};

/// The kinds of records, as the wire has them.
const MESSAGE: u8 = 1;
const HEARTBEAT: u8 = 2;
const OBITUARY: u8 = 4;
const CARD: u8 = 5;
const TABLE: u8 = 6;
/// For how long the attacker waits until the honest node listens.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most records of one case.
const RECORDS: usize = 20;

pub struct Raw;

impl Target for Raw {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let encrypt = dice.one_in(2);
        let victim = Victim::start(Wires::Tcp { encrypt })?;
        let mut lanes = join(dice, &victim, encrypt)?;
        for _ in 0..dice.roll(RECORDS) {
            let lane = &mut lanes[dice.roll(2)];
            let good = if dice.one_in(4) {
                lane.record(HEARTBEAT, &[])
            } else {
                lane.record(MESSAGE, &speech::message(&Frame::Fence { id: dice.extreme() }, &[]))
            };
            lane.say(&good);
            tally.add("mild");
        }
        let lane = &mut lanes[dice.roll(2)];
        let bytes = wild(dice, lane);
        if encrypt && dice.one_in(4) {
            let sealed = dice.bytes(64);
            lane.stranger.say(&sealed);
        }
        lane.say(&bytes);
        tally.add("wild");
        // Whoever is told half of something waits for the rest: that is no fault.
        let closes = !dice.one_in(4) && lane.stranger.is_closed_within(Duration::from_millis(50));
        tally.end(if closes { "closed the connection" } else { "was left" });
        drop(lanes);
        judge(&victim.end()?).map(|outcome| tally.end(outcome))
    }
}

/// An honest node ends and says why, in words that may be the attacker's.
fn judge(end: &End) -> Result<&'static str, String> {
    let says = end.said.starts_with("drust: node 0 (") && !end.said.contains("panicked");
    match end.status.code() {
        Some(exit::PEER_LOST) if says => Ok("lost its peer"),
        Some(exit::BROKEN_RULE) if says && end.said.contains("gave this node up") => Ok("was given up"),
        _ => Err(format!("the honest node ended so: {end:?}")),
    }
}

/// One lane of a member.
struct Lane {
    stranger: Stranger,
    seal: Seal,
    number: u32,
}

impl Lane {
    /// The next record.
    fn record(&mut self, kind: u8, bytes: &[u8]) -> Vec<u8> {
        let mut record = header(kind, bytes.len() as u64, self.number).to_vec();
        self.number = self.number.wrapping_add(1);
        record.extend(bytes);
        record.resize(record.len().next_multiple_of(16), 0);
        record
    }

    fn say(&mut self, bytes: &[u8]) {
        let sealed = self.seal.seal(bytes);
        self.stranger.say(&sealed);
    }
}

/// Joins as rank 1 does.
fn join(dice: &mut Dice, victim: &Victim, encrypt: bool) -> Result<[Lane; 2], String> {
    let mut small = greet(dice, victim, 0, encrypt)?;
    let mut card = [0; 32];
    card[10..16].copy_from_slice(&[255, 255, 127, 0, 0, 1]);
    card[16] = 1;
    let record = small.record(CARD, &card);
    small.say(&record);
    let bulk = greet(dice, victim, 1, encrypt)?;
    let table = small.stranger.hear(&mut small.seal, encrypt);
    ensure(table.is_some_and(|(kind, _)| kind == TABLE), || "there is no table of addresses".into())?;
    Ok([small, bulk])
}

fn greet(dice: &mut Dice, victim: &Victim, lane: u8, encrypt: bool) -> Result<Lane, String> {
    let begun = Instant::now();
    let mut stranger = loop {
        // However often it is tried, the dice stay as they are.
        match Stranger::connect(&mut dice.clone(), victim.port()) {
            Ok(stranger) => break stranger,
            Err(why) if begun.elapsed() > PATIENCE => return Err(why),
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    };
    let mut bytes = hello(FAKE, NODES, build(VICTIM)?, lane).map_err(|error| error.to_string())?;
    bytes[18] = u8::from(encrypt);
    let greeted = stranger.greet(&bytes, victim.token())?;
    let mut seal = greeted.ok_or("the honest node does not greet its peer")?;
    let card = stranger.hear(&mut seal, encrypt);
    ensure(card.is_some_and(|(kind, _)| kind == CARD), || "the honest node has no card".into())?;
    Ok(Lane { stranger, seal, number: 0 })
}

/// Something that no member would send.
fn wild(dice: &mut Dice, lane: &mut Lane) -> Vec<u8> {
    match dice.roll(6) {
        0 => {
            let len = dice.roll(100);
            dice.bytes(len)
        }
        1 => {
            let (kind, len) = (dice.roll(9) as u8, dice.extreme());
            let mut bytes = header(kind, len, lane.number).to_vec();
            let more = dice.roll(4000);
            bytes.extend(dice.bytes(more));
            bytes
        }
        2 => {
            let mut told = obituary_of(&Lost::seen(Rank(dice.roll(4) as u16), cause(dice)));
            if dice.one_in(2) {
                spoil(dice, &mut told, b"obituary");
            }
            lane.record(OBITUARY, &told)
        }
        3 => {
            let (kind, len) = (1 + dice.roll(7) as u8, dice.roll(400));
            let bytes = dice.bytes(len);
            lane.record(kind, &bytes)
        }
        _ => {
            let mut bytes = lane.record(MESSAGE, &speech::message(&Frame::Fence { id: 1 }, &[]));
            spoil(dice, &mut bytes, &[0xFF; 32]);
            bytes
        }
    }
}

fn cause(dice: &mut Dice) -> Cause {
    match dice.roll(5) {
        0 => Cause::Closed,
        1 => Cause::Broken("it is said".into()),
        2 => Cause::Silent(Duration::from_nanos(dice.extreme())),
        3 => Cause::Ended { code: dice.extreme() as i32, why: "it is said\nto end".into() },
        _ => Cause::LauncherGone,
    }
}
