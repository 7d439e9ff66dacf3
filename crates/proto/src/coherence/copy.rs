//! The life of one entry of the copy table: filled once, pinned while anybody reads it, evicted only when nobody
//! does.
//!
//! A copy is plain bytes (rule 5): it never runs a `Drop`, and what it holds is only ever forgotten. Its
//! transitions are taken under the lock of its shard, so that looking up and counting are one step (rule 4).

use crate::Extent;
use std::fmt;

/// Where a copy stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CopyState {
    /// Not in the table.
    #[default]
    Gone,
    /// Asked for, not yet here. Whoever gives up waiting takes its pin back; the request goes on (rule 7).
    Filling {
        /// Pins of those who wait.
        pins: u32,
    },
    /// Here, and read through pins.
    Held {
        /// How many, at least 1.
        pins: u32,
    },
    /// Here, and no pin: may be evicted or promoted.
    Idle,
}

/// What the copy table tells a writer of a remote object (rule 6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CopyView {
    /// No whole copy is here.
    Absent,
    /// One is here or on its way, and others hold pins of it.
    Shared,
    /// One was here with no pin but the writer's own, and has been taken out of the table in the step that found it
    /// so.
    Sole,
}

/// What happens to a copy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CopyEvent {
    /// Somebody wants to read it.
    Pin,
    /// Its bytes have arrived and landed.
    Filled,
    /// They will not arrive: there is no memory for them.
    FillFailed,
    /// A pin is given back.
    Release,
    /// Room is wanted.
    Evict,
    /// A writer takes it to promote it.
    Take {
        /// Whether the writer's own handle holds one of the pins.
        own_pin: bool,
        /// Only whole copies are promoted.
        extent: Extent,
    },
}

/// What the caller must do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CopyStep {
    /// Nothing.
    Nothing,
    /// Send the one request for it and wait (single flight).
    Fetch,
    /// Wait for the request that is under way.
    Wait,
    /// Read it.
    Serve,
    /// Wake all who wait: it is here.
    Wake,
    /// Tell all who wait that it will not come; their pins are void.
    Fail,
    /// It may be evicted from now on.
    Spare,
    /// Release the pins in its bytes (`forget`, rule 4) and free its memory.
    Forget,
    /// Copy its bytes to the writer's slot, then as [`CopyStep::Forget`] (rule 6).
    HandOver,
}

/// A step that the copy's state does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CopyFault {
    /// It is pinned, or still being filled: it can be neither evicted nor promoted (rules 4, 6).
    InUse,
    /// A range is never promoted (rule 6).
    NotWhole,
    /// A pin is given back that nobody holds.
    NoPin,
    /// It is filled, or fails, though nobody asked for it.
    NotFilling,
    /// It is not in the table.
    Gone,
    /// 2^32 pins.
    TooManyPins,
}

impl fmt::Display for CopyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CopyFault::InUse => "the copy is in use",
            CopyFault::NotWhole => "only a whole copy can be promoted",
            CopyFault::NoPin => "a pin was given back twice",
            CopyFault::NotFilling => "the copy was not being filled",
            CopyFault::Gone => "there is no such copy",
            CopyFault::TooManyPins => "the copy has 2^32 pins",
        })
    }
}

impl std::error::Error for CopyFault {}

impl CopyState {
    /// What a writer would be told, whose own handle holds a pin or not; `Sole` is then made true by
    /// [`CopyEvent::Take`].
    #[must_use]
    #[inline]
    pub fn view(self, own_pin: bool) -> CopyView {
        match self {
            CopyState::Gone => CopyView::Absent,
            CopyState::Idle if !own_pin => CopyView::Sole,
            CopyState::Held { pins: 1 } if own_pin => CopyView::Sole,
            CopyState::Filling { .. } | CopyState::Held { .. } | CopyState::Idle => CopyView::Shared,
        }
    }

    /// Takes one step.
    ///
    /// # Errors
    /// [`CopyFault`]: the copy is as it was. `InUse`, and `Gone` on eviction, are ordinary answers; the others are
    /// bugs.
    #[inline]
    pub fn step(self, event: CopyEvent) -> Result<(CopyState, CopyStep), CopyFault> {
        match event {
            CopyEvent::Pin => self.pin(),
            CopyEvent::Filled => match self {
                CopyState::Filling { pins: 0 } => Ok((CopyState::Idle, CopyStep::Spare)),
                CopyState::Filling { pins } => Ok((CopyState::Held { pins }, CopyStep::Wake)),
                _ => Err(CopyFault::NotFilling),
            },
            CopyEvent::FillFailed => match self {
                CopyState::Filling { .. } => Ok((CopyState::Gone, CopyStep::Fail)),
                _ => Err(CopyFault::NotFilling),
            },
            CopyEvent::Release => self.release(),
            CopyEvent::Evict => match self {
                CopyState::Idle => Ok((CopyState::Gone, CopyStep::Forget)),
                CopyState::Gone => Err(CopyFault::Gone),
                CopyState::Filling { .. } | CopyState::Held { .. } => Err(CopyFault::InUse),
            },
            CopyEvent::Take { extent: Extent::Range, .. } => Err(CopyFault::NotWhole),
            CopyEvent::Take { own_pin, extent: Extent::Whole } => match self.view(own_pin) {
                CopyView::Sole => Ok((CopyState::Gone, CopyStep::HandOver)),
                CopyView::Absent => Err(CopyFault::Gone),
                CopyView::Shared => Err(CopyFault::InUse),
            },
        }
    }

