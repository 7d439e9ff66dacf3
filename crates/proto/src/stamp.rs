//! Stamps: numbers that name one value of one object for all time, and the leases they are taken from.
//!
//! The 64-bit numbers are cut into leases of 2^20. Lease `k` of rank `r` in a cluster of `n` nodes is lease number
//! `k * n + r` of the whole, so no two nodes ever hold the same number and no message is needed to take one. A node
//! hands its leases to its threads, one at a time; a thread counts through its [`StampRange`] without sharing.

use crate::ids::Rank;
use std::fmt;
use std::num::NonZeroU64;

/// Names one value of one object; never used for any other value of any object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Stamp(pub NonZeroU64);

impl Stamp {
    /// The stamp of values that have no object; never filed, never leased.
    pub const RESERVED: Stamp = Stamp(NonZeroU64::MAX);

    /// The stamp in a handle's word, or `None` for 0, which no value ever carries.
    #[must_use]
    #[inline]
    pub const fn from_word(word: u64) -> Option<Stamp> {
        match NonZeroU64::new(word) {
            Some(word) => Some(Stamp(word)),
            None => None,
        }
    }

    /// The word this stamp is stored as.
    #[must_use]
    #[inline]
    pub const fn word(self) -> u64 {
        self.0.get()
    }
}

/// A node's right to stamps: yields leases that no other node of the cluster can yield.
///
/// ```
/// use drust_proto::{Rank, StampLeases};
/// let mut leases = StampLeases::new(Rank(1), 2);
/// let mut stamps = leases.lease().unwrap();
/// assert_eq!(stamps.next().unwrap().word(), 1 << StampLeases::LEASE_BITS);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StampLeases {
    rank: Rank,
    size: u16,
    next: u64,
}

impl StampLeases {
    /// Two to this power are the stamps of one lease.
    pub const LEASE_BITS: u32 = 20;
    /// Leases in the whole cluster; the last of the 2^44 is not given out, for it holds [`Stamp::RESERVED`].
    const LEASES: u64 = (1 << (u64::BITS - Self::LEASE_BITS)) - 1;

    /// The leases of node `rank` in a cluster of `size` nodes, none taken yet.
    ///
    /// # Panics
    /// Where `rank` is not below `size`.
    #[must_use]
    pub const fn new(rank: Rank, size: u16) -> StampLeases {
        assert!(rank.0 < size, "a rank is below its cluster's size");
        StampLeases { rank, size, next: 0 }
    }

    /// The next lease of this node.
    ///
    /// # Errors
    /// [`StampsExhausted`] when this node's share of the numbers is used up: the caller must abort, since any
    /// further stamp would name two values.
    pub const fn lease(&mut self) -> Result<StampRange, StampsExhausted> {
        let lease = match self.next.checked_mul(self.size as u64) {
            Some(first) if first < Self::LEASES - self.rank.0 as u64 => first + self.rank.0 as u64,
            _ => return Err(StampsExhausted { rank: self.rank }),
        };
        self.next += 1;
        let first = lease << Self::LEASE_BITS;
        let end = first + (1 << Self::LEASE_BITS);
        Ok(StampRange { next: if first == 0 { 1 } else { first }, end })
    }
}

/// Stamps not yet used, one thread's own; yields each once and then nothing.
#[derive(PartialEq, Eq, Debug)]
pub struct StampRange {
    next: u64,
    end: u64,
}

impl StampRange {
    /// A range with nothing left: what a thread starts with.
    pub const EMPTY: StampRange = StampRange { next: 0, end: 0 };

    /// Stamps left in the range.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.end - self.next
    }
}

impl Iterator for StampRange {
    type Item = Stamp;

    #[inline]
    fn next(&mut self) -> Option<Stamp> {
        if self.next == self.end {
            return None;
        }
        let stamp = Stamp::from_word(self.next);
        self.next += 1;
        stamp
    }
}

/// A node has used up its share of the 2^64 stamps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StampsExhausted {
    /// Whose share it was.
    pub rank: Rank,
}

impl fmt::Display for StampsExhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} has used all of its stamps; a further one would name two values", self.rank)
    }
}

impl std::error::Error for StampsExhausted {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn leases_of_all_nodes_are_disjoint() {
        for size in [1, 2, 3, 7, 64, u16::MAX] {
            let mut taken = BTreeMap::new();
            let ranks = [0, 1, 2, size / 2, size.saturating_sub(2), size - 1];
            for rank in ranks.into_iter().filter(|rank| *rank < size) {
                if taken.values().any(|(owner, _)| *owner == rank) {
                    continue;
                }
                let mut leases = StampLeases::new(Rank(rank), size);
                for _ in 0..50 {
                    let range = leases.lease().unwrap();
                    assert_eq!(taken.insert(range.next, (rank, range.end)), None);
                }
            }
            let bounds: Vec<_> = taken.iter().map(|(first, (_, end))| (*first, *end)).collect();
            assert!(bounds.windows(2).all(|pair| pair[0].1 <= pair[1].0), "leases overlap in a cluster of {size}");
        }
    }

    #[test]
    fn neighbours_meet_without_a_gap_or_a_shared_stamp() {
        let mut zero = StampLeases::new(Rank(0), 2);
        let mut one = StampLeases::new(Rank(1), 2);
        let stamps: Vec<u64> =
            (zero.lease().unwrap()).chain(one.lease().unwrap()).chain(zero.lease().unwrap()).map(Stamp::word).collect();
        assert!(stamps.iter().copied().eq(1..3 << StampLeases::LEASE_BITS));
    }

    #[test]
    fn zero_is_skipped_and_the_reserved_stamp_is_never_leased() {
        let mut leases = StampLeases::new(Rank(0), 1);
        assert_eq!(leases.lease().unwrap().next().unwrap().word(), 1);
        leases.next = StampLeases::LEASES - 1;
        let last = leases.lease().unwrap();
        assert!(last.end - 1 < Stamp::RESERVED.word());
        assert_eq!(leases.lease(), Err(StampsExhausted { rank: Rank(0) }));
        assert_eq!(leases.lease(), Err(StampsExhausted { rank: Rank(0) }), "exhaustion lasts");
    }

    #[test]
    fn every_rank_runs_out_before_the_end() {
        for (rank, size) in [(0, 3), (2, 3), (u16::MAX - 1, u16::MAX)] {
            let mut leases = StampLeases::new(Rank(rank), size);
            leases.next = StampLeases::LEASES / u64::from(size) - 1;
            let mut last = 0;
            while let Ok(range) = leases.lease() {
                assert!(range.next > last && range.end > range.next);
                last = range.end;
            }
            assert!(last <= StampLeases::LEASES << StampLeases::LEASE_BITS);
            leases.next = u64::MAX;
            assert!(leases.lease().is_err());
        }
    }

    #[test]
    fn an_empty_range_yields_nothing() {
        assert_eq!(StampRange::EMPTY.left(), 0);
        assert_eq!({ StampRange::EMPTY }.next(), None);
    }

    #[test]
    #[should_panic(expected = "below its cluster's size")]
    fn a_rank_outside_the_cluster_is_refused() {
        let _ = StampLeases::new(Rank(2), 2);
    }
}
