//! The ports of a job that works: strangers who know nothing, nodes of other jobs and builds, and who holds the token
//! but comes second. Each of their connections ends, and its reason is logged; the job goes on, and does not grow.

mod guard;
mod job;

pub use guard::{main as guard, tell_warnings};
pub use job::GUARD;

use crate::dice::Dice;
use crate::frames;
use crate::member::VICTIM;
use crate::spoil::spoil;
use crate::start::{Wires, build};
use crate::stranger::Stranger;
use crate::tally::Tally;
use crate::targets::records::header;
use crate::targets::{Target, ensure};
use drust_fabric::tcp::fuzz_doors::{HELLO, hello};
use drust_proto::Rank;
use job::{Job, NODES};
use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

/// Connections that are left open.
const HELD: usize = 400;
/// Connections of a flood.
const FLOOD: usize = 300;
/// Connections after which the job is asked whether it goes on.
const WATCH: u64 = 100;
/// By how much the three nodes may grow together.
const GROWTH: u64 = 8 << 20;
/// For how long the nodes may take to tell of the last connections.
const PATIENCE: Duration = Duration::from_secs(20);

/// The attack on one job.
#[derive(Default)]
pub struct Port {
    job: Option<Job>,
    connections: u64,
    /// Connections that say too little, or say it too slowly.
    held: VecDeque<(Stranger, Vec<u8>)>,
    /// What was said in a greeting that went well.
    recorded: Vec<u8>,
    /// Memory and open files of the nodes before.
    before: (u64, usize),
}

impl Target for Port {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        if self.job.is_none() {
            let job = Job::start(dice.one_in(2))?;
            self.before = (job.memory(), job.files());
            self.job = Some(job);
        }
        let before = self.connections;
        self.attack(dice, tally)?;
        self.slowly(dice);
        match &mut self.job {
            Some(job) if before / WATCH != self.connections / WATCH => job.goes_on(2),
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<String, String> {
        self.held.clear();
        let Some(mut job) = self.job.take() else { return Ok(String::new()) };
        let begun = Instant::now();
        while job.refused() < self.connections || job.files() > self.before.1 {
            let (told, files) = (job.refused(), job.files());
            ensure(begun.elapsed() < PATIENCE, || {
                format!("{told} ends of {} connections were logged, {files} files are open", self.connections)
            })?;
            thread::sleep(Duration::from_millis(5));
        }
        job.goes_on(2)?;
        let (before, after) = (self.before.0, job.memory());
        ensure(after.saturating_sub(before) < GROWTH, || format!("the nodes grew from {before} to {after} bytes"))?;
        let (ends, rounds) = (job.refused(), job.rounds()?);
        job.end()?;
        let [before, after] = [before, after].map(|bytes| bytes as f64 / f64::from(1 << 20));
        Ok(format!(
            "; {ends} ends were logged, the job worked {rounds} rounds, its nodes {before:.1} -> {after:.1} MiB"
        ))
    }
}

impl Port {
    fn attack(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        match dice.roll(400) {
            0 => {
                for _ in 0..FLOOD {
                    self.hold(dice, Vec::new())?;
                    tally.add("silent");
                }
            }
            1..40 => {
                let said = self.spoilt(dice)?;
                self.hold(dice, said)?;
                tally.add("slow");
            }
            40..80 => {
                self.hold(dice, Vec::new())?;
                tally.add("silent");
            }
            80..140 => self.says(dice, tally, "garbage")?,
            140..200 => self.says(dice, tally, "spoilt")?,
            200..240 => self.says(dice, tally, "replayed")?,
            240..280 => self.greets(dice, tally, "wrong token")?,
            280..320 => self.greets(dice, tally, "does not fit")?,
            _ => self.comes_second(dice, tally)?,
        }
        Ok(())
    }

    fn job(&self) -> Result<&Job, String> {
        self.job.as_ref().ok_or_else(|| "no job was started".into())
    }

    /// A connection to one of the nodes; and the node's rank.
    fn connect(&mut self, dice: &mut Dice) -> Result<(Stranger, u16), String> {
        let rank = dice.roll(usize::from(NODES)) as u16;
        let stranger = Stranger::connect(dice, self.job()?.nodes[usize::from(rank)].port)?;
        self.connections += 1;
        Ok((stranger, rank))
    }

    /// Leaves a connection open, on which something is still to be said.
    fn hold(&mut self, dice: &mut Dice, to_say: Vec<u8>) -> Result<(), String> {
        let (stranger, _) = self.connect(dice)?;
        if self.held.len() == HELD {
            self.held.pop_front();
        }
        self.held.push_back((stranger, to_say));
        Ok(())
    }

