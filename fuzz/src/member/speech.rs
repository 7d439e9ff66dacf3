//! What the attacker says: mostly what a member may say, and now and then what none would.
//!
//! A member of a job is trusted with code and with the contents of values: whoever holds the token can have any
//! function of the program called anyway. So nothing here names code of the program that the honest node did not name
//! before, and no value that somebody owns is freed twice.

use super::job::{FAKE, PARTITION};
use super::known::{Form, Known};
use crate::dice::Dice;
use crate::frames;
use crate::spoil::spoil;
use drust_heap::Described;
use drust_proto::balance::Load;
use drust_proto::coherence::FreeKind;
use drust_proto::sharing::Family;
use drust_proto::wire::{FetchMode, Frame, FreeRecord, HEADER_MAX, Outcome, SpawnFlags};
use drust_proto::{Address, DescriptorId, Partition, Rank, TaskId};
use std::mem::ManuallyDrop;
use std::num::NonZeroU32;

/// What is lent.
type Numbers = drust::Vec<drust::Box<u64>>;

/// Offsets from here on lie in no executable.
pub const NO_CODE: u64 = 1 << 40;
/// The longest body of a frame with any numbers.
const BODY: u64 = 64 << 10;

/// A whole message: a header and its body.
pub fn message(frame: &Frame, body: &[u8]) -> Vec<u8> {
    let mut bytes = frames::header(frame);
    bytes.extend_from_slice(body);
    bytes
}

/// Something that a member may say; none where nothing is left of the kind.
pub fn mild(dice: &mut Dice, known: &mut Known) -> Option<Vec<u8>> {
    match dice.roll(12) {
        0..3 => Some(message(&Frame::Fence { id: dice.extreme() }, &[])),
        3 | 4 => {
            let what = frames::question(dice);
            Some(message(&Frame::Query { id: dice.extreme(), what }, &[]))
        }
        5 => fetched(dice, known),
        6 | 7 => fetch(dice, known),
        8 | 9 => {
            let (trampoline, function) = known.plain?;
            let task = TaskId { rank: Rank(1), seq: dice.number() };
            let flags = dice.pick(&[SpawnFlags::NONE, SpawnFlags::PINNED]);
            let spawn = Frame::Spawn { task, flags, depth: dice.extreme() as u32, trampoline, function, args_len: 8 };
            Some(message(&spawn, &dice.number().to_le_bytes()))
        }
        10 => done(dice, known),
        _ if known.leaving && known.open.is_empty() => Some(message(&Frame::LeaveAck, &[])),
        _ => free(dice, known),
    }
}

/// A copy of a number that was given away, where there is one.
fn fetch(dice: &mut Dice, known: &Known) -> Option<Vec<u8>> {
    if known.gifts.is_empty() {
        return None;
    }
    let (id, address) = (dice.extreme(), dice.pick(&known.gifts));
    let descriptor = <u64 as Described>::DESCRIPTOR.id();
    let elements = dice.number() & 1;
    Some(message(&Frame::Fetch { id, mode: FetchMode::Copy, descriptor, address, elements }, &[]))
}

/// Answers the oldest fetch: a number.
fn fetched(dice: &mut Dice, known: &mut Known) -> Option<Vec<u8>> {
    let id = known.asked.pop()?;
    Some(message(&Frame::Fetched { id, align: 3, image_len: 8, along_len: 0 }, &dice.number().to_le_bytes()))
}

/// Answers a fetch by something else, or one that was not asked.
fn stray_fetched(dice: &mut Dice, known: &mut Known) -> Vec<u8> {
    let id = known.asked.pop().unwrap_or_else(|| dice.extreme());
    let (image, along) = (dice.roll(20), dice.roll(2) * dice.roll(100));
    let align = dice.roll(usize::from(Frame::ALIGN_MAX) + 1) as u8;
    let body = dice.bytes(image + along);
    message(&Frame::Fetched { id, align, image_len: image as u64, along_len: along as u64 }, &body)
}

