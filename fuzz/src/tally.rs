//! What came of the frames so far.

use std::collections::BTreeMap;
use std::fmt;

/// Frames by what came of them, and attacked processes by how they ended.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    frames: BTreeMap<&'static str, u64>,
    ends: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a frame.
    pub fn add(&mut self, outcome: &'static str) {
        *self.frames.entry(outcome).or_default() += 1;
    }

    /// Counts a process that ended.
    pub fn end(&mut self, how: &'static str) {
        *self.ends.entry(how).or_default() += 1;
    }

    /// All frames.
    pub fn frames(&self) -> u64 {
        self.frames.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<&str, u64>| {
            let counts = counts.iter().map(|(what, count)| format!("{what} {count}"));
            counts.collect::<Vec<_>>().join(", ")
        };
        f.write_str(&list(&self.frames))?;
        if self.ends.is_empty() { Ok(()) } else { write!(f, "; processes: {}", list(&self.ends)) }
    }
}
