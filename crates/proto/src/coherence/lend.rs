//! Rule 8: what a task has lent mutably, and when it may go on or end.
//!
//! The ledger belongs to the task, not to the guard, so that a forgotten `RefMut` comes home like any other. An
//! entry is made when the borrower leaves the node (until then a `RefMut` is a plain `&mut`) and closed when its
//! completion has been stored. A task that was itself lent something completes only when all it lent on is home
//! again, so a chain of re-lends comes home link by link, and nothing is published before its lender has it.

use crate::TaskId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// What was lent to one task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Loan {
    /// The borrower.
    pub task: TaskId,
    /// How many `RefMut`s went with it; as many must come home.
    pub pieces: u32,
}

/// The loans of one task.
///
/// ```
/// use drust_proto::coherence::{Ledger, Loan};
/// use drust_proto::{Rank, TaskId};
/// let loan = Loan { task: TaskId { rank: Rank(0), seq: 4 }, pieces: 2 };
/// let mut ledger = Ledger::new(1);
/// ledger.lend(loan).unwrap();
/// assert!(ledger.complete().is_err(), "something is still out");
/// ledger.come_home(loan).unwrap();
/// assert_eq!(ledger.complete(), Ok(1));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ledger {
    out: BTreeMap<TaskId, u32>,
    borrowed: u32,
    completed: bool,
}

/// A loan or an end that cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LendError {
    /// The task is complete: it lends nothing, gets nothing back and does not complete again.
    Completed,
    /// The borrower has a loan already.
    LentTwice(TaskId),
    /// A loan of nothing needs no entry.
    Empty(TaskId),
    /// The task that came home had borrowed nothing here, or has come home before.
    NotLent(TaskId),
    /// Not what went out has come home.
    Pieces {
        /// What went out.
        lent: Loan,
        /// How many came home.
        came: u32,
    },
    /// Loans are out: completion must wait for the first of them.
    StillOut(Loan),
}

impl fmt::Display for LendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LendError::Completed => f.write_str("the task is complete"),
            LendError::LentTwice(task) => write!(f, "task {task} has a loan already"),
            LendError::Empty(task) => write!(f, "task {task} is lent nothing"),
            LendError::NotLent(task) => write!(f, "task {task} brings home what it was not lent"),
            LendError::Pieces { lent, came } => {
                write!(f, "task {} was lent {} values and brings {came} home", lent.task, lent.pieces)
            }
            LendError::StillOut(loan) => write!(f, "{} values are still lent to task {}", loan.pieces, loan.task),
        }
    }
}

impl std::error::Error for LendError {}

impl Ledger {
    /// The ledger of a task that was itself lent `borrowed` values.
    #[must_use]
    pub const fn new(borrowed: u32) -> Ledger {
        Ledger { out: BTreeMap::new(), borrowed, completed: false }
    }

    /// The loans that are out, by task.
    pub fn out(&self) -> impl Iterator<Item = Loan> {
        self.out.iter().map(|(&task, &pieces)| Loan { task, pieces })
    }

    /// A task leaves the node with something lent. Every handle in it has taken [`Event::Lend`](super::Event::Lend).
    ///
    /// # Errors
    /// [`LendError::Completed`], [`LendError::LentTwice`], [`LendError::Empty`]; nothing is entered.
    pub fn lend(&mut self, loan: Loan) -> Result<(), LendError> {
        if self.completed {
            return Err(LendError::Completed);
        }
        if loan.pieces == 0 {
            return Err(LendError::Empty(loan.task));
        }
        match self.out.entry(loan.task) {
            Entry::Occupied(_) => Err(LendError::LentTwice(loan.task)),
            Entry::Vacant(entry) => {
                entry.insert(loan.pieces);
                Ok(())
            }
        }
    }

    /// A borrower has ended, and what it brought is stored: the bytes in their place, and in each handle lent by
    /// itself the final address with a fresh stamp ([`Event::ComeHome`](super::Event::ComeHome)).
    ///
    /// # Errors
    /// [`LendError::Completed`], [`LendError::NotLent`], [`LendError::Pieces`]; the loan stays as it was.
    pub fn come_home(&mut self, came: Loan) -> Result<(), LendError> {
        if self.completed {
            return Err(LendError::Completed);
        }
        let Entry::Occupied(entry) = self.out.entry(came.task) else { return Err(LendError::NotLent(came.task)) };
        if *entry.get() != came.pieces {
            return Err(LendError::Pieces { lent: Loan { pieces: *entry.get(), ..came }, came: came.pieces });
        }
        entry.remove();
        Ok(())
    }

