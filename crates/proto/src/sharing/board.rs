//! Waiting to be notified: `Condvar`.
//!
//! At its home a condition variable is a list of who waits, in the order in which they entered. A waiter enters while
//! it still holds its mutex, and gives that up only when it is on the list: a notification by whoever has the mutex
//! after it finds it there. A waiter whose time is up takes itself off the list; where a notification was faster, it
//! has been notified, and says so, or the notification would be lost.
//!
//! Nothing here depends on an order of messages: a Wake may come before the answer to Enter, and a Notify that is late
//! finds the longest waiting, or wakes one too many, as std allows.

use super::Illegal;
use crate::Rank;
use std::collections::VecDeque;

operations! {
    /// What nodes say about a condition variable.
    pub enum Op {
        /// To the home, which answers: ticket `a` of the sender waits.
        Enter = 1,
        /// To the home: who has waited longest need not wait longer; all, if `number` is 1.
        Notify = 2,
        /// To a waiter's node: ticket `a` was notified.
        Wake = 3,
        /// To the home, which answers whether it was on the list (outcome 1): ticket `a` waits no longer.
        Cancel = 4,
        /// To the home: the condition variable is no more.
        End = 5,
    }
}

/// A waiting thread: its node, and its ticket there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Waiter {
    /// The node.
    pub node: Rank,
    /// The ticket.
    pub ticket: u64,
}

/// What the home knows: who waits.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::board::{Board, Waiter};
/// let [first, second] = [1, 2].map(|ticket| Waiter { node: Rank(1), ticket });
/// let mut board = Board::default();
/// board.enter(first).unwrap();
/// board.enter(second).unwrap();
/// assert_eq!(board.notify(false), [first]);
/// assert!(!board.cancel(first), "it has been notified");
/// assert!(board.cancel(second) && board.is_empty());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Board {
    waiting: VecDeque<Waiter>,
}

impl Board {
    /// Puts a waiter on the list.
    ///
    /// # Errors
    /// It is on the list.
    pub fn enter(&mut self, waiter: Waiter) -> Result<(), Illegal> {
        if self.waiting.contains(&waiter) {
            return Err(Illegal("a waiter enters twice"));
        }
        self.waiting.push_back(waiter);
        Ok(())
    }

    /// Takes the longest waiting off the list, or all; each is to be woken.
    pub fn notify(&mut self, all: bool) -> Vec<Waiter> {
        let woken = if all { self.waiting.len() } else { self.waiting.len().min(1) };
        self.waiting.drain(..woken).collect()
    }

    /// Takes a waiter off the list; false where it has been notified.
    pub fn cancel(&mut self, waiter: Waiter) -> bool {
        let at = self.waiting.iter().position(|other| *other == waiter);
        at.and_then(|at| self.waiting.remove(at)).is_some()
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// One thread's wait.
///
/// ```
/// use drust_proto::sharing::board::{Step, Wait, WaitEvent};
/// let mut wait = Wait::default();
/// assert_eq!(wait.step(WaitEvent::Entered), Ok(Step::Unlock));
/// assert_eq!(wait.step(WaitEvent::Expired), Ok(Step::Cancel));
/// assert_eq!(wait.step(WaitEvent::Cancelled(false)), Ok(Step::Nothing), "the notification is under way");
/// assert_eq!(wait.step(WaitEvent::Woken), Ok(Step::Return { notified: true }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wait {
    /// The home has not answered yet; the mutex is held.
    Entering {
        /// The wake came first.
        woken: bool,
    },
    /// On the list, for all this node knows.
    Waiting,
    /// Its time is up, and the home has not answered yet.
    Cancelling {
        /// A wake has come.
        woken: bool,
    },
    /// It was notified, and the wake is under way.
    Notified,
    /// The thread goes on.
    Over,
}

impl Default for Wait {
    fn default() -> Wait {
        Wait::Entering { woken: false }
    }
}

/// What happens to a wait.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WaitEvent {
    /// The home has put it on the list.
    Entered,
    /// It was notified.
    Woken,
    /// Its time is up.
    Expired,
    /// The home has taken it off the list, or it had been notified (false).
    Cancelled(bool),
}

/// What a waiting thread, or its node for it, does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// Goes on as it was.
    Nothing,
    /// Gives the mutex up, and waits.
    Unlock,
    /// Gives the mutex up, and takes it again at once: it has been notified.
    Pass,
    /// Asks the home to take it off the list.
    Cancel,
    /// Takes the mutex, and goes on.
    Return {
        /// By a notification, or because its time was up.
        notified: bool,
    },
}

impl Wait {
    /// Takes an event, and says what to do.
    ///
    /// # Errors
    /// [`Illegal`], and the state is as it was.
    pub fn step(&mut self, event: WaitEvent) -> Result<Step, Illegal> {
        let (after, step) = match (*self, event) {
            (Wait::Entering { woken: false }, WaitEvent::Entered) => (Wait::Waiting, Step::Unlock),
            (Wait::Entering { woken: true }, WaitEvent::Entered) => (Wait::Over, Step::Pass),
            (Wait::Entering { woken: false }, WaitEvent::Woken) => (Wait::Entering { woken: true }, Step::Nothing),
            (Wait::Waiting | Wait::Notified, WaitEvent::Woken) => (Wait::Over, Step::Return { notified: true }),
            (Wait::Waiting, WaitEvent::Expired) => (Wait::Cancelling { woken: false }, Step::Cancel),
            (Wait::Cancelling { woken: false }, WaitEvent::Woken) => (Wait::Cancelling { woken: true }, Step::Nothing),
            (Wait::Cancelling { woken: false }, WaitEvent::Cancelled(false)) => (Wait::Notified, Step::Nothing),
            (Wait::Cancelling { woken }, WaitEvent::Cancelled(off)) if woken != off => {
                (Wait::Over, Step::Return { notified: woken })
            }
            _ => return Err(Illegal("what cannot happen to a wait as it stands")),
        };
        *self = after;
        Ok(step)
    }
}
