//! `Settings::from_vars`: what is accepted is within its bounds, and no message shows the token.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_launch::environment::{CARRIER, COORDINATOR, JOB, KNOWN, LAUNCHER, LISTEN, RANK, SIZE, TOKEN, TOKEN_FILE};
use drust_launch::token_file::{TokenFault, TokenFileError};
use drust_launch::{SettingError, Settings, Token};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// What must never be shown: part of every token that is made here.
const MARK: &str = "5ec2e75ec2e75ec2e7";

pub struct Environment;

/// Which variables are set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    All,
    Some,
    /// What a user sets for a job.
    Users,
    /// What a launcher sets, over tcp.
    Launchers,
    /// What a user sets for a node started by hand.
    ByHand,
}

impl Set {
    fn has(self, dice: &mut Dice, name: &str) -> bool {
        let of_node = [RANK, SIZE, COORDINATOR, TOKEN_FILE, JOB, TOKEN, LAUNCHER].contains(&name);
        match self {
            Set::All => true,
            Set::Some => dice.one_in(2),
            Set::Users => !of_node && name != LISTEN,
            Set::Launchers => of_node && name != TOKEN_FILE || name == CARRIER,
            Set::ByHand => of_node && ![JOB, TOKEN, LAUNCHER].contains(&name) || name == LISTEN,
        }
    }
}

impl Target for Environment {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let set = dice.pick(&[Set::All, Set::Some, Set::Users, Set::Launchers, Set::ByHand]);
        let mut vars = Vec::new();
        for known in KNOWN {
            if set.has(dice, known) {
                vars.push((name(dice, known), value(dice, known)));
            }
        }
        let file = token(dice);
        let fault = TokenFileError { path: PathBuf::new(), fault: TokenFault::NoToken { characters: file.len() } };
        match Settings::from_vars(vars, &|_| Token::from_hex(&file).ok_or(fault.clone())) {
            Ok((settings, warnings)) => {
                bounded(&settings)?;
                let told: String = warnings.iter().map(ToString::to_string).collect();
                silent(&told)?;
                tally.add("accepted");
            }
            Err(error) => {
                silent(&error.to_string())?;
                silent(&format!("{error:?}"))?;
                tally.add(match error {
                    SettingError::Value { .. } => "bad value",
                    SettingError::Incomplete { .. } => "incomplete",
                    SettingError::Contradiction { .. } => "contradiction",
                    SettingError::TokenFile(_) => "bad token file",
                    _ => "refused",
                });
            }
        }
        Ok(())
    }
}

fn silent(text: &str) -> Result<(), String> {
    ensure(!text.contains(MARK), || format!("a message shows the token: {text}"))
}

fn bounded(settings: &Settings) -> Result<(), String> {
    let heap = settings.heap.is_none_or(|heap| heap >= 1 << 20);
    let workers = settings.workers.is_none_or(|workers| (1..=4096).contains(&workers));
    let member = settings.membership.as_ref().is_none_or(|member| member.rank.0 < member.size);
    ensure(settings.nodes != Some(0) && heap && workers && member, || format!("out of bounds: {settings:?}"))?;
    silent(&format!("{settings:?}"))
}

/// A variable's name, seldom with a slip; a token under another's name is nobody's secret.
fn name(dice: &mut Dice, known: &str) -> OsString {
    let mut name = known.as_bytes().to_vec();
    if known != TOKEN && dice.one_in(16) {
        spoil(dice, &mut name, b"DRUST_NODES");
    }
    OsString::from_vec(name)
}

/// A token, seldom one that is spoilt.
fn token(dice: &mut Dice) -> String {
    let spoilt = if dice.one_in(32) { "x" } else { "" };
    format!("{MARK}{:046x}{spoilt}", dice.number())
}

/// A value of the variable's form, or of another's, or of none.
fn value(dice: &mut Dice, known: &str) -> OsString {
    let fits = !dice.one_in(16);
    let mut value = match known {
        TOKEN => token(dice).into_bytes(),
        _ if fits => well_formed(dice, known),
        _ => {
            let other = dice.pick(&KNOWN);
            well_formed(dice, other)
        }
    };
    if dice.one_in(32) {
        spoil(dice, &mut value, b" 0x-1.5T\xFF\xFE99999999999999999999");
    }
    OsString::from_vec(value)
}

fn well_formed(dice: &mut Dice, known: &str) -> Vec<u8> {
    let number = dice.extreme();
    match known.strip_prefix("DRUST_").unwrap_or(known) {
        "NODES" | "SIZE" => (1 + number % 65535).to_string(),
        "RANK" => (number % 4).to_string(),
        "HEAP" | "COPIES" => format!("{}{}", 1 + number % 4096, dice.pick(&["M", "G", "MiB"])),
        "WORKERS" => (1 + number % 4096).to_string(),
        "CARRIER" => dice.pick(&["shm", "sim", "tcp"]).to_string(),
        "JOB" => format!("{number:016x}"),
        "TOKEN" => format!("{number:064x}"),
        "ENCRYPT" => (number & 1).to_string(),
        "HEARTBEAT" => (1 + number % 86_400).to_string(),
        "COORDINATOR" | "LISTEN" => {
            format!("{}:{}", dice.pick(&["10.0.0.1", "node-0.lan", "[fd00::1]"]), 1 + number % 65535)
        }
        "TOKEN_FILE" => "token".into(),
        "LAUNCHER" => (1 + number % (1 << 22)).to_string(),
        _ => number.to_string(),
    }
    .into_bytes()
}
