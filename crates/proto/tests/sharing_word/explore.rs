//! The explorer: all worlds that can be reached, nearest first.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

/// Something to explore.
pub trait World: Clone + Eq + Hash {
    type Move: Copy + Debug;

    /// What may happen next.
    fn moves(&self) -> Vec<Self::Move>;

    /// Lets it happen; what is wrong with that, if anything.
    fn step(&mut self, step: Self::Move) -> Result<(), String>;

    /// Whether all is done where nothing can happen any more.
    fn is_complete(&self) -> Result<(), String>;
}

/// A violation, and the shortest way to it.
#[derive(Debug)]
pub struct Violation<M> {
    pub why: String,
    pub trace: Vec<M>,
}

/// Explores everything, or up to the first violation; the number of worlds.
pub fn explore<W: World>(start: W) -> Result<usize, Violation<W::Move>> {
    let mut numbers = HashMap::from([(start.clone(), 0)]);
    let mut came: Vec<Option<(usize, W::Move)>> = vec![None];
    let mut open = VecDeque::from([(start, 0)]);
    let trace = |came: &[Option<(usize, W::Move)>], mut at: usize| {
        let mut trace = Vec::new();
        while let Some((before, step)) = came[at] {
            trace.push(step);
            at = before;
        }
        trace.reverse();
        trace
    };
    while let Some((world, at)) = open.pop_front() {
        let moves = world.moves();
        if moves.is_empty() {
            world.is_complete().map_err(|why| Violation { why, trace: trace(&came, at) })?;
        }
        for step in moves {
            let mut next = world.clone();
            if let Err(why) = next.step(step) {
                let mut trace = trace(&came, at);
                trace.push(step);
                return Err(Violation { why, trace });
            }
            let number = came.len();
            if *numbers.entry(next.clone()).or_insert(number) == number {
                came.push(Some((at, step)));
                open.push_back((next, number));
            }
        }
    }
    Ok(came.len())
}
