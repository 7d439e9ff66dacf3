//! Where tasks run: how much nodes have to do, where a new task goes, and what idle nodes are given.
//!
//! A node has room while it has fewer tasks than workers. What it knows of another is what it has given that node and
//! not had back, which it counts itself, and what the other has from elsewhere, which the other tells. So a task that
//! is under way is counted, and none is counted twice.

mod give;
mod known;
mod place;

pub use give::{Pace, least, neediest};
pub use known::Known;
pub use place::{Placement, Reason, place};

/// How much a node has to do.
///
/// ```
/// use drust_proto::balance::Load;
/// let load = Load::new(3, 4);
/// assert_eq!((load.free(), load.with(2).free()), (1, 0));
/// assert_eq!(Load::from_word(load.to_word()), load);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Load {
    /// Tasks that wait or run.
    pub tasks: u16,
    /// Threads that run tasks.
    pub workers: u16,
}

impl Load {
    /// So many tasks for so many workers; what does not fit counts as the most that does.
    #[must_use]
    pub fn new(tasks: usize, workers: usize) -> Load {
        let fit = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        Load { tasks: fit(tasks), workers: fit(workers) }
    }

    /// With so many tasks more.
    #[must_use]
    pub fn with(self, more: usize) -> Load {
        Load::new(usize::from(self.tasks).saturating_add(more), usize::from(self.workers))
    }

    /// Workers without a task.
    #[must_use]
    pub const fn free(self) -> u16 {
        self.workers.saturating_sub(self.tasks)
    }

    /// As it goes over the wire.
    #[must_use]
    pub const fn to_word(self) -> u32 {
        self.tasks as u32 | (self.workers as u32) << 16
    }

    /// From [`Load::to_word`].
    #[must_use]
    pub const fn from_word(word: u32) -> Load {
        Load { tasks: word as u16, workers: (word >> 16) as u16 }
    }
}
