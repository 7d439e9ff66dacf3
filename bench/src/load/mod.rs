//! What drust and its rivals are put under: the same operations in the same mix, counted and timed in the same way.
//!
//! A [`Load`] is a plain value that every node is told. Each worker of a node draws its operations from a [`Run`],
//! which ends it when the time is over. What came of all workers is one [`Share`] a node, and one [`Outcome`].

mod times;
pub mod value;
mod zipf;

pub use times::Times;

use crate::shuffle::Numbers;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use zipf::Zipf;

/// Keys of the map.
pub const KEYS: u64 = 1 << 17;
/// How the keys are asked for.
pub const THETA: f64 = 0.99;
/// Of so many operations of a worker the first looks at the clock.
const EVERY: u64 = 16;

/// What a load works at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, drust::Portable)]
pub enum Subject {
    /// 64 bytes behind one mutex, which the worker holds while it works at them.
    Mutex,
    /// 64 bytes behind one mutex, whose critical section is carried out wherever that is best.
    Section,
    /// 64 bytes behind one lock that many may read under.
    Rwlock,
    /// A map of [`KEYS`] keys of 16 bytes, of which some are asked for far more often; values of 32 bytes.
    Map,
}

/// What every node is to do, all at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, drust::Portable)]
pub struct Load {
    /// What it works at.
    pub subject: Subject,
    /// How many of a hundred operations only read.
    pub reads: u8,
    /// How long it works.
    pub millis: u64,
    /// Operations after which a worker stops before its time.
    pub most: u64,
    /// Which of all sequences of operations.
    pub seed: u64,
}

/// One operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// Look at what is there, all of it, and check it.
    Read(u64),
    /// Replace it by what comes after it.
    Update(u64),
}

/// An operation under way.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// What is to be done.
    pub op: Op,
    since: Option<Instant>,
}

/// What workers did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Operations that only read.
    pub reads: u64,
    /// The others.
    pub updates: u64,
    /// Those on the key that is asked for most often.
    pub top: u64,
    /// How long one in sixteen of them took.
    pub times: Times,
}

impl Tally {
    /// All operations.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.reads + self.updates
    }

    /// Counts another's in.
    pub fn add(&mut self, other: &Tally) {
        self.reads += other.reads;
        self.updates += other.updates;
        self.top += other.top;
        self.times.add(&other.times);
    }
}

/// The operations of one worker, or of several that share a thread.
#[derive(Debug)]
pub struct Run {
    subject: Subject,
    reads: u64,
    numbers: Numbers,
    until: Instant,
    drawn: u64,
    most: u64,
    over: bool,
    tally: Tally,
}

impl Run {
    /// The operations of a worker, whose number no other worker of the cluster has.
    #[must_use]
    pub fn new(load: &Load, worker: u64) -> Run {
        Run {
            subject: load.subject,
            reads: u64::from(load.reads),
            numbers: Numbers::new((load.seed << 32) + worker + 1),
            until: Instant::now() + Duration::from_millis(load.millis),
            drawn: 0,
            most: load.most,
            over: false,
            tally: Tally::default(),
        }
    }

    /// The next one, until the time is over.
    pub fn draw(&mut self) -> Option<Job> {
        let since = self.drawn.is_multiple_of(EVERY).then(Instant::now);
        self.over |= since.is_some_and(|now| now >= self.until) || self.drawn == self.most;
        if self.over {
            return None;
        }
        self.drawn += 1;
        let number = self.numbers.next();
        let key = if self.subject == Subject::Map { Zipf::of_keys().key(&mut self.numbers) } else { 0 };
        let op = if ((number >> 32) * 100) >> 32 < self.reads { Op::Read(key) } else { Op::Update(key) };
        Some(Job { op, since })
    }

    /// Counts an operation that is done.
    pub fn count(&mut self, job: Job) {
        let (count, key) = match job.op {
            Op::Read(key) => (&mut self.tally.reads, key),
            Op::Update(key) => (&mut self.tally.updates, key),
        };
        *count += 1;
        self.tally.top += u64::from(key == 0);
        if let Some(since) = job.since {
            self.tally.times.note(since.elapsed());
        }
    }

    /// What was done.
    #[must_use]
    pub fn tally(self) -> Tally {
        self.tally
    }
}

