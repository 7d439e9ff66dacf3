//! The copies of all nodes, and who holds their pins.

use super::Fault;
use crate::coherence::{CopyEvent, CopyState, CopyStep, Handle, Held};
use crate::{Address, CopyKey, Extent, Rank, Stamp};
use std::collections::BTreeMap;

/// What one node has of one value.
#[derive(Debug, Default)]
struct Filed {
    copies: Vec<(CopyKey, CopyState)>,
    /// Handles that pin the whole: those in copies, and all others.
    in_copies: u32,
    elsewhere: u32,
}

impl Filed {
    /// Rule 4: a handle's pin is a pin. Guards have others.
    fn check(&self, address: Address, stamp: Stamp) -> Result<(), Fault> {
        let whole = self.copies.iter().filter(|(key, _)| key.extent == Extent::Whole);
        let pins: u64 = whole.map(|&(_, state)| pins_of(state)).sum();
        let held = u64::from(self.in_copies) + u64::from(self.elsewhere);
        if held > pins { Err(Fault::Unpinned(address, stamp)) } else { Ok(()) }
    }

    fn is_empty(&self) -> bool {
        self.copies.is_empty() && self.in_copies == 0 && self.elsewhere == 0
    }
}

/// The copy tables of all nodes.
#[derive(Debug, Default)]
pub(super) struct Copies {
    filed: BTreeMap<(Rank, Address, Stamp), Filed>,
}

impl Copies {
    pub(super) fn step(&mut self, node: Rank, key: CopyKey, event: CopyEvent, code: CopyStep) -> Result<(), Fault> {
        let place = (node, key.address, key.stamp);
        let filed = self.filed.entry(place).or_default();
        let at = filed.copies.iter().position(|(known, _)| *known == key);
        let state = at.map_or(CopyState::Gone, |at| filed.copies[at].1);
        let (state, law) = state.step(event).map_err(|fault| Fault::Copy(key, fault))?;
        if code != law {
            return Err(Fault::CopyStep { code, law });
        }
        match (at, state) {
            (Some(at), CopyState::Gone) => drop(filed.copies.swap_remove(at)),
            (Some(at), state) => filed.copies[at].1 = state,
            (None, state) => filed.copies.push((key, state)),
        }
        filed.check(key.address, key.stamp)?;
        if filed.is_empty() {
            self.filed.remove(&place);
        }
        Ok(())
    }

    /// Counts the pin that a handle takes or gives up with a step.
    pub(super) fn hold(&mut self, node: Rank, copied: bool, before: Handle, after: Handle) -> Result<(), Fault> {
        if before.held == Held::Pin && !(after.held == Held::Pin && after.stamp == before.stamp) {
            let (place, none) = ((node, before.address, before.stamp), Fault::NoHolder(before.address, before.stamp));
            let filed = self.filed.get_mut(&place).ok_or(none)?;
            let count = if copied { &mut filed.in_copies } else { &mut filed.elsewhere };
            *count = count.checked_sub(1).ok_or(none)?;
        } else if before.held != Held::Pin && after.held == Held::Pin {
            let filed = self.filed.entry((node, after.address, after.stamp)).or_default();
            *if copied { &mut filed.in_copies } else { &mut filed.elsewhere } += 1;
            filed.check(after.address, after.stamp)?;
        }
        Ok(())
    }

    /// How many copies there are, and how many pins that no handle in a copy holds.
    pub(super) fn at_rest(&self) -> Result<(u64, u64), Fault> {
        let (mut copies, mut pins, mut inside) = (0, 0, 0);
        for filed in self.filed.values() {
            for &(key, state) in &filed.copies {
                if let CopyState::Filling { .. } = state {
                    return Err(Fault::StillFilling(key));
                }
                copies += 1;
                pins += pins_of(state);
            }
            inside += u64::from(filed.in_copies);
        }
        Ok((copies, pins - inside))
    }
}

fn pins_of(state: CopyState) -> u64 {
    match state {
        CopyState::Gone | CopyState::Idle => 0,
        CopyState::Filling { pins } | CopyState::Held { pins } => u64::from(pins),
    }
}
