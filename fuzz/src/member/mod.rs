//! A member of the job that turns on it: after a valid handshake the attacker says well-formed and malformed things,
//! and the honest node must end with a clear blame of it, whatever it said.

mod job;
pub mod known;
mod raw;
pub mod speech;
mod victim;

pub use job::VICTIM;
pub use raw::Raw;
pub use victim::main as victim;

use crate::dice::Dice;
use crate::memory::Resident;
use crate::start::Wires;
use crate::tally::Tally;
use crate::targets::{Target, ensure};
use drust_fabric::{Fabric, Lane, Mode, Part, schedule};
use drust_proto::Rank;
use drust_proto::job::exit;
use drust_proto::wire::Frame;
use job::{End, Victim};
use known::Known;
use std::time::{Duration, Instant};

/// The honest node's rank.
const HONEST: Rank = Rank(0);
/// Messages after which the attacker reads what came.
const BATCH: usize = 16;
/// By how much an honest node may grow while it is told nothing but what a member may say.
const GROWTH: u64 = 8 << 20;
/// For how long the attacker waits for the next task, which may not come.
const PAUSE: Duration = Duration::from_millis(2);
/// For how long the attacker waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Member;

impl Target for Member {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let wires = dice.pick(&[Wires::Shm, Wires::Tcp { encrypt: false }, Wires::Tcp { encrypt: true }]);
        let mut victim = Victim::start(wires)?;
        let fabric = victim.join()?;
        let outcome = attack(dice, &mut victim, &*fabric, tally);
        drop(fabric);
        let end = victim.end()?;
        outcome?;
        judge(&end).map(|outcome| tally.end(outcome))
    }
}

/// Says mild things for a while, and then wild ones until the honest node has enough.
fn attack(dice: &mut Dice, victim: &mut Victim, fabric: &dyn Fabric, tally: &mut Tally) -> Result<(), String> {
    let mut known = Known { astray: dice.one_in(8), ..Known::default() };
    hear_task(fabric, &mut known, PATIENCE);
    let mild = dice.pick(&[0, 10, 50, 200, 500]) + dice.roll(20);
    let before = Resident::of(victim.pid()).unwrap_or_default().private;
    if !talk(dice, fabric, &mut known, mild, tally) || !answers(victim, fabric, &mut known)? {
        return Ok(());
    }
    let after = Resident::of(victim.pid()).unwrap_or_default().private;
    ensure(after.saturating_sub(before) < GROWTH, || format!("the honest node grew from {before} to {after} bytes"))?;
    for _ in 0..BATCH {
        let bytes = speech::wild(dice, &mut known);
        if !say(fabric, dice.pick(&Lane::ALL), &bytes) {
            break;
        }
        tally.add("wild");
        // What it was told wrong may come to light later.
        let mild = dice.pick(&[0, 0, 40]);
        if !answers(victim, fabric, &mut known)? || !talk(dice, fabric, &mut known, mild, tally) {
            break;
        }
    }
    Ok(())
}

/// Says mild things; false where the honest node has ended of it.
fn talk(dice: &mut Dice, fabric: &dyn Fabric, known: &mut Known, times: usize, tally: &mut Tally) -> bool {
    for said in 0..times {
        if said % BATCH == 0 {
            hear_task(fabric, known, PAUSE);
        }
        if let Some(bytes) = speech::mild(dice, known) {
            if !say(fabric, Lane::Small, &bytes) {
                return false;
            }
            tally.add("mild");
        }
    }
    true
}

/// Waits until the honest node has dealt with all that was said before; false where it has ended of it.
fn answers(victim: &mut Victim, fabric: &dyn Fabric, known: &mut Known) -> Result<bool, String> {
    known.fences += 1;
    let (begun, fence) = (Instant::now(), Known::FENCES + known.fences);
    let bytes = speech::message(&Frame::Fence { id: fence }, &[]);
    for lane in Lane::ALL {
        let _ = fabric.send(HONEST, lane, &[Part::from(&bytes[..])], Mode::Defer);
    }
    while known.acked < 2 * known.fences {
        if !fabric.lost().is_empty() || victim.has_ended() {
            return Ok(false);
        }
        ensure(begun.elapsed() < PATIENCE, || "the honest node answers no more".into())?;
        hear(fabric, known);
        schedule::yield_now();
    }
    Ok(true)
}

/// Sends a message; false where the honest node is gone.
fn say(fabric: &dyn Fabric, lane: Lane, bytes: &[u8]) -> bool {
    fabric.send(HONEST, lane, &[Part::from(bytes)], Mode::Defer).is_ok()
}

/// Hears what came, and waits for a task where none is left to be answered.
fn hear_task(fabric: &dyn Fabric, known: &mut Known, patience: Duration) {
    let begun = Instant::now();
    hear(fabric, known);
    while known.open.is_empty() && !known.leaving && begun.elapsed() < patience && fabric.lost().is_empty() {
        schedule::yield_now();
        hear(fabric, known);
    }
}

fn hear(fabric: &dyn Fabric, known: &mut Known) {
    fabric.poll(&mut |_, _, message| {
        // SAFETY: headers, numbers, handles and the texts of strings are sent from initialised bytes, and nothing else
        // is in what the honest program sends.
        known.learn(unsafe { message.initialised(0..message.len()) });
    });
}

/// An honest node ends in order, or says in one line whom it blames and why; it neither panics nor dies.
fn judge(end: &End) -> Result<&'static str, String> {
    let says = |what| end.said.contains(what) && end.said.lines().count() == 1;
    match end.status.code() {
        Some(0) => Ok("left in order"),
        Some(exit::PEER_LOST) if says(") was lost: it sent what makes no sense (") => Ok("blamed"),
        Some(exit::PEER_LOST) if says(") was lost: its connection closed") => Ok("closed"),
        // The bytes of values are their sender's; whose these were is forgotten when they are used.
        Some(exit::BROKEN_RULE) if says(" lie outside its partition") => Ok("ended by a value"),
        _ => Err(format!("the honest node ended so: {end:?}")),
    }
}