/// What one node did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Share {
    /// Of all its workers.
    pub tally: Tally,
    /// Wall time in ns until all of them were done.
    pub wall: f64,
    /// CPU time in ns of all threads of its process.
    pub cpu: f64,
    /// Messages that it sent.
    pub messages: u64,
}

/// What all nodes did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Of all workers.
    pub tally: Tally,
    /// Wall time in ns of the slowest node.
    pub wall: f64,
    /// CPU time in ns.
    pub cpu: f64,
    /// Messages between nodes.
    pub messages: u64,
    /// Operations of each node.
    pub ops: Vec<u64>,
}

impl Outcome {
    /// Counts a node's share in.
    pub fn add(&mut self, share: &Share) {
        self.tally.add(&share.tally);
        self.wall = self.wall.max(share.wall);
        self.cpu += share.cpu;
        self.messages += share.messages;
        self.ops.push(share.tally.ops());
    }

    /// How many of a hundred operations the node did that did least, if its equal share is a hundred.
    #[must_use]
    pub fn least(&self) -> f64 {
        let least = self.ops.iter().min().copied().unwrap_or(0) * self.ops.len() as u64;
        100.0 * self.per_op(least as f64)
    }

    /// Operations a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.tally.ops() as f64 * 1e9 / self.wall
    }

    /// How many of so many things there were for each operation.
    #[must_use]
    pub fn per_op(&self, count: f64) -> f64 {
        count / self.tally.ops().max(1) as f64
    }
}

/// A system of several nodes that can be put under loads.
pub trait System {
    /// As it stands in keys.
    fn name(&self) -> &'static str;

    /// Whether it has what a load works at.
    fn works_at(&self, _: Subject) -> bool {
        true
    }

    /// Has all nodes work at once, and says what came of it.
    fn run(&mut self, load: &Load) -> Outcome;

    /// The updates that have left their mark on the subject since the start, under all loads; every value is looked at.
    fn updates(&mut self, subject: Subject) -> u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_come_in_the_mix_asked_for_and_are_counted() {
        let load = Load { subject: Subject::Map, reads: 90, millis: 60_000, most: 20_000, seed: 7 };
        let mut run = Run::new(&load, 3);
        let mut again = Run::new(&load, 3);
        let mut other = Run::new(&load, 4);
        let mut same_as_other = 0;
        while let Some(job) = run.draw() {
            assert_eq!(
                again.draw().map(|job| job.op),
                Some(job.op),
                "one worker's operations are the same in every run"
            );
            same_as_other += u32::from(other.draw().map(|job| job.op) == Some(job.op));
            run.count(job);
        }
        assert!(same_as_other < 4000, "{same_as_other}");
        let tally = run.tally();
        assert_eq!((tally.ops(), tally.times.count()), (20_000, 20_000 / EVERY));
        assert!((17_800..18_200).contains(&tally.reads), "{}", tally.reads);
        // One of the sum over all keys of rank^-0.99, which is about 12.8.
        assert!((1300..1800).contains(&tally.top), "{}", tally.top);
    }

    #[test]
    fn a_worker_ends_when_its_time_is_over() {
        let load = Load { subject: Subject::Mutex, reads: 0, millis: 0, most: u64::MAX, seed: 1 };
        assert!(Run::new(&load, 0).draw().is_none());
    }

    #[test]
    fn shares_add_up() {
        let tally = Tally { reads: 3, updates: 1, top: 2, times: Times::default() };
        let mut outcome = Outcome::default();
        outcome.add(&Share { tally: tally.clone(), wall: 2e9, cpu: 1.0, messages: 5 });
        let more = Tally { reads: 11, ..tally.clone() };
        outcome.add(&Share { tally: more, wall: 1e9, cpu: 2.0, messages: 3 });
        outcome.add(&Share { tally, wall: 1e9, cpu: 1.0, messages: 3 });
        assert_eq!((outcome.tally.ops(), outcome.tally.top, outcome.messages), (20, 6, 11));
        assert_eq!((outcome.rate(), outcome.cpu, outcome.per_op(40.0)), (10.0, 4.0, 2.0));
        assert_eq!(outcome.least(), 60.0);
    }
}
