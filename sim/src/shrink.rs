//! Makes a storm that is wrong smaller: fewer nodes, threads and faults, and fewer steps by delta debugging. What is
//! left is wrong still, and is not when any single step of it is left out.
//!
//! With steps left out the same seed means another order of events, so a few orders are tried for each candidate.

use crate::attempt::{Attempt, attempt};
use crate::keep::Keep;
use crate::on_std::storm::program::Program;
use crate::options::{Faults, Storm};
use std::time::{Duration, Instant};

/// Orders of events that a candidate is tried with before it is taken to be fine.
const ORDERS: u64 = 4;

/// A storm that is wrong.
pub struct Wrong {
    /// The storm.
    pub storm: Storm,
    /// What it says is wrong.
    pub what: String,
}

/// A search for smaller storms.
pub struct Shrinking {
    /// The smallest yet.
    pub smallest: Wrong,
    /// For how long one attempt may run.
    patience: Duration,
    deadline: Instant,
    /// Attempts made.
    pub attempts: usize,
}

/// Runs a storm: what is wrong with it, if something is.
fn wrong(storm: &Storm, patience: Duration) -> Option<String> {
    match attempt(storm, patience) {
        Attempt::Fine(_) => None,
        Attempt::Wrong(what) => Some(what),
        Attempt::Endless => Some(format!("it did not end in {} s", patience.as_secs())),
    }
}

/// The smallest storm found within `budget` that is wrong as this one is; `None` where it is not.
pub fn shrink(storm: Storm, patience: Duration, budget: Duration) -> Option<Shrinking> {
    let what = wrong(&storm, patience)?;
    let deadline = Instant::now() + budget;
    let mut shrinking = Shrinking { smallest: Wrong { storm, what }, patience, deadline, attempts: 1 };
    shrinking.fewer_nodes();
    shrinking.fewer_steps();
    shrinking.fewer_nodes();
    Some(shrinking)
}

impl Shrinking {
    /// Tries a storm that differs from the smallest yet by this; whether it is the smallest now.
    fn try_with(&mut self, change: impl FnOnce(&mut Storm)) -> bool {
        let mut storm = self.smallest.storm.clone();
        change(&mut storm);
        let first = storm.order();
        for order in 0..ORDERS {
            if storm == self.smallest.storm || Instant::now() >= self.deadline {
                return false;
            }
            storm.order = Some(first.wrapping_add(order)).filter(|order| *order != storm.seed);
            self.attempts += 1;
            if let Some(what) = wrong(&storm, self.patience) {
                self.smallest = Wrong { storm, what };
                return true;
            }
        }
        false
    }

    fn fewer_nodes(&mut self) {
        self.try_with(|storm| storm.faults = Faults::None);
        for nodes in 1..self.smallest.storm.nodes {
            if self.try_with(|storm| storm.nodes = nodes) {
                break;
            }
        }
        self.try_with(|storm| storm.workers = 1);
    }

    fn fewer_steps(&mut self) {
        let storm = &self.smallest.storm;
        let program = Program::generate(storm.seed, storm.steps);
        let mut steps: Vec<u32> = program.steps().map(|(_, step)| step.id).filter(|id| storm.keep.has(*id)).collect();
        steps.sort_unstable();
        let mut parts = 2;
        while !steps.is_empty() && Instant::now() < self.deadline {
            parts = parts.min(steps.len());
            match self.without_a_part(&steps, parts) {
                Some(fewer) => {
                    steps = fewer;
                    parts = (parts - 1).max(2);
                }
                None if parts == steps.len() => break,
                None => parts *= 2,
            }
        }
    }

    /// The steps without one of so many parts, if what is left is wrong still.
    fn without_a_part(&mut self, steps: &[u32], parts: usize) -> Option<Vec<u32>> {
        let len = steps.len().div_ceil(parts);
        (0..steps.len()).step_by(len).find_map(|at| {
            let left = [&steps[..at], &steps[(at + len).min(steps.len())..]].concat();
            self.try_with(|storm| storm.keep = Keep::Some(left.clone())).then_some(left)
        })
    }
}
