//! Who ended a job: the ends of its nodes in the order seen, and what follows from them.

use super::{Culprit, End};
use drust_proto::Rank;
use drust_proto::job::exit::PEER_LOST;
use std::time::{Duration, Instant};

/// The ends seen so far, in their order, and what follows from them.
pub(crate) struct Trial {
    seen: Vec<Culprit>,
    /// Those that had to be killed at the deadline.
    outstayed: Vec<Culprit>,
    /// When the remaining nodes are killed; set by the first end that ends the job.
    deadline: Option<Instant>,
    /// Set once a primary end has fixed the deadline.
    decided: bool,
    grace: Duration,
}

/// How long a secondary end waits for the one that caused it. With twice the default grace it is within the 5 s in
/// which a job ends: the cause may show when the first grace is nearly over.
const PRIMARY_WAIT: Duration = Duration::from_secs(1);

impl Trial {
    pub(crate) fn new(grace: Duration) -> Trial {
        Trial { seen: Vec::new(), outstayed: Vec::new(), deadline: None, decided: false, grace }
    }

    /// Takes note of an end that nobody here caused.
    pub(crate) fn ended(&mut self, node: Culprit, now: Instant) {
        let over = node.rank == Rank(0) || node.end != End::Exited(0);
        let secondary = node.end.is_secondary();
        self.seen.push(node);
        if !over || self.decided {
            return;
        }
        if !secondary {
            self.decided = true;
            self.deadline = Some(now + self.grace);
        } else if self.deadline.is_none() {
            self.deadline = Some(now + PRIMARY_WAIT + self.grace);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Takes note of a node that was killed at the deadline.
    pub(crate) fn outstayed(&mut self, node: Culprit) {
        self.outstayed.push(node);
    }

    /// The culprit, if any, and the job's code.
    pub(crate) fn verdict(self) -> (Option<Culprit>, i32) {
        let mut primary = self.seen.iter().filter(|node| !node.end.is_secondary());
        let first = primary.clone().find(|node| node.rank == Rank(0) || node.end != End::Exited(0));
        match first {
            Some(Culprit { rank: Rank(0), end: End::Exited(0), .. }) => {
                primary.find(|node| node.end.code() != 0).map_or((None, 0), blame)
            }
            Some(Culprit { rank: Rank(0), end: End::Exited(code), .. }) => (None, *code),
            Some(node) => blame(node),
            None => self.verdict_of_consequences(),
        }
    }

    /// Only secondary ends were seen, and nodes that left with code 0 while the others still ran.
    fn verdict_of_consequences(&self) -> (Option<Culprit>, i32) {
        let code = self.seen.iter().map(|node| node.end.code()).find(|code| *code != 0).unwrap_or(PEER_LOST);
        let left = self.seen.iter().find(|node| !node.end.is_secondary());
        match (left, self.outstayed.first()) {
            (None, Some(silent)) => blame(silent),
            (left, _) => (left.or(self.seen.first()).cloned(), code),
        }
    }
}

fn blame(node: &Culprit) -> (Option<Culprit>, i32) {
    (Some(node.clone()), node.end.code())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "ends are ordered by real times")]
mod tests {
    use super::*;
    use crate::Launch;
    use End::{Exited, Killed};
    use drust_proto::job::exit::LAUNCHER_LOST;

    fn node(rank: u16, end: End) -> Culprit {
        Culprit::here(Rank(rank), 100 + u32::from(rank), end)
    }

    fn verdict(ends: &[(u16, End)]) -> (Option<u16>, i32) {
        verdict_with(ends, &[])
    }

    /// What is said where some nodes had to be killed at the deadline.
    fn verdict_with(ends: &[(u16, End)], outstayed: &[u16]) -> (Option<u16>, i32) {
        let now = Instant::now();
        let mut trial = Trial::new(Duration::ZERO);
        for (rank, end) in ends {
            trial.ended(node(*rank, *end), now);
        }
        for rank in outstayed {
            trial.outstayed(node(*rank, End::Unresponsive));
        }
        let (culprit, code) = trial.verdict();
        (culprit.map(|node| node.rank.0), code)
    }

    #[test]
    fn rank_0_decides_when_all_went_well() {
        assert_eq!(verdict(&[(1, Exited(0)), (0, Exited(0)), (2, Exited(0))]), (None, 0));
        assert_eq!(verdict(&[(0, Exited(7)), (1, Exited(0))]), (None, 7));
    }

    #[test]
    fn rank_0_may_leave_without_saying_so() {
        assert_eq!(verdict(&[(0, Exited(0)), (1, Exited(PEER_LOST))]), (None, 0));
        assert_eq!(verdict(&[(1, Exited(PEER_LOST)), (0, Exited(3))]), (None, 3));
    }

    #[test]
    fn the_first_primary_end_is_the_culprit() {
        let lost = Exited(PEER_LOST);
        assert_eq!(verdict(&[(0, lost), (2, Killed(9)), (1, Exited(101))]), (Some(2), 137));
        assert_eq!(verdict(&[(1, Exited(101)), (0, lost)]), (Some(1), 101));
        assert_eq!(verdict(&[(0, Killed(11)), (1, lost)]), (Some(0), 139));
        assert_eq!(verdict(&[(0, Exited(0)), (1, Killed(6))]), (Some(1), 134));
    }

    #[test]
    fn secondary_ends_blame_an_early_leaver_or_the_first_of_them() {
        let lost = Exited(PEER_LOST);
        assert_eq!(verdict(&[(0, lost), (1, Exited(0)), (2, lost)]), (Some(1), 113));
        assert_eq!(verdict(&[(1, Exited(LAUNCHER_LOST)), (0, lost)]), (Some(1), 114));
    }

    #[test]
    fn a_secondary_end_waits_longer_for_its_cause() {
        let (start, grace) = (Instant::now(), Duration::from_secs(2));
        let mut trial = Trial::new(grace);
        trial.ended(node(1, Exited(0)), start);
        assert_eq!(trial.deadline(), None);
        trial.ended(node(2, Exited(PEER_LOST)), start);
        assert_eq!(trial.deadline(), Some(start + PRIMARY_WAIT + grace));
        let later = start + Duration::from_millis(300);
        trial.ended(node(3, Killed(9)), later);
        trial.ended(node(0, Exited(5)), later + grace);
        assert_eq!(trial.deadline(), Some(later + grace));
    }

    #[test]
    fn a_node_that_had_to_be_killed_is_the_culprit_where_there_is_no_other() {
        let lost = Exited(PEER_LOST);
        assert_eq!(verdict_with(&[(0, lost), (2, lost)], &[1]), (Some(1), 137));
        assert_eq!(verdict_with(&[(1, Exited(LAUNCHER_LOST))], &[0, 2]), (Some(0), 137));
        assert_eq!(verdict_with(&[(0, lost), (2, Exited(101))], &[1]), (Some(2), 101));
        assert_eq!(verdict_with(&[(2, Exited(0)), (0, lost)], &[1]), (Some(2), 113));
        assert_eq!(verdict_with(&[(0, Exited(3))], &[1]), (None, 3));
    }

    #[test]
    fn a_job_is_over_within_5_seconds_of_its_first_end() {
        let (start, grace) = (Instant::now(), Launch::new(3, "any").grace);
        let mut trial = Trial::new(grace);
        trial.ended(node(1, Exited(PEER_LOST)), start);
        let just_in_time = trial.deadline().expect("it is ending") - Duration::from_millis(1);
        trial.ended(node(2, Killed(9)), just_in_time);
        assert!(trial.deadline().expect("it is ending") <= start + Duration::from_secs(5));
    }
}
