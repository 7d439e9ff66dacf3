//! One key of a map, or what is set once.

use drust::Portable;
use todc_utils::Specification;

/// What may be there under one key; nothing at first.
#[derive(Debug)]
pub struct Entry;

/// What is done under a key, and what that returned.
#[derive(Clone, Copy, Debug, Portable)]
pub struct Keyed {
    pub key: u64,
    pub op: Op,
}

/// The operations.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Op {
    Get(Option<u64>),
    Contains(bool),
    Insert {
        put: u64,
        was: Option<u64>,
    },
    Remove {
        was: Option<u64>,
    },
    /// A function adds to what is there, and says what that was.
    Update {
        by: u64,
        was: Option<u64>,
    },
    /// Stored where there was nothing, and what is there then.
    GetOrInsert {
        put: u64,
        got: u64,
    },
    /// Stored where there was nothing, or else refused.
    Set {
        put: u64,
        is_set: bool,
    },
}

impl Specification for Entry {
    type State = Option<u64>;
    type Operation = Keyed;

    fn init() -> Option<u64> {
        None
    }

    fn apply(op: &Keyed, state: &Option<u64>) -> (bool, Option<u64>) {
        let now = *state;
        match op.op {
            Op::Get(seen) => (seen == now, now),
            Op::Contains(is_there) => (is_there == now.is_some(), now),
            Op::Insert { put, was } => (was == now, Some(put)),
            Op::Remove { was } => (was == now, None),
            Op::Update { by, was } => (was == now, now.map(|value| value.wrapping_add(by))),
            Op::GetOrInsert { put, got } => (got == now.unwrap_or(put), now.or(Some(put))),
            Op::Set { put, is_set } => (is_set == now.is_none(), now.or(Some(put))),
        }
    }
}
