//! `OnceLock`: it is set once, whoever does, and then all see that.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat};
use crate::spec::{Entry, Keyed, Op};
use drust::sync::OnceLock;
use drust::{Box, Vec};

/// A cell for a number behind a pointer.
struct Cell;

impl Game for Cell {
    type Shared = OnceLock<Box<u64>>;
    type End = ();
    type Op = Keyed;
    type Spec = Entry;
    const ROUNDS: usize = 24;

    fn deal(threads: usize) -> (OnceLock<Box<u64>>, Vec<()>) {
        (OnceLock::new(), (0..threads).map(|_| ()).collect())
    }

    fn play(cell: &OnceLock<Box<u64>>, (): (), seat: Seat, notes: &mut Notes<Keyed>) {
        let mut dice = seat.dice();
        for step in 0..5 {
            let put = (10 * seat.thread + step) as u64;
            let kind = dice.below(5);
            notes.note(|| {
                let op = match kind {
                    0 => Op::Set { put, is_set: cell.set(Box::new(put)).is_ok() },
                    1 => Op::GetOrInsert { put, got: **cell.get_or_init(|| Box::new(put)) },
                    _ => Op::Get(cell.get().map(|value| **value)),
                };
                (Keyed { key: 0, op }, ())
            });
        }
    }
}

everywhere!(cell: Cell);
