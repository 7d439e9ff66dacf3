//! Tasks that go from node to node between their steps: a state, and a function that takes the next step with it.
//!
//! The rules are [`drust_proto::sharing::migrate`]. `seat` runs the task on whichever node has it, and sends it on;
//! `home` is the join's side, on the node that spawned it. Packing and landing happen on threads of the pool alone.
//!
//! Contract:
//!
//! 1. The state is in one hand: the queue's, its thread's, or a message's. A record of it is among those that are
//!    present from before it is queued until its thread has left the last step on this node; the thread takes it out
//!    before anybody can hear of the move or of the end.
//! 2. What the task left lies in `home` from when it comes until the join takes it or, where nobody will, a thread of
//!    the pool drops it. No lock of these is held while anything of the user's runs.

mod home;
mod seat;

pub(crate) use seat::accessed;
pub use seat::{Said, Says};

use super::{Core, Join, Options, QueueFull, placement};
use crate::arrival::Body;
use crate::cancel;
use crate::failure;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::sharing::{Ask, Table};
use drust_fabric::schedule;
use drust_heap::Portable;
use drust_proto::sharing::migrate::{End, Home, HomeEvent, Hop, Op};
use drust_proto::wire::Outcome;
use drust_proto::{Rank, TaskId};
use home::{AtHome, Left, Migrant};
use seat::{Post, Record};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};

/// The migratable tasks that a node has, and those that it waits for.
#[derive(Default)]
pub struct Moves {
    present: Mutex<BTreeMap<TaskId, Arc<Record>>>,
    homes: Table<Arc<dyn AtHome>>,
}

/// A task that may be ordered to another node, and what it has asked of others since it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The task.
    pub task: TaskId,
    /// The node that it reached for most often; none where it did for nothing.
    pub most: Option<Rank>,
    /// How often it reached for that node: values fetched and calls made, not what was read of copies.
    pub accesses: u64,
}

impl Moves {
    /// The migratable tasks that this node has, begun or not, the one with most accesses of one node first.
    #[must_use]
    pub fn candidates(&self) -> Vec<Candidate> {
        self.list(|_| true)
    }

    /// Those of the candidates that were not ordered elsewhere yet.
    pub(crate) fn unordered(&self) -> Vec<Candidate> {
        self.list(|record| !record.is_ordered())
    }

    /// How many these are, up to `most`.
    pub(crate) fn count_unordered(&self, most: usize) -> usize {
        self.present().values().filter(|record| !record.is_ordered()).take(most).count()
    }

    fn list(&self, those: impl Fn(&Record) -> bool) -> Vec<Candidate> {
        let records = |present: &BTreeMap<TaskId, Arc<Record>>| {
            present.values().filter(|record| those(record)).map(|record| record.as_candidate()).collect::<Vec<_>>()
        };
        let mut candidates = records(&self.present());
        candidates.sort_by_key(|candidate| (u64::MAX - candidate.accesses, candidate.task));
        candidates
    }

    /// Has a task go to another node before its next step that it does not wish for where that is taken; the last order
    /// holds. Whether the task is here and there is such a node.
    pub fn order(&self, task: TaskId, to: Rank) -> bool {
        let record = self.present().get(&task).cloned();
        record.is_some_and(|record| record.order(to))
    }

