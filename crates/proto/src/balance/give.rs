//! What idle nodes are given: tasks that have not begun on a node that has more of them than workers.
//!
//! A node asks for tasks by telling that it has room, once for all: who knows of room, and has tasks to spare, gives
//! them until the room is taken. So an idle cluster is silent, and nobody is asked in vain.

use super::Load;
use crate::Rank;
use std::cmp::Reverse;
use std::time::Duration;

/// The node that is given something next: among those that have room, that with the most; then the one with the fewest
/// tasks, and the first after `own`.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::balance::{Load, neediest};
/// let load = |rank: Rank| Load::new(usize::from(rank.0), 2);
/// assert_eq!(neediest(Rank(0), 4, load), Some(Rank(1)));
/// assert_eq!(neediest(Rank(0), 4, |_| Load::new(2, 2)), None);
/// ```
pub fn neediest(own: Rank, size: u16, load: impl Fn(Rank) -> Load) -> Option<Rank> {
    let peers = (1..size).map(|step| Rank(((u32::from(own.0) + u32::from(step)) % u32::from(size)) as u16));
    let with_room = peers.map(|rank| (rank, load(rank))).filter(|(_, load)| load.free() > 0);
    with_room.min_by_key(|(_, load)| (Reverse(load.free()), load.tasks)).map(|(rank, _)| rank)
}

/// How many tasks a node is given at once: one a worker, and as many more as it ends before it is worth while to give
/// it others.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Pace(u16);

impl Pace {
    /// What a node is given is to last so long.
    const SPAN: Duration = Duration::from_millis(5);
    /// The most at once.
    const MOST: u16 = 64;

    /// How long who has given so many tasks rests after it: giving one takes some microseconds, and where tasks are
    /// shorter than that, all but a fifth of the time is left for running them.
    ///
    /// ```
    /// use drust_proto::balance::Pace;
    /// use std::time::Duration;
    /// assert_eq!([0, 1, 64].map(Pace::rest), [30, 30, 960].map(Duration::from_micros));
    /// ```
    #[must_use]
    pub fn rest(given: usize) -> Duration {
        Duration::from_micros(15 * given.max(2) as u64)
    }

    /// When it has room again, and has ended so many tasks in the time since it was given the last.
    #[must_use]
    pub fn after(self, time: Duration, ended: u32) -> Pace {
        let in_span = Pace::SPAN.as_micros() * u128::from(ended) / time.as_micros().max(1);
        let twice = (self.0 * 2).clamp(2, Pace::MOST);
        Pace(u16::try_from(in_span).unwrap_or(u16::MAX).min(twice))
    }

    /// How many of `spare` tasks a peer of this load is given by a node with so many workers: none where it has no
    /// room, and never more than its share.
    ///
    /// ```
    /// use drust_proto::balance::{Load, Pace};
    /// use std::time::Duration;
    /// let idle = Load::new(0, 2);
    /// assert_eq!(Pace::default().allot(100, 2, idle), 2);
    /// assert_eq!(Pace::default().allot(3, 2, idle), 2);
    /// assert_eq!(Pace::default().allot(1, 2, idle), 1);
    /// let quick = Pace::default().after(Duration::from_millis(1), 2).after(Duration::from_millis(1), 2);
    /// assert_eq!(quick.allot(100, 2, idle), 4);
    /// ```
    #[must_use]
    pub fn allot(self, spare: usize, workers: u16, peer: Load) -> usize {
        if peer.free() == 0 {
            return 0;
        }
        let all = usize::from(workers) + usize::from(peer.workers);
        let share = (spare.saturating_mul(usize::from(peer.workers))).div_ceil(all);
        share.min(usize::from(self.0.max(peer.workers) - peer.tasks))
    }
}

/// Which `most` of the tasks whose stakes are listed go to another node: those with the fewest bytes here, of these the
/// first. Their places, rising; tasks without a stake stay.
///
/// ```
/// use drust_proto::balance::least;
/// assert_eq!(least([Some(9), None, Some(3), Some(9), Some(3)], 3), [0, 2, 4]);
/// ```
#[must_use]
pub fn least(stakes: impl IntoIterator<Item = Option<u64>>, most: usize) -> Vec<usize> {
    let stakes = stakes.into_iter().enumerate();
    let mut listed: Vec<_> = stakes.filter_map(|(place, stake)| Some((stake?, place))).collect();
    listed.sort_unstable();
    listed.truncate(most);
    let mut places: Vec<_> = listed.into_iter().map(|(_, place)| place).collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_most_room_comes_first() {
        let loads = [(0, 4), (3, 4), (1, 2), (0, 1), (9, 2)];
        let load = |rank: Rank| Load::new(loads[usize::from(rank.0)].0, loads[usize::from(rank.0)].1);
        assert_eq!(neediest(Rank(4), 5, load), Some(Rank(0)));
        assert_eq!(neediest(Rank(0), 5, load), Some(Rank(3)), "of one place each, the one with no task");
        assert_eq!(neediest(Rank(0), 1, load), None);
        assert_eq!(neediest(Rank(2), 5, |_| Load::new(0, 1)), Some(Rank(3)), "else the next");
    }

    #[test]
    fn nobody_is_given_more_than_its_share_or_than_it_has_room_for() {
        for (spare, workers, tasks, theirs) in (0..3 * 4 * 4 * 4).map(|n| (n % 3 * 5, n / 3 % 4, n / 12 % 4, n / 48)) {
            let peer = Load::new(tasks, theirs);
            let given = Pace::default().allot(spare, workers as u16 + 1, peer);
            assert!(given <= spare && given <= usize::from(peer.free()), "{spare} {workers} {peer:?}");
            assert_eq!(given > 0, spare > 0 && peer.free() > 0, "{spare} {workers} {peer:?}");
        }
    }

    #[test]
    fn quick_tasks_go_in_greater_batches() {
        let paces = |time, ended| {
            let mut pace = Pace::default();
            let next = std::iter::repeat_with(move || {
                pace = pace.after(time, ended);
                pace.0
            });
            next.take(8).collect::<Vec<_>>()
        };
        let millis = Duration::from_millis;
        assert_eq!(paces(millis(1), 100), [2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(paces(Duration::ZERO, 1), [2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(paces(millis(1), 2), [2, 4, 8, 10, 10, 10, 10, 10], "as many as end in five milliseconds");
        assert_eq!(paces(millis(20), 1), [0; 8]);
        assert_eq!(Pace(64).after(millis(20), 8), Pace(2), "they have become longer");
    }
}
