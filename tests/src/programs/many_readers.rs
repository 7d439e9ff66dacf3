//! Readers on all nodes see a lock's two halves agree while writers change both.

use super::world::sync::{Arc, RwLock};
use super::world::*;
use std::sync::TryLockError;

#[derive(Portable)]
struct Halves {
    left: u64,
    right: Box<u64>,
}

fn read((halves, times): (Arc<RwLock<Halves>>, usize)) -> (bool, bool) {
    let (mut agree, mut grows, mut before) = (true, true, 0);
    for _ in 0..times {
        let seen = halves.read().unwrap();
        agree &= seen.left == *seen.right;
        grows &= seen.left >= before;
        before = seen.left;
    }
    (agree, grows)
}

fn write((halves, times): (Arc<RwLock<Halves>>, usize)) -> (bool, bool) {
    for _ in 0..times {
        let mut seen = halves.write().unwrap();
        seen.left += 1;
        *seen.right += 1;
    }
    (true, true)
}

/// What can be had while somebody reads, and while somebody writes.
fn tries((halves,): (Arc<RwLock<Halves>>,)) -> (bool, bool) {
    let read = halves.try_read().is_ok();
    let write = matches!(halves.try_write(), Err(TryLockError::WouldBlock));
    (read, write)
}

pub fn run() -> String {
    let make = |()| Arc::new(RwLock::new(Halves { left: 0, right: Box::new(0) }));
    let halves = thread::spawn_on(nth(2), (), make).join().unwrap();
    let tasks: Vec<_> = (0..9)
        .map(|i| {
            let work = if i % 3 == 0 { write } else { read };
            thread::spawn_on(nth(i), (halves.clone(), 10), work)
        })
        .collect();
    let all = tasks.into_iter().map(|task| task.join().unwrap()).all(|seen| seen == (true, true));
    let reading = halves.read().unwrap();
    let beside_a_reader = thread::spawn_on(nth(1), (halves.clone(),), tries).join().unwrap();
    let left = reading.left;
    drop(reading);
    let writing = halves.write().unwrap();
    let beside_a_writer = thread::spawn_on(nth(1), (halves.clone(),), tries).join().unwrap();
    drop(writing);
    let right = *Arc::into_inner(halves).expect("no clone is left").into_inner().unwrap().right;
    format!("{all} {left} {right} {beside_a_reader:?} {beside_a_writer:?}")
}
