//! The release fence (rule 9): what a node has told a peer that others may come to see, and what of it is done.
//!
//! A node keeps one [`Tab`] for each peer. One-ways with observable effect (additions, counts given back) are entered
//! when they have been handed to the carrier; a fence behind them, on the same lane, has the peer acknowledge all of
//! them, since it carries out what comes on one lane in order. A thread that is about to release something (an unlock,
//! a send, the end of a task, an operation on an atomic word) first has all that waits in this node's batches leave,
//! and then awaits what the tabs owe. All peers' fences are under way together, and threads that release at the same
//! time share them.
//!
//! A tab is the node's and not a thread's: what one thread has told may be known to another of its node by std's means,
//! of which drust sees nothing (the model finds what is wrong otherwise).
//!
//! ```
//! use drust_proto::sharing::fence::{Action, Event, Pace, Tab};
//! let (tab, _) = Tab::default().step(Event::Told, Pace::USUAL)?;
//! let (tab, action) = tab.step(Event::Release, Pace::USUAL)?;
//! assert_eq!(action, Action::Await { number: 1, send: true });
//! let (tab, _) = tab.step(Event::Acked(1), Pace::USUAL)?;
//! assert_eq!(tab.step(Event::Release, Pace::USUAL)?.1, Action::Go);
//! # Ok::<(), drust_proto::sharing::fence::Illegal>(())
//! ```

use std::fmt;

/// How many messages go unacknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pace {
    /// After so many a fence follows unasked, so that releases find little that is owed.
    pub every: u64,
    /// A thread that tells more, and may wait, waits where so many are owed; more than `every`.
    pub window: u64,
}

impl Pace {
    /// A fence every 64 KiB of additions, and half a MiB of them under way.
    pub const USUAL: Pace = Pace { every: 8, window: 64 };
}

/// What was told one peer: how many messages, up to which a fence has followed, and up to which they are done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Tab {
    told: u64,
    fenced: u64,
    acked: u64,
}

/// What happens to a tab.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// A message with observable effect has been handed to the carrier.
    Told,
    /// A thread is about to release something; all that waited for this peer has been told.
    Release,
    /// A thread has told a batch, and may wait before it goes on.
    Room,
    /// The peer has done all up to this fence.
    Acked(u64),
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Nothing.
    Go,
    /// Send the fence of this number, behind all that was told.
    Fence(u64),
    /// Wait until this number is done, and before that send its fence where `send`.
    Await {
        /// The number.
        number: u64,
        /// Whether no fence covers it yet.
        send: bool,
    },
    /// Whoever waits for this number, or one below, goes on.
    Open(u64),
}

/// An acknowledgement of what was not asked, or twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Illegal {
    /// The tab.
    pub tab: Tab,
    /// The number acknowledged.
    pub number: u64,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tab { fenced, acked, .. } = self.tab;
        write!(f, "fence {} is acknowledged where {acked} was, and {fenced} is the last", self.number)
    }
}

impl std::error::Error for Illegal {}

impl Tab {
    /// How many messages were told, and the number of the last.
    #[must_use]
    pub const fn told(self) -> u64 {
        self.told
    }

    /// Whether something was told that is not done, as far as is known.
    #[must_use]
    #[inline]
    pub const fn owes(self) -> bool {
        self.acked < self.told
    }

    /// Whether all up to this number is done.
    #[must_use]
    #[inline]
    pub const fn is_done(self, number: u64) -> bool {
        number <= self.acked
    }

