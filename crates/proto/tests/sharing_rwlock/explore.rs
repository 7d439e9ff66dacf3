//! Breadth first through all worlds of a scenario, so that the way to what is wrong is a shortest one.

use crate::world::{Move, Scenario, World};
use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

/// More worlds than any scenario has: one without end goes in circles.
const MOST: usize = 3_000_000;

/// What was found.
pub struct Explored {
    pub worlds: usize,
    /// What happened somewhere, by name.
    pub seen: BTreeSet<String>,
    /// What is wrong, and the moves that lead there.
    pub wrong: Option<(String, Vec<Move>)>,
}

/// Goes through all worlds, until one is wrong. Worlds are known by two hashes of theirs.
pub fn explore(scenario: &Scenario) -> Explored {
    let (one, two) = (RandomState::new(), RandomState::new());
    let name = |world: &World| (one.hash_one(world), two.hash_one(world));
    let first = World::new(scenario);
    let mut known = HashMap::from([(name(&first), None)]);
    let mut seen = BTreeSet::new();
    let mut layer = vec![first];
    let mut found = None;
    'search: while !layer.is_empty() {
        let mut next = Vec::new();
        for world in &layer {
            let moves = world.moves(scenario);
            if moves.is_empty()
                && let Err(why) = world.over(scenario)
            {
                found = Some((why, name(world), None));
                break 'search;
            }
            for step in moves {
                let mut after = world.clone();
                if let Err(why) = after.go(scenario, step, &mut seen).and_then(|()| after.check()) {
                    found = Some((why, name(world), Some(step)));
                    break 'search;
                }
                let after_name = name(&after);
                if let std::collections::hash_map::Entry::Vacant(entry) = known.entry(after_name) {
                    entry.insert(Some((name(world), step)));
                    next.push(after);
                }
            }
        }
        assert!(known.len() < MOST, "{}: no end of worlds", scenario.name);
        layer = next;
    }
    let wrong = found.map(|(why, at, last)| {
        let mut way: Vec<Move> = last.into_iter().collect();
        let mut at = at;
        while let Some(Some((before, step))) = known.get(&at) {
            way.push(*step);
            at = *before;
        }
        way.reverse();
        (why, way)
    });
    Explored { worlds: known.len(), seen, wrong }
}
