//! A lock with a number in it.

use drust::Portable;
use todc_utils::Specification;

/// A lock, free at first, with 0 in it.
#[derive(Debug)]
pub struct Lock;

/// What is done with it, and what that returned.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Locking {
    /// Locked, and what was in it then.
    Lock { saw: u64 },
    /// The same, or it would have had to wait.
    Try { saw: Option<u64> },
    /// Waited in vain.
    Late,
    /// Unlocked, and what was left in it.
    Unlock { left: u64 },
    /// A function went to the number: what it found, and what it left.
    With { was: u64, left: u64 },
}

impl Specification for Lock {
    /// Whether it is locked, and the number.
    type State = (bool, u64);
    type Operation = Locking;

    fn init() -> (bool, u64) {
        (false, 0)
    }

    fn apply(op: &Locking, state: &(bool, u64)) -> (bool, (bool, u64)) {
        let (is_held, value) = *state;
        let (is_valid, next) = match *op {
            Locking::Lock { saw } | Locking::Try { saw: Some(saw) } => (!is_held && saw == value, (true, value)),
            // As with std's, and as with `compare_exchange_weak`: a lock that is free may not be had at once.
            Locking::Try { saw: None } | Locking::Late => (true, *state),
            Locking::Unlock { left } => (is_held, (false, left)),
            Locking::With { was, left } => (!is_held && was == value, (false, left)),
        };
        (is_valid, if is_valid { next } else { *state })
    }
}
