//! A vector in a lock behind a counted pointer, pushed to by tasks on all nodes; in the end it belongs to one.

use super::world::collections::Vec;
use super::world::sync::{Arc, Mutex};
use super::world::*;

#[derive(Portable)]
struct Tally {
    rows: Mutex<Vec<(u64, Box<u64>)>>,
    name: Box<str>,
}

fn push((tally, from): (Arc<Tally>, u64)) -> usize {
    for value in from..from + 5 {
        tally.rows.lock().unwrap().push((value, Box::new(value * value)));
    }
    tally.name.len()
}

pub fn run() -> String {
    let make = |()| Arc::new(Tally { rows: Mutex::new(Vec::new()), name: Box::from("squares") });
    let tally = thread::spawn_on(nth(1), (), make).join().unwrap();
    let tasks: std::vec::Vec<_> =
        (0..8).map(|i| thread::spawn_on(nth(i), (tally.clone(), 5 * i as u64), push)).collect();
    let names: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
    let holders = (Arc::strong_count(&tally), Arc::weak_count(&tally));
    // The tasks have ended, and with them their clones: nobody else has one, wherever it was dropped.
    let Tally { rows, name } = Arc::try_unwrap(tally).unwrap_or_else(|_| panic!("no clone is left"));
    let mut rows = rows.into_inner().unwrap();
    rows.sort();
    let right = rows.iter().enumerate().all(|(i, (value, square))| *value == i as u64 && **square == value * value);
    format!("{} {right} {names} {holders:?} {name}", rows.len())
}
