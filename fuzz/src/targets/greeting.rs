//! The greeting on a connection: whatever the other says, no side panics, asks for more bytes than a hello has, or
//! takes anybody for proven who does not hold the token.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_fabric::tcp::fuzz_doors::{Greeter, HELLO, Seal, hello, hello_again};
use drust_proto::Rank;

const TOKEN: [u8; 32] = [7; 32];
const BUILD: [u8; 32] = [9; 32];

pub struct Greeting;

/// How one side's greeting ended, where it did.
#[derive(Default)]
enum End {
    #[default]
    None,
    Greeted(Seal),
    Refused(bool),
}

impl Target for Greeting {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let encrypted = dice.one_in(4);
        let forgets = dice.one_in(8);
        let hellos = [hello_of(dice, 1, encrypted && !forgets)?, hello_of(dice, 0, encrypted)?];
        again(dice, &hellos[0])?;
        let holds = !dice.one_in(4);
        let token = if holds { TOKEN } else { [dice.number() as u8 | 64; 32] };
        let spoils = dice.one_in(2).then(|| dice.roll(6));
        let ends = greet(dice, hellos, token, spoils)?;
        tally.add(match ends {
            [End::Greeted(_), _] | [_, End::Greeted(_)] if !holds => return Err("a stranger was greeted".into()),
            [_, End::Refused(true)] if !holds => return Err("a stranger counts as proven".into()),
            [End::Greeted(mut one), End::Greeted(mut other)] => {
                sealed(dice, &mut one, &mut other, encrypted)?;
                "greeted"
            }
            [_, End::Refused(true)] => "does not fit",
            [_, End::Refused(false)] => "refused",
            _ => "silent",
        });
        Ok(())
    }
}

/// A hello, seldom one that does not fit.
fn hello_of(dice: &mut Dice, rank: u16, encrypted: bool) -> Result<[u8; HELLO], String> {
    let mut bytes = hello(Rank(rank), 2, BUILD, 0).map_err(|error| error.to_string())?;
    bytes[18] = u8::from(encrypted);
    if dice.one_in(4) {
        // Version, carrier, lane, rank, size, features, build, terms: but neither magic nor flags.
        let at = dice.pick(&[8, 12, 13, 14, 16, 24, 32, 63, 64, 96, 127]);
        bytes[at] = if at == 12 { 1 } else { dice.number() as u8 };
    }
    Ok(bytes)
}

/// What is read of a hello is all that is in it.
fn again(dice: &mut Dice, good: &[u8; HELLO]) -> Result<(), String> {
    let mut bytes = good.to_vec();
    spoil(dice, &mut bytes, &good[..]);
    bytes.resize(HELLO, 0);
    let mut spoilt = [0; HELLO];
    spoilt.copy_from_slice(&bytes);
    let same = hello_again(&spoilt).is_ok_and(|again| again != spoilt);
    ensure(!same, || format!("a hello has two spellings: {spoilt:x?}"))
}

/// Greets over a wire on which the message number `spoils` is spoilt.
fn greet(
    dice: &mut Dice,
    hellos: [[u8; HELLO]; 2],
    token: [u8; 32],
    spoils: Option<usize>,
) -> Result<[End; 2], String> {
    let mut wires = [Vec::new(), Vec::new()];
    let [to_first, to_second] = &mut wires;
    let begin = |mismatch| format!("its own hello is refused: {mismatch}");
    let mut sides = [
        Greeter::new(true, &hellos[0], token, to_second).map_err(begin)?,
        Greeter::new(false, &hellos[1], TOKEN, to_first).map_err(begin)?,
    ];
    let mut ends = [End::None, End::None];
    let mut said = 0;
    for turn in (0..16).map(|turn| (turn + 1) % 2) {
        let wants = sides[turn].wants();
        ensure(wants <= HELLO, || format!("{wants} bytes are asked of a stranger"))?;
        if !matches!(ends[turn], End::None) || wires[turn].len() < wants {
            continue;
        }
        let mut bytes: Vec<u8> = wires[turn].drain(..wants).collect();
        if spoils == Some(said) {
            let other = dice.bytes(HELLO);
            spoil(dice, &mut bytes, &other);
            // The machine is given what it wants, as those do who use it; seldom it is not.
            if !dice.one_in(8) {
                bytes.resize(wants, 0);
            }
        }
        said += 1;
        match sides[turn].step(&bytes, &mut wires[1 - turn]) {
            Ok(None) => {}
            Ok(Some(seal)) => ends[turn] = End::Greeted(seal),
            Err((mismatch, proven)) => {
                ensure(!mismatch.to_string().is_empty(), || "a refusal says nothing".into())?;
                ends[turn] = End::Refused(proven);
            }
        }
    }
    Ok(ends)
}

/// What one seals the other opens, once and unspoilt.
fn sealed(dice: &mut Dice, one: &mut Seal, other: &mut Seal, encrypted: bool) -> Result<(), String> {
    let len = dice.roll(100);
    let plain = dice.bytes(len);
    let frame = one.seal(&plain);
    if !encrypted {
        return ensure(frame == plain, || "what is not sealed has changed".into());
    }
    let body = frame.get(2..).unwrap_or_default();
    let mut spoilt = body.to_vec();
    spoil(dice, &mut spoilt, &plain);
    ensure(spoilt == body || other.open(&spoilt).is_err(), || "what was spoilt is opened".into())?;
    ensure(plain.is_empty() || other.open(body) == Ok(plain), || "what was sealed is not opened".into())?;
    ensure(other.open(body).is_err(), || "a frame is opened twice".into())
}
