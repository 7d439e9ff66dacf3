//! What drust's workers work at: its own types, as a program would use them.

use super::ours::Shared;
use crate::load::value::{Cell, cell_updates, next_cell};
use crate::load::{Op, Subject};
use drust::Portable;
use drust::sync::RwLock;

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
