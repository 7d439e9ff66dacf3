//! Tokens, job numbers, sizes and addresses: what is accepted is written back as it was meant, and nothing else is
//! accepted.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_launch::environment::{Address, Listen};
use drust_launch::size::{self, Bytes};
use drust_launch::{Job, Token};

pub struct Secrets;

impl Target for Secrets {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        match dice.roll(3) {
            0 => {
                let text = hex(dice);
                token(&text).and_then(|outcome| job(&text).map(|other| outcome.or(other)))
            }
            1 => sizes(&size_text(dice)),
            _ => addresses(&address_text(dice)),
        }
        .map(|accepted| tally.add(accepted.unwrap_or("refused")))
    }
}

/// Hex digits, of a length that is accepted or near it; spoilt half of the time.
fn hex(dice: &mut Dice) -> String {
    let len = dice.pick(&[16, 64]) + dice.pick(&[0, 0, 0, 0, 1, 2]);
    let mut text: Vec<u8> = (0..len).map(|_| dice.pick(b"0123456789abcdefABCDEF")).collect();
    if dice.one_in(2) {
        spoil(dice, &mut text, "٣+-_ 0x\u{0}é".as_bytes());
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn token(text: &str) -> Result<Option<&'static str>, String> {
    let Some(token) = Token::from_hex(text) else { return Ok(None) };
    ensure(token.to_hex() == text.to_lowercase(), || format!("the token {text:?} became another"))?;
    ensure(!format!("{token:?}").contains(&token.to_hex()[..8]), || "a token shows itself".into())?;
    Ok(Some("a token"))
}

fn job(text: &str) -> Result<Option<&'static str>, String> {
    let Some(job) = Job::from_hex(text) else { return Ok(None) };
    ensure(job.to_string() == text.to_lowercase(), || format!("the job {text:?} became {job}"))?;
    Ok(Some("a job"))
}

fn size_text(dice: &mut Dice) -> String {
    let mut text = format!(
        "{}{}{}",
        dice.extreme(),
        dice.pick(&["", " ", "\u{a0}"]),
        dice.pick(&["", "k", "M", "GiB", "tb", "Q", "iB"])
    )
    .into_bytes();
    if dice.one_in(2) {
        spoil(dice, &mut text, b"-1.5e9999999999999999999G");
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn sizes(text: &str) -> Result<Option<&'static str>, String> {
    let Some(bytes) = size::parse(text) else { return Ok(None) };
    let written = Bytes(bytes).to_string();
    let again = size::parse(&written);
    // What is not exact in its largest unit is written with a decimal, which is not read back.
    ensure(again == Some(bytes) || written.contains('.'), || format!("{text:?} is written as {written:?}"))?;
    Ok(Some("a size"))
}

fn address_text(dice: &mut Dice) -> String {
    let host = dice.pick(&["10.0.0.1", "node-0.lan.", "[fd00::1]", "[fe80::1%eth0]", "::1", "a.b.c.d.e", "1.2.3"]);
    let mut text = format!("{host}:{}", dice.extreme() >> dice.pick(&[0, 48, 52])).into_bytes();
    if dice.one_in(2) {
        spoil(dice, &mut text, b"[::1%]:70000-._:]");
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn addresses(text: &str) -> Result<Option<&'static str>, String> {
    let (address, listen) = (Address::parse(text), Listen::parse(text));
    if let Some(address) = &address {
        let port = text.rsplit(':').next().and_then(|port| port.parse().ok());
        let same = Address::parse(&address.to_string()).as_ref() == Some(address) && port == Some(address.port());
        ensure(same && address.port() > 0, || format!("{text:?} became {address}"))?;
        ensure(listen.is_some(), || format!("{text:?} is an address, and nobody can listen there"))?;
    }
    let Some(listen) = listen else { return Ok(None) };
    ensure(Listen::parse(&listen.to_string()) == Some(listen), || format!("{text:?} is listened at elsewhere"))?;
    Ok(Some("an address"))
}
