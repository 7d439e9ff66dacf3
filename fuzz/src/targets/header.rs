//! `Frame::decode_header` and `Frame::decode`: whatever is accepted is written back as it was read, and no length
//! overflows.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::frames;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_proto::wire::{Frame, WireError};

/// Bodies up to this length are made, to be decoded with their headers.
const BODY: u64 = 4096;

pub struct Header;

impl Target for Header {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let kind = dice.roll(frames::KINDS);
        let frame = frames::frame(dice, kind);
        let mut bytes = frames::header(&frame);
        match dice.roll(4) {
            0 => back_as_it_was(&frame, &bytes)?,
            1 => {
                let len = dice.roll(64);
                bytes = dice.bytes(len);
            }
            _ => {
                let kind = dice.roll(frames::KINDS);
                let other = frames::header(&frames::frame(dice, kind));
                spoil(dice, &mut bytes, &other);
            }
        }
        feed(&bytes).map(|outcome| tally.add(outcome))
    }
}

fn back_as_it_was(frame: &Frame, bytes: &[u8]) -> Result<(), String> {
    let back = Frame::decode_header(bytes);
    ensure(back == Ok((*frame, bytes.len())), || format!("{frame:?} came back as {back:?}"))
}

fn feed(bytes: &[u8]) -> Result<&'static str, String> {
    match Frame::decode_header(bytes) {
        Ok((frame, len)) => {
            ensure(frames::header(&frame) == bytes[..len], || format!("{frame:?} has two spellings: {bytes:x?}"))?;
            whole(&frame, &bytes[..len])?;
            Ok("accepted")
        }
        Err(error) => {
            ensure(!error.to_string().is_empty(), || format!("{error:?} says nothing"))?;
            ensure(Frame::decode(bytes) == Err(error), || format!("the whole message is not refused by {error}"))?;
            Ok(name(&error))
        }
    }
}

/// With the body it asks for the message is whole; without its last byte, or with one more, it is refused.
fn whole(frame: &Frame, header: &[u8]) -> Result<(), String> {
    let len = frame.body_len();
    if len > BODY {
        let refused = Frame::decode(header);
        let truncated = matches!(refused, Err(WireError::Truncated { need, .. }) if need > BODY);
        return ensure(truncated, || format!("{frame:?} without its body gave {refused:?}"));
    }
    let mut message = header.to_vec();
    message.resize(header.len() + len as usize, 0xA5);
    let taken = Frame::decode(&message).map(|(_, body)| body.len());
    ensure(taken == Ok(len as usize), || format!("{frame:?} with its body gave {taken:?}"))?;
    message.push(0);
    let refused = Frame::decode(&message);
    let trailing = matches!(refused, Err(WireError::Trailing { extra: 1, .. }));
    ensure(trailing, || format!("{frame:?} with a byte too many gave {refused:?}"))
}

/// What a refusal is called.
pub fn name(error: &WireError) -> &'static str {
    match error {
        WireError::Truncated { .. } => "truncated",
        WireError::Trailing { .. } => "trailing",
        WireError::UnknownKind { .. } => "unknown kind",
        WireError::Field { .. } => "bad field",
        WireError::Misdirected { .. } => "misdirected",
    }
}
