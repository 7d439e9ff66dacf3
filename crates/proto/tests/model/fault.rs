//! What can be wrong: rules broken on purpose, and the ways in which a world shows it.

use drust_proto::coherence::Ending;

/// A rule that the model breaks on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// Rule 1: a value written under the stamp it was exposed with, by this use, after it was brought here so.
    StaleAtHome,
    StaleMoved,
    StalePromoted,
    StaleGrown,
    StaleSet,
    /// Rule 2: PRIVATE stays in what was handed out: the source of a `Ref`, boxes in a served value, in a moved one.
    ShareKeepsPrivate,
    ServeKeepsPrivate,
    MoveKeepsPrivate,
    /// Rule 3: what lands keeps its sender's pointer, or its PRIVATE bit; so do boxes in a copy.
    LandsPointer,
    LandsPrivate,
    CopyKeepsPrivate,
    /// Rule 4: the pin stays when the handle departs, is lent, written, dropped; in bytes that are evicted, promoted,
    /// freed by a one-way; the loser of a race keeps its own.
    DepartKeepsPin,
    LendKeepsPin,
    WriteKeepsPin,
    DropKeepsPin,
    EvictKeepsPins,
    PromoteKeepsPins,
    FreeKeepsPins,
    LoserKeepsPin,
    /// Rule 5: an evicted copy, or a value that moved out, is dropped instead of forgotten.
    EvictDrops,
    MovedOutDrops,
    /// Rule 6: a word is missing in the key; a copy is promoted that others read.
    KeyWithoutStamp,
    KeyWithoutLength,
    KeyWithoutExtent,
    PromotesShared,
    /// Rule 7: this end of a borrow does not wait; who gives up waiting takes the request off the count.
    Abandons(Ending),
    CountsWaiters,
    /// Rule 8: what comes home keeps the lender's stamp, or its address; boxes in lent bytes keep theirs; the lent
    /// handle stays PRIVATE; a task ends before what it lent on is home; a panic brings nothing.
    HomeUnderOldStamp,
    /// Rule 8, kept otherwise than it says: what comes home keeps the stamp that the borrower gave it.
    HomeUnderBorrowersStamp,
    HomeAtOldAddress,
    GuestUnderOldStamp,
    LendKeepsPrivate,
    EndsBeforeLoans,
    PanicBringsNothing,
}

/// How a violation shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// A read returns something else than the last value written.
    Read,
    /// A fetch is served after the borrow it was begun under.
    Late,
    /// Something reachable is in a free slot, or in nobody's.
    Freed,
    /// Something is freed twice, or has two homes.
    Twice,
    /// A slot is left with nobody to free it.
    Leak,
    /// A copy has another count of pins than of holders.
    Pins,
    /// A PRIVATE handle whose stamp somebody else has.
    Private,
    /// A stamp names two values.
    Stamp,
    /// The law refuses a step.
    Law,
}

/// Why a step leads to no further world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It must wait, or is out of the scenario's bounds.
    Bounds,
    Broken(Wrong, String),
}

/// What a step returns.
pub type Stepped<T = ()> = Result<T, Stop>;

/// A violation.
pub fn wrong<T>(how: Wrong, what: impl ToString) -> Stepped<T> {
    Err(Stop::Broken(how, what.to_string()))
}

/// Turns a refusal of the law into a violation.
pub fn lawful<T, E: ToString>(how: Wrong, result: Result<T, E>) -> Stepped<T> {
    result.map_err(|refused| Stop::Broken(how, refused.to_string()))
}