/// Answers the oldest task, as it asks.
pub fn done(dice: &mut Dice, known: &mut Known) -> Option<Vec<u8>> {
    if known.open.is_empty() {
        return None;
    }
    let task = known.open.remove(0);
    let lent = if task.form == Form::Lent { &task.args[task.args.len() - size_of::<Numbers>()..] } else { &[] };
    if dice.one_in(4) {
        return Some(end(task.id, Outcome::Panicked, &panic(dice), lent));
    }
    let result = match task.form {
        Form::Number | Form::Lent => dice.number().to_le_bytes().to_vec(),
        Form::Boxed => {
            let offset = dice.roll(PARTITION / 8) as u64 * 8;
            let address = if known.astray { stray(dice) } else { Address::new(Partition(FAKE.0), offset) };
            boxed(dice, address)
        }
        Form::Texts => no_texts(),
    };
    Some(end(task.id, Outcome::Returned, &result, lent))
}

/// The end of a task.
fn end(task: TaskId, outcome: Outcome, result: &[u8], lent: &[u8]) -> Vec<u8> {
    let (result_len, lent_len) = (result.len() as u64, lent.len() as u64);
    let done = Frame::Done { task, outcome, result_len, lent_len, load: Load::default() };
    message(&done, &[result, lent].concat())
}

/// Whether it was cancelled, where it happened, and the three texts of a panic.
fn panic(dice: &mut Dice) -> Vec<u8> {
    let mut texts = vec![u8::from(dice.one_in(2)), u8::from(dice.one_in(2)), 0];
    for _ in 0..3 {
        let len = dice.roll(40);
        texts.extend((len as u64).to_le_bytes());
        texts.extend(dice.bytes(len));
    }
    texts
}

/// The words of a handle on its way.
fn boxed(dice: &mut Dice, address: Address) -> Vec<u8> {
    let stamp = (1 << 20) + (dice.number() >> 40);
    [0, address.word(), stamp].map(u64::to_le_bytes).concat()
}

/// A list of texts without any.
fn no_texts() -> Vec<u8> {
    let empty = ManuallyDrop::new(drust::Vec::<drust::String>::new());
    // SAFETY: a list of this size is made of whole words, all of them written, and is never dropped.
    unsafe { std::mem::transmute_copy::<_, [u8; size_of::<drust::Vec<drust::String>>()]>(&empty) }.to_vec()
}

/// Gives up, or moves, what was given away.
pub fn free(dice: &mut Dice, known: &mut Known) -> Option<Vec<u8>> {
    let address = known.gifts.pop()?;
    let descriptor = <u64 as Described>::DESCRIPTOR.id();
    Some(match dice.roll(3) {
        0 => message(&Frame::Fetch { id: 1, mode: FetchMode::Move, descriptor, address, elements: 1 }, &[]),
        1 => frees(&[FreeRecord { address, elements: 1, kind: FreeKind::MovedOut }]),
        _ => frees(&[FreeRecord { address, elements: 1, kind: FreeKind::DropContents }]),
    })
}

fn frees(records: &[FreeRecord]) -> Vec<u8> {
    let body: Vec<u8> = records.iter().flat_map(FreeRecord::encode).collect();
    message(&Frame::FreeBatch { count: records.len() as u32 }, &body)
}

/// Something that no member would say.
pub fn wild(dice: &mut Dice, known: &mut Known) -> Vec<u8> {
    let bytes = match dice.roll(9) {
        0 => {
            let len = dice.roll(2 * HEADER_MAX);
            dice.bytes(len)
        }
        1 | 2 => any_numbers(dice),
        3 => stray_free(dice, known),
        4 => stray_fetch(dice, known),
        5 => stray_done(dice, known),
        6 => stray_fetched(dice, known),
        _ => {
            let mut bytes = mild(dice, known).unwrap_or_else(|| any_numbers(dice));
            let other = any_numbers(dice);
            spoil(dice, &mut bytes, &other);
            bytes
        }
    };
    if is_fair(&bytes, known) { bytes } else { message(&Frame::Fence { id: 0 }, &[]) }
}

/// A well-formed frame with any numbers, and mostly a body of the length that it says.
fn any_numbers(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.roll(frames::KINDS);
    let frame = frames::frame(dice, kind);
    let len = if frame.body_len() > BODY || dice.one_in(8) { dice.roll(100) } else { frame.body_len() as usize };
    let body = dice.bytes(len);
    message(&frame, &body)
}

/// Frees of what is not there, or not so.
fn stray_free(dice: &mut Dice, known: &Known) -> Vec<u8> {
    let count = 1 + dice.roll(3);
    let records: Vec<FreeRecord> = (0..count)
        .map(|_| match known.gifts.first() {
            Some(&address) if dice.one_in(2) => {
                let kind = dice.pick(&[FreeKind::MovedOut, FreeKind::DropContents]);
                FreeRecord { address, elements: 2 | dice.extreme(), kind }
            }
            _ => {
                let partition = dice.pick(&[0, 0, 1, 2, 77]);
                frames::free(dice, partition)
            }
        })
        .collect();
    frees(&records)
}

