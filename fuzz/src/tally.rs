//! What came of the frames so far.

use std::collections::BTreeMap;
use std::fmt;

/// Frames by what came of them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    /// Counts a frame.
    pub fn add(&mut self, outcome: &'static str) {
        *self.0.entry(outcome).or_default() += 1;
    }

    /// All frames.
    pub fn frames(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (outcome, frames)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{outcome} {frames}")?;
        }
        Ok(())
    }
}
