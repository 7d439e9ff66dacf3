//! How many handles a counted object has, on whichever nodes: credit by weights.
//!
//! The object's home holds the count that ends it. A handle on another node is covered by **weight**, which the home
//! has minted and has in its ledger as `out`: the home lets the object go only when it has no handle of its own and all
//! weight is back. Weight belongs to a node's **account**, not to a handle, so that clones and drops on a node cost
//! nothing until its last handle goes.
//!
//! ```text
//!            a handle leaves and takes some of the weight along; the last one here takes all of it
//!   home ---------------------------> account of B ---------------------------> account of C
//!    ^   mints                              |        never by way of the home          |
//!    |                                      | last drop                                | last drop
//!    +---- Give{weight, balance} -----------+------------------------------------------+
//! ```
//!
//! Bytes in a copy grant nothing: the first clone through a copy, on a node that has no weight, asks the home for some.
//! The lender of the copy has a handle meanwhile, so the object is there to be asked for.
//!
//! A **balance** is what an account adds to the number of handles: clones less drops. It goes home with the weight, so
//! that the home and the accounts together always know how many handles there are, those under way included. An account
//! that empties by a departure, which goes past the home, reports it then.
//!
//! An object's strong and weak handles have an account and a ledger each. What holds for both:
//!
//! 1. The weight in accounts and in messages is `out` in the ledger.
//! 2. An account with a handle has weight; one without has none, and no balance but while its last handle is claimed.
//! 3. The home's count is the number of its own handles, and one more while `out` is not 0.
//! 4. When `out` is 0 all handles are at home, and all balances too: `afar` is 0.

use std::fmt;

/// What the home mints for a handle that leaves, or a node that asks: enough for thousands of departures.
pub const MINT: u64 = 1 << 40;

/// The most that one handle carries.
pub const CARRIED_MAX: u128 = (1 << 63) - 1;

/// Of a node's weight a leaving handle takes one part in two to the power of this.
const SHARE_BITS: u32 = 6;

operations! {
    /// What a node may ask or tell the home of a counted object. The numbers go over the wire.
    pub enum Op {
        /// Give me weight: for a clone through a copy, or for more departures.
        Acquire = 1,
        /// Give me strong weight if the value is still there; I have a weak handle.
        Upgrade = 2,
        /// Weight and balance come back. Whoever waits for the answer is given the value, if that was the last of it.
        Give = 3,
        /// I have the only handle of all: give me the value.
        Claim = 4,
        /// How many handles does your part of the count come to?
        Sum = 5,
    }
}

/// What goes home: weight, and what the account had added to the number of handles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Report {
    /// The weight, never 0.
    pub weight: u128,
    /// Clones less drops.
    pub balance: i64,
}

/// The account of one node, which is not the home, for one counted object.
///
/// ```
/// use drust_proto::sharing::count::{Account, Action, Event, Report};
/// let (account, _) = Account::NONE.step(Event::Land { weight: 8 })?;
/// let (account, _) = account.step(Event::Clone)?;
/// assert_eq!(account.present(), 2);
/// let (account, _) = account.step(Event::Drop)?;
/// let (account, action) = account.step(Event::Drop)?;
/// assert_eq!(action, Action::Give(Report { weight: 8, balance: -1 }));
/// assert_eq!(account, Account::NONE);
/// # Ok::<(), drust_proto::sharing::count::Illegal>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Account {
    present: u64,
    weight: u128,
    balance: i64,
}

/// What happens to a node's handles of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// One is made of another, or of bytes in a copy.
    Clone,
    /// The home's answer to [`Action::Ask`] of a [`Event::Clone`]: the handle is made.
    Acquired {
        /// What the home minted.
        weight: u64,
    },
    /// One ends.
    Drop,
    /// One leaves in an image.
    Depart {
        /// No other handle of this object has left in this image: it takes a share along, each other the least weight.
        first: bool,
    },
    /// The home's answer to [`Action::Ask`] of a [`Event::Depart`], which is to be tried again.
    Refilled {
        /// What the home minted.
        weight: u64,
    },
    /// One lands.
    Land {
        /// What it carries, never 0.
        weight: u64,
    },
    /// The owner of one asks to be alone, with the handle mutably borrowed or given up: the handle and all weight leave
    /// the account, so that who makes a handle of a weak one meanwhile must ask the home, too.
    Claim,
    /// The home has agreed to that: the object is gone from there.
    Claimed,
    /// The home has not: the handle is as it was.
    Kept {
        /// What the claim took along.
        weight: u128,
    },
}

