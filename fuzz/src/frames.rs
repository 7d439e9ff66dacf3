//! Well-formed messages of every kind, with any numbers in them.

use crate::dice::Dice;
use drust_proto::balance::Load;
use drust_proto::coherence::FreeKind;
use drust_proto::sharing::Family;
use drust_proto::wire::{FetchMode, Frame, FreeRecord, HEADER_MAX, Outcome, Question, SpawnFlags};
use drust_proto::{Address, DescriptorId, Partition, Rank, TaskId};
use std::num::NonZeroU32;

/// Kinds of frames that [`frame`] makes.
pub const KINDS: usize = 14;

/// A frame of the kind that bears this number here, which the wire would accept.
pub fn frame(dice: &mut Dice, kind: usize) -> Frame {
    match kind {
        0 => Frame::Spawn {
            task: task(dice),
            flags: dice.pick(&[SpawnFlags::NONE, SpawnFlags::PINNED, SpawnFlags::LENDS]),
            depth: dice.extreme() as u32,
            trampoline: dice.extreme(),
            function: dice.extreme(),
            args_len: dice.extreme(),
        },
        1 => {
            let (task, result_len) = (task(dice), dice.extreme());
            let lent_len = dice.extreme().min(u64::MAX - result_len);
            let outcome = dice.pick(&[Outcome::Returned, Outcome::Panicked]);
            Frame::Done { task, outcome, result_len, lent_len, load: load(dice) }
        }
        2 => Frame::FreeBatch { count: 1 + (dice.extreme() % u64::from(Frame::FREES_MAX)) as u32 },
        3 => Frame::Fence { id: dice.extreme() },
        4 => Frame::FenceAck { id: dice.extreme() },
        5 => Frame::Query { id: dice.extreme(), what: question(dice) },
        6 => Frame::Answer { id: dice.extreme(), len: dice.extreme() },
        7 => fetch(dice),
        8 => {
            let (id, image_len) = (dice.extreme(), dice.extreme());
            let along_len = dice.extreme().min(u64::MAX - image_len);
            Frame::Fetched { id, align: dice.roll(usize::from(Frame::ALIGN_MAX) + 1) as u8, image_len, along_len }
        }
        9 => share(dice),
        10 => Frame::Shared {
            outcome: dice.extreme() as u8,
            number: dice.extreme() as u32,
            id: dice.extreme(),
            a: dice.extreme(),
            b: dice.extreme(),
            len: dice.extreme(),
        },
        11 => Frame::Leave { code: dice.extreme() as i32 },
        12 => Frame::Idle { load: load(dice) },
        _ => Frame::LeaveAck,
    }
}

fn load(dice: &mut Dice) -> Load {
    Load::from_word(dice.extreme() as u32)
}

fn fetch(dice: &mut Dice) -> Frame {
    Frame::Fetch {
        id: dice.extreme(),
        mode: dice.pick(&[FetchMode::Copy, FetchMode::Move]),
        descriptor: DescriptorId(NonZeroU32::new(dice.extreme() as u32).unwrap_or(NonZeroU32::MIN)),
        address: Address::inside(dice.extreme()),
        elements: dice.extreme(),
    }
}

fn share(dice: &mut Dice) -> Frame {
    Frame::Share {
        family: dice.pick(&Family::ALL),
        op: if dice.one_in(4) { dice.extreme() as u16 } else { dice.roll(16) as u16 },
        number: dice.extreme() as u32,
        id: dice.extreme(),
        address: Address::inside(dice.extreme()),
        a: dice.extreme(),
        b: dice.extreme(),
        len: dice.extreme(),
    }
}

/// Any question.
pub fn question(dice: &mut Dice) -> Question {
    dice.pick(&[Question::Counters, Question::Live, Question::Quiesce])
}

/// The name of any task.
pub fn task(dice: &mut Dice) -> TaskId {
    TaskId { rank: Rank(dice.extreme() as u16), seq: dice.extreme() }
}

/// A record that asks to free something of the partition, with any numbers.
pub fn free(dice: &mut Dice, partition: u16) -> FreeRecord {
    let offset = dice.extreme() & ((1 << 48) - 1) & !7;
    FreeRecord {
        address: Address::new(Partition(partition), offset),
        elements: dice.extreme(),
        kind: dice.pick(&[FreeKind::MovedOut, FreeKind::DropContents]),
    }
}

/// The bytes of a header.
pub fn header(frame: &Frame) -> Vec<u8> {
    let mut bytes = [0; HEADER_MAX];
    let len = frame.encode(&mut bytes);
    bytes[..len].to_vec()
}
