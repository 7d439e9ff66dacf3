//! A word that is loaded, stored and changed in one step.

use drust::Portable;
use todc_utils::Specification;

/// A word, 0 at first.
#[derive(Debug)]
pub struct Word;

/// What is done with it, and what that returned.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Wording {
    Load(u64),
    Store(u64),
    Swap {
        put: u64,
        was: u64,
    },
    Exchange {
        old: u64,
        put: u64,
        result: Result<u64, u64>,
    },
    Add {
        by: u64,
        was: u64,
    },
    Max {
        with: u64,
        was: u64,
    },
    /// The add that nobody waits for.
    Tell {
        by: u64,
    },
}

impl Specification for Word {
    type State = u64;
    type Operation = Wording;

    fn init() -> u64 {
        0
    }

    fn apply(op: &Wording, state: &u64) -> (bool, u64) {
        let now = *state;
        match *op {
            Wording::Load(seen) => (seen == now, now),
            Wording::Store(put) => (true, put),
            Wording::Swap { put, was } => (was == now, put),
            Wording::Exchange { old, put, result: Ok(was) } => (was == now && old == now, put),
            Wording::Exchange { old, result: Err(was), .. } => (was == now && old != now, now),
            Wording::Add { by, was } => (was == now, now.wrapping_add(by)),
            Wording::Max { with, was } => (was == now, now.max(with)),
            Wording::Tell { by } => (true, now.wrapping_add(by)),
        }
    }
}
