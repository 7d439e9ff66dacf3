//! A value that lives while it is counted.

use drust::Portable;
use todc_utils::Specification;

/// A count of so many at first.
#[derive(Debug)]
pub struct Count<const FIRST: u64>;

/// What is done by those that are counted, and those that are not.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Counting {
    Clone,
    Drop,
    /// One who is not counted asks to be.
    Upgrade(bool),
    /// The only one takes the value out.
    Unwrap(bool),
}

impl<const FIRST: u64> Specification for Count<FIRST> {
    type State = u64;
    type Operation = Counting;

    fn init() -> u64 {
        FIRST
    }

    fn apply(op: &Counting, state: &u64) -> (bool, u64) {
        let now = *state;
        match op {
            Counting::Clone => (now > 0, now + 1),
            Counting::Drop => (now > 0, now.saturating_sub(1)),
            Counting::Upgrade(true) => (now > 0, now + 1),
            Counting::Upgrade(false) => (now == 0, now),
            Counting::Unwrap(true) => (now == 1, 0),
            Counting::Unwrap(false) => (now > 1, now),
        }
    }
}
