//! What came of many rounds: how long each kind of death took, and which rounds were not as promised.

use super::Kind;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What came of the rounds so far.
#[derive(Default, Debug)]
pub struct Tally {
    took: BTreeMap<Kind, Vec<Duration>>,
    /// The rounds that failed.
    pub failed: Vec<String>,
}

impl Tally {
    /// Adds a round.
    pub fn add(&mut self, kind: Kind, outcome: Result<Duration, String>) {
        match outcome {
            Ok(took) => self.took.entry(kind).or_default().push(took),
            Err(what) => self.failed.push(what),
        }
    }

    /// Rounds so far.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.took.values().map(Vec::len).sum::<usize>() + self.failed.len()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24} {:>6} {:>12} {:>12}", "kind", "rounds", "median, ms", "longest, ms")?;
        for (kind, took) in &self.took {
            let mut took = took.clone();
            took.sort_unstable();
            let ms = |time: Option<&Duration>| time.map_or(0, Duration::as_millis);
            let (median, longest) = (ms(took.get(took.len() / 2)), ms(took.last()));
            writeln!(f, "{:<24} {:>6} {median:>12} {longest:>12}", kind.to_string(), took.len())?;
        }
        write!(f, "{} rounds, {} failed", self.rounds(), self.failed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_summed_up_by_kind() {
        let mut tally = Tally::default();
        for ms in [7, 3, 50] {
            tally.add(Kind::Kill, Ok(Duration::from_millis(ms)));
        }
        tally.add(Kind::Stop, Err("it hung".into()));
        let lines: Vec<String> = tally.to_string().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 3);
        let words: Vec<&str> = lines[1].split_whitespace().rev().take(3).collect();
        assert_eq!((words, lines[2].as_str()), (vec!["50", "7", "3"], "4 rounds, 1 failed"));
    }
}
