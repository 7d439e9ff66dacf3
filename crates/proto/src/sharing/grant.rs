//! Grants of a map's shard: under one a node keeps what it has read, and reads it again without a message.
//!
//! ```text
//!  home                                      a reader's node
//!  Open --write, nobody holds--> change      Absent --answer lends--> Held --recall, nobody inside--> Absent
//!   |  ^                                        ^                      |                                 (return)
//!   |  +--- the last return: change             |                      | recall, somebody inside
//!   +------ write: recall ---> Recalling        +--- the last leaves --+---> Leaving
//!                                                    (return)
//! ```
//!
//! What an answer lends is bytes whose boxes still belong to the home's entry. So a node is *inside* while one of its
//! threads reads such bytes, the first time too, and returns the grant when nobody is; until all have returned, the
//! writer changes nothing. Each tenure of grants has a number, its epoch: a recall that overtakes the answer which
//! grants is remembered by it, and what that answer lends is thrown away unread.
//!
//! When a shard grants is a [`Policy`]: where it is read from elsewhere many times between two writes. How many is
//! learned from what the grants were good for, which each return tells.
//!
//! Contract:
//!
//! 1. The home changes a shard only while no node holds a grant of it.
//! 2. A node that was granted an epoch returns it exactly once, after its last reader has left.
//! 3. No entry is read under a grant that was returned.

use crate::Rank;
use std::collections::BTreeSet;
use std::fmt;

operations! {
    /// What nodes say about values that stay, and about grants of what is in them.
    pub enum Op {
        /// Run a function. 1 request, 1 reply.
        Run = 1,
        /// Run a function when it is its turn to use a value. 1 request, 1 reply.
        Use = 2,
        /// Return your grant of this epoch. 1 one-way.
        Recall = 3,
        /// Here is my grant of this epoch, which was good for so many reads. 1 one-way.
        Return = 4,
        /// As `Use`, with a function that neither waits nor runs code of the user's: at once where nobody has the turn.
        Look = 5,
    }
}

/// When a shard's entries are lent to be kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Policy {
    /// Reads by other nodes since the last write.
    reads: u32,
    /// As many make a grant.
    patience: u32,
}

impl Policy {
    /// The fewest reads without a write that a shard is asked for.
    pub const LEAST: u32 = 4;
    /// The most.
    pub const MOST: u32 = 1 << 20;
    /// Reads under a grant that make up for its recall: a recall is 2 messages and a writer's wait, a read elsewhere 2
    /// messages and a reader's.
    const WORTH: u64 = 2;

    /// Grants after so many reads without a write.
    #[must_use]
    pub const fn new(patience: u32) -> Policy {
        Policy { reads: 0, patience }
    }

    /// How many reads without a write it wants now.
    #[must_use]
    pub const fn patience(self) -> u32 {
        self.patience
    }

    /// Another node reads; whether what it reads is lent.
    fn read(&mut self) -> bool {
        self.reads = self.reads.saturating_add(1);
        self.reads >= self.patience
    }

    /// The shard is written.
    fn wrote(&mut self) {
        self.reads = 0;
    }

    /// So many grants ended that were good for so many reads.
    fn learn(&mut self, grants: u64, hits: u64) {
        self.patience = if hits >= grants.saturating_mul(Policy::WORTH) {
            (self.patience / 2).max(Policy::LEAST.min(self.patience))
        } else {
            self.patience.saturating_mul(2).min(Policy::MOST)
        };
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy::new(Policy::LEAST)
    }
}

/// A shard as its home sees it: who holds grants. Its events come one at a time, as the shard's operations do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Home {
    /// The grants that are given now are of this epoch; the first is 1.
    epoch: u64,
    holders: BTreeSet<Rank>,
    /// The writer waits: grants that were recalled, and what those that returned were good for.
    recalling: Option<Recalled>,
    policy: Policy,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Recalled {
    grants: u64,
    hits: u64,
}

/// What happens to a shard at its home.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HomeEvent {
    /// A node asks for an entry.
    Read {
        /// Which.
        by: Rank,
        /// Whether it can keep what it is lent.
        keeps: bool,
    },
    /// Something is to be changed.
    Write,
    /// A grant has come back.
    Returned {
        /// From this node.
        by: Rank,
        /// Of this epoch.
        epoch: u64,
        /// Reads it was good for.
        hits: u64,
    },
}

