//! What happens once over the cluster, and what came of it.
//!
//! ```text
//!         Begin: run            Finish: done
//!  New ------------> Running ----------------> Done
//!   ^                 |   ^                      |
//!   |   Finish: panic |   | Begin that forgives  |
//!   |                 v   |                      |
//!   |                Poisoned                    |
//!   +-------------------+----- Reset ------------+
//! ```

use super::Caller;
use crate::sharing::Illegal;

/// Where the value is that was made, and under which stamp; both 0 where only the making mattered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Value {
    /// The word of its address.
    pub address: u64,
    /// The word of its stamp.
    pub stamp: u64,
}

/// How a run has ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It has made this.
    Made(Value),
    /// It has panicked.
    Panicked,
}

/// What is asked of a once, or told it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnceEvent {
    /// Somebody would run.
    Begin {
        /// Whether it also runs after a panic.
        forgives: bool,
    },
    /// Somebody waits until it is done, by whomever.
    Wait {
        /// Whether it also waits after a panic.
        forgives: bool,
    },
    /// Somebody asks what it has come to.
    Look,
    /// The one that runs has ended.
    Finish {
        /// The question that was answered by [`Answer::Run`].
        run: u64,
        /// How.
        outcome: Outcome,
    },
    /// The owner, who is alone with it, makes it new.
    Reset,
}

/// What a caller is answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Answer {
    /// Run, and tell how it ended.
    Run {
        /// Whether the last run has panicked.
        poisoned: bool,
    },
    /// It is done.
    Done(Value),
    /// The last run has panicked.
    Poisoned,
    /// It is not done; or, to who ended a run, noted.
    Noted,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum State {
    New,
    Running(Caller),
    Done(Value),
    Poisoned,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Waiting {
    caller: Caller,
    runs: bool,
    forgives: bool,
}

/// What has happened once, and who waits for it, as its home knows.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::turn::{Answer, Caller, Once, OnceEvent};
/// let caller = Caller { node: Rank(1), id: 9 };
/// let mut once = Once::new();
/// let answers = once.step(caller, OnceEvent::Begin { forgives: false });
/// assert_eq!(answers, Ok(vec![(caller, Answer::Run { poisoned: false })]));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Once {
    state: State,
    waiting: Vec<Waiting>,
}

impl Default for Once {
    fn default() -> Once {
        Once::new()
    }
}

impl Once {
    /// What has not happened.
    #[must_use]
    pub const fn new() -> Once {
        Once { state: State::New, waiting: Vec::new() }
    }

    /// What has been made, if it is.
    #[must_use]
    pub fn made(&self) -> Option<Value> {
        if let State::Done(value) = self.state { Some(value) } else { None }
    }

    /// Who runs now, by the question that was answered by [`Answer::Run`].
    #[must_use]
    pub fn runner(&self) -> Option<Caller> {
        if let State::Running(caller) = self.state { Some(caller) } else { None }
    }

    /// Takes an event and says who is answered what, in this order; who is not answered yet waits.
    ///
    /// # Errors
    /// `Illegal`, and the state is as it was.
    pub fn step(&mut self, caller: Caller, event: OnceEvent) -> Result<Vec<(Caller, Answer)>, Illegal> {
        let mut answers = Vec::new();
        match event {
            OnceEvent::Begin { forgives } => self.waiting.push(Waiting { caller, runs: true, forgives }),
            OnceEvent::Wait { forgives } => self.waiting.push(Waiting { caller, runs: false, forgives }),
            OnceEvent::Look => answers.push((caller, self.look())),
            OnceEvent::Finish { run, outcome } => {
                if self.state != State::Running(Caller { node: caller.node, id: run }) {
                    return Err(Illegal("the end of a run that there is not"));
                }
                self.state = match outcome {
                    Outcome::Made(value) => State::Done(value),
                    Outcome::Panicked => State::Poisoned,
                };
                answers.push((caller, Answer::Noted));
            }
            OnceEvent::Reset => {
                if matches!(self.state, State::Running(_)) || !self.waiting.is_empty() {
                    return Err(Illegal("who owns it is alone with it"));
                }
                answers.push((caller, self.look()));
                self.state = State::New;
            }
        }
        self.answer(&mut answers);
        Ok(answers)
    }

    /// Somebody waits no longer; false where it has been answered, and may have to run.
    pub fn leave(&mut self, caller: Caller) -> bool {
        let at = self.waiting.iter().position(|waiting| waiting.caller == caller);
        at.map(|at| self.waiting.remove(at)).is_some()
    }

    fn look(&self) -> Answer {
        match self.state {
            State::New | State::Running(_) => Answer::Noted,
            State::Done(value) => Answer::Done(value),
            State::Poisoned => Answer::Poisoned,
        }
    }

    /// Answers those who wait, as far as that can be said by now; first come first served.
    fn answer(&mut self, answers: &mut Vec<(Caller, Answer)>) {
        let state = &mut self.state;
        self.waiting.retain(|Waiting { caller, runs, forgives }| {
            let answer = match *state {
                State::Done(value) => Answer::Done(value),
                State::Poisoned if !forgives => Answer::Poisoned,
                State::New | State::Poisoned if *runs => Answer::Run { poisoned: *state == State::Poisoned },
                State::New | State::Poisoned | State::Running(_) => return true,
            };
            if matches!(answer, Answer::Run { .. }) {
                *state = State::Running(*caller);
            }
            answers.push((*caller, answer));
            false
        });
    }
}
