//! What the attacker has learned from the honest node: the tasks it was sent, and which values were given to it.

use drust_proto::wire::{Frame, HEADER_MAX, SpawnFlags};
use drust_proto::{Address, TaskId};

/// A task as it came.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// Its arguments.
    pub args: Vec<u8>,
    /// What it is to return.
    pub form: Form,
}

/// What a task is to return, as can be told from its arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A number.
    Number,
    /// A box with a number.
    Boxed,
    /// Texts.
    Texts,
    /// A number, and what was lent to it comes home.
    Lent,
}

/// What has been learned.
#[derive(Default)]
pub struct Known {
    /// Tasks that were not answered yet.
    pub open: Vec<Task>,
    /// The code of a task that takes any number.
    pub plain: Option<(u64, u64)>,
    /// Where values lie that were given away: 8 bytes each.
    pub gifts: Vec<Address>,
    /// Fetches that are to be answered.
    pub asked: Vec<u64>,
    /// Whether boxes are returned that lie nowhere.
    pub astray: bool,
    /// Whether it was asked to leave.
    pub leaving: bool,
    /// How often it was asked whether it has dealt with all that came before.
    pub fences: u64,
    /// How often it said so.
    pub acked: u64,
}

impl Known {
    /// The numbers of such questions, which no other has, come after this one.
    pub const FENCES: u64 = 0xFE << 40;

    /// Learns from a message.
    pub fn learn(&mut self, bytes: &[u8]) {
        let head = &bytes[..bytes.len().min(HEADER_MAX)];
        let Ok((frame, header)) = Frame::decode_header(head) else { return };
        match frame {
            Frame::Spawn { task, trampoline, function, flags, .. } => {
                self.take(task, (trampoline, function), flags, &bytes[header..]);
            }
            Frame::Fetch { id, .. } => self.asked.push(id),
            Frame::Leave { .. } => self.leaving = true,
            Frame::FenceAck { id } if id > Known::FENCES && id <= Known::FENCES + self.fences => self.acked += 1,
            _ => {}
        }
    }

    fn take(&mut self, id: TaskId, code: (u64, u64), flags: SpawnFlags, args: &[u8]) {
        let form = match args.len() {
            8 => Form::Number,
            16 => Form::Boxed,
            24 => Form::Number,
            _ if flags.has(SpawnFlags::LENDS) => Form::Lent,
            _ => Form::Texts,
        };
        match args.len() {
            8 => self.plain = Some(code),
            24 => self.gifts.extend(handle(args)),
            _ => {}
        }
        self.open.push(Task { id, form, args: args.to_vec() });
    }
}

/// Where the value of a handle lies: its second word.
fn handle(bytes: &[u8]) -> Option<Address> {
    let word = bytes.get(8..16)?.first_chunk()?;
    Some(Address::from_word(u64::from_le_bytes(*word)))
}
