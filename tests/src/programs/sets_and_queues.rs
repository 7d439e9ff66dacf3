//! A search through a graph in rounds: the queue is dealt out to tasks, who say which neighbours are new to them.

use super::world::collections::{HashSet, VecDeque};
use super::world::*;

const LAST: u64 = 4000;

fn neighbours(node: u64) -> [u64; 3] {
    [node * 2 % LAST, (node * 7 + 3) % LAST, node / 3]
}

fn expand((queue, seen): (VecDeque<u64>, Ref<'_, HashSet<u64>>)) -> HashSet<u64> {
    queue.iter().flat_map(|node| neighbours(*node)).filter(|node| !seen.contains(node)).collect()
}

/// Splits a queue from both ends into so many.
fn deal(mut queue: VecDeque<u64>, hands: usize) -> Vec<VecDeque<u64>> {
    let mut dealt: Vec<VecDeque<u64>> = (0..hands).map(|_| VecDeque::new()).collect();
    while let Some(node) = queue.pop_front() {
        let hand = node as usize % hands;
        dealt[hand].push_front(node);
        if let Some(node) = queue.pop_back() {
            dealt[hand].push_back(node);
        }
    }
    dealt
}

pub fn run() -> String {
    let mut seen = HashSet::from([1]);
    let mut queue = VecDeque::from([1]);
    let mut rounds = Vec::new();
    while !queue.is_empty() && rounds.len() < 30 {
        let new = thread::scope(|s| {
            let tasks: Vec<_> = deal(std::mem::take(&mut queue), 3)
                .into_iter()
                .enumerate()
                .map(|(index, hand)| s.spawn_on(nth(index), (hand, Ref::of(&seen)), expand))
                .collect();
            let found: Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
            found.iter().fold(HashSet::new(), |all, more| &all | more)
        });
        // A set has no order of its own.
        let mut new: Vec<u64> = new.into_iter().collect();
        new.sort_unstable();
        rounds.push(new.len());
        seen.extend(new.iter().copied());
        queue.extend(new);
    }
    let odd = seen.iter().filter(|node| *node % 2 == 1).count();
    format!("{rounds:?} {} {odd}", seen.len())
}
