//! Jobs that are busy until a process of theirs is killed, stopped or told to end: the others end within
//! [`PROMISE`], name the first culprit, and leave nothing behind.
//!
//! A round is decided by its seed: how many nodes, what happens to whom, and when. `cargo xtask kill` plays many
//! rounds, the tests a few. Nothing here knows the carrier; it is the job's, by `DRUST_CARRIER`.

mod cut;
mod dice;
mod job;
mod kind;
mod proc;
mod tally;

pub use dice::Dice;
pub use job::{Ended, Job, command};
pub use kind::Kind;
pub use tally::Tally;

use std::path::Path;
use std::time::{Duration, Instant};

/// What is promised: from the moment when a death can be known until the end of all processes.
pub const PROMISE: Duration = Duration::from_secs(5);
/// The silence after which these jobs lose a node, in seconds.
pub const HEARTBEAT: u64 = 1;

/// What is asked of a round.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// The program `doomed`.
    pub program: &'a Path,
    /// What carries the job's messages; the usual where it is `None`.
    pub carrier: Option<&'a str>,
    /// The seed.
    pub seed: u64,
    /// How long the job may take to end; [`PROMISE`], or more on a machine that is busy with other things.
    pub bound: Duration,
}

impl Round<'_> {
    /// What the seed has happen; what the machine does not permit is a plain kill instead.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let mut dice = Dice::new(self.seed);
        let kind = Kind::ALL[dice.below(Kind::ALL.len())];
        if kind.is_permitted() { kind } else { Kind::Kill }
    }

    /// Plays what the seed says; how long it took from when the death could be known until everything was gone.
    ///
    /// # Errors
    /// What was not as promised, with all that the job said.
    pub fn play(&self) -> Result<Duration, String> {
        self.play_as(self.kind())
    }

    /// The same with another kind of death.
    ///
    /// # Errors
    /// As `play`.
    pub fn play_as(&self, kind: Kind) -> Result<Duration, String> {
        let mut dice = Dice::new(self.seed);
        let _kind = dice.below(Kind::ALL.len());
        let nodes = 2 + dice.below(3);
        let victim = dice.below(nodes);
        let wait = Duration::from_millis(dice.below(if kind.is_early() { 60 } else { 400 }) as u64);
        let mut command = command(self.program, "busy", nodes as u16);
        if let Some(carrier) = self.carrier {
            command.env("DRUST_CARRIER", carrier);
        }
        command.env("DRUST_HEARTBEAT", HEARTBEAT.to_string());
        let start = if kind.is_early() { Job::start_early } else { Job::start };
        let job = start(&mut command, nodes)?;
        std::thread::sleep(wait);
        let pids = job.pids().to_vec();
        let known = kind.befall(&job, victim)? + kind.delay();
        let told = |what: &str, said: &str| format!("{kind} of node {victim} among {pids:?}: {what}\n{said}");
        let ended = job.end(known + self.bound).map_err(|what| told(&what, ""))?;
        let took = Instant::now().saturating_duration_since(known);
        kind.judge(&ended, &pids, victim).map_err(|what| told(&what, &ended.stderr))?;
        Ok(took)
    }
}
