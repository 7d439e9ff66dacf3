//! How long operations took: counts in classes an eighth apart or less, so that many nodes' can be added up.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Classes for each doubling, as a power of two.
const FINE: u32 = 4;
/// Classes: up to 2^40 ns.
const CLASSES: usize = 40 << FINE;

/// Counts of times by class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times(Vec<u64>);

impl Times {
    /// With these counts, as another node's [`counts`](Times::counts) gave them.
    #[must_use]
    pub fn from_counts(counts: Vec<u64>) -> Times {
        Times(counts)
    }

    /// The counts of all classes, or none.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.0
    }

    /// Counts one.
    pub fn note(&mut self, time: Duration) {
        self.0.resize(CLASSES, 0);
        self.0[class(time.as_nanos() as u64)] += 1;
    }

    /// Counts another's in.
    pub fn add(&mut self, other: &Times) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(own, more)| *own += more);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The time in ns that so many of a hundred do not pass; 0 where there are none.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> f64 {
        let wanted = (self.count() as f64 * percent / 100.0).ceil() as u64;
        let mut seen = 0;
        let class = self.0.iter().position(|count| {
            seen += count;
            seen >= wanted.max(1)
        });
        class.map_or(0.0, middle)
    }
}

fn class(nanos: u64) -> usize {
    if nanos < 1 << FINE {
        return nanos as usize;
    }
    let above = nanos.ilog2() - FINE;
    let class = ((above + 1) << FINE) as usize + ((nanos >> above) as usize - (1 << FINE));
    class.min(CLASSES - 1)
}

/// The middle of what falls into a class.
fn middle(class: usize) -> f64 {
    let (doubling, step) = (class >> FINE, class % (1 << FINE));
    if doubling == 0 {
        return step as f64;
    }
    let width = (1_u64 << (doubling - 1)) as f64;
    (((1 << FINE) + step) as f64 + 0.5) * width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_near_what_was_noted() {
        let mut times = Times::default();
        assert_eq!((times.percentile(50.0), times.count()), (0.0, 0));
        (1..=1000).for_each(|micros| times.note(Duration::from_micros(micros)));
        let mut twice = times.clone();
        twice.add(&times);
        assert_eq!(twice.count(), 2000);
        for (percent, expected) in [(50.0, 500e3), (99.0, 990e3), (100.0, 1000e3)] {
            let off = twice.percentile(percent) / expected;
            assert!((0.94..1.06).contains(&off), "{percent}: {off}");
        }
    }

    #[test]
    fn classes_follow_one_another_and_the_last_takes_all_that_is_longer() {
        let mut last = 0;
        for nanos in 0..100_000 {
            let class = class(nanos);
            assert!(class == last || class == last + 1, "{nanos}");
            last = class;
        }
        assert_eq!(class(u64::MAX), CLASSES - 1);
    }
}
