//! Which stamps were ever taken.

use super::Fault;
use crate::{Rank, Stamp, StampLeases};
use std::collections::BTreeMap;

/// Stamps taken, as runs of consecutive numbers: first, and one past the last.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    runs: BTreeMap<u64, u64>,
}

impl Stamps {
    /// Takes a stamp on a node, which it must have leased and nobody taken before.
    pub(super) fn take(&mut self, stamp: Stamp, node: Rank, nodes: u16) -> Result<(), Fault> {
        let word = stamp.word();
        if (word >> StampLeases::LEASE_BITS) % u64::from(nodes) != u64::from(node.0) || stamp == Stamp::RESERVED {
            return Err(Fault::ForeignStamp(stamp));
        }
        let before = self.runs.range(..=word).next_back().map(|(&first, &end)| (first, end));
        let first = match before {
            Some((_, end)) if word < end => return Err(Fault::StampReused(stamp)),
            Some((first, end)) if word == end => first,
            _ => word,
        };
        let end = self.runs.remove(&(word + 1)).unwrap_or(word + 1);
        self.runs.insert(first, end);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(word: u64) -> Stamp {
        Stamp::from_word(word).unwrap()
    }

    #[test]
    fn each_stamp_is_taken_once_in_any_order() {
        let mut stamps = Stamps::default();
        for word in [5, 7, 6, 1, 9, 8, 2] {
            assert_eq!(stamps.take(stamp(word), Rank(0), 2), Ok(()));
        }
        assert_eq!(stamps.runs, BTreeMap::from([(1, 3), (5, 10)]), "neighbours are one run");
        for word in [1, 2, 5, 6, 7, 8, 9] {
            assert_eq!(stamps.take(stamp(word), Rank(0), 2), Err(Fault::StampReused(stamp(word))));
        }
    }

    #[test]
    fn a_node_takes_its_own_only() {
        let mut stamps = Stamps::default();
        let first = |rank: u16| StampLeases::new(Rank(rank), 3).lease().unwrap().next().unwrap();
        for rank in 0..3 {
            assert_eq!(stamps.take(first(rank), Rank((rank + 1) % 3), 3), Err(Fault::ForeignStamp(first(rank))));
            assert_eq!(stamps.take(first(rank), Rank(rank), 3), Ok(()));
        }
    }
}
