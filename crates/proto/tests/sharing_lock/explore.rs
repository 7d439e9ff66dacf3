//! Every world that a scenario reaches, nearest first.

use crate::world::{Move, World};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{Hash, Hasher};

/// What an exploration found.
pub struct Found {
    pub worlds: usize,
    /// How the first violation shows, and the way to it.
    pub violation: Option<String>,
}

/// Worlds are kept as fingerprints of 64 bits: of a million, two are alike by chance once in 10^7 explorations.
pub fn explore(start: World, events: &mut BTreeSet<String>) -> Found {
    let mut from: Vec<(usize, Option<Move>)> = vec![(0, None)];
    let mut seen = HashMap::from([(fingerprint(&start), ())]);
    let mut open = VecDeque::from([(start, 0)]);
    while let Some((world, at)) = open.pop_front() {
        let moves = world.moves();
        if moves.is_empty() && !world.is_over() {
            return violation(&from, at, None, "stuck: nothing can happen, and not all are done".into());
        }
        for step in moves {
            let mut next = world.clone();
            let stepped = next.step(step, events).and_then(|()| next.check());
            if let Err(how) = stepped {
                return violation(&from, at, Some(step), how);
            }
            if seen.insert(fingerprint(&next), ()).is_none() {
                from.push((at, Some(step)));
                open.push_back((next, from.len() - 1));
            }
        }
    }
    Found { worlds: from.len(), violation: None }
}

fn violation(from: &[(usize, Option<Move>)], mut at: usize, last: Option<Move>, how: String) -> Found {
    let mut trace: Vec<Move> = last.into_iter().collect();
    while let (before, Some(step)) = from[at] {
        trace.push(step);
        at = before;
    }
    trace.reverse();
    Found { worlds: from.len(), violation: Some(format!("{how}, by {trace:?}")) }
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}
