//! A slot as its home sees it: free or live, and what the home will do with it on whose word.
//!
//! The home goes by its own metadata. What a message claims (how many elements are initialised, that the object is
//! still there) is checked against the slot; a claim that does not fit is an error value, never a guess.

use super::FreeKind;
use crate::DescriptorId;
use std::fmt;

/// A slot of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slot {
    /// Nothing is in it.
    Free,
    /// An object is in it.
    Live {
        /// Its type.
        descriptor: DescriptorId,
        /// Elements of that type that fit the slot.
        capacity: u64,
        /// Whether the type has a user `Drop` anywhere inside.
        user_drop: bool,
    },
}

/// What happens to a slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SlotEvent {
    /// An object is made in it, on this node.
    Allocate {
        /// Its type.
        descriptor: DescriptorId,
        /// Elements that fit.
        capacity: u64,
        /// Whether the type has a user `Drop` anywhere inside.
        user_drop: bool,
    },
    /// Its bytes are asked for, to be read elsewhere.
    Serve {
        /// Initialised elements, as the asker's handle has it.
        elements: u64,
    },
    /// It is freed, by this node or by a one-way.
    Free {
        /// What becomes of the contents.
        kind: FreeKind,
        /// Initialised elements, as the freeing handle has it.
        elements: u64,
    },
}

/// What the home must do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SlotStep {
    /// Write the slot's metadata, before anybody is given its address.
    Mark,
    /// Trace this many elements by `lend`, clearing PRIVATE in each handle (rule 2), and send them.
    Lend(u64),
    /// Trace this many elements by `forget`, then clear the metadata and reuse the slot (rule 4).
    ForgetAndClear(u64),
    /// Trace this many elements by `drop`, then clear the metadata and reuse the slot.
    DropAndClear(u64),
}

/// A message or a caller that does not fit the slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SlotFault {
    /// It is allocated already.
    Occupied,
    /// It is free: freed twice, or an address that never was an object's.
    Free,
    /// More elements are claimed than fit.
    TooMany {
        /// Claimed.
        elements: u64,
        /// That fit.
        capacity: u64,
    },
    /// Dropping the contents would run user code on a serving thread: such values drop where they are dropped.
    UserDrop,
}

impl fmt::Display for SlotFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SlotFault::Occupied => f.write_str("the slot holds an object already"),
            SlotFault::Free => f.write_str("the slot is free: its object was freed before, or never was"),
            SlotFault::TooMany { elements, capacity } => {
                write!(f, "{elements} elements are claimed of a slot for {capacity}")
            }
            SlotFault::UserDrop => f.write_str("the object has a user Drop inside and cannot be dropped by its home"),
        }
    }
}

impl std::error::Error for SlotFault {}

impl Slot {
    /// Takes one step.
    ///
    /// # Errors
    /// [`SlotFault`]: the slot is as it was. On a message it means that nodes disagree, which ends the job.
    #[inline]
    pub fn step(self, event: SlotEvent) -> Result<(Slot, SlotStep), SlotFault> {
        match (self, event) {
            (Slot::Free, SlotEvent::Allocate { descriptor, capacity, user_drop }) => {
                Ok((Slot::Live { descriptor, capacity, user_drop }, SlotStep::Mark))
            }
            (Slot::Live { .. }, SlotEvent::Allocate { .. }) => Err(SlotFault::Occupied),
            (Slot::Free, SlotEvent::Serve { .. } | SlotEvent::Free { .. }) => Err(SlotFault::Free),
            (Slot::Live { capacity, .. }, SlotEvent::Serve { elements } | SlotEvent::Free { elements, .. })
                if elements > capacity =>
            {
                Err(SlotFault::TooMany { elements, capacity })
            }
            (Slot::Live { .. }, SlotEvent::Serve { elements }) => Ok((self, SlotStep::Lend(elements))),
            (Slot::Live { .. }, SlotEvent::Free { kind: FreeKind::MovedOut, elements }) => {
                Ok((Slot::Free, SlotStep::ForgetAndClear(elements)))
            }
            (Slot::Live { user_drop: true, .. }, SlotEvent::Free { .. }) => Err(SlotFault::UserDrop),
            (Slot::Live { .. }, SlotEvent::Free { elements, .. }) => Ok((Slot::Free, SlotStep::DropAndClear(elements))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    const TYPE: DescriptorId = DescriptorId(NonZeroU32::new(8).unwrap());

    fn live(user_drop: bool) -> Slot {
        Slot::Live { descriptor: TYPE, capacity: 4, user_drop }
    }

    fn allocate(user_drop: bool) -> SlotEvent {
        SlotEvent::Allocate { descriptor: TYPE, capacity: 4, user_drop }
    }

    fn free(kind: FreeKind, elements: u64) -> SlotEvent {
        SlotEvent::Free { kind, elements }
    }

    #[test]
    fn a_slot_is_allocated_served_freed_and_allocated_again() {
        let (slot, step) = Slot::Free.step(allocate(false)).unwrap();
        assert_eq!((slot, step), (live(false), SlotStep::Mark));
        assert_eq!(slot.step(SlotEvent::Serve { elements: 4 }), Ok((slot, SlotStep::Lend(4))));
        assert_eq!(slot.step(SlotEvent::Serve { elements: 0 }), Ok((slot, SlotStep::Lend(0))));
        let (slot, step) = slot.step(free(FreeKind::DropContents, 3)).unwrap();
        assert_eq!((slot, step), (Slot::Free, SlotStep::DropAndClear(3)));
        assert_eq!(slot.step(allocate(true)), Ok((live(true), SlotStep::Mark)));
    }

    #[test]
    fn what_has_moved_out_is_only_forgotten() {
        for user_drop in [false, true] {
            let freed = live(user_drop).step(free(FreeKind::MovedOut, 2));
            assert_eq!(freed, Ok((Slot::Free, SlotStep::ForgetAndClear(2))));
        }
    }

    #[test]
    fn a_free_slot_is_neither_served_nor_freed() {
        for event in [SlotEvent::Serve { elements: 0 }, free(FreeKind::MovedOut, 0), free(FreeKind::DropContents, 1)] {
            assert_eq!(Slot::Free.step(event), Err(SlotFault::Free));
        }
    }

    #[test]
    fn a_live_slot_is_not_allocated() {
        assert_eq!(live(false).step(allocate(false)), Err(SlotFault::Occupied));
    }

    #[test]
    fn a_claim_of_more_elements_than_fit_is_refused() {
        let fault = Err(SlotFault::TooMany { elements: 5, capacity: 4 });
        assert_eq!(live(false).step(SlotEvent::Serve { elements: 5 }), fault);
        assert_eq!(live(true).step(free(FreeKind::MovedOut, 5)), fault);
        assert_eq!(live(true).step(free(FreeKind::DropContents, 5)), fault);
    }

    #[test]
    fn no_home_runs_a_user_drop() {
        assert_eq!(live(true).step(free(FreeKind::DropContents, 1)), Err(SlotFault::UserDrop));
    }
}
