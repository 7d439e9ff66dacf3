//! The rules of coherence (section 3 of the design, numbered 1 to 12) as pure transitions `(State, Event) ->
//! (State, Actions)`.
//!
//! The runtime calls these on its cold paths with a view of what it holds, and does what they answer; an exhaustive
//! model calls the same functions, so that what was explored is what runs. All of them are small `Copy` values;
//! none allocates but the ledger of lends, and that only when something is lent.
//!
//! | module | whose state | rules |
//! |---|---|---|
//! | [`handle`] | a handle's three words | 1, 2, 3, 4, 6, 7, 8, 12 |
//! | [`copy`] | an entry of the copy table | 4, 5, 6, 7 |
//! | [`home`] | a slot, as its home sees it | 5, 10, 12 |
//! | [`fetches`] | a task's unanswered fetches | 7 |
//! | [`lend`] | what a task has lent mutably | 8 |
//! | [`journal`] | what ran, replayed through all of these | 1 to 8, 10 |
//! | [`tied`] | the sizes and the key of an affinity group | 6, 10 |
//!
//! Rule 9 is kept by fences on the wire ([`Frame::Fence`](crate::wire::Frame)) and rule 11 is a property of types:
//! neither has a state here.

pub mod actions;
pub mod copy;
pub mod fetches;
pub mod handle;
pub mod home;
pub mod journal;
pub mod lend;
pub mod tied;

pub use actions::{Action, Actions, FreeKind};
pub use copy::{CopyEvent, CopyFault, CopyState, CopyStep, CopyView};
pub use fetches::{Ending, Fetches, FetchesError, Verdict};
pub use handle::{Event, Handle, Held, Here, Illegal};
pub use home::{Slot, SlotEvent, SlotFault, SlotStep};
pub use lend::{Ledger, LendError, Loan};
pub use tied::{Group, GroupTooLarge};
