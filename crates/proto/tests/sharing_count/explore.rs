//! Every world that one leads to, nearest first.

use super::world::{Step, World};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// What an exploration found.
#[derive(Debug)]
pub struct Found {
    pub worlds: usize,
    /// Steps to the farthest world.
    pub depth: usize,
    /// The transitions of the machines that were taken.
    pub used: BTreeSet<String>,
    pub wrong: Option<String>,
    /// The way to what is wrong.
    pub trace: Vec<Step>,
}

/// Explores until something is wrong or everything was seen.
pub fn explore(start: World) -> Found {
    let mut seen: HashMap<World, usize> = HashMap::from([(start.clone(), 0)]);
    let mut from: Vec<(usize, Option<Step>, usize)> = vec![(0, None, 0)];
    let mut open = VecDeque::from([(start, 0)]);
    let mut used = BTreeSet::new();
    while let Some((world, at)) = open.pop_front() {
        let depth = from[at].2;
        for step in world.steps() {
            let mut next = world.clone();
            let wrong = next.take(step, &mut used).and_then(|()| next.check()).err();
            if wrong.is_some() {
                let mut trace = vec![step];
                let mut before = at;
                while let (earlier, Some(step), _) = from[before] {
                    trace.push(step);
                    before = earlier;
                }
                trace.reverse();
                return Found { worlds: seen.len(), depth, used, wrong, trace };
            }
            if !seen.contains_key(&next) {
                seen.insert(next.clone(), from.len());
                from.push((at, Some(step), depth + 1));
                open.push_back((next, from.len() - 1));
            }
        }
    }
    let depth = from.iter().map(|(_, _, depth)| *depth).max().unwrap_or(0);
    Found { worlds: seen.len(), depth, used, wrong: None, trace: Vec::new() }
}
