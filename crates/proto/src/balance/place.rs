//! Where a new task goes that nobody placed: to its data, unless that node has enough to do already.

use super::Load;
use crate::Rank;
use std::cmp::Reverse;
use std::fmt;

/// The node for a task, and why it was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// Where the task goes.
    pub to: Rank,
    /// Why.
    pub reason: Reason,
}

/// Why a task goes where it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Its arguments point to nothing, and its spawner's node has room.
    NoData,
    /// Most of the bytes that its arguments point to live there.
    Data,
    /// The node that it would have gone to has as many tasks as workers; this one has room.
    Busy {
        /// That node.
        instead_of: Rank,
    },
    /// No node has room; it waits where it was spawned, which costs nothing.
    Full,
    /// The program said where.
    Pinned,
    /// A node that has room took it over before it began.
    Idle,
    /// The controller had it go, before it began, from a node that was short of something.
    Short {
        /// Of memory, and not of time.
        memory: bool,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NoData => f.write_str("no data"),
            Reason::Data => f.write_str("data"),
            Reason::Busy { instead_of } => write!(f, "node {instead_of} is busy"),
            Reason::Full => f.write_str("all nodes are busy"),
            Reason::Pinned => f.write_str("pinned"),
            Reason::Idle => f.write_str("idle"),
            Reason::Short { memory: true } => f.write_str("memory is short here"),
            Reason::Short { memory: false } => f.write_str("time is short here"),
        }
    }
}

/// Chooses among `size` nodes for a task that is spawned on `own`; `bytes` of its arguments' data live on each node
/// that is listed.
///
/// It goes to the node with the most of them, or stays where no other node has more. A node without room is passed
/// over for that with the fewest tasks which has; among such the data decide, and then who is first after `own`.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::balance::{Load, Reason, place};
/// let load = |rank: Rank| Load::new(if rank == Rank(2) { 1 } else { 0 }, 1);
/// let placed = place(Rank(0), 3, &[(Rank(1), 80), (Rank(2), 640)], load);
/// assert_eq!((placed.to, placed.reason), (Rank(1), Reason::Busy { instead_of: Rank(2) }));
/// ```
pub fn place(own: Rank, size: u16, bytes: &[(Rank, u64)], load: impl Fn(Rank) -> Load) -> Placement {
    let of = |rank| bytes.iter().find(|(home, _)| *home == rank).map_or(0, |(_, bytes)| *bytes);
    let most = bytes.iter().filter(|(home, _)| home.0 < size).max_by_key(|(home, bytes)| (*bytes, Reverse(home.0)));
    let preferred = match most {
        Some(&(home, bytes)) if bytes > of(own) => home,
        _ => own,
    };
    if load(preferred).free() > 0 {
        let reason = if of(preferred) > 0 { Reason::Data } else { Reason::NoData };
        return Placement { to: preferred, reason };
    }
    let after_own = |rank: Rank| (u32::from(rank.0) + u32::from(size) - u32::from(own.0)) % u32::from(size);
    let with_room = (0..size).map(Rank).filter(|&rank| rank != preferred && load(rank).free() > 0);
    match with_room.min_by_key(|&rank| (load(rank).tasks, Reverse(of(rank)), after_own(rank))) {
        Some(to) => Placement { to, reason: Reason::Busy { instead_of: preferred } },
        None => Placement { to: own, reason: Reason::Full },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Rank = Rank(1);

    fn placed(bytes: &[(u16, u64)], tasks: [usize; 4]) -> (u16, Reason) {
        let bytes: Vec<_> = bytes.iter().map(|&(rank, bytes)| (Rank(rank), bytes)).collect();
        let placement = place(OWN, 4, &bytes, |rank| Load::new(tasks[usize::from(rank.0)], 2));
        (placement.to.0, placement.reason)
    }

    #[test]
    fn a_task_goes_to_most_of_its_bytes() {
        assert_eq!(placed(&[], [0; 4]), (1, Reason::NoData));
        assert_eq!(placed(&[(0, 3), (3, 9), (2, 8)], [1; 4]), (3, Reason::Data));
        assert_eq!(placed(&[(0, 9), (1, 9)], [1; 4]), (1, Reason::Data), "as much is here");
        assert_eq!(placed(&[(3, 9), (2, 9)], [1; 4]), (2, Reason::Data), "the lower of two");
        assert_eq!(placed(&[(9, 100), (2, 9)], [1; 4]), (2, Reason::Data), "there is no node 9");
    }

    #[test]
    fn a_busy_node_is_passed_over_for_the_least_busy() {
        let busy = |node| Reason::Busy { instead_of: Rank(node) };
        assert_eq!(placed(&[], [1, 2, 0, 0]), (2, busy(1)), "the first after the spawner's");
        assert_eq!(placed(&[(3, 9)], [1, 0, 1, 2]), (1, busy(3)));
        assert_eq!(placed(&[(3, 9), (2, 3)], [1, 1, 1, 2]), (2, busy(3)), "the rest of the data");
        assert_eq!(placed(&[(3, 9)], [2, 2, 1, 2]), (2, busy(3)));
    }

    #[test]
    fn where_all_are_busy_it_stays() {
        assert_eq!(placed(&[(3, 9)], [2, 7, 3, 2]), (1, Reason::Full));
        assert_eq!(placed(&[], [2; 4]), (1, Reason::Full));
    }

    /// Every load of three nodes and every place of the data: where it goes there is room, or there is none anywhere.
    #[test]
    fn no_task_waits_while_there_is_room() {
        for case in 0..3_u32.pow(3) * 3 * 3 {
            let digit = |nth: u32| (case / 3_u32.pow(nth) % 3) as u16;
            let load = |rank: Rank| Load { tasks: digit(u32::from(rank.0)), workers: 2 };
            let (own, home) = (Rank(digit(3)), Rank(digit(4)));
            let Placement { to, reason } = place(own, 3, &[(home, 8)], load);
            let room = (0..3).any(|rank| load(Rank(rank)).free() > 0);
            assert_eq!(load(to).free() > 0, room, "{case}");
            assert_eq!(reason == Reason::Full, !room, "{case}");
            assert_eq!(reason == Reason::Data, load(home).free() > 0, "{case}");
            assert!(room || to == own, "{case}");
        }
    }
}
