//! What is attacked: one module a target, and the table of all.

mod frees;
mod greeting;
mod header;
mod law;
pub mod records;
mod secrets;
mod settings;

use crate::dice::Dice;
use crate::member::{Member, Raw};
use crate::port::Port;
use crate::served::Served;
use crate::tally::Tally;

/// Something that takes input of strangers.
pub trait Target {
    /// Makes one case of a seed's dice, feeds it, and tallies each of its frames. A case depends on nothing but its
    /// dice, and on the order of events where processes are attacked. An error says what is wrong; so does a panic.
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String>;

    /// Looks at what all cases together have left, and says it.
    fn finish(&mut self) -> Result<String, String> {
        Ok(String::new())
    }
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

const fn row(name: &'static str, about: &'static str, share: u64, make: fn() -> Box<dyn Target>) -> Row {
    Row { name, about, share, make }
}

/// Every target. Half of all frames come after a handshake.
pub const ALL: [Row; 11] = [
    row("header", "the headers of messages", 150, || Box::new(header::Header)),
    row("frees", "the records of a batch of frees", 50, || Box::new(frees::Frees)),
    row("law", "the rules that take numbers of peers", 50, || Box::new(law::Law)),
    row("secrets", "tokens, sizes, addresses", 50, || Box::new(secrets::Secrets)),
    row("settings", "the environment", 50, || Box::new(settings::Environment)),
    row("greeting", "hello, proof and keys of a connection", 50, || Box::new(greeting::Greeting)),
    row("records", "what flows on a connection after that", 80, || Box::new(records::Wire)),
    row("port", "the ports of a job that works", 20, || Box::new(Port::default())),
    row("served", "what a node does with a peer's messages", 380, || Box::new(Served::default())),
    row("raw", "a node whose peer turns on the wires", 10, || Box::new(Raw)),
    row("member", "a node whose peer turns on it", 110, || Box::new(Member)),
];

/// Fails with a message where something does not hold.
pub fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