/// What the caller of [`Account::step`] must do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Nothing.
    Go,
    /// Ask the home for weight, wait, and take the answer. The account is as it was.
    Ask,
    /// Give it back to the home: this was the last handle here.
    Give(Report),
    /// Let the handle leave with so much.
    Carry {
        /// Weight in the handle's image.
        weight: u64,
        /// What is to be given to the home first, where there is something to report.
        report: Option<Report>,
    },
    /// Ask the home whether this weight is all there is.
    Claim {
        /// The whole weight of the account.
        weight: u128,
    },
    /// There are other handles here.
    Refuse,
}

/// What cannot happen: a bug of the caller's or, where a message says so, of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Illegal {
    /// There is no handle here that this could happen to.
    NoHandle,
    /// A handle carries no weight, or none comes where some must.
    NoWeight,
    /// More weight comes back than is out.
    NotOut {
        /// What comes back.
        weight: u128,
        /// What is out.
        out: u128,
    },
    /// All weight is back, but not all handles are.
    Uneven {
        /// Handles that would be elsewhere.
        afar: i64,
    },
    /// More handles than a number can count.
    TooMany,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Illegal::NoHandle => f.write_str("no handle of the object is there"),
            Illegal::NoWeight => f.write_str("no weight comes where some must"),
            Illegal::NotOut { weight, out } => write!(f, "weight {weight} comes back and only {out} is out"),
            Illegal::Uneven { afar } => write!(f, "all weight is back, but {afar} handles are not"),
            Illegal::TooMany => f.write_str("more handles than can be counted"),
        }
    }
}

impl std::error::Error for Illegal {}

impl Account {
    /// The account of a node that has no handle.
    pub const NONE: Account = Account { present: 0, weight: 0, balance: 0 };

    /// Handles in this node's memory.
    #[must_use]
    pub const fn present(&self) -> u64 {
        self.present
    }

    /// This node's credit.
    #[must_use]
    pub const fn weight(&self) -> u128 {
        self.weight
    }

    /// Clones less drops that the home has not been told of.
    #[must_use]
    pub const fn balance(&self) -> i64 {
        self.balance
    }

    /// Takes one step.
    ///
    /// # Errors
    /// [`Illegal`]: the account is as it was.
    pub fn step(self, event: Event) -> Result<(Account, Action), Illegal> {
        match event {
            Event::Clone if self.weight == 0 => Ok((self, Action::Ask)),
            Event::Acquired { weight: 0 } | Event::Land { weight: 0 } => Err(Illegal::NoWeight),
            Event::Clone => self.add(0, 1),
            Event::Acquired { weight } => self.add(weight, 1),
            Event::Land { weight } => self.add(weight, 0),
            Event::Refilled { weight } if self.present > 0 => {
                let weight = self.weight + u128::from(weight);
                Ok((Account { weight, ..self }, Action::Go))
            }
            Event::Claim if self.present == 1 => {
                let claimed = Account { present: 0, weight: 0, ..self };
                Ok((claimed, Action::Claim { weight: self.weight }))
            }
            Event::Claim if self.present > 1 => Ok((self, Action::Refuse)),
            Event::Claimed if self.present == 0 => Ok((Account::NONE, Action::Go)),
            Event::Kept { weight: 0 } => Err(Illegal::NoWeight),
            Event::Kept { weight } => {
                let present = self.present.checked_add(1).ok_or(Illegal::TooMany)?;
                Ok((Account { present, weight: self.weight + weight, ..self }, Action::Go))
            }
            Event::Drop if self.present > 0 => Ok(self.drop_one()),
            Event::Depart { first } if self.present > 0 => Ok(self.depart(first)),
            Event::Refilled { .. } | Event::Claim | Event::Claimed | Event::Drop | Event::Depart { .. } => {
                Err(Illegal::NoHandle)
            }
        }
    }

    fn add(self, weight: u64, cloned: i64) -> Result<(Account, Action), Illegal> {
        let present = self.present.checked_add(1).ok_or(Illegal::TooMany)?;
        let balance = self.balance.checked_add(cloned).ok_or(Illegal::TooMany)?;
        Ok((Account { present, weight: self.weight + u128::from(weight), balance }, Action::Go))
    }

    fn drop_one(self) -> (Account, Action) {
        let left = Account { present: self.present - 1, balance: self.balance - 1, ..self };
        if left.present > 0 {
            return (left, Action::Go);
        }
        (Account::NONE, Action::Give(Report { weight: left.weight, balance: left.balance }))
    }

    fn depart(self, first: bool) -> (Account, Action) {
        if self.present == 1 {
            return self.depart_last();
        }
        if self.weight == 1 {
            return (self, Action::Ask);
        }
        let share = if first { (self.weight >> SHARE_BITS).clamp(1, CARRIED_MAX) } else { 1 };
        let left = Account { present: self.present - 1, weight: self.weight - share, ..self };
        (left, Action::Carry { weight: share as u64, report: None })
    }