    /// Takes an event and says what to do.
    ///
    /// # Errors
    /// [`Illegal`], from an acknowledgement only.
    pub fn step(self, event: Event, pace: Pace) -> Result<(Tab, Action), Illegal> {
        match event {
            Event::Told => {
                let tab = Tab { told: self.told + 1, ..self };
                Ok(if tab.told - tab.fenced < pace.every { (tab, Action::Go) } else { tab.fence() })
            }
            Event::Release if !self.owes() => Ok((self, Action::Go)),
            Event::Release => {
                let send = self.fenced < self.told;
                Ok((Tab { fenced: self.told, ..self }, Action::Await { number: self.told, send }))
            }
            Event::Room if self.told - self.acked < pace.window => Ok((self, Action::Go)),
            Event::Room => {
                let number = self.told - pace.window + 1;
                // Fences follow unasked at a smaller distance, unless some of what was told had another pace.
                if number <= self.fenced {
                    return Ok((self, Action::Await { number, send: false }));
                }
                Ok((Tab { fenced: self.told, ..self }, Action::Await { number: self.told, send: true }))
            }
            Event::Acked(number) if number <= self.acked || number > self.fenced => Err(Illegal { tab: self, number }),
            Event::Acked(number) => Ok((Tab { acked: number, ..self }, Action::Open(number))),
        }
    }

    fn fence(self) -> (Tab, Action) {
        (Tab { fenced: self.told, ..self }, Action::Fence(self.told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { every: 2, window: 3 };

    fn after(events: &[Event]) -> (Tab, Action) {
        let step = |(tab, _): (Tab, Action), event: &Event| tab.step(*event, PACE).expect("it may happen");
        events.iter().fold((Tab::default(), Action::Go), step)
    }

    #[test]
    fn fences_follow_unasked() {
        assert_eq!(after(&[Event::Told]).1, Action::Go);
        assert_eq!(after(&[Event::Told; 2]).1, Action::Fence(2));
        assert_eq!(after(&[Event::Told; 3]).1, Action::Go);
        assert_eq!(after(&[Event::Told; 4]).1, Action::Fence(4));
    }

    #[test]
    fn a_release_awaits_all_that_was_told_by_one_fence() {
        assert_eq!(after(&[Event::Release]).1, Action::Go);
        let (tab, action) = after(&[Event::Told, Event::Release]);
        assert_eq!(action, Action::Await { number: 1, send: true });
        assert!(tab.owes() && !tab.is_done(1));
        assert_eq!(after(&[Event::Told, Event::Release, Event::Release]).1, Action::Await { number: 1, send: false });
        let more = [Event::Told, Event::Release, Event::Told, Event::Release];
        assert_eq!(after(&more).1, Action::Await { number: 2, send: true });
        let (tab, action) = after(&[Event::Told, Event::Release, Event::Acked(1)]);
        assert_eq!((action, tab.owes(), tab.is_done(1)), (Action::Open(1), false, true));
    }

    #[test]
    fn tellers_wait_for_no_more_than_makes_room() {
        assert_eq!(after(&[Event::Told, Event::Told, Event::Room]).1, Action::Go);
        let full = [Event::Told, Event::Told, Event::Told, Event::Room];
        assert_eq!(after(&full).1, Action::Await { number: 1, send: false });
        assert_eq!(after(&[Event::Told, Event::Told, Event::Told, Event::Acked(2), Event::Room]).1, Action::Go);
    }

    #[test]
    fn tellers_send_the_fence_that_others_left_out() {
        let rare = Pace { every: u64::MAX, ..PACE };
        let told = (0..5).fold(Tab::default(), |tab, _| tab.step(Event::Told, rare).expect("it may happen").0);
        let (tab, action) = told.step(Event::Room, PACE).expect("it may happen");
        assert_eq!(action, Action::Await { number: 5, send: true });
        assert_eq!(tab.step(Event::Acked(5), PACE).expect("it was fenced").1, Action::Open(5));
    }

    #[test]
    fn what_was_not_fenced_is_not_acknowledged() {
        let (tab, _) = after(&[Event::Told, Event::Release]);
        assert_eq!(tab.step(Event::Acked(2), PACE), Err(Illegal { tab, number: 2 }));
        assert!(tab.step(Event::Acked(0), PACE).is_err());
        let (tab, _) = tab.step(Event::Acked(1), PACE).expect("it was fenced");
        let error = tab.step(Event::Acked(1), PACE).expect_err("it was acknowledged");
        assert!(error.to_string().starts_with("fence 1"), "{error}");
    }
}
