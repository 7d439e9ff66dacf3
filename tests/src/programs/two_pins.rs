//! Several threads of one node look at the same remote boxes at the same moment.

use super::world::*;
use std::sync::Barrier;

fn make((n,): (u64,)) -> Box<[Box<u64>]> {
    (0..n).map(Box::new).collect()
}

fn sum_together(boxes: &[Box<u64>]) -> u64 {
    let (start, here) = (Barrier::new(4), node::current());
    std::thread::scope(|s| {
        let threads = [0, 1, 2, 3].map(|_| {
            s.spawn(|| {
                start.wait();
                node::enter(here);
                boxes.iter().map(|boxed| **boxed).sum::<u64>()
            })
        });
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    })
}

pub fn run() -> String {
    let mut sums = Vec::new();
    for round in 0..4 {
        let mut boxes = thread::spawn_on(nth(1), (600,), make).join().unwrap();
        sums.push(sum_together(&boxes));
        *boxes[round] += 1;
        sums.push(sum_together(&boxes));
    }
    format!("{sums:?}")
}
