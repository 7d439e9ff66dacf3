//! Systems put under the same loads in turns.

use super::ours;
use crate::Plan;
use crate::figure::Figure;
use crate::load::{Load, Outcome, Subject, System};
use crate::measure::median;
use crate::rival::{Cluster, Kind, delegation, directory};
use crate::wire::Wire;

/// How long each load lasts.
const MILLIS: usize = 300;

/// What a load works at, and how many of a hundred operations only read.
pub type Mix = (Subject, u8);

/// What came of a system under one load, in each round that counts.
pub struct Measured {
    /// Who it was.
    pub name: &'static str,
    mix: Mix,
    outcomes: Vec<Outcome>,
}

/// Puts drust and its rivals, each on so many nodes, under loads of these mixes, and checks that every update counted.
pub fn contest(plan: &Plan, wire: Wire, nodes: u16, ours: Vec<Box<dyn System>>, mixes: &[Mix]) -> Vec<Measured> {
    let start = |kind| Box::new(Cluster::start(kind, wire, nodes)) as Box<dyn System>;
    let mut systems: Vec<_> = ours.into_iter().chain(Kind::ALL.into_iter().map(start)).collect();
    let mut measured = Vec::new();
    for &mix in mixes {
        let mut working: Vec<_> = systems.iter_mut().filter(|system| system.works_at(mix.0)).collect();
        measured.extend(take_turns(plan, mix, &mut working));
    }
    measured
}

fn take_turns(plan: &Plan, mix: Mix, systems: &mut [&mut Box<dyn System>]) -> Vec<Measured> {
    let measured = |system: &&mut Box<dyn System>| Measured { name: system.name(), mix, outcomes: Vec::new() };
    let mut all: Vec<Measured> = systems.iter().map(measured).collect();
    let mut updates: Vec<u64> = systems.iter_mut().map(|system| system.updates(mix.0)).collect();
    for round in 0..=plan.rounds {
        let millis = plan.scale(MILLIS) as u64;
        let load = Load { subject: mix.0, reads: mix.1, millis, most: u64::MAX, seed: round as u64 };
        for turn in 0..systems.len() {
            let index = (round + turn) % systems.len();
            let outcome = systems[index].run(&load);
            updates[index] += outcome.tally.updates;
            if round > 0 {
                all[index].outcomes.push(outcome);
            }
        }
    }
    for (system, updates) in systems.iter_mut().zip(updates) {
        assert_eq!(system.updates(mix.0), updates, "{} has lost updates, or made some", system.name());
    }
    all
}

impl Measured {
    /// Whether it was under this load.
    pub fn is_of(&self, mix: Mix) -> bool {
        self.mix == mix
    }

    /// A key of this system's.
    pub fn key(&self, key: &str) -> String {
        if self.name == ours::NAME { key.to_owned() } else { format!("{key}_{}", self.name) }
    }

    /// The median over the rounds.
    pub fn of(&self, pick: impl Fn(&Outcome) -> f64) -> f64 {
        median(self.outcomes.iter().map(pick).collect())
    }

    /// The median over the rounds of how often its rate was another's.
    pub fn times_that_of(&self, other: &Measured) -> f64 {
        let pairs = self.outcomes.iter().zip(&other.outcomes);
        median(pairs.map(|(own, other)| own.rate() / other.rate()).collect())
    }

    /// How many operations a second it did.
    pub fn rate(&self, key: &str, what: &str) -> Figure {
        let ops = |outcome: &Outcome| outcome.tally.ops() as f64;
        Figure::new(format!("{key}_ops_per_s"), self.of(Outcome::rate))
            .beside("p50 us", self.micros(50.0))
            .beside("p99 us", self.micros(99.0))
            .beside("msgs an op", self.messages())
            .beside("CPU us an op", self.of(|outcome| outcome.per_op(outcome.cpu / 1e3)))
            .beside("least node percent", self.of(Outcome::least))
            .beside("reads percent", self.of(|outcome| 100.0 * outcome.tally.reads as f64 / ops(outcome)))
            .beside("top key percent", self.of(|outcome| 100.0 * outcome.tally.top as f64 / ops(outcome)))
            .note(format!("{what}; {}", self.workers()))
    }

    /// What so many of a hundred operations did not pass, in us.
    pub fn micros(&self, percent: f64) -> f64 {
        self.of(|outcome| outcome.tally.times.percentile(percent) / 1e3)
    }

    /// Messages for each operation.
    pub fn messages(&self) -> f64 {
        self.of(|outcome| outcome.per_op(outcome.messages as f64))
    }

    fn workers(&self) -> String {
        if self.name == Kind::Delegation.name() {
            format!("{} light tasks a node", delegation::TASKS)
        } else if self.name == Kind::Directory.name() {
            format!("{} threads a node", directory::THREADS)
        } else {
            format!("{} threads a node", ours::THREADS)
        }
    }
}