    /// One more byte on some of the connections that are open.
    fn slowly(&mut self, dice: &mut Dice) {
        for _ in 0..4 {
            let at = dice.roll(HELD);
            if let Some((stranger, to_say)) = self.held.get_mut(at)
                && let Some(byte) = to_say.pop()
            {
                stranger.say(&[byte]);
            }
        }
    }

    /// What a node of the job would say to a node of this rank.
    fn fits(&self, dice: &mut Dice) -> Result<[u8; HELLO], String> {
        let (rank, lane) = (dice.roll(usize::from(NODES)) as u16, dice.roll(2) as u8);
        let mut bytes = hello(Rank(rank), NODES, build(VICTIM)?, lane).map_err(|error| error.to_string())?;
        bytes[18] = u8::from(self.job()?.plan.wires == Wires::Tcp { encrypt: true });
        Ok(bytes)
    }

    fn spoilt(&self, dice: &mut Dice) -> Result<Vec<u8>, String> {
        let mut bytes = self.fits(dice)?.to_vec();
        let other = dice.bytes(HELLO);
        spoil(dice, &mut bytes, &other);
        Ok(bytes)
    }

    /// Says something that proves nothing: what is long enough is refused at once, the rest when it is time.
    fn says(&mut self, dice: &mut Dice, tally: &mut Tally, what: &'static str) -> Result<(), String> {
        let (mut stranger, _) = self.connect(dice)?;
        let bytes = match what {
            "garbage" => {
                let len = dice.roll(2000);
                dice.bytes(len)
            }
            "replayed" => self.recorded.clone(),
            _ => {
                let proof = dice.bytes(200);
                [self.spoilt(dice)?, proof].concat()
            }
        };
        stranger.say(&bytes);
        tally.add(what);
        if bytes.len() >= HELLO + 200 || (what == "replayed" && !bytes.is_empty()) {
            return stranger.is_closed();
        }
        if self.held.len() == HELD {
            self.held.pop_front();
        }
        self.held.push_back((stranger, Vec::new()));
        Ok(())
    }

    /// Greets without the token, or with it as a node of another job.
    fn greets(&mut self, dice: &mut Dice, tally: &mut Tally, what: &'static str) -> Result<(), String> {
        let (mut stranger, _) = self.connect(dice)?;
        let mut hello = self.fits(dice)?;
        let mut token = self.job()?.plan.token.0;
        if what == "wrong token" {
            token[dice.roll(32)] ^= 1 << dice.roll(8);
        } else {
            // Version, carrier, size, encryption, features, build.
            match dice.pick(&[8, 12, 16, 18, 24, 32]) {
                12 => hello[12] = 1,
                18 => hello[18] ^= 1,
                at => hello[at] ^= 1 << dice.roll(8),
            }
        }
        let greeted = stranger.greet(&hello, token)?;
        ensure(greeted.is_none(), || format!("a connection is greeted: {what}"))?;
        tally.add(what);
        stranger.is_closed()
    }

    /// Greets as a node of this job would that has come already; it is told why it is not wanted, and goes on.
    fn comes_second(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let (mut stranger, _) = self.connect(dice)?;
        let (hello, plan) = (self.fits(dice)?, &self.job()?.plan);
        let (token, encrypted) = (plan.token.0, plan.wires == Wires::Tcp { encrypt: true });
        let greeted = stranger.greet(&hello, token)?;
        let mut seal = greeted.ok_or("a node of the job is not greeted")?;
        if !self.recorded.is_empty() || stranger.said.len() >= HELLO {
            self.recorded.clone_from(&stranger.said);
        }
        let heard = stranger.hear(&mut seal, encrypted);
        let why = heard.filter(|(kind, _)| *kind == 7).map(|(_, why)| String::from_utf8_lossy(&why).into_owned());
        let why = why.unwrap_or_default();
        ensure(why.contains("already") || why.contains("only higher ranks"), || format!("it is told {why:?}"))?;
        for number in 0..dice.roll(5) as u32 {
            let bytes = record(dice, number);
            stranger.say(&seal.seal(&bytes));
            tally.add("came second");
        }
        tally.add("came second");
        stranger.is_closed()
    }
}

/// A record with a message, good or bad, or with a length that is neither.
fn record(dice: &mut Dice, number: u32) -> Vec<u8> {
    let kind = dice.roll(frames::KINDS);
    let message = frames::header(&frames::frame(dice, kind));
    let len = if dice.one_in(3) { dice.extreme() } else { message.len() as u64 };
    let mut bytes = header(1 + dice.roll(8) as u8, len, number).to_vec();
    bytes.extend(&message);
    bytes.resize(bytes.len().next_multiple_of(16), 0);
    if dice.one_in(3) {
        spoil(dice, &mut bytes, &message);
    }
    bytes
}
