//! The messages between nodes that have greeted: a header of fixed size for each kind, and the length of its body.

use super::bytes::{Reader, Writer};
use super::{FreeRecord, WireError};
use crate::balance::Load;
use crate::sharing::Family;
use crate::{Address, DescriptorId, Rank, TaskId};
use std::num::NonZeroU32;

/// Bytes of the largest header: a buffer of this size takes any.
pub const HEADER_MAX: usize = 48;

/// How a spawned task may be treated: a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SpawnFlags(u8);

impl SpawnFlags {
    /// No flag.
    pub const NONE: SpawnFlags = SpawnFlags(0);
    /// The user chose the node, or the task has been handed on once; it must not be sent on.
    pub const PINNED: SpawnFlags = SpawnFlags(1);
    /// The arguments hold a `RefMut`: the completion carries lent bytes home (rule 8).
    pub const LENDS: SpawnFlags = SpawnFlags(2);

    const KNOWN: u8 = 3;

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: SpawnFlags) -> SpawnFlags {
        SpawnFlags(self.0 | other.0)
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn has(self, other: SpawnFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// Its function returned; the result follows.
    Returned,
    /// It panicked; message, place and backtrace follow.
    Panicked,
}

/// What one node may ask of another at any time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Question {
    /// Its counters of operations.
    Counters,
    /// What lives in its partition, by type.
    Live,
    /// Whether it has nothing left to do or to send.
    Quiesce,
}

/// How a value is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FetchMode {
    /// To be read: the object stays.
    Copy,
    /// To be owned: the object's slot is freed with the answer.
    Move,
}

/// A message's header. The numbers of kinds and values are in `docs/design/wire.md`.
///
/// ```
/// use drust_proto::wire::{Frame, HEADER_MAX};
/// let mut bytes = [0; HEADER_MAX];
/// let len = Frame::Fence { id: 7 }.encode(&mut bytes);
/// let (frame, body) = Frame::decode(&bytes[..len]).unwrap();
/// assert_eq!(frame, Frame::Fence { id: 7 });
/// assert!(body.is_empty());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Frame {
    /// Run a task. Body: its arguments, departed.
    Spawn {
        /// The task.
        task: TaskId,
        /// How it may be treated.
        flags: SpawnFlags,
        /// How many spawns lie between it and `main`.
        depth: u32,
        /// Code that rebuilds the arguments and calls: an offset into the executable segments.
        trampoline: u64,
        /// The user's function, likewise.
        function: u64,
        /// Bytes of arguments.
        args_len: u64,
    },
    /// A task has ended. Body: the result or the panic, then what had been lent to it.
    Done {
        /// The task.
        task: TaskId,
        /// How it ended.
        outcome: Outcome,
        /// Bytes of result or panic.
        result_len: u64,
        /// Bytes of what comes home (rule 8).
        lent_len: u64,
        /// What else the sender has to do, without what the receiver has given it.
        load: Load,
    },
    /// Free these objects of yours. Body: as many [`FreeRecord`]s.
    FreeBatch {
        /// Records, 1 to [`Frame::FREES_MAX`].
        count: u32,
    },
    /// Answer when all that I sent before is done (rule 9).
    Fence {
        /// The asker's number for it.
        id: u64,
    },
    /// All that was sent before that fence is done.
    FenceAck {
        /// The fence's number.
        id: u64,
    },
    /// Tell me something.
    Query {
        /// The asker's number for it.
        id: u64,
        /// What.
        what: Question,
    },
    /// What was asked. Body: the answer, by question.
    Answer {
        /// The query's number.
        id: u64,
        /// Bytes of answer.
        len: u64,
    },
    /// Give me the values of an object of yours, or of a part of it.
    Fetch {
        /// The asker's number for it.
        id: u64,
        /// What becomes of the object.
        mode: FetchMode,
        /// The type of the values.
        descriptor: DescriptorId,
        /// Where the first of them is: in a partition of the receiver, and anywhere in an object where it is a part.
        address: Address,
        /// How many.
        elements: u64,
    },
    /// The values that were asked for. Body: their image, then bytes of what they own, as far as was thought useful.
    Fetched {
        /// The number of the question.
        id: u64,
        /// The image's alignment is two to the power of this.
        align: u8,
        /// Bytes of the image.
        image_len: u64,
        /// Bytes that come along.
        along_len: u64,
    },
    /// `main` has returned: finish, acknowledge, and wait for my end.
    Leave {
        /// The exit code of the job.
        code: i32,
    },
    /// Nothing more will come from me.
    LeaveAck,
    /// I have room, or none, which I told you otherwise.
    Idle {
        /// What I have to do, without what you have given me.
        load: Load,
    },
    /// About something that nodes share. What the numbers mean is said where the family's operations are.
    Share {
        /// The rules it is under.
        family: Family,
        /// Which of the family's operations.
        op: u16,
        /// A small operand.
        number: u32,
        /// The asker's number for it; 0 where nobody waits for an answer.
        id: u64,
        /// What is shared.
        address: Address,
        /// An operand.
        a: u64,
        /// Another.
        b: u64,
        /// Bytes of body.
        len: u64,
    },
    /// The answer to a `Share` that asked for one.
    Shared {
        /// What came of it.
        outcome: u8,
        /// A small result.
        number: u32,
        /// The number of the question.
        id: u64,
        /// A result.
        a: u64,
        /// Another.
        b: u64,
        /// Bytes of body.
        len: u64,
    },
}

