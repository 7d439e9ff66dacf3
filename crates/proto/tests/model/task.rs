//! Tasks: what each holds, where it stands and what it waits for.

use crate::world::{Link, Value};
use drust_proto::coherence::{Fetches, Ledger};
use std::fmt;

/// What a mutable use of a box is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    Write,
    Grow,
    Set,
    TakeOut,
    Drop,
}

/// How a task has what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A box of its own.
    Own,
    /// A `Ref` by address to the whole value.
    Shared,
    /// A `Ref` by address to as many of its first bytes.
    Part(u8),
    /// A `Ref` by value: a copy of the bytes lies in the task's memory.
    Copied,
    /// A `&Box` of its parent's, on the same node.
    Local,
    /// A `RefMut` of a box: the handle itself was lent.
    Lent,
    /// A `RefMut` of a value: its bytes lie in the task's memory.
    Guest,
}

impl Kind {
    /// Whether the bytes of the value lie in the task's memory.
    pub fn is_here(self) -> bool {
        matches!(self, Kind::Guest | Kind::Copied)
    }
}

/// One thing that a task holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hold {
    pub kind: Kind,
    pub link: Link,
    /// The bytes of a [`Kind::Guest`] or a [`Kind::Copied`].
    pub guest: Value,
    /// Where its parent has it.
    pub origin: Path,
}

/// A way to a box: what a task holds, and then boxes inside values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    pub hold: u8,
    len: u8,
    kids: [u8; 2],
}

impl Path {
    pub fn root(hold: usize) -> Path {
        Path { hold: hold as u8, len: 0, kids: [0; 2] }
    }

    pub fn into(self, kid: usize) -> Option<Path> {
        let mut longer = self;
        *longer.kids.get_mut(usize::from(self.len))? = kid as u8;
        longer.len += 1;
        Some(longer)
    }

    pub fn kids(&self) -> &[u8] {
        &self.kids[..usize::from(self.len)]
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.hold)?;
        self.kids().iter().try_for_each(|kid| write!(f, ".{kid}"))
    }
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// Its message is on its way.
    Flying,
    Running,
    /// It ended; its completion is on its way.
    Returning,
    /// Its message was lost with a node.
    Lost,
}

/// What a task waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wait {
    /// A copy that is being filled.
    Fill(Path),
    /// It has pinned a copy and is about to store the pointer.
    Store(Path),
    /// A value that it moves here.
    Value(Path, Op),
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Task {
    pub parent: u8,
    pub node: u8,
    pub status: Status,
    pub holds: Vec<Option<Hold>>,
    pub fetches: Fetches,
    pub ledger: Ledger,
    pub wait: Option<Wait>,
    /// Of a task that returns: whether what it was lent is in its completion.
    pub brings: bool,
}

impl Task {
    pub fn new(parent: u8, node: u8, status: Status, holds: u8, borrowed: u32) -> Task {
        Task {
            parent,
            node,
            status,
            holds: vec![None; usize::from(holds)],
            fetches: Fetches::NONE,
            ledger: Ledger::new(borrowed),
            wait: None,
            brings: false,
        }
    }
}