    /// The task's code has ended, returned, panicked or not. Says how many values its completion carries home.
    ///
    /// # Errors
    /// [`LendError::StillOut`]: wait, then ask again. [`LendError::Completed`]: a task completes once.
    pub fn complete(&mut self) -> Result<u32, LendError> {
        if self.completed {
            return Err(LendError::Completed);
        }
        if let Some(first) = self.out().next() {
            return Err(LendError::StillOut(first));
        }
        self.completed = true;
        Ok(self.borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coherence::{CopyView, Event, Handle, Here};
    use crate::{Address, Partition, Rank, Stamp};

    fn loan(seq: u64, pieces: u32) -> Loan {
        Loan { task: TaskId { rank: Rank(0), seq }, pieces }
    }

    #[test]
    fn a_task_completes_once_and_only_when_all_is_home() {
        let mut ledger = Ledger::new(3);
        ledger.lend(loan(1, 1)).unwrap();
        ledger.lend(loan(2, 4)).unwrap();
        assert_eq!(ledger.complete(), Err(LendError::StillOut(loan(1, 1))));
        ledger.come_home(loan(1, 1)).unwrap();
        assert_eq!(ledger.complete(), Err(LendError::StillOut(loan(2, 4))));
        ledger.come_home(loan(2, 4)).unwrap();
        assert_eq!(ledger.complete(), Ok(3));
        assert_eq!(ledger.complete(), Err(LendError::Completed));
        assert_eq!(ledger.lend(loan(3, 1)), Err(LendError::Completed));
        assert_eq!(ledger.come_home(loan(1, 1)), Err(LendError::Completed));
    }

    #[test]
    fn what_was_not_lent_does_not_come_home() {
        let mut ledger = Ledger::new(0);
        ledger.lend(loan(1, 2)).unwrap();
        assert_eq!(ledger.come_home(loan(9, 2)), Err(LendError::NotLent(loan(9, 2).task)));
        assert_eq!(ledger.come_home(loan(1, 1)), Err(LendError::Pieces { lent: loan(1, 2), came: 1 }));
        assert!(ledger.out().eq([loan(1, 2)]));
        ledger.come_home(loan(1, 2)).unwrap();
        assert_eq!(ledger.come_home(loan(1, 2)), Err(LendError::NotLent(loan(1, 2).task)));
    }

    #[test]
    fn a_borrower_has_one_loan_of_something() {
        let mut ledger = Ledger::new(0);
        ledger.lend(loan(1, 2)).unwrap();
        assert_eq!(ledger.lend(loan(1, 2)), Err(LendError::LentTwice(loan(1, 2).task)));
        assert_eq!(ledger.lend(loan(2, 0)), Err(LendError::Empty(loan(2, 0).task)));
        assert!(ledger.out().eq([loan(1, 2)]));
    }

    /// Node 0 lends a box to node 1, which lends it on to node 2, which moves and writes it; the place comes up.
    #[test]
    fn a_chain_of_lends_brings_the_final_address_up_each_link() {
        let stamp = |n| Stamp::from_word(n).unwrap();
        let here = |rank| Here { rank: Rank(rank) };
        let step = |handle: Handle, rank, event| handle.step(here(rank), event).unwrap().0;
        let (mut first, mut second, mut third) = (Ledger::new(0), Ledger::new(1), Ledger::new(1));

        let owner = step(Handle::new(Address::new(Partition(0), 64), stamp(1)), 0, Event::Lend);
        first.lend(loan(1, 1)).unwrap();
        let middle = step(step(owner.sent(), 1, Event::Land), 1, Event::Lend);
        second.lend(loan(2, 1)).unwrap();
        let last = step(step(middle.sent(), 2, Event::Land), 2, Event::Write { copy: CopyView::Absent });
        let moved = Address::new(Partition(2), 128);
        let last = step(last, 2, Event::Own { at: moved, fresh: stamp(2) });

        assert_eq!(second.complete(), Err(LendError::StillOut(loan(2, 1))), "a middle link waits");
        assert_eq!(third.complete(), Ok(1));
        let sent = step(last, 2, Event::Depart);
        let middle = step(middle, 1, Event::ComeHome { at: sent.address, fresh: stamp(3) });
        second.come_home(loan(2, 1)).unwrap();
        assert_eq!(second.complete(), Ok(1));
        let sent = step(middle, 1, Event::Depart);
        let owner = step(owner, 0, Event::ComeHome { at: sent.address, fresh: stamp(4) });
        first.come_home(loan(1, 1)).unwrap();
        assert_eq!((owner.address, owner.stamp, owner.private), (moved, stamp(4), false));
        assert_eq!(first.complete(), Ok(0));
    }
}