const SPAWN: u8 = 1;
const DONE: u8 = 2;
const FREE_BATCH: u8 = 3;
const FENCE: u8 = 4;
const FENCE_ACK: u8 = 5;
const QUERY: u8 = 6;
const ANSWER: u8 = 7;
const LEAVE: u8 = 8;
const LEAVE_ACK: u8 = 9;
const FETCH: u8 = 10;
const FETCHED: u8 = 11;
const SHARE: u8 = 12;
const SHARED: u8 = 13;
const IDLE: u8 = 14;

/// The eight bytes that every header begins with.
struct Lead {
    kind: u8,
    variant: u8,
    small: u16,
    number: u32,
}

impl Frame {
    /// The most records one `FreeBatch` may carry: what fits the 8 KiB at which one-ways are flushed.
    pub const FREES_MAX: u32 = 512;

    /// The highest power of two that an object may be aligned to: 2 MiB (rule 12).
    pub const ALIGN_MAX: u8 = 21;

    /// Writes the header and returns its length.
    ///
    /// # Panics
    /// Where a `FreeBatch` has no record or too many, which no receiver would take.
    pub fn encode(&self, into: &mut [u8; HEADER_MAX]) -> usize {
        let mut out = Writer::new(into);
        let lead = self.lead();
        out.u8(lead.kind).u8(lead.variant).u16(lead.small).u32(lead.number);
        match *self {
            Frame::Spawn { task, trampoline, function, args_len, .. } => {
                out.u64(task.seq).u64(trampoline).u64(function).u64(args_len);
            }
            Frame::Done { task, result_len, lent_len, .. } => {
                out.u64(task.seq).u64(result_len).u64(lent_len);
            }
            Frame::FreeBatch { count } => {
                assert!(Self::may_batch(count), "a batch of {count} frees")
            }
            Frame::Fence { id } | Frame::FenceAck { id } | Frame::Query { id, .. } => {
                out.u64(id);
            }
            Frame::Answer { id, len } => {
                out.u64(id).u64(len);
            }
            Frame::Fetch { id, address, elements, .. } => {
                out.u64(id).u64(address.word()).u64(elements);
            }
            Frame::Fetched { id, image_len, along_len, .. } => {
                out.u64(id).u64(image_len).u64(along_len);
            }
            Frame::Share { id, address, a, b, len, .. } => {
                out.u64(id).u64(address.word()).u64(a).u64(b).u64(len);
            }
            Frame::Shared { id, a, b, len, .. } => {
                out.u64(id).u64(a).u64(b).u64(len);
            }
            Frame::Leave { .. } | Frame::LeaveAck | Frame::Idle { .. } => {}
        }
        out.len()
    }

    /// Reads one whole message: the header, and the body it announces, which must end where `message` ends.
    ///
    /// # Errors
    /// [`WireError`]: what [`decode_header`](Frame::decode_header) refuses, or a body of another length.
    pub fn decode(message: &[u8]) -> Result<(Frame, &[u8]), WireError> {
        let (frame, header) = Self::decode_header(message)?;
        let body = &message[header..];
        let (need, have) = (frame.body_len(), body.len() as u64);
        let what = frame.name();
        if have < need {
            return Err(WireError::Truncated {
                what,
                need: need.saturating_add(header as u64),
                have: message.len() as u64,
            });
        }
        if have > need {
            return Err(WireError::Trailing { what, extra: have - need });
        }
        Ok((frame, body))
    }

