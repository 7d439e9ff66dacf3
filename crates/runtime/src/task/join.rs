//! Waiting for a task, and what it left.

use super::Core;
use crate::cancel::{self, Limit};
use crate::node::{self, Node};
use drust_fabric::schedule;
use drust_proto::Rank;
use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Why a join gave no result.
#[derive(Clone)]
#[non_exhaustive]
pub enum JoinError {
    /// The task panicked.
    #[non_exhaustive]
    Panicked {
        /// The panic's message.
        message: String,
        /// File, line and column where it began.
        place: String,
        /// The node that ran the task.
        node: Rank,
        /// The backtrace, where `RUST_BACKTRACE` asks for one.
        backtrace: String,
    },
    /// The task was cancelled, by the token that it was spawned with.
    #[non_exhaustive]
    Cancelled {
        /// The node that ran the task.
        node: Rank,
    },
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked { message, place, node, .. } => {
                write!(f, "a task panicked on node {node} at {place}: {message}")
            }
            JoinError::Cancelled { node } => write!(f, "a task was cancelled on node {node}"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked { message, place, node, .. } => f
                .debug_struct("Panicked")
                .field("message", message)
                .field("place", place)
                .field("node", &node.0)
                .finish(),
            JoinError::Cancelled { node } => f.debug_struct("Cancelled").field("node", &node.0).finish(),
        }
    }
}

impl std::error::Error for JoinError {}

/// A task whose result somebody may take.
pub(super) trait Joinable<R>: Send + Sync {
    fn core(&self) -> &Core;
    /// Runs the task on this thread if nobody has begun it.
    fn claim(&self, node: &'static Node);
    /// The result, once: the task is done.
    fn take(&self, node: &'static Node) -> Result<R, JoinError>;
    /// Nobody will take the result: it is dropped where user code may run.
    fn detach(&self);
}

/// The right to a task's result; as a future it never runs the task itself.
pub struct Join<R: 'static> {
    task: Option<Arc<dyn Joinable<R>>>,
}

/// Joins and scopes nested on one thread run not-started tasks on its stack up to this depth; deeper ones wait for the
/// pool.
const MAX_CLAIMS: u32 = 64;

thread_local! {
    static CLAIMS: Cell<u32> = const { Cell::new(0) };
}

/// Has a waiting thread run a task on its stack, unless that is as deep in such tasks as it may be.
pub(super) fn claiming<R>(run: impl FnOnce() -> R) -> Option<R> {
    let claims = CLAIMS.get();
    if claims >= MAX_CLAIMS {
        return None;
    }
    CLAIMS.set(claims + 1);
    let result = run();
    CLAIMS.set(claims);
    Some(result)
}

impl<R> Join<R> {
    pub(super) fn new(task: Arc<dyn Joinable<R>>) -> Join<R> {
        Join { task: Some(task) }
    }

    fn core(&self) -> &Core {
        self.task.as_ref().expect("a join is used once").core()
    }

    /// Waits for the task's end and takes its result. A task that nobody has begun runs on this thread, unless the time
    /// of that is bounded.
    ///
    /// # Errors
    /// The task panicked, or was cancelled.
    pub fn join(self) -> Result<R, JoinError> {
        cancel::check();
        match self.join_within(&Limit::of_thread(None)) {
            Ok(result) => result,
            Err(_) => cancel::unwind(),
        }
    }

    /// As [`Join::join`], whatever bounds this thread's waits: for what is borrowed until the task has ended.
    ///
    /// # Errors
    /// As [`Join::join`].
    pub fn outlast(self) -> Result<R, JoinError> {
        match self.join_within(&Limit::NONE) {
            Ok(result) => result,
            Err(_) => unreachable!("this wait is not given up"),
        }
    }

    fn join_within(mut self, limit: &Limit) -> Result<Result<R, JoinError>, Join<R>> {
        let node = node::here();
        schedule::pass();
        let task = self.task.as_ref().expect("a join is used once");
        task.core().done.unwatch();
        if !task.core().done.is_open() {
            // A task on this stack could not be left when time is up.
            if limit.deadline().is_none() {
                claiming(|| task.claim(node));
            }
            if !task.core().done.wait_limited(node, task.core(), limit) {
                return Err(self);
            }
        }
        let task = self.task.take().expect("a join is used once");
        Ok(result_of(&*task, node))
    }

    /// As [`Join::join`], for at most so long; gives the join back when time is up. The task is not run here.
    ///
    /// # Errors
    /// Time is up; the join is handed back.
    pub fn join_timeout(self, timeout: Duration) -> Result<Result<R, JoinError>, Join<R>> {
        cancel::check();
        let (core, deadline) = (self.core(), schedule::now().checked_add(timeout));
        if core.done.wait_limited(node::here(), core, &Limit::of_thread(deadline)) {
            return Ok(self.outlast());
        }
        cancel::check();
        Err(self)
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(|task| task.core().done.is_open())
    }

    /// The task's name, as long as its result was not taken.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.task.as_ref()?.core().name.as_deref()
    }
}

/// The result of a task that is done.
fn result_of<R>(task: &dyn Joinable<R>, node: &'static Node) -> Result<R, JoinError> {
    let result = task.take(node);
    if let (Err(JoinError::Panicked { .. }), Some(scope)) = (&result, &task.core().scope) {
        scope.forgive();
    }
    result
}

impl<R> Future for Join<R> {
    type Output = Result<R, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R, JoinError>> {
        let node = node::here();
        schedule::pass();
        let task = self.task.as_ref().expect("a join is not polled after it was ready");
        if !task.core().done.watch(node, context.waker()) {
            node.expect_others();
            return Poll::Pending;
        }
        let task = self.task.take().expect("it was looked at just above");
        Poll::Ready(result_of(&*task, node))
    }
}

impl<R> Drop for Join<R> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.core().done.unwatch();
            task.detach();
        }
    }
}

impl<R> fmt::Debug for Join<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(task) = &self.task else { return f.write_str("Join(taken)") };
        let core = task.core();
        f.debug_struct("Join")
            .field("name", &core.name)
            .field("spawned", &format_args!("{}", core.spawned))
            .field("done", &core.done.is_open())
            .finish()
    }
}
