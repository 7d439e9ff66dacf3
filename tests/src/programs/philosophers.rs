//! Five philosophers on as many nodes share five forks, and all of them eat.

use super::world::sync::{Arc, Mutex};
use super::world::*;

const SEATS: usize = 5;

type Forks = [Mutex<u64>; SEATS];

fn dine((forks, seat): (Arc<Forks>, usize)) -> u64 {
    let (left, right) = (seat, (seat + 1) % SEATS);
    // The one who takes the right fork first breaks the circle.
    let (first, second) = if seat == 0 { (right, left) } else { (left, right) };
    for _ in 0..8 {
        let mut first = forks[first].lock().unwrap();
        let mut second = forks[second].lock().unwrap();
        *first += 1;
        *second += 1;
    }
    8
}

pub fn run() -> String {
    let forks: Arc<Forks> = Arc::new([0; SEATS].map(Mutex::new));
    let tasks: Vec<_> = (0..SEATS).map(|i| thread::spawn_on(nth(i), (forks.clone(), i), dine)).collect();
    let meals: u64 = tasks.into_iter().map(|task| task.join().unwrap()).sum();
    let used = forks.iter().map(|fork| *fork.lock().unwrap()).collect::<Vec<_>>();
    format!("{meals} {used:?}")
}