    /// Reads the header at the start of `bytes` and returns its length too; for carriers that deliver bodies in
    /// pieces.
    ///
    /// # Errors
    /// [`WireError`]: too few bytes, an unknown kind, a field with a value that means nothing.
    pub fn decode_header(bytes: &[u8]) -> Result<(Frame, usize), WireError> {
        let kind = *bytes.first().ok_or(WireError::Truncated { what: "frame", need: 8, have: 0 })?;
        let (what, len) = shape(kind).ok_or(WireError::UnknownKind { kind })?;
        let mut fields = Reader::new(bytes, len, what)?;
        let lead = Lead { kind: fields.u8(), variant: fields.u8(), small: fields.u16(), number: fields.u32() };
        let frame = match kind {
            SPAWN => spawn(&mut fields, &lead)?,
            DONE => done(&mut fields, &lead)?,
            FETCH => fetch(&mut fields, &lead)?,
            FETCHED => fetched(&mut fields, &lead)?,
            SHARE => share(&mut fields, &lead)?,
            SHARED => shared(&mut fields, &lead)?,
            _ => plain(&mut fields, &lead)?,
        };
        Ok((frame, len))
    }

    /// Bytes that follow the header. Never overflows in a decoded frame.
    #[must_use]
    pub fn body_len(&self) -> u64 {
        match *self {
            Frame::Spawn { args_len, .. } => args_len,
            Frame::Done { result_len, lent_len, .. } => result_len.saturating_add(lent_len),
            Frame::FreeBatch { count } => u64::from(count) * FreeRecord::LEN as u64,
            Frame::Answer { len, .. } | Frame::Share { len, .. } | Frame::Shared { len, .. } => len,
            Frame::Fetched { image_len, along_len, .. } => image_len.saturating_add(along_len),
            Frame::Fetch { .. } => 0,
            Frame::Fence { .. } | Frame::FenceAck { .. } | Frame::Query { .. } => 0,
            Frame::Leave { .. } | Frame::LeaveAck | Frame::Idle { .. } => 0,
        }
    }

    /// The frame's name, for events and errors.
    #[must_use]
    pub fn name(&self) -> &'static str {
        shape(self.lead().kind).map_or("frame", |(name, _)| name)
    }

    fn may_batch(count: u32) -> bool {
        (1..=Self::FREES_MAX).contains(&count)
    }

    fn lead(&self) -> Lead {
        let lead = |kind| Lead { kind, variant: 0, small: 0, number: 0 };
        match *self {
            Frame::Spawn { task, flags, depth, .. } => {
                Lead { kind: SPAWN, variant: flags.0, small: task.rank.0, number: depth }
            }
            Frame::Done { task, outcome, load, .. } => {
                Lead { kind: DONE, variant: outcome as u8, small: task.rank.0, number: load.to_word() }
            }
            Frame::FreeBatch { count } => Lead { number: count, ..lead(FREE_BATCH) },
            Frame::Fence { .. } => lead(FENCE),
            Frame::FenceAck { .. } => lead(FENCE_ACK),
            Frame::Query { what, .. } => Lead { variant: what as u8, ..lead(QUERY) },
            Frame::Answer { .. } => lead(ANSWER),
            Frame::Fetch { mode, descriptor, .. } => {
                Lead { variant: mode as u8, number: descriptor.0.get(), ..lead(FETCH) }
            }
            Frame::Fetched { align, .. } => Lead { variant: align, ..lead(FETCHED) },
            Frame::Share { family, op, number, .. } => Lead { kind: SHARE, variant: family as u8, small: op, number },
            Frame::Shared { outcome, number, .. } => Lead { variant: outcome, number, ..lead(SHARED) },
            Frame::Leave { code } => Lead { number: code.cast_unsigned(), ..lead(LEAVE) },
            Frame::LeaveAck => lead(LEAVE_ACK),
            Frame::Idle { load } => Lead { number: load.to_word(), ..lead(IDLE) },
        }
    }
}

/// The name and header length of a kind.
fn shape(kind: u8) -> Option<(&'static str, usize)> {
    Some(match kind {
        SPAWN => ("Spawn", 40),
        DONE => ("Done", 32),
        FREE_BATCH => ("FreeBatch", 8),
        FENCE => ("Fence", 16),
        FENCE_ACK => ("FenceAck", 16),
        QUERY => ("Query", 16),
        ANSWER => ("Answer", 24),
        LEAVE => ("Leave", 8),
        LEAVE_ACK => ("LeaveAck", 8),
        FETCH => ("Fetch", 32),
        FETCHED => ("Fetched", 32),
        SHARE => ("Share", 48),
        SHARED => ("Shared", 40),
        IDLE => ("Idle", 8),
        _ => return None,
    })
}

