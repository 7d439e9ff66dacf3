//! Tokens by which tasks are cancelled: what nodes tell each other of them.
//!
//! That a token was cancelled is stored at its home first, where whoever begins a task under it looks; then all nodes
//! are told, for the tasks that have begun. A node that runs none has no [`Record`], nothing to do with the word, and
//! forgets it. A task enters its node's record before the truth is asked for: so it hears of a cancellation by the one
//! or by the other.

use super::Illegal;

operations! {
    /// What nodes say about a token.
    pub enum Op {
        /// To every node: the token whose number is `a` was cancelled.
        Cancel = 1,
    }
}

/// What a node knows of a token under which tasks run on it.
///
/// ```
/// use drust_proto::sharing::cancel::{Event, Record, Step};
/// let mut record = Record::default();
/// assert_eq!(record.step(Event::Enter), Ok(Step::Ask));
/// assert_eq!(record.step(Event::Enter), Ok(Step::Nothing), "the first asks for both");
/// assert_eq!(record.step(Event::Told), Ok(Step::Cancel));
/// assert_eq!((record.step(Event::Leave), record.step(Event::Leave)), (Ok(Step::Nothing), Ok(Step::Forget)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Record {
    tasks: u64,
    cancelled: bool,
}

/// What happens to a record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// A task is about to begin.
    Enter,
    /// The home has said whether the token was cancelled.
    Truth(bool),
    /// All are told that it was.
    Told,
    /// A task has ended.
    Leave,
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// The home is to be asked for the truth.
    Ask,
    /// The tasks are to be told.
    Cancel,
    /// The record is not needed any longer.
    Forget,
}

impl Record {
    /// Whether the token was cancelled, as far as is known.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Takes an event, and says what to do.
    ///
    /// # Errors
    /// [`Illegal`], and the state is as it was.
    pub fn step(&mut self, event: Event) -> Result<Step, Illegal> {
        let none = Illegal("a token under which no task runs");
        Ok(match event {
            Event::Enter => {
                self.tasks += 1;
                if self.tasks == 1 { Step::Ask } else { Step::Nothing }
            }
            _ if self.tasks == 0 => return Err(none),
            Event::Truth(false) => Step::Nothing,
            Event::Truth(true) | Event::Told => {
                let news = !std::mem::replace(&mut self.cancelled, true);
                if news { Step::Cancel } else { Step::Nothing }
            }
            Event::Leave => {
                self.tasks -= 1;
                if self.tasks == 0 { Step::Forget } else { Step::Nothing }
            }
        })
    }
}
