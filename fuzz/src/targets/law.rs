//! The rules that take numbers and events of peers: slots, the life of a job, loans.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::frames;
use crate::tally::Tally;
use drust_proto::coherence::{FreeKind, Ledger, Loan, Slot, SlotEvent, SlotStep};
use drust_proto::job::{Job, JobAction, JobEvent, LossCause, NodeState};
use drust_proto::{DescriptorId, Rank};
use std::num::NonZeroU32;

/// The most events of one case.
const EVENTS: usize = 12;

pub struct Law;

impl Target for Law {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        match dice.roll(3) {
            0 => slot(dice, tally),
            1 => job(dice, tally),
            _ => loans(dice, tally),
        }
    }
}

fn descriptor(dice: &mut Dice) -> DescriptorId {
    DescriptorId(NonZeroU32::new(dice.extreme() as u32).unwrap_or(NonZeroU32::MIN))
}

/// A home never traces more elements than fit, and a refused event leaves the slot as it was.
fn slot(dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let mut slot = Slot::Free;
    for _ in 0..EVENTS {
        let event = match dice.roll(4) {
            0 => SlotEvent::Allocate {
                descriptor: descriptor(dice),
                capacity: dice.extreme(),
                user_drop: dice.one_in(2),
            },
            1 => SlotEvent::Serve { elements: dice.extreme() },
            _ => SlotEvent::Free {
                kind: dice.pick(&[FreeKind::MovedOut, FreeKind::DropContents]),
                elements: dice.extreme(),
            },
        };
        let capacity = if let Slot::Live { capacity, .. } = slot { capacity } else { 0 };
        match slot.step(event) {
            Ok((_, SlotStep::Lend(n) | SlotStep::ForgetAndClear(n) | SlotStep::DropAndClear(n))) if n > capacity => {
                return Err(format!("{slot:?} steps by {event:?} over {n} elements"));
            }
            Ok((next, _)) => {
                slot = next;
                tally.add("accepted");
            }
            Err(fault) => {
                ensure(!fault.to_string().is_empty(), || format!("{fault:?} says nothing"))?;
                tally.add("bad slot");
            }
        }
    }
    Ok(())
}

/// Whatever peers say and in which order: a node that has ended stays so, and blames nobody but whom the event names.
fn job(dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let size = dice.pick(&[1, 2, 3, 9]);
    let own = Rank(dice.roll(usize::from(size)) as u16);
    let mut job = Job::new(own, size);
    for _ in 0..EVENTS {
        let event = event(dice, size);
        let before = job.state();
        match job.step(event) {
            Ok(JobAction::Blame(peer, _)) if !matches!(event, JobEvent::PeerLost(lost, _) if lost == peer) => {
                return Err(format!("{event:?} makes node {own} blame node {peer}"));
            }
            Ok(action) => {
                let ended = matches!(before, NodeState::Ended { .. });
                let quiet = !ended || (action == JobAction::Wait && job.state() == before);
                ensure(quiet, || format!("{event:?} moves a node that has ended: {action:?}"))?;
                tally.add("accepted");
            }
            Err(unexpected) => {
                ensure(job.state() == before, || format!("{unexpected}, and still the state changed"))?;
                tally.add("unexpected");
            }
        }
    }
    Ok(())
}

fn event(dice: &mut Dice, size: u16) -> JobEvent {
    let near = dice.roll(usize::from(size) + 1) as u16;
    let peer = Rank(if dice.one_in(8) { dice.extreme() as u16 } else { near });
    match dice.roll(8) {
        0..3 => JobEvent::PeerJoined(peer),
        3 => JobEvent::MainReturned(dice.extreme() as i32),
        4 => JobEvent::LeaveAsked(dice.extreme() as i32),
        5 | 6 => JobEvent::LeaveAcked(peer),
        _ => JobEvent::PeerLost(peer, dice.pick(&[LossCause::Closed, LossCause::Garbled, LossCause::Silent])),
    }
}

/// What comes home is what went out, once.
fn loans(dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let mut ledger = Ledger::new(dice.extreme() as u32);
    let mut out: Vec<Loan> = Vec::new();
    for _ in 0..EVENTS {
        let known = dice.one_in(2).then(|| out.get(dice.roll(EVENTS)).copied()).flatten();
        let loan = known.unwrap_or_else(|| Loan { task: frames::task(dice), pieces: dice.extreme() as u32 });
        let result = if dice.one_in(2) {
            ledger.lend(loan).map(|()| out.push(loan))
        } else {
            let due = out.contains(&loan);
            let home = ledger.come_home(loan);
            ensure(home.is_ok() == due, || format!("{loan:?} came home: {home:?}, while {out:?} were out"))?;
            out.retain(|other| *other != loan);
            home
        };
        tally.add(if result.is_ok() { "accepted" } else { "bad loan" });
        ensure(ledger.out().count() == out.len(), || format!("{out:?} are out, but the ledger has {ledger:?}"))?;
    }
    Ok(())
}