/// What the home does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum HomeStep {
    /// Answers with a value of the reader's own.
    Give,
    /// Lends the entry, with a grant.
    Lend {
        /// Of this epoch.
        epoch: u64,
    },
    /// Changes what is to be changed.
    Change,
    /// Tells these nodes to return their grants, and waits.
    Recall {
        /// Of this epoch.
        epoch: u64,
        /// To them.
        holders: Vec<Rank>,
    },
    /// Waits for more returns.
    Wait,
}

/// The grants that a node holds of one shard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Seat {
    standing: Standing,
    /// Threads that read what was lent.
    inside: u32,
    /// Reads without a message since the grant.
    hits: u64,
    /// Grants up to this epoch have been recalled.
    void: u64,
}

/// Whether there is a grant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Standing {
    /// There is none.
    #[default]
    Absent,
    /// What is kept may be read.
    Held {
        /// Of this epoch.
        epoch: u64,
    },
    /// It goes back when nobody is inside.
    Leaving {
        /// Of this epoch.
        epoch: u64,
    },
}

/// What happens to a seat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SeatEvent {
    /// A thread wants to read an entry that the node has.
    Look,
    /// An answer has come that lends an entry.
    Arrive {
        /// Under a grant of this epoch.
        epoch: u64,
    },
    /// A thread has read what it looked at, or what arrived.
    Leave,
    /// The home wants the grant back.
    Recall {
        /// Of this epoch.
        epoch: u64,
    },
}

/// What the reader's node does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SeatStep {
    /// Reads what it has; [`SeatEvent::Leave`] follows.
    Read,
    /// Asks the home.
    Ask,
    /// Keeps what arrived, and reads it; [`SeatEvent::Leave`] follows.
    Keep,
    /// Throws away what arrived, unread, and asks again for a value of its own.
    Discard,
    /// Forgets all that it keeps of the shard, and returns the grant.
    Return {
        /// Of this epoch.
        epoch: u64,
        /// Reads it was good for.
        hits: u64,
    },
    /// Nothing.
    Nothing,
}

/// What cannot happen: a peer breaks the protocol, or the caller has a bug.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GrantFault {
    /// The shard is used while a writer waits for its grants.
    Busy,
    /// A grant comes back that was not recalled.
    NotRecalled,
    /// A grant of another epoch than that which is held.
    Epoch,
    /// A thread leaves that was not inside.
    NotInside,
    /// 2^32 threads are inside.
    TooMany,
}

impl fmt::Display for GrantFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GrantFault::Busy => "the shard waits for its grants",
            GrantFault::NotRecalled => "a grant came back that was not recalled",
            GrantFault::Epoch => "a grant of another epoch",
            GrantFault::NotInside => "a reader left that was not there",
            GrantFault::TooMany => "there are 2^32 readers",
        })
    }
}

impl std::error::Error for GrantFault {}

impl Home {
    /// A shard that nobody holds a grant of.
    #[must_use]
    pub const fn new(policy: Policy) -> Home {
        Home { epoch: 1, holders: BTreeSet::new(), recalling: None, policy }
    }