fn spawn(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    if lead.variant & !SpawnFlags::KNOWN != 0 {
        return Err(fields.bad("flags", u64::from(lead.variant)));
    }
    Ok(Frame::Spawn {
        task: TaskId { rank: Rank(lead.small), seq: fields.u64() },
        flags: SpawnFlags(lead.variant),
        depth: lead.number,
        trampoline: fields.u64(),
        function: fields.u64(),
        args_len: fields.u64(),
    })
}

fn done(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    let outcome = match lead.variant {
        0 => Outcome::Returned,
        1 => Outcome::Panicked,
        other => return Err(fields.bad("outcome", u64::from(other))),
    };
    let task = TaskId { rank: Rank(lead.small), seq: fields.u64() };
    let (result_len, lent_len) = (fields.u64(), fields.u64());
    if result_len.checked_add(lent_len).is_none() {
        return Err(fields.bad("lent length", lent_len));
    }
    Ok(Frame::Done { task, outcome, result_len, lent_len, load: Load::from_word(lead.number) })
}

fn fetch(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    fields.zero("reserved", u64::from(lead.small))?;
    let mode = match lead.variant {
        0 => FetchMode::Copy,
        1 => FetchMode::Move,
        other => return Err(fields.bad("mode", u64::from(other))),
    };
    let Some(descriptor) = NonZeroU32::new(lead.number).map(DescriptorId) else {
        return Err(fields.bad("descriptor", 0));
    };
    let (id, address) = (fields.u64(), Address::inside(fields.u64()));
    Ok(Frame::Fetch { id, mode, descriptor, address, elements: fields.u64() })
}

fn fetched(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    fields.zero("reserved", u64::from(lead.small))?;
    fields.zero("reserved", u64::from(lead.number))?;
    let align = lead.variant;
    if align > Frame::ALIGN_MAX {
        return Err(fields.bad("alignment", u64::from(align)));
    }
    let (id, image_len, along_len) = (fields.u64(), fields.u64(), fields.u64());
    if image_len.checked_add(along_len).is_none() {
        return Err(fields.bad("length of what comes along", along_len));
    }
    Ok(Frame::Fetched { id, align, image_len, along_len })
}

fn share(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    let family = Family::from_u8(lead.variant).ok_or_else(|| fields.bad("family", u64::from(lead.variant)))?;
    let (op, number) = (lead.small, lead.number);
    let (id, address) = (fields.u64(), Address::inside(fields.u64()));
    Ok(Frame::Share { family, op, number, id, address, a: fields.u64(), b: fields.u64(), len: fields.u64() })
}

fn shared(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    fields.zero("reserved", u64::from(lead.small))?;
    let (outcome, number, id) = (lead.variant, lead.number, fields.u64());
    Ok(Frame::Shared { outcome, number, id, a: fields.u64(), b: fields.u64(), len: fields.u64() })
}

/// The frames without a task.
fn plain(fields: &mut Reader<'_>, lead: &Lead) -> Result<Frame, WireError> {
    fields.zero("reserved", u64::from(lead.small))?;
    if lead.kind != QUERY {
        fields.zero("reserved", u64::from(lead.variant))?;
    }
    if !matches!(lead.kind, FREE_BATCH | LEAVE | IDLE) {
        fields.zero("reserved", u64::from(lead.number))?;
    }
    match lead.kind {
        FREE_BATCH if Frame::may_batch(lead.number) => Ok(Frame::FreeBatch { count: lead.number }),
        FREE_BATCH => Err(fields.bad("count", u64::from(lead.number))),
        FENCE => Ok(Frame::Fence { id: fields.u64() }),
        FENCE_ACK => Ok(Frame::FenceAck { id: fields.u64() }),
        QUERY => {
            let what = match lead.variant {
                0 => Question::Counters,
                1 => Question::Live,
                2 => Question::Quiesce,
                other => return Err(fields.bad("question", u64::from(other))),
            };
            Ok(Frame::Query { id: fields.u64(), what })
        }
        ANSWER => Ok(Frame::Answer { id: fields.u64(), len: fields.u64() }),
        LEAVE => Ok(Frame::Leave { code: lead.number.cast_signed() }),
        LEAVE_ACK => Ok(Frame::LeaveAck),
        IDLE => Ok(Frame::Idle { load: Load::from_word(lead.number) }),
        kind => Err(WireError::UnknownKind { kind }),
    }
}

#[cfg(test)]
mod tests;
