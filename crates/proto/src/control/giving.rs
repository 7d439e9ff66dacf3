//! Which tasks a node gives up, and to whom: those that use other nodes most, each to the node that it uses most.

use crate::Rank;
use crate::control::Give;
use std::cmp::Reverse;

/// A task that could go: one that nobody has begun, or one between two steps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// What its node knows it by.
    pub task: u64,
    /// How often it has accessed other nodes, or how much of what it was given lies there.
    pub accesses: Vec<(Rank, u64)>,
}

/// What an order asks of a node: which of the candidates go, and where.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::control::Give;
/// use drust_proto::control::giving::{Candidate, choose};
/// let candidates = [
///     Candidate { task: 1, accesses: vec![] },
///     Candidate { task: 2, accesses: vec![(Rank(2), 5), (Rank(3), 9)] },
///     Candidate { task: 3, accesses: vec![(Rank(0), 80), (Rank(2), 6)] },
/// ];
/// let give = Give { most: 2, to: Rank(1), memory: false, closed: vec![Rank(3)] };
/// assert_eq!(choose(&give, Rank(0), &candidates), [(2, Rank(2)), (3, Rank(2))]);
/// ```
#[must_use]
pub fn choose(give: &Give, here: Rank, candidates: &[Candidate]) -> Vec<(u64, Rank)> {
    let mut by_use: Vec<_> = candidates.iter().map(|candidate| (afar(candidate, here), candidate)).collect();
    by_use.sort_by_key(|(uses, _)| Reverse(*uses));
    let chosen = by_use.into_iter().take(give.most as usize);
    chosen.map(|(_, candidate)| (candidate.task, home(candidate, give, here))).collect()
}

/// How often it has accessed other nodes than its own.
fn afar(candidate: &Candidate, here: Rank) -> u64 {
    let uses = candidate.accesses.iter().filter(|(rank, _)| *rank != here);
    uses.fold(0, |sum, (_, uses)| sum.saturating_add(*uses))
}

/// The open node that it accesses most, else the one that takes what is left.
fn home(candidate: &Candidate, give: &Give, here: Rank) -> Rank {
    let open =
        candidate.accesses.iter().filter(|(rank, uses)| *uses > 0 && *rank != here && !give.closed.contains(rank));
    open.max_by_key(|(rank, uses)| (*uses, Reverse(*rank))).map_or(give.to, |(rank, _)| *rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Rank = Rank(0);

    fn candidate(task: u64, accesses: &[(u16, u64)]) -> Candidate {
        Candidate { task, accesses: accesses.iter().map(|(rank, uses)| (Rank(*rank), *uses)).collect() }
    }

    fn give(most: u32) -> Give {
        Give { most, to: Rank(1), memory: false, closed: vec![Rank(4)] }
    }

    #[test]
    fn those_that_use_others_most_go_first() {
        let candidates = [candidate(1, &[(2, 1)]), candidate(2, &[(2, 9)]), candidate(3, &[(2, 4), (3, 4)])];
        assert_eq!(choose(&give(2), HERE, &candidates), [(2, Rank(2)), (3, Rank(2))]);
        assert_eq!(choose(&give(0), HERE, &candidates), []);
        assert_eq!(choose(&give(9), HERE, &candidates).len(), 3);
    }

    #[test]
    fn what_lies_here_speaks_for_staying() {
        let candidates = [candidate(1, &[(0, 1000), (3, 1)]), candidate(2, &[(3, 2)])];
        assert_eq!(choose(&give(1), HERE, &candidates), [(2, Rank(3))]);
    }

    #[test]
    fn nobody_goes_to_a_closed_node_or_stays() {
        let candidates = [candidate(1, &[(4, 100)]), candidate(2, &[(0, 100)]), candidate(3, &[(2, 0)])];
        let chosen = choose(&give(3), HERE, &candidates);
        assert!(chosen.iter().all(|(_, to)| *to == Rank(1)), "{chosen:?}");
    }

    #[test]
    fn numbers_without_end_do_no_harm() {
        let candidates = [candidate(1, &[(2, u64::MAX), (3, u64::MAX)]), candidate(2, &[(2, 1)])];
        assert_eq!(choose(&give(1), HERE, &candidates), [(1, Rank(2))]);
    }
}