    /// Whether a change must wait for grants.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.holders.is_empty()
    }

    /// How it grants.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// Takes an event and says what to do.
    ///
    /// # Errors
    /// [`GrantFault`], and the state is as it was.
    pub fn step(&mut self, event: HomeEvent) -> Result<HomeStep, GrantFault> {
        match event {
            HomeEvent::Returned { by, epoch, hits } => self.returned(by, epoch, hits),
            HomeEvent::Read { .. } | HomeEvent::Write if self.recalling.is_some() => Err(GrantFault::Busy),
            HomeEvent::Read { by, keeps } => Ok(self.read(by, keeps)),
            HomeEvent::Write => Ok(self.write()),
        }
    }

    fn read(&mut self, by: Rank, keeps: bool) -> HomeStep {
        let wanted = self.policy.read() || self.holders.contains(&by);
        if !(wanted && keeps) {
            return HomeStep::Give;
        }
        self.holders.insert(by);
        HomeStep::Lend { epoch: self.epoch }
    }

    fn write(&mut self) -> HomeStep {
        self.policy.wrote();
        if self.holders.is_empty() {
            return HomeStep::Change;
        }
        self.recalling = Some(Recalled { grants: self.holders.len() as u64, hits: 0 });
        HomeStep::Recall { epoch: self.epoch, holders: self.holders.iter().copied().collect() }
    }

    fn returned(&mut self, by: Rank, epoch: u64, hits: u64) -> Result<HomeStep, GrantFault> {
        let Some(mut recalled) = self.recalling else { return Err(GrantFault::NotRecalled) };
        if epoch != self.epoch {
            return Err(GrantFault::Epoch);
        }
        if !self.holders.remove(&by) {
            return Err(GrantFault::NotRecalled);
        }
        recalled.hits = recalled.hits.saturating_add(hits);
        self.recalling = Some(recalled);
        if !self.holders.is_empty() {
            return Ok(HomeStep::Wait);
        }
        self.policy.learn(recalled.grants, recalled.hits);
        self.recalling = None;
        self.epoch += 1;
        Ok(HomeStep::Change)
    }
}

impl Seat {
    /// Whether there is a grant, and whether it may be used.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether the seat need not be remembered where none of the node's threads asks: no answer is under way then that
    /// a recall may have overtaken.
    #[must_use]
    pub const fn is_vacant(&self) -> bool {
        matches!(self.standing, Standing::Absent) && self.inside == 0
    }

    /// Takes an event and says what to do.
    ///
    /// # Errors
    /// [`GrantFault`], and the state is as it was.
    pub fn step(&mut self, event: SeatEvent) -> Result<SeatStep, GrantFault> {
        match event {
            SeatEvent::Look => match self.standing {
                Standing::Held { .. } => {
                    self.enter()?;
                    self.hits = self.hits.saturating_add(1);
                    Ok(SeatStep::Read)
                }
                Standing::Absent | Standing::Leaving { .. } => Ok(SeatStep::Ask),
            },
            SeatEvent::Arrive { epoch } => self.arrive(epoch),
            SeatEvent::Leave => self.leave(),
            SeatEvent::Recall { epoch } => self.recall(epoch),
        }
    }

    fn enter(&mut self) -> Result<(), GrantFault> {
        self.inside = self.inside.checked_add(1).ok_or(GrantFault::TooMany)?;
        Ok(())
    }

    fn arrive(&mut self, epoch: u64) -> Result<SeatStep, GrantFault> {
        if epoch <= self.void {
            return Ok(SeatStep::Discard);
        }
        match self.standing {
            Standing::Held { epoch: held } if held != epoch => return Err(GrantFault::Epoch),
            // The home lends anew only when it has this one back.
            Standing::Leaving { .. } => return Err(GrantFault::Epoch),
            Standing::Held { .. } => self.enter()?,
            Standing::Absent => {
                self.enter()?;
                (self.standing, self.hits) = (Standing::Held { epoch }, 0);
            }
        }
        Ok(SeatStep::Keep)
    }

    fn leave(&mut self) -> Result<SeatStep, GrantFault> {
        self.inside = self.inside.checked_sub(1).ok_or(GrantFault::NotInside)?;
        match self.standing {
            Standing::Leaving { epoch } if self.inside == 0 => Ok(self.give_back(epoch)),
            Standing::Absent | Standing::Held { .. } | Standing::Leaving { .. } => Ok(SeatStep::Nothing),
        }
    }

    fn recall(&mut self, epoch: u64) -> Result<SeatStep, GrantFault> {
        if epoch <= self.void {
            return Err(GrantFault::Epoch);
        }
        match self.standing {
            Standing::Held { epoch: held } if held != epoch => Err(GrantFault::Epoch),
            Standing::Leaving { .. } => Err(GrantFault::Epoch),
            Standing::Held { .. } if self.inside > 0 => {
                (self.standing, self.void) = (Standing::Leaving { epoch }, epoch);
                Ok(SeatStep::Nothing)
            }
            // It may have overtaken the answer that grants: that will find itself void.
            Standing::Held { .. } | Standing::Absent => {
                self.void = epoch;
                Ok(self.give_back(epoch))
            }
        }
    }

