//! Rule 7: no borrow ends before every fetch begun under it is answered.
//!
//! The count is the node's, not the handle's, so that it holds whatever becomes of the handle: dropped, forgotten,
//! passed to another thread, or its waiter timed out. An abandoned request stays counted until its answer is in.
//! Fetches that begin while an end waits are under other borrows: an end takes the count that it found, and the answers
//! to those.

use std::fmt;

/// What may end a borrow, or begin a write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ending {
    /// The task is complete.
    Completion,
    /// A handle is given away.
    GiveAway,
    /// A handle or bytes are lent mutably.
    LendMut,
    /// A handle is dropped.
    Drop,
    /// The cold path of `deref_mut`.
    ColdWrite,
    /// The fast path of `deref_mut`, on a PRIVATE handle: nobody was given its stamp, so no fetch can be under it.
    PrivateWrite,
}

/// Whether it may happen now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// Yes.
    Go,
    /// Not before the count is zero.
    Wait,
}

/// Fetches that are not answered yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Fetches {
    unanswered: u32,
}

/// A count that cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FetchesError {
    /// An answer came to a task that had asked nothing.
    NotAsked,
    /// 2^32 fetches are unanswered.
    TooMany,
}

impl fmt::Display for FetchesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FetchesError::NotAsked => "a fetch was answered that had not begun",
            FetchesError::TooMany => "there are 2^32 unanswered fetches",
        })
    }
}

impl std::error::Error for FetchesError {}

impl Fetches {
    /// No fetch has begun.
    pub const NONE: Fetches = Fetches { unanswered: 0 };

    /// How many are unanswered.
    #[must_use]
    pub const fn unanswered(self) -> u32 {
        self.unanswered
    }

    /// A fetch begins.
    ///
    /// # Errors
    /// [`FetchesError::TooMany`].
    pub fn begin(self) -> Result<Fetches, FetchesError> {
        let unanswered = self.unanswered.checked_add(1).ok_or(FetchesError::TooMany)?;
        Ok(Fetches { unanswered })
    }

    /// A fetch is answered, whether or not anybody still waits for it. At zero, whoever waits is woken.
    ///
    /// # Errors
    /// [`FetchesError::NotAsked`].
    pub fn answered(self) -> Result<Fetches, FetchesError> {
        let unanswered = self.unanswered.checked_sub(1).ok_or(FetchesError::NotAsked)?;
        Ok(Fetches { unanswered })
    }

    /// Whether `ending` may happen now.
    #[must_use]
    #[inline]
    pub const fn before(self, ending: Ending) -> Verdict {
        match ending {
            Ending::PrivateWrite => Verdict::Go,
            _ if self.unanswered == 0 => Verdict::Go,
            _ => Verdict::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITING: [Ending; 5] =
        [Ending::Completion, Ending::GiveAway, Ending::LendMut, Ending::Drop, Ending::ColdWrite];

    #[test]
    fn every_end_of_a_borrow_waits_for_zero() {
        let one = Fetches::NONE.begin().unwrap();
        let two = one.begin().unwrap();
        for ending in WAITING {
            assert_eq!(Fetches::NONE.before(ending), Verdict::Go);
            assert_eq!(two.before(ending), Verdict::Wait);
            assert_eq!(two.answered().unwrap().before(ending), Verdict::Wait);
            assert_eq!(two.answered().unwrap().answered().unwrap().before(ending), Verdict::Go);
        }
    }

    #[test]
    fn a_private_write_waits_for_nothing() {
        assert_eq!(Fetches { unanswered: 3 }.before(Ending::PrivateWrite), Verdict::Go);
    }

    #[test]
    fn the_count_goes_neither_below_zero_nor_round() {
        assert_eq!(Fetches::NONE.answered(), Err(FetchesError::NotAsked));
        assert_eq!(Fetches { unanswered: u32::MAX }.begin(), Err(FetchesError::TooMany));
        assert_eq!(Fetches::NONE.begin().unwrap().unanswered(), 1);
    }
}
