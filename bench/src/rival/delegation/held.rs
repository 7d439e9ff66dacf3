//! A mutex that light tasks hold: at its home, with what is behind it, and those that wait for it.

use crate::load::value::Cell;
use drust_proto::Rank;
use std::collections::VecDeque;

/// The mutex, at its home.
#[derive(Default)]
pub struct Held {
    cell: Cell,
    held: bool,
    waiting: VecDeque<(Rank, usize)>,
}

impl Held {
    /// Gives it to a task of a node, with what is behind it, or puts the task behind those that wait.
    pub fn acquire(&mut self, by: (Rank, usize)) -> Option<Cell> {
        if self.held {
            self.waiting.push_back(by);
            return None;
        }
        self.held = true;
        Some(self.cell)
    }

    /// Takes it back, with what is behind it now; the task that has it next.
    pub fn release(&mut self, cell: Cell) -> Option<(Rank, usize)> {
        assert!(self.held, "it is given back once");
        self.cell = cell;
        let next = self.waiting.pop_front();
        self.held = next.is_some();
        next
    }

    /// What is behind it while nobody has it.
    pub fn free(&self) -> &Cell {
        assert!(!self.held, "somebody has it");
        &self.cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_who_came_first_is_next() {
        let mut held = Held::default();
        let tasks = [(Rank(0), 5), (Rank(1), 0), (Rank(0), 6)];
        assert_eq!(tasks.map(|task| held.acquire(task)), [Some([0; 8]), None, None]);
        assert_eq!(held.release([1; 8]), Some(tasks[1]));
        assert_eq!(held.acquire(tasks[0]), None);
        assert_eq!(held.release([2; 8]), Some(tasks[2]));
        assert_eq!(held.release([3; 8]), Some(tasks[0]));
        assert_eq!(held.release([4; 8]), None);
        assert_eq!(held.free(), &[4; 8]);
    }
}
