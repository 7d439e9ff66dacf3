//! What homes and seats tell each other, and the words by which it travels.

use super::{Illegal, Leave, Mode, Urgency};

operations! {
    /// What a message about an `RwLock` is; the operation of its frame.
    pub enum Op {
        /// [`ToHome::Want`].
        Want = 1,
        /// [`ToHome::Cancel`].
        Cancel = 2,
        /// [`ToHome::Return`].
        Return = 3,
        /// [`ToHome::Busy`].
        Busy = 4,
        /// [`ToSeat::Grant`].
        Grant = 5,
        /// [`ToSeat::Refused`].
        Refused = 6,
        /// [`ToSeat::Recall`].
        Recall = 7,
        /// [`ToSeat::Keep`].
        Keep = 8,
        /// The lock's owner has dropped it.
        End = 9,
        /// A question to the home whether a writer has panicked, or word that one has, or that it is forgiven.
        Poison = 10,
    }
}

/// What a seat tells its lock's home.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ToHome {
    /// One of the node's threads wants the lock. A node has one request under way.
    Want {
        /// The request's number.
        ask: u32,
        /// What is wanted.
        mode: Mode,
        /// How urgently.
        urgency: Urgency,
    },
    /// The request is not wanted any more; it is refused, unless it is granted already.
    Cancel {
        /// Its number.
        ask: u32,
    },
    /// A grant comes back, and with one to write the data.
    Return {
        /// The grant's number.
        epoch: u64,
        /// What it allowed.
        from: Mode,
        /// Whether it goes on as a grant to read, of which the node keeps a copy.
        kept: bool,
    },
    /// The answer to a soft recall where the lock is in use.
    Busy {
        /// The grant's number.
        epoch: u64,
        /// The recall's.
        round: u32,
    },
}

/// How a recall is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Force {
    /// Return the grant if nobody uses it, or say `Busy` to this round.
    Soft(u32),
    /// Return it when those who use it have done.
    Hard,
    /// Return it; guards that seem to be in use were forgotten.
    Own,
}

/// What a home tells a seat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ToSeat {
    /// The lock, with the data; `mode` may be more than was wanted.
    Grant {
        /// The request that is granted.
        ask: u32,
        /// What is granted.
        mode: Mode,
        /// The grant's number, which grows.
        epoch: u64,
    },
    /// The request is over: somebody uses the lock, or it was cancelled.
    Refused {
        /// Its number.
        ask: u32,
    },
    /// Another wants the lock.
    Recall {
        /// The grant that is recalled.
        epoch: u64,
        /// What may be kept.
        leave: Leave,
        /// How it is meant.
        force: Force,
    },
    /// A hard recall is taken back.
    Keep {
        /// The grant that was recalled.
        epoch: u64,
    },
}

/// The operation, number and operands of a frame.
pub type Words = (Op, u32, u64, u64);

const MEANINGLESS: Illegal = Illegal("operands that mean nothing");

fn mode(word: u64) -> Result<Mode, Illegal> {
    [Mode::Read, Mode::Write].into_iter().find(|mode| *mode as u64 == word).ok_or(MEANINGLESS)
}

impl ToHome {
    /// The words by which it travels.
    ///
    /// ```
    /// use drust_proto::sharing::rwlock::ToHome;
    /// let message = ToHome::Cancel { ask: 7 };
    /// assert_eq!(ToHome::decode(message.encode()), Ok(message));
    /// ```
    #[must_use]
    pub fn encode(self) -> Words {
        match self {
            ToHome::Want { ask, mode, urgency } => (Op::Want, ask, mode as u64, urgency as u64),
            ToHome::Cancel { ask } => (Op::Cancel, ask, 0, 0),
            ToHome::Return { epoch, from, kept } => (Op::Return, u32::from(kept), epoch, from as u64),
            ToHome::Busy { epoch, round } => (Op::Busy, round, epoch, 0),
        }
    }

    /// The message that travelled as these words.
    ///
    /// # Errors
    /// None did.
    pub fn decode((op, number, a, b): Words) -> Result<ToHome, Illegal> {
        Ok(match op {
            Op::Want => {
                let all = [Urgency::Wait, Urgency::Try, Urgency::Own];
                let urgency = all.into_iter().find(|urgency| *urgency as u64 == b).ok_or(MEANINGLESS)?;
                ToHome::Want { ask: number, mode: mode(a)?, urgency }
            }
            Op::Cancel => ToHome::Cancel { ask: number },
            Op::Return if number <= 1 => ToHome::Return { epoch: a, from: mode(b)?, kept: number == 1 },
            Op::Busy => ToHome::Busy { epoch: a, round: number },
            _ => return Err(MEANINGLESS),
        })
    }
}

