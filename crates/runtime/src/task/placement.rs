//! Where a task goes that nobody placed: to its data, unless that node has enough to do already.

use crate::node::Node;
use drust_heap::trace::Found;
use drust_heap::{Carry, Described};
use drust_proto::Rank;

/// The node for a task with these arguments.
///
/// It is where most of what the arguments point to lives, or this node. When as many of this node's tasks are there
/// already as it has workers, the task goes to the node with the fewest, as long as that one has a worker to spare;
/// when all are busy it stays here, where it costs nothing to queue.
pub(super) fn choose<A: Carry>(node: &'static Node, args: &A) -> Rank {
    if node.size() == 1 {
        return node.rank();
    }
    let preferred = home_of(node, args);
    let workers = node.pool().target();
    if load(node, preferred) < workers {
        return preferred;
    }
    let ranks = (0..node.size()).map(Rank);
    let emptiest = ranks.min_by_key(|&rank| (load(node, rank), rank != preferred)).unwrap_or(preferred);
    if load(node, emptiest) < workers { emptiest } else { node.rank() }
}

fn load(node: &'static Node, rank: Rank) -> usize {
    if rank == node.rank() { node.pool().load() } else { node.tasks().given_to(rank) }
}

/// The node that homes most of what the arguments' handles point to; this node where there is none.
fn home_of<A: Carry>(node: &'static Node, args: &A) -> Rank {
    if !A::FACTS.handles {
        return node.rank();
    }
    let mut found = Found::default();
    let mut votes = vec![0_usize; usize::from(node.size())];
    // SAFETY: the arguments are a live value that nobody else has.
    let spots = unsafe { found.in_value(A::DESCRIPTOR, std::ptr::from_ref(args).cast()) };
    for spot in spots {
        // SAFETY: a spot's place holds a handle of its kind.
        if let Some(home) = unsafe { (spot.kind.home)(spot.at) }
            && let Some(vote) = votes.get_mut(usize::from(home.0))
        {
            *vote += 1;
        }
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    if votes[usize::from(node.rank().0)] == most {
        return node.rank();
    }
    let first = votes.iter().position(|&vote| vote == most);
    first.map_or(node.rank(), |rank| Rank(rank as u16))
}