/// Fetches of what is not there, or not so.
fn stray_fetch(dice: &mut Dice, known: &Known) -> Vec<u8> {
    let gift = known.gifts.first().copied().filter(|_| dice.one_in(2));
    let partition = dice.pick(&[0, 0, 1, 2, 77]);
    let offset = dice.extreme() & ((1 << 48) - 1);
    let address =
        gift.unwrap_or_else(|| Address::inside(Address::new(Partition(partition), offset & !7).word() | offset & 7));
    let mode = dice.pick(&[FetchMode::Copy, FetchMode::Move]);
    let elements = if gift.is_some() { 2 | dice.extreme() } else { dice.extreme() };
    let known_type = <u64 as Described>::DESCRIPTOR.id();
    let near = known_type.0.get().wrapping_add((dice.extreme() as u32) << 3);
    let made_up = NonZeroU32::new(if dice.one_in(2) { near } else { dice.extreme() as u32 }).map(DescriptorId);
    let descriptor = if dice.one_in(2) { known_type } else { made_up.unwrap_or(known_type) };
    let elements = if gift.is_some() && descriptor != known_type { elements & 1 } else { elements };
    message(&Frame::Fetch { id: dice.extreme(), mode, descriptor, address, elements }, &[])
}

/// The end of a task, with a result that is cut short or leads astray, or of a task that was never sent.
fn stray_done(dice: &mut Dice, known: &mut Known) -> Vec<u8> {
    let unknown = TaskId { rank: dice.pick(&[Rank(0), Rank(1), Rank(77)]), seq: 1000 + (dice.extreme() >> 12) };
    let lent = dice.roll(3) * dice.roll(16);
    let lent = dice.bytes(lent);
    let task = (!known.open.is_empty() && !dice.one_in(4)).then(|| dice.roll(known.open.len()));
    // Some are completed once more.
    let task = task.map(|at| if dice.one_in(4) { known.open[at].clone() } else { known.open.remove(at) });
    match task {
        Some(task) if task.form != Form::Lent && dice.one_in(2) => {
            let cut = dice.roll(8);
            end(task.id, Outcome::Returned, &dice.bytes(cut), &lent)
        }
        _ => {
            let cut = dice.roll(200);
            end(task.map_or(unknown, |task| task.id), Outcome::Panicked, &dice.bytes(cut), &lent)
        }
    }
}

/// An address that is nobody's.
fn stray(dice: &mut Dice) -> Address {
    let partition = Partition(dice.pick(&[2, 77, u16::MAX - 1, FAKE.0]));
    let offset = dice.extreme() & ((1 << 48) - 1) & !7;
    Address::new(partition, if partition.home() == FAKE { offset.max(PARTITION as u64) } else { offset })
}

/// Whether a message asks for no more than an honest node must withstand.
fn is_fair(bytes: &[u8], known: &Known) -> bool {
    match Frame::decode(bytes) {
        Ok((Frame::Spawn { trampoline, function, args_len, .. }, _)) => {
            let known_code = known.plain == Some((trampoline, function)) && args_len == 8;
            known_code || trampoline >= NO_CODE || function >= NO_CODE
        }
        Ok((Frame::Share { family: Family::Grant | Family::Migrate, a, .. }, _)) => a >= NO_CODE,
        // As long as this they are taken for values with handles in them, which were spoilt or made up.
        Ok((Frame::Done { outcome, result_len, lent_len, .. }, _)) => {
            let returns = outcome == Outcome::Returned && result_len >= size_of::<drust::Box<u64>>() as u64;
            !returns && lent_len < size_of::<Numbers>() as u64
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoilt_handles_are_no_fair_play() {
        let task = TaskId { rank: Rank(0), seq: 5 };
        let fair = |outcome, result: usize, lent: usize| {
            is_fair(&end(task, outcome, &vec![1; result], &vec![1; lent]), &Known::default())
        };
        assert!(fair(Outcome::Returned, 8, 0) && fair(Outcome::Returned, 23, 30) && fair(Outcome::Panicked, 200, 30));
        assert!(!fair(Outcome::Returned, 24, 0) && !fair(Outcome::Panicked, 0, 40));
    }
}