    fn present(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<Record>>> {
        self.present.lock().expect("no panic under this lock")
    }

    /// Notes that the task is here; none where it is here already.
    fn seat(&self, node: &Node, post: Post) -> Option<Arc<Record>> {
        let record = Arc::new(Record::new(node, post));
        match self.present().entry(post.task) {
            Entry::Vacant(place) => Some(place.insert(record).clone()),
            Entry::Occupied(_) => None,
        }
    }

    fn unseat(&self, task: TaskId) {
        let record = self.present().remove(&task);
        debug_assert!(record.is_some(), "a task leaves where it is");
    }

    /// Tells the join's side of a task of this node what has become of it.
    ///
    /// # Errors
    /// This node waits for no such task, or knows better.
    fn hear(&self, node: &'static Node, task: TaskId, event: HomeEvent, left: Option<Left>) -> Sense {
        let home = if task.rank == node.rank() { self.homes.with(task.seq, |home| home.clone()) } else { None };
        let home = home.ok_or("it is not waited for")?;
        if home.hear(node, event, left)? {
            let forgotten = self.homes.with(task.seq, Option::take);
            debug_assert!(forgotten.is_some(), "a task ends once");
        }
        Ok(())
    }

    /// As [`Moves::hear`], of what this node itself has done.
    fn note(&self, node: &'static Node, task: TaskId, event: HomeEvent, left: Option<Left>) {
        let noted = self.hear(node, task, event, left);
        noted.unwrap_or_else(|why| failure::end(&format!("the move of task {task}: {}", why.0)));
    }
}

impl fmt::Debug for Moves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moves").field("present", &self.present().len()).finish_non_exhaustive()
    }
}

impl Node {
    /// The migratable tasks that are here.
    pub fn moves(&self) -> &Moves {
        &self.sharing().moves
    }
}

/// Starts a task that takes steps until one says that it is done, on the node that suits its state; on another node
/// once the queue there is not full. Between two steps it may go to another node: where a step says so, or
/// [`Moves::order`] does.
///
/// Beginning elsewhere is 1 one-way, and so is the end there; a move is 1 one-way, and 1 more between two nodes that
/// both have not spawned it.
///
/// # Errors
/// The queue of the task's node was full for all of `options.patience`; the state was dropped.
///
/// # Panics
/// Where `options.to` is not in the cluster.
#[track_caller]
pub fn spawn_migratable<S: Portable, V: Says>(
    state: S,
    step: fn(&mut S) -> V,
    options: Options,
) -> Result<Join<V::Result>, QueueFull> {
    let node = node::here();
    schedule::pass();
    let spawned = Location::caller();
    let wished = options.to.is_some();
    let (to, _) = placement::choose(node, &state, options.to, spawned);
    if to != node.rank() {
        cancel::check();
    }
    assert!(to.0 < node.size(), "node {to} is not in this cluster of {}", node.size());
    if !node.await_queue(to, options.patience) {
        return Err(QueueFull { node: to });
    }
    let core = Core::new(options, spawned, to);
    let post = Post { task: node.tasks().next_id(node.rank()), moves: 0, wished, depth: core.depth };
    let home = Arc::new(Migrant::new(core, Home::new(to)));
    node.moves().homes.with(post.task.seq, |record| *record = Some(home.clone()));
    if to == node.rank() {
        seat::start(node, post, state, step);
    } else {
        node.count(|counters| &counters.tasks_sent, 1);
        seat::send(node, to, post, state, step);
    }
    Ok(Join::new(home))
}

/// Does what a peer says about tasks that move.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    let Some(op) = Op::from_u16(ask.op) else {
        return Err(format!("operation {} of {:?}, which is none", ask.op, ask.family).into());
    };
    if ask.id != 0 {
        return Err("a task that moves, which nobody is answered about".into());
    }
    let task = TaskId { rank: node.rank(), seq: ask.a };
    let done = match op {
        Op::Move => return seat::arrive(node, from, ask, body),
        Op::Moved => {
            let to = u16::try_from(ask.number).ok().filter(|to| *to < node.size()).map(Rank);
            let to = to.ok_or_else(|| format!("a move to node {}, which there is not", ask.number))?;
            let hop = Hop { number: ask.b, by: from, to };
            node.moves().hear(node, task, HomeEvent::Moved(hop), None)
        }
        Op::Done => {
            let outcome = match ask.number {
                0 => Outcome::Returned,
                1 => Outcome::Panicked,
                other => return Err(format!("outcome {other} of a task").into()),
            };
            let end = End { by: from, moves: ask.b };
            node.moves().hear(node, task, HomeEvent::Ended(end), Some(Left::Sent(from, outcome, body)))
        }
    };
    done.map_err(|why| format!("task {task}: {}", why.0).into())
}

#[cfg(test)]
mod tests;
