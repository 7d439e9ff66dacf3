//! A lock that many may hold to read.

use drust::Portable;
use todc_utils::Specification;

/// A lock, free at first, with 0 in it.
#[derive(Debug)]
pub struct RwLock;

/// What is done with it, and what that returned.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Guarding {
    Read {
        saw: u64,
    },
    TryRead {
        saw: Option<u64>,
    },
    EndRead,
    Write {
        saw: u64,
    },
    TryWrite {
        saw: Option<u64>,
    },
    EndWrite {
        left: u64,
    },
    /// Waited in vain.
    Late,
}

/// Readers, whether there is a writer, and the number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct State {
    readers: u32,
    is_written: bool,
    value: u64,
}

impl Specification for RwLock {
    type State = State;
    type Operation = Guarding;

    fn init() -> State {
        State { readers: 0, is_written: false, value: 0 }
    }

    fn apply(op: &Guarding, state: &State) -> (bool, State) {
        let State { readers, is_written, value } = *state;
        let (is_valid, next) = match *op {
            Guarding::Read { saw } | Guarding::TryRead { saw: Some(saw) } => {
                (!is_written && saw == value, State { readers: readers + 1, ..*state })
            }
            Guarding::EndRead => (readers > 0, State { readers: readers.saturating_sub(1), ..*state }),
            Guarding::Write { saw } | Guarding::TryWrite { saw: Some(saw) } => {
                (!is_written && readers == 0 && saw == value, State { is_written: true, ..*state })
            }
            Guarding::EndWrite { left } => (is_written, State { is_written: false, value: left, ..*state }),
            // As with std's: a lock that is free may not be had at once.
            Guarding::TryRead { saw: None } | Guarding::TryWrite { saw: None } | Guarding::Late => (true, *state),
        };
        (is_valid, if is_valid { next } else { *state })
    }
}
