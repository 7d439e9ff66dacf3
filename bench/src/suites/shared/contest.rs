//! Systems put under the same loads in turns.

use crate::Plan;
use crate::figure::Figure;
use crate::load::{Load, Outcome, Subject, System};
use crate::measure::median;
use crate::rival::{Cluster, Kind, delegation, directory};
use crate::wire::Wire;
use std::collections::BTreeMap;

/// How long each load lasts.
const MILLIS: usize = 300;

/// What a load works at, and how many of a hundred operations only read.
pub type Mix = (Subject, u8);

/// A system, and what came of it under each load in each round that counts.
pub struct Contender {
    name: &'static str,
    loads: Vec<Vec<Outcome>>,
}

/// Starts every system with so many nodes, puts it under loads of these mixes, and checks that every update counted.
pub fn contest(plan: &Plan, wire: Wire, nodes: u16, mixes: &[Mix]) -> Vec<Contender> {
    let start = |kind| Box::new(Cluster::start(kind, wire, nodes)) as Box<dyn System>;
    let mut systems: Vec<_> = Kind::ALL.into_iter().map(start).collect();
    let none = || vec![Vec::new(); mixes.len()];
    let mut contenders: Vec<_> =
        systems.iter().map(|system| Contender { name: system.name(), loads: none() }).collect();
    let mut updates = vec![BTreeMap::new(); systems.len()];
    for (number, &(subject, reads)) in mixes.iter().enumerate() {
        for round in 0..=plan.rounds {
            let seed = (number * (plan.rounds + 1) + round) as u64;
            let load = Load { subject, reads, millis: plan.scale(MILLIS) as u64, most: u64::MAX, seed };
            for turn in 0..systems.len() {
                let index = (round + turn) % systems.len();
                let outcome = systems[index].run(&load);
                *updates[index].entry(subject).or_insert(0) += outcome.tally.updates;
                if round > 0 {
                    contenders[index].loads[number].push(outcome);
                }
            }
        }
    }
    for (system, updates) in systems.iter_mut().zip(updates) {
        for (subject, updates) in updates {
            assert_eq!(system.updates(subject), updates, "{} has lost updates, or made some", system.name());
        }
    }
    contenders
}

impl Contender {
    /// The median over the rounds of one load.
    fn of(&self, load: usize, pick: impl Fn(&Outcome) -> f64) -> f64 {
        median(self.loads[load].iter().map(pick).collect())
    }

    /// Who it is.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many operations a second it did under one load.
    pub fn rate(&self, key: &str, load: usize, what: &str) -> Figure {
        let ops = |outcome: &Outcome| outcome.tally.ops() as f64;
        Figure::new(format!("{key}_ops_per_s"), self.of(load, Outcome::rate))
            .beside("p50 us", self.of(load, |outcome| outcome.tally.times.percentile(50.0) / 1e3))
            .beside("p99 us", self.of(load, |outcome| outcome.tally.times.percentile(99.0) / 1e3))
            .beside("msgs an op", self.of(load, |outcome| outcome.per_op(outcome.messages as f64)))
            .beside("CPU us an op", self.of(load, |outcome| outcome.per_op(outcome.cpu / 1e3)))
            .beside("least node percent", self.of(load, Outcome::least))
            .beside("reads percent", self.of(load, |outcome| 100.0 * outcome.tally.reads as f64 / ops(outcome)))
            .beside("top key percent", self.of(load, |outcome| 100.0 * outcome.tally.top as f64 / ops(outcome)))
            .note(format!("{what}; {}", self.workers()))
    }

    fn workers(&self) -> String {
        if self.name == Kind::Directory.name() {
            format!("{} threads a node", directory::THREADS)
        } else {
            format!("{} light tasks a node", delegation::TASKS)
        }
    }
}
