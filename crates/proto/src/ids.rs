//! Small numbers with a meaning of their own.

use std::fmt;
use std::num::NonZeroU32;

/// A node's number in its cluster, from 0; rank 0 runs `main`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Rank(pub u16);

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Names a type's descriptor in the program's image; the same in every process of one build.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DescriptorId(pub NonZeroU32);

/// Names one task for the life of the job: who spawned it, and its number among that node's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TaskId {
    /// The node that spawned the task, and waits for its end.
    pub rank: Rank,
    /// The spawner's count of tasks, from 0.
    pub seq: u64,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.rank, self.seq)
    }
}