    /// Whatever the handle does not take along goes home, with the balance, which cannot travel otherwise.
    fn depart_last(self) -> (Account, Action) {
        let (weight, report) = match self.weight {
            all if all <= CARRIED_MAX && self.balance == 0 => (all, None),
            1 => return (self, Action::Ask),
            all => {
                let carried = (all - 1).min(CARRIED_MAX);
                (carried, Some(Report { weight: all - carried, balance: self.balance }))
            }
        };
        (Account::NONE, Action::Carry { weight: weight as u64, report })
    }
}

/// What the home knows of the weight that is out.
///
/// The count itself, which local clones and drops change too, is the caller's: each step says by how much it changes.
///
/// ```
/// use drust_proto::sharing::count::{HomeEvent, Ledger};
/// let left = Ledger::NONE.step(HomeEvent::Left { mint: 8 })?;
/// assert_eq!((left.minted, left.count), (8, 0)); // the handle's place in the count is taken by the weight
/// let back = left.ledger.step(HomeEvent::Given { weight: 8, balance: -1 })?;
/// assert_eq!((back.ledger, back.count), (Ledger::NONE, -1));
/// # Ok::<(), drust_proto::sharing::count::Illegal>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ledger {
    out: u128,
    afar: i64,
}

/// What happens to the weight of an object, at its home.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HomeEvent {
    /// A handle leaves in an image.
    Left {
        /// Weight to mint for it: [`MINT`], or 1 where another handle of this object has left in the same image.
        mint: u64,
    },
    /// A handle lands.
    Arrived {
        /// What it carries.
        weight: u64,
    },
    /// A node is given weight that it asked for.
    Granted {
        /// Weight to mint for it: [`MINT`].
        mint: u64,
    },
    /// Weight comes back.
    Given {
        /// How much.
        weight: u128,
        /// What the account had added to the number of handles.
        balance: i64,
    },
}

/// What a step at the home leads to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HomeStep {
    /// The ledger after it.
    pub ledger: Ledger,
    /// What goes along with the handle, or to the node that asked.
    pub minted: u64,
    /// What is added to the count: 1, 0, or -1, which ends the object where it was the last.
    pub count: i64,
}

impl Ledger {
    /// Nothing is out.
    pub const NONE: Ledger = Ledger { out: 0, afar: 0 };

    /// All weight that is not at home.
    #[must_use]
    pub const fn out(&self) -> u128 {
        self.out
    }

    /// Handles that are not at home, as far as the home has been told.
    #[must_use]
    pub const fn afar(&self) -> i64 {
        self.afar
    }

    /// Whether a node that has one handle, and this weight, has the only handle of all, where `count` is the home's.
    #[must_use]
    pub const fn is_sole(&self, weight: u128, count: u64) -> bool {
        self.out == weight && weight > 0 && count == 1
    }

    /// Takes one step.
    ///
    /// # Errors
    /// [`Illegal`]: the ledger is as it was. On a message it means that nodes disagree, which ends the job.
    pub fn step(self, event: HomeEvent) -> Result<HomeStep, Illegal> {
        match event {
            HomeEvent::Left { mint: 0 } | HomeEvent::Granted { mint: 0 } => Err(Illegal::NoWeight),
            HomeEvent::Arrived { weight: 0 } | HomeEvent::Given { weight: 0, .. } => Err(Illegal::NoWeight),
            HomeEvent::Left { mint } => self.mint(mint, 1, -1),
            HomeEvent::Granted { mint } => self.mint(mint, 0, 0),
            HomeEvent::Arrived { weight } => self.take_back(u128::from(weight), -1, 1),
            HomeEvent::Given { weight, balance } => self.take_back(weight, balance, 0),
        }
    }

    fn mint(self, minted: u64, afar: i64, count: i64) -> Result<HomeStep, Illegal> {
        let held = i64::from(self.out == 0);
        let afar = self.afar.checked_add(afar).ok_or(Illegal::TooMany)?;
        Ok(HomeStep { ledger: Ledger { out: self.out + u128::from(minted), afar }, minted, count: count + held })
    }

    fn take_back(self, weight: u128, afar: i64, count: i64) -> Result<HomeStep, Illegal> {
        let out = self.out.checked_sub(weight).ok_or(Illegal::NotOut { weight, out: self.out })?;
        let afar = self.afar.checked_add(afar).ok_or(Illegal::TooMany)?;
        if out == 0 && afar != 0 {
            return Err(Illegal::Uneven { afar });
        }
        let let_go = i64::from(out == 0);
        Ok(HomeStep { ledger: Ledger { out, afar }, minted: 0, count: count - let_go })
    }
}
