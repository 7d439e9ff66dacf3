//! The exhaustive model of coherence: every order in which a few nodes, tasks, boxes and messages can act, within the
//! bounds of a scenario, driven by the functions that the runtime calls.
//!
//! A world ([`world`]) takes a step ([`moves`]); the law decides it ([`stage`], [`uses`], [`reads`], [`tasks`]); then
//! everything that must always hold is looked at ([`check`]). [`explore`] does so breadth first, so that the way to a
//! violation is a shortest one. [`scenarios`] are the worlds to begin with, and [`planted`] breaks the rules, one at a
//! time, to see that it is noticed. Rule 9 and the end of a job
//! have small worlds of their own ([`fence`], [`job`]).

mod canon;
mod check;
mod config;
mod cover;
mod death;
mod ends;
mod explore;
mod fault;
mod fence;
mod job;
mod moves;
mod paths;
mod planted;
mod posts;
mod reads;
mod scenarios;
mod stage;
mod starts;
mod task;
mod tasks;
mod unreachable;
mod uses;
mod world;

use config::Config;
use cover::{Cover, Machine};
use explore::{Found, Model, explore};
use fault::{Stop, Wrong};
use moves::Move;
use stage::Stage;
use std::sync::OnceLock;
use world::World;

/// A scenario being explored.
struct Scenario {
    config: Config,
    cover: Cover,
}

impl Model for Scenario {
    type World = World;
    type Move = Move;

    fn start(&mut self) -> World {
        let config = &self.config;
        let mut world = World::new(config.nodes, config.slots, config.tasks, config.holds);
        let mut stage = Stage { world: &mut world, config, cover: &mut self.cover };
        stage.jobs();
        (config.start)(&mut stage);
        world.settle();
        world
    }

    fn moves(&mut self, world: &mut World, into: &mut Vec<Move>) {
        Stage { world, config: &self.config, cover: &mut self.cover }.moves(into);
    }

    fn step(&mut self, world: &mut World, step: Move) -> Result<(), Stop> {
        let mut stage = Stage { world, config: &self.config, cover: &mut self.cover };
        stage.take(step)?;
        world.settle();
        Ok(())
    }

    fn check(&mut self, world: &mut World) -> Result<(), Stop> {
        Stage { world, config: &self.config, cover: &mut self.cover }.check()
    }

    fn depth(&self) -> u32 {
        self.config.depth
    }

    fn looks_for(&self, how: Wrong) -> bool {
        self.config.looks_for(how)
    }
}

fn run(config: Config, progress: bool) -> (Found<Move>, Cover) {
    let mut scenario = Scenario { config, cover: Cover::new() };
    let found = explore(&mut scenario, progress);
    (found, scenario.cover)
}

/// What the exploration of a scenario came to.
struct Outcome {
    found: Found<Move>,
    cover: Cover,
}

/// The outcome of a scenario, explored by whoever asks first.
fn outcome(at: usize) -> &'static Outcome {
    static OUTCOMES: [OnceLock<Outcome>; scenarios::ALL.len()] = [const { OnceLock::new() }; scenarios::ALL.len()];
    OUTCOMES[at].get_or_init(|| {
        let (found, cover) = run(scenarios::ALL[at], false);
        Outcome { found, cover }
    })
}

fn report(config: &Config, outcome: &Outcome) {
    let Found { worlds, depth, violation } = &outcome.found;
    println!("{}: {worlds} worlds, depth {depth}", config.name);
    if let Some(violation) = violation {
        panic!("{}: {:?}, {} after {:#?}", config.name, violation.how, violation.why, violation.trace);
    }
}

/// Half of the scenarios, so that two threads have work.
fn nothing_is_wrong_in(half: usize) {
    for at in (0..scenarios::ALL.len()).filter(|at| at % 2 == half) {
        let config = &scenarios::ALL[at];
        report(config, outcome(at));
        assert!(outcome(at).found.depth >= 12, "{} is not deep enough to mean anything", config.name);
        outcome(at).cover.print();
    }
}

#[test]
fn nothing_is_wrong_in_the_even_scenarios() {
    nothing_is_wrong_in(0);
}

#[test]
fn nothing_is_wrong_in_the_odd_scenarios() {
    nothing_is_wrong_in(1);
}

#[test]
fn every_transition_is_taken_but_those_that_cannot_be() {
    let mut sum = job::cover();
    for at in 0..scenarios::ALL.len() {
        sum.add(&outcome(at).cover);
    }
    println!("all scenarios together");
    sum.print();
    let mut complaints = Vec::new();
    for machine in Machine::ALL {
        for (row, what) in machine.rows().iter().enumerate() {
            for (column, to) in machine.columns().iter().enumerate() {
                let reason = unreachable::reason(machine, what, to);
                match (sum.of(machine, row, column), reason) {
                    (0, None) => complaints.push(format!("{machine:?}: {what} of {to} is never taken")),
                    (1.., Some(reason)) => complaints.push(format!("{machine:?}: {what} of {to} is taken: {reason}?")),
                    _ => {}
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// `cargo xtask model`: each scenario as many steps deeper as the variable says.
#[test]
#[ignore = "takes minutes: `cargo xtask model`"]
fn deeper() {
    let more = std::env::var("MODEL_DEEPER").ok().and_then(|more| more.parse().ok()).unwrap_or(2);
    for config in scenarios::ALL {
        println!("{}, {more} steps deeper", config.name);
        let (found, cover) = run(Config { depth: config.depth + more, ..config }, true);
        report(&config, &Outcome { found, cover });
    }
}
