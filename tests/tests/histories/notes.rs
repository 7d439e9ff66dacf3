//! What a thread notes down of the operations it does.

use drust::{Portable, Vec};
use drust_tests::clock::Clock;

/// An operation with what it was given and returned, and when.
#[derive(Clone, Debug, Portable)]
pub struct Noted<O: Portable> {
    pub called: u64,
    /// `u64::MAX` where nobody has waited for its end.
    pub returned: u64,
    pub op: O,
}

/// A thread's notes, in the order in which it did things.
#[derive(Debug)]
pub struct Notes<O: Portable> {
    clock: Clock,
    noted: Vec<Noted<O>>,
    /// The time noted last: times of one thread differ.
    last: u64,
}

impl<O: Portable> Notes<O> {
    pub fn new(clock: Clock) -> Notes<O> {
        Notes { clock, noted: Vec::new(), last: 0 }
    }

    fn now(&mut self) -> u64 {
        loop {
            let now = self.clock.now();
            if now > self.last {
                self.last = now;
                return now;
            }
        }
    }

    /// Does something that is done when it returns, and notes it. Returns what else it yields.
    pub fn note<R>(&mut self, run: impl FnOnce() -> (O, R)) -> R {
        let called = self.now();
        let (op, result) = run();
        let returned = self.now();
        self.noted.push(Noted { called, returned, op });
        result
    }

    /// Does something that only tells others: it is done when this thread has next waited for what it told.
    pub fn tell(&mut self, run: impl FnOnce() -> O) {
        let called = self.now();
        let op = run();
        self.noted.push(Noted { called, returned: u64::MAX, op });
    }

    /// After an operation that waited for what was told before: all that is noted is done.
    pub fn all_is_done(&mut self) {
        let now = self.now();
        self.noted.iter_mut().for_each(|noted| noted.returned = noted.returned.min(now));
    }

    pub fn into_noted(self) -> Vec<Noted<O>> {
        self.noted
    }
}
