//! Every world that a scenario reaches, nearest first.

use crate::planted::Fault;
use crate::scenarios::Scenario;
use crate::world::{Move, World};
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// More would be a mistake in a scenario.
const MOST: usize = 2_000_000;

/// What was found.
pub struct Found {
    pub worlds: usize,
    pub violation: Option<(String, Vec<Move>)>,
    pub said: BTreeSet<String>,
}

pub fn explore(scenario: &'static Scenario, fault: Option<Fault>) -> Found {
    let mut said = BTreeSet::new();
    let start = World::new(scenario);
    let mut seen = HashSet::from([fingerprint(&start)]);
    let mut from: Vec<(usize, Option<Move>)> = vec![(0, None)];
    let mut open = VecDeque::from([(start, 0)]);
    while let Some((world, at)) = open.pop_front() {
        let moves = world.moves(scenario, fault);
        if moves.is_empty()
            && let Err(why) = world.check_end(scenario)
        {
            return Found { worlds: from.len(), violation: Some((why, trace(&from, at))), said };
        }
        for step in moves {
            let mut next = world.clone();
            let taken = next.take(scenario, fault, step, &mut said);
            if let Err(why) = taken.and_then(|()| next.check(scenario)) {
                let mut way = trace(&from, at);
                way.push(step);
                return Found { worlds: from.len(), violation: Some((why, way)), said };
            }
            if seen.insert(fingerprint(&next)) {
                from.push((at, Some(step)));
                open.push_back((next, from.len() - 1));
                assert!(from.len() < MOST, "{} is too large", scenario.name);
            }
        }
    }
    Found { worlds: from.len(), violation: None, said }
}

fn trace(from: &[(usize, Option<Move>)], mut at: usize) -> Vec<Move> {
    let mut way = Vec::new();
    while let (before, Some(step)) = from[at] {
        way.push(step);
        at = before;
    }
    way.reverse();
    way
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}
