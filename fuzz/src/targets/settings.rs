//! `Settings::from_vars`: what is accepted is within its bounds, and no message shows the token.

use super::{Target, ensure};
use crate::dice::Dice;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_launch::environment::{KNOWN, TOKEN};
use drust_launch::{SettingError, Settings};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// What must never be shown: part of every token that is made here.
const MARK: &str = "5ec2e75ec2e75ec2e7";

pub struct Environment;

impl Target for Environment {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let few = dice.one_in(2);
        let mut vars = Vec::new();
        for known in KNOWN {
            if !(few && dice.one_in(2)) {
                vars.push((name(dice, known), value(dice, known)));
            }
        }
        match Settings::from_vars(vars) {
            Ok((settings, unknown)) => {
                bounded(&settings)?;
                let told: String = unknown.iter().map(ToString::to_string).collect();
                silent(&told)?;
                tally.add("accepted");
            }
            Err(error) => {
                silent(&error.to_string())?;
                silent(&format!("{error:?}"))?;
                tally.add(match error {
                    SettingError::Value { .. } => "bad value",
                    SettingError::Incomplete { .. } => "incomplete",
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

/// A value of the variable's form, or of another's, or of none.
fn value(dice: &mut Dice, known: &str) -> OsString {
    let fits = !dice.one_in(16);
    let mut value = match known {
        TOKEN => format!("{MARK}{:046x}", dice.number()).into_bytes(),
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
        "LAUNCHER" => (1 + number % (1 << 22)).to_string(),
        _ => number.to_string(),
    }
    .into_bytes()
}
