//! Boxes in std's containers, also in a static, which stay on their node.

use super::world::*;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

static SHELF: Mutex<Vec<Box<u64>>> = Mutex::new(Vec::new());

fn made_on(node: usize, value: u64) -> Box<u64> {
    thread::spawn_on(nth(node), (value,), |(value,)| Box::new(value)).join().unwrap()
}

fn use_statics((value,): (u64,)) -> u64 {
    let mut shelf = SHELF.lock().unwrap();
    shelf.push(Box::new(value));
    let sum = shelf.iter().map(|boxed| **boxed).sum();
    shelf.clear();
    sum
}

pub fn run() -> String {
    let mut list: Vec<Box<u64>> = (0..10).map(|i| made_on(i, i as u64)).collect();
    list.sort_by(|a, b| b.cmp(a));
    list.retain(|boxed| **boxed != 4);
    *list[0] += 100;
    let mut by_name: HashMap<String, Box<u64>> = HashMap::new();
    let mut by_box: BTreeMap<Box<u64>, &str> = BTreeMap::new();
    for (i, name) in ["one", "two", "three", "two"].into_iter().enumerate() {
        **by_name.entry(name.into()).or_insert_with(|| Box::new(0)) += i as u64;
        by_box.insert(made_on(i, 10 - i as u64), name);
    }
    let mut names: Vec<_> = by_name.iter().map(|(name, boxed)| format!("{name}{boxed}")).collect();
    names.sort();
    let queue: VecDeque<_> = list.drain(2..4).collect();
    let shared = Arc::new(made_on(2, 77));
    let other = shared.clone();
    let here = node::current();
    let look = move || {
        node::enter(here);
        **other
    };
    let seen = std::thread::spawn(look).join().unwrap();
    SHELF.lock().unwrap().push(made_on(3, 9));
    let shelf: u64 = SHELF.lock().unwrap().drain(..).map(|boxed| *boxed).sum();
    let far = thread::spawn_on(nth(1), (6,), use_statics).join().unwrap();
    format!("{list:?} {names:?} {by_box:?} {queue:?} {shared} {seen} {shelf} {far}")
}