    fn give_back(&mut self, epoch: u64) -> SeatStep {
        let hits = std::mem::take(&mut self.hits);
        self.standing = Standing::Absent;
        SeatStep::Return { epoch, hits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READER: Rank = Rank(1);

    fn read(home: &mut Home) -> HomeStep {
        home.step(HomeEvent::Read { by: READER, keeps: true }).expect("nobody writes")
    }

    #[test]
    fn a_shard_is_granted_after_as_many_reads_as_it_has_patience() {
        let mut home = Home::new(Policy::default());
        for _ in 1..Policy::LEAST {
            assert_eq!(read(&mut home), HomeStep::Give);
        }
        assert_eq!(home.step(HomeEvent::Write), Ok(HomeStep::Change));
        for _ in 1..Policy::LEAST {
            assert_eq!(read(&mut home), HomeStep::Give);
        }
        assert_eq!(read(&mut home), HomeStep::Lend { epoch: 1 });
        assert_eq!(home.step(HomeEvent::Read { by: READER, keeps: false }), Ok(HomeStep::Give));
    }

    #[test]
    fn grants_that_are_good_for_nothing_become_rare_and_others_frequent() {
        let mut home = Home::new(Policy::default());
        let round = |home: &mut Home, hits| {
            while read(home) == HomeStep::Give {}
            let Ok(HomeStep::Recall { epoch, .. }) = home.step(HomeEvent::Write) else { panic!("it is held") };
            assert_eq!(home.step(HomeEvent::Write), Err(GrantFault::Busy));
            home.step(HomeEvent::Returned { by: READER, epoch, hits }).expect("it was recalled");
            home.policy().patience()
        };
        for doubled in 1..10 {
            assert_eq!(round(&mut home, 1), Policy::LEAST << doubled);
        }
        for halved in (0..9).rev() {
            assert_eq!(round(&mut home, 2), Policy::LEAST << halved);
        }
        assert_eq!(round(&mut home, u64::MAX), Policy::LEAST);
    }

    #[test]
    fn what_was_not_granted_cannot_come_back() {
        let mut home = Home::new(Policy::new(1));
        let back = |by, epoch| HomeEvent::Returned { by, epoch, hits: 0 };
        assert_eq!(home.step(back(READER, 1)), Err(GrantFault::NotRecalled));
        read(&mut home);
        assert_eq!(home.step(back(READER, 1)), Err(GrantFault::NotRecalled));
        home.step(HomeEvent::Write).expect("nobody else writes");
        assert_eq!(home.step(back(Rank(2), 1)), Err(GrantFault::NotRecalled));
        assert_eq!(home.step(back(READER, 2)), Err(GrantFault::Epoch));
        assert_eq!(home.step(back(READER, 1)), Ok(HomeStep::Change));
        assert_eq!((read(&mut home), read(&mut home)), (HomeStep::Give, HomeStep::Lend { epoch: 2 }));
    }

    #[test]
    fn a_seat_refuses_what_no_home_sends() {
        let mut seat = Seat::default();
        let recall = |epoch| SeatEvent::Recall { epoch };
        assert_eq!(seat.step(SeatEvent::Leave), Err(GrantFault::NotInside));
        assert_eq!(seat.step(recall(0)), Err(GrantFault::Epoch));
        assert_eq!(seat.step(SeatEvent::Arrive { epoch: 2 }), Ok(SeatStep::Keep));
        assert_eq!(seat.step(SeatEvent::Arrive { epoch: 3 }), Err(GrantFault::Epoch));
        assert_eq!(seat.step(recall(3)), Err(GrantFault::Epoch));
        assert_eq!(seat.step(recall(2)), Ok(SeatStep::Nothing));
        assert_eq!(seat.step(SeatEvent::Arrive { epoch: 3 }), Err(GrantFault::Epoch));
        assert_eq!(seat.step(recall(3)), Err(GrantFault::Epoch));
        assert_eq!(seat.step(SeatEvent::Leave), Ok(SeatStep::Return { epoch: 2, hits: 0 }));
        assert_eq!(seat.step(SeatEvent::Arrive { epoch: 2 }), Ok(SeatStep::Discard));
    }
}
