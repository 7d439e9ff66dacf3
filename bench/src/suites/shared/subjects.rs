//! What drust's workers work at: its own types, as a program would use them.

use super::ours::Shared;
use crate::load::value::{self, Cell, Key, Value, cell_updates, next_cell};
use crate::load::{KEYS, Op, Subject};
use drust::Portable;
use drust::collections::HashMap;
use drust::sync::{Mutex, RwLock};

/// A mutex that each worker holds while it works at what is behind it.
#[derive(Portable)]
pub struct Held(Mutex<Cell>);

impl Shared for Held {
    const SUBJECT: Subject = Subject::Mutex;

    fn new() -> Held {
        Held(Mutex::new([0; 8]))
    }

    fn carry_out(&self, _: Op) {
        let mut cell = self.0.lock().expect("no panic");
        *cell = next_cell(&cell);
    }

    fn updates(&self) -> u64 {
        cell_updates(&self.0.lock().expect("no panic"))
    }
}

/// A mutex to which critical sections are sent.
#[derive(Portable)]
pub struct Sent(Mutex<Cell>);

impl Shared for Sent {
    const SUBJECT: Subject = Subject::Section;

    fn new() -> Sent {
        Sent(Mutex::new([0; 8]))
    }

    fn carry_out(&self, _: Op) {
        self.0.with((), |cell, ()| *cell = next_cell(cell)).expect("no panic");
    }

    fn updates(&self) -> u64 {
        cell_updates(&self.0.lock().expect("no panic"))
    }
}

/// A lock that most workers only read under.
#[derive(Portable)]
pub struct ReadMostly(RwLock<Cell>);

impl Shared for ReadMostly {
    const SUBJECT: Subject = Subject::Rwlock;

    fn new() -> ReadMostly {
        ReadMostly(RwLock::new([0; 8]))
    }

    fn carry_out(&self, op: Op) {
        match op {
            Op::Read(_) => assert!(cell_updates(&self.0.read().expect("no panic")) < u64::MAX),
            Op::Update(_) => {
                let mut cell = self.0.write().expect("no panic");
                *cell = next_cell(&cell);
            }
        }
    }

    fn updates(&self) -> u64 {
        cell_updates(&self.0.read().expect("no panic"))
    }
}

/// A map of all keys.
#[derive(Portable)]
pub struct Store(HashMap<Key, Value>);

impl Shared for Store {
    const SUBJECT: Subject = Subject::Map;

    fn new() -> Store {
        let map = HashMap::new();
        map.insert_many((0..KEYS).map(|number| (value::key(number), value::value(number, 0))));
        Store(map)
    }

    fn carry_out(&self, op: Op) {
        match op {
            Op::Read(number) => {
                let found = self.0.get(&value::key(number)).expect("every key is in the map");
                assert!(value::updates(number, &found) < u64::MAX);
            }
            Op::Update(number) => {
                self.0
                    .update(&value::key(number), (), |value, ()| *value = value::next(value))
                    .expect("every key is in the map");
            }
        }
    }

    fn updates(&self) -> u64 {
        let keys: Vec<Key> = (0..KEYS).map(value::key).collect();
        let found = self.0.get_many(&keys);
        found
            .into_iter()
            .zip(0..)
            .map(|(found, number)| value::updates(number, &found.expect("every key is in the map")))
            .sum()
    }
}