impl ToSeat {
    /// The words by which it travels.
    ///
    /// ```
    /// use drust_proto::sharing::rwlock::{Mode, ToSeat};
    /// let message = ToSeat::Grant { ask: 7, mode: Mode::Read, epoch: 3 };
    /// assert_eq!(ToSeat::decode(message.encode()), Ok(message));
    /// ```
    #[must_use]
    pub fn encode(self) -> Words {
        match self {
            ToSeat::Grant { ask, mode, epoch } => (Op::Grant, ask, epoch, mode as u64),
            ToSeat::Refused { ask } => (Op::Refused, ask, 0, 0),
            ToSeat::Recall { epoch, leave, force } => {
                let (round, force) = match force {
                    Force::Soft(round) => (round, 0),
                    Force::Hard => (0, 1),
                    Force::Own => (0, 2),
                };
                (Op::Recall, round, epoch, leave as u64 | force << 1)
            }
            ToSeat::Keep { epoch } => (Op::Keep, 0, epoch, 0),
        }
    }

    /// The message that travelled as these words.
    ///
    /// # Errors
    /// None did.
    pub fn decode((op, number, a, b): Words) -> Result<ToSeat, Illegal> {
        Ok(match op {
            Op::Grant => ToSeat::Grant { ask: number, mode: mode(b)?, epoch: a },
            Op::Refused => ToSeat::Refused { ask: number },
            Op::Recall => {
                let leave = if b & 1 == Leave::Read as u64 { Leave::Read } else { Leave::Nothing };
                let force = match b >> 1 {
                    0 => Force::Soft(number),
                    1 => Force::Hard,
                    2 => Force::Own,
                    _ => return Err(MEANINGLESS),
                };
                ToSeat::Recall { epoch: a, leave, force }
            }
            Op::Keep => ToSeat::Keep { epoch: a },
            _ => return Err(MEANINGLESS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_comes_back_from_its_words() {
        let modes = [Mode::Read, Mode::Write];
        let mut home = vec![ToHome::Cancel { ask: 9 }, ToHome::Busy { epoch: 1 << 40, round: 3 }];
        let mut seat = vec![ToSeat::Refused { ask: 9 }, ToSeat::Keep { epoch: 1 << 40 }];
        for mode in modes {
            for urgency in [Urgency::Wait, Urgency::Try, Urgency::Own] {
                home.push(ToHome::Want { ask: 5, mode, urgency });
            }
            home.extend([true, false].map(|kept| ToHome::Return { epoch: 7, from: mode, kept }));
            seat.push(ToSeat::Grant { ask: 1, mode, epoch: u64::MAX });
            for force in [Force::Soft(8), Force::Hard, Force::Own] {
                seat.push(ToSeat::Recall { epoch: 2, leave: Leave::beside(mode), force });
            }
        }
        assert!(home.iter().all(|message| ToHome::decode(message.encode()) == Ok(*message)));
        assert!(seat.iter().all(|message| ToSeat::decode(message.encode()) == Ok(*message)));
        assert!(home.iter().all(|message| ToSeat::decode(message.encode()) == Err(MEANINGLESS)));
        assert!(seat.iter().all(|message| ToHome::decode(message.encode()) == Err(MEANINGLESS)));
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        assert_eq!(ToHome::decode((Op::Want, 1, 2, 0)), Err(MEANINGLESS));
        assert_eq!(ToHome::decode((Op::Want, 1, 0, 3)), Err(MEANINGLESS));
        assert_eq!(ToHome::decode((Op::Return, 2, 0, 0)), Err(MEANINGLESS));
        assert_eq!(ToSeat::decode((Op::Grant, 1, 2, 7)), Err(MEANINGLESS));
        assert_eq!(ToSeat::decode((Op::Recall, 1, 2, 6)), Err(MEANINGLESS));
        assert!((0..200).filter_map(Op::from_u16).eq(Op::ALL.iter().copied()));
    }
}