    #[inline]
    fn pin(self) -> Result<(CopyState, CopyStep), CopyFault> {
        let more = |pins: u32| pins.checked_add(1).ok_or(CopyFault::TooManyPins);
        Ok(match self {
            CopyState::Gone => (CopyState::Filling { pins: 1 }, CopyStep::Fetch),
            CopyState::Filling { pins } => (CopyState::Filling { pins: more(pins)? }, CopyStep::Wait),
            CopyState::Held { pins } => (CopyState::Held { pins: more(pins)? }, CopyStep::Serve),
            CopyState::Idle => (CopyState::Held { pins: 1 }, CopyStep::Serve),
        })
    }

    #[inline]
    fn release(self) -> Result<(CopyState, CopyStep), CopyFault> {
        Ok(match self {
            CopyState::Held { pins: 1 } => (CopyState::Idle, CopyStep::Spare),
            CopyState::Held { pins } => (CopyState::Held { pins: pins - 1 }, CopyStep::Nothing),
            CopyState::Filling { pins } => {
                let pins = pins.checked_sub(1).ok_or(CopyFault::NoPin)?;
                (CopyState::Filling { pins }, CopyStep::Nothing)
            }
            CopyState::Idle => return Err(CopyFault::NoPin),
            CopyState::Gone => return Err(CopyFault::Gone),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CopyEvent::{Evict, FillFailed, Filled, Pin, Release};
    use CopyState::{Filling, Gone, Held, Idle};

    const TAKE: CopyEvent = CopyEvent::Take { own_pin: false, extent: Extent::Whole };
    const TAKE_OWN: CopyEvent = CopyEvent::Take { own_pin: true, extent: Extent::Whole };
    const TAKE_RANGE: CopyEvent = CopyEvent::Take { own_pin: false, extent: Extent::Range };

    /// The whole table: every state, every event, its outcome.
    #[test]
    fn every_transition_is_as_drawn() {
        use CopyFault as F;
        use CopyStep as S;
        let (f0, f1, f2) = (Filling { pins: 0 }, Filling { pins: 1 }, Filling { pins: 2 });
        let (h1, h2) = (Held { pins: 1 }, Held { pins: 2 });
        let events = [Pin, Filled, FillFailed, Release, Evict, TAKE, TAKE_OWN];
        let gone = Err(F::Gone);
        let (used, idle) = (Err(F::InUse), Err(F::NotFilling));
        let fail = Ok((Gone, S::Fail));
        let over = Ok((Gone, S::HandOver));
        let table = [
            (Gone, [Ok((f1, S::Fetch)), idle, idle, gone, gone, gone, gone]),
            (f0, [Ok((f1, S::Wait)), Ok((Idle, S::Spare)), fail, Err(F::NoPin), used, used, used]),
            (f1, [Ok((f2, S::Wait)), Ok((h1, S::Wake)), fail, Ok((f0, S::Nothing)), used, used, used]),
            (h1, [Ok((h2, S::Serve)), idle, idle, Ok((Idle, S::Spare)), used, used, over]),
            (h2, [Ok((Held { pins: 3 }, S::Serve)), idle, idle, Ok((h1, S::Nothing)), used, used, used]),
            (Idle, [Ok((h1, S::Serve)), idle, idle, Err(F::NoPin), Ok((Gone, S::Forget)), over, used]),
        ];
        for (state, outcomes) in table {
            for (event, outcome) in events.into_iter().zip(outcomes) {
                assert_eq!(state.step(event), outcome, "{state:?} {event:?}");
            }
            assert_eq!(state.step(TAKE_RANGE), Err(F::NotWhole));
        }
    }

    #[test]
    fn pins_do_not_overflow() {
        for state in [Held { pins: u32::MAX }, Filling { pins: u32::MAX }] {
            assert_eq!(state.step(Pin), Err(CopyFault::TooManyPins));
        }
    }

    #[test]
    fn a_view_says_sole_exactly_where_the_copy_can_be_taken() {
        for state in [Gone, Filling { pins: 0 }, Filling { pins: 1 }, Held { pins: 1 }, Held { pins: 2 }, Idle] {
            for own_pin in [false, true] {
                let take = CopyEvent::Take { own_pin, extent: Extent::Whole };
                assert_eq!(state.view(own_pin) == CopyView::Sole, state.step(take).is_ok(), "{state:?} {own_pin}");
            }
        }
    }

    #[test]
    fn an_abandoned_fetch_still_fills_the_copy() {
        let (state, _) = Gone.step(Pin).unwrap();
        let (state, _) = state.step(Release).unwrap();
        assert_eq!(state.step(Filled), Ok((Idle, CopyStep::Spare)));
    }
}
