//! What drust's workers work at: its own types, as a program would use them.

use super::ours::Shared;
use crate::load::value::{Cell, cell_updates, next_cell};
use crate::load::{Op, Subject};
use drust::Portable;
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
