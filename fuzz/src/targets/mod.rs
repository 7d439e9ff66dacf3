//! What is attacked: one module a target, and the table of all.

mod frees;
mod header;
mod law;
mod secrets;
mod settings;

use crate::dice::Dice;
use crate::tally::Tally;

/// Something that takes input of strangers.
pub trait Target {
    /// Makes one case of a seed's dice, feeds it, and tallies each of its frames. A case depends on nothing but the
    /// dice. An error says what is wrong, and so does a panic.
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String>;
}

/// A row of the table of targets.
pub struct Row {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is attacked.
    pub about: &'static str,
    /// Its part of all frames, in thousandths.
    pub share: u64,
    /// Begins an attack.
    pub make: fn() -> Box<dyn Target>,
}

/// Every target.
pub const ALL: [Row; 5] = [
    Row { name: "header", about: "the headers of messages", share: 400, make: || Box::new(header::Header) },
    Row { name: "frees", about: "the records of a batch of frees", share: 200, make: || Box::new(frees::Frees) },
    Row { name: "law", about: "the rules that take numbers of peers", share: 200, make: || Box::new(law::Law) },
    Row { name: "secrets", about: "tokens, sizes, addresses", share: 100, make: || Box::new(secrets::Secrets) },
    Row { name: "settings", about: "the environment", share: 100, make: || Box::new(settings::Environment) },
];

/// Fails with a message where something does not hold.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
