//! Tasks that go from node to node.
//!
//! A migratable task is a state and a `fn` that takes the next step with it. Between two steps nothing of the task is
//! on a stack, so it may go on anywhere: its state departs, as the arguments of a task do, and its join follows. Boxes
//! in the state are handles; what they point to stays until it is used or written there.
//!
//! [`hop`] is for a task that is to be elsewhere for a while, and then goes on where it was.

use super::{JoinHandle, on};
use crate::node::NodeId;
use drust_heap::Portable;
use drust_runtime::node;
use drust_runtime::task::{self, Options, QueueFull, Said, Says};

/// What comes after a step of a task that [`spawn_migratable`] has started.
///
/// ```
/// use drust::thread::{Step, spawn_migratable};
/// let count = spawn_migratable(0, |n: &mut u32| {
///     *n += 1;
///     if *n < 10 { Step::Continue } else { Step::Done(*n) }
/// });
/// assert_eq!(count.join().unwrap(), 10);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a step's verdict is to be returned"]
pub enum Step<R> {
    /// Another step, wherever the task is best placed.
    Continue,
    /// Another step, on this node; what comes after that may be anywhere again.
    To(NodeId),
    /// The task has ended, with this.
    Done(R),
}

impl<R: Portable> Says for Step<R> {
    type Result = R;

    fn said(self) -> Said<R> {
        match self {
            Step::Continue => Said::Continue,
            Step::To(node) => Said::To(node.rank()),
            Step::Done(result) => Said::Done(result),
        }
    }
}

/// Runs `step` on a state again and again, as one task, until it says [`Step::Done`]. Between two steps the task may go
/// to another node: where a step says so, or where nodes are too full or too busy.
///
/// The task begins on the node that suits its state, or the one that a `Builder` names; where that is another, whose
/// queue is full, the spawner waits as [`spawn`](super::spawn) does. A panic of a step ends it, as that of any task;
/// its join says on which node.
///
/// Beginning elsewhere costs 1 one-way, and so does the end there. A move is 1 one-way with the state, and 1 more that
/// tells this node, where neither end of the move is this node.
///
/// ```
/// use drust::node::{self, NodeId};
/// use drust::thread::{self, Step};
/// use drust::{Vec, vec};
///
/// /// Visits every node, and notes which that was.
/// fn visit(seen: &mut Vec<NodeId>) -> Step<Vec<NodeId>> {
///     seen.push(node::current());
///     match node::all().nth(seen.len()) {
///         Some(next) => Step::To(next),
///         None => Step::Done(std::mem::take(seen)),
///     }
/// }
///
/// let first = node::all().next().unwrap();
/// let seen = thread::Builder::new().on(first).spawn_migratable(vec![], visit).unwrap().join().unwrap();
/// assert!(seen.iter().copied().eq(node::all()));
/// ```
#[track_caller]
pub fn spawn_migratable<S: Portable, R: Portable>(state: S, step: fn(&mut S) -> Step<R>) -> JoinHandle<R> {
    match start(state, step, Options::default()) {
        Ok(handle) => handle,
        Err(full) => panic!("{full}"),
    }
}

/// # Errors
/// As [`task::spawn_migratable`].
#[track_caller]
pub(super) fn start<S: Portable, R: Portable>(
    state: S,
    step: fn(&mut S) -> Step<R>,
    options: Options,
) -> Result<JoinHandle<R>, QueueFull> {
    task::spawn_migratable(state, step, options).map(JoinHandle)
}

/// Runs `function(args)` on another node as what this task does next, and returns what that returns. This thread gives
/// its place up meanwhile, so that its node runs another task.
///
/// Costs nothing where `to` is this node, else 1 request with the arguments and 1 reply with the result: as
/// [`spawn_on`](super::spawn_on) and a join. What is on this thread's stack stays; a task that is to go for good is for
/// [`spawn_migratable`].
///
/// # Panics
/// Where `function` does, with its message; and where there is no such node.
///
/// ```
/// use drust::{Box, node, thread};
/// let last = node::all().last().unwrap();
/// let boxed = Box::new(20);
/// let (sum, ran_on) = thread::hop(last, (boxed, 2), |(boxed, more)| (*boxed + more, node::current()));
/// assert_eq!((sum, ran_on), (22, last));
/// ```
#[track_caller]
pub fn hop<A: Portable, R: Portable>(to: NodeId, args: A, function: fn(A) -> R) -> R {
    if to.rank() == node::here().rank() {
        return function(args);
    }
    match super::start(args, function, on(to)).join() {
        Ok(result) => result,
        Err(panicked) => panic!("{panicked}"),
    }
}
