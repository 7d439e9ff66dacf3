//! Tasks: functions with their arguments, run by the pool of some node.
//!
//! A local task (`local`) is serialised only where a node that has room takes it over; a remote one (`remote`) leaves
//! as an image of its arguments and comes back as one of its result and of what was lent to it (`voyage`); `arrived` is
//! the same task on the node that runs it, or that hands it on (`handed`).

mod arrived;
mod handed;
mod join;
mod local;
mod migrate;
mod panic;
mod placement;
mod remote;
mod scope;
mod voyage;

pub use join::{Join, JoinError};
pub use migrate::{Candidate, Moves, Said, Says, spawn_migratable};
pub use scope::Scope;

use crate::cancel::{self, Bounds};
use crate::control;
use crate::failure;
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::sharing::Table;
use drust_fabric::schedule;
use drust_heap::local::with_own_drops;
use drust_heap::{Carry, Portable};
use drust_proto::coherence::{Ledger, LendError};
use drust_proto::wire::SpawnFlags;
use drust_proto::{Rank, TaskId};
use remote::Awaited;
use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) use arrived::arrive;
pub(crate) use migrate::{accessed, serve as serve_migrate};
pub(crate) use panic::{Panicked, caught, discard, message_of, watch_panics};
#[cfg(test)]
pub(crate) use remote::places_of;
pub(crate) use remote::{complete, depart_into};

thread_local! {
    /// How many spawns lie between `main` and what this thread runs.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Where and how a task is to run.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// The node, if the caller chose one.
    pub to: Option<Rank>,
    /// The task's name, for messages.
    pub name: Option<Arc<str>>,
    /// The scope that waits for it.
    pub scope: Option<Arc<Scope>>,
    /// How long the spawner waits where the queue of the task's node is full; without end, if nothing is said.
    pub patience: Option<Duration>,
}

/// The queue of the node that a task was to go to was full for as long as its spawner would wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueFull {
    /// The node.
    pub node: Rank,
}

impl fmt::Display for QueueFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} has {} tasks of this node that nobody has begun", self.node, control::MOST)
    }
}

impl std::error::Error for QueueFull {}

/// What every task has, wherever it runs.
pub(crate) struct Core {
    done: Gate,
    scope: Option<Arc<Scope>>,
    name: Option<Arc<str>>,
    spawned: &'static Location<'static>,
    /// The rank of the node that it went to last.
    to: AtomicU16,
    depth: u32,
}

/// The task as what is waited for.
impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the end of ")?;
        match &self.name {
            Some(name) => write!(f, "task `{name}`")?,
            None => f.write_str("a task")?,
        }
        write!(f, " on node {}, spawned at {}", self.to.load(Ordering::Relaxed), self.spawned)
    }
}

impl Core {
    fn new(options: Options, spawned: &'static Location<'static>, to: Rank) -> Core {
        if let Some(scope) = &options.scope {
            scope.begin(spawned);
        }
        Core {
            done: Gate::new(),
            scope: options.scope,
            name: options.name,
            spawned,
            to: AtomicU16::new(to.0),
            depth: DEPTH.get().saturating_add(1),
        }
    }

    /// Another node has taken it over.
    fn goes_to(&self, to: Rank) {
        self.to.store(to.0, Ordering::Relaxed);
    }

    /// Lets everybody who waits go on. What they may look at has been written before, and nothing after this touches
    /// what the scope's borrows keep alive.
    fn finish(&self, node: &'static Node, panicked: bool) {
        self.done.open(node);
        if let Some(scope) = &self.scope {
            scope.end(node, panicked);
        }
    }
}

/// Runs a function as the task it is, whatever its thread is in the middle of: for what it spawns itself, and with
/// drops that end with it. What bounds the thread's waits is not the task's.
fn as_task<R>(depth: u32, run: impl FnOnce() -> R) -> R {
    let (before, bounds) = (DEPTH.replace(depth), cancel::replace(Bounds::default()));
    let result = with_own_drops(run);
    DEPTH.set(before);
    cancel::replace(bounds);
    result
}

/// The tasks that this node has sent away.
pub(crate) struct Tasks {
    next: AtomicU64,
    awaited: Table<Arc<dyn Awaited>>,
    /// What this node's threads have lent to tasks that are away.
    loans: Mutex<Ledger>,
}

impl Default for Tasks {
    fn default() -> Tasks {
        Tasks { next: AtomicU64::new(1), awaited: Table::default(), loans: Mutex::new(Ledger::new(0)) }
    }
}

impl Tasks {
    fn await_task(&self, rank: Rank, task: Arc<dyn Awaited>) -> TaskId {
        let id = self.next_id(rank);
        self.awaited.with(id.seq, |awaited| *awaited = Some(task));
        id
    }

    fn next_id(&self, rank: Rank) -> TaskId {
        TaskId { rank, seq: self.next.fetch_add(1, Ordering::Relaxed) }
    }

    /// Enters what a task that leaves was lent, and strikes it out when that has come home; a loan that does not fit
    /// is a broken rule.
    fn loan(&self, enter: impl FnOnce(&mut Ledger) -> Result<(), LendError>) {
        let result = enter(&mut self.loans.lock().expect("no panic under this lock"));
        result.unwrap_or_else(|error| failure::end(&error.to_string()));
    }

    /// The task that `from` has completed, if it was given to it.
    fn returned(&self, seq: u64, from: Rank) -> Option<Arc<dyn Awaited>> {
        self.awaited.with(seq, |awaited| awaited.take_if(|task| task.to() == from))
    }
}

/// Starts a task: on this node it is queued as it is; to another node its arguments depart, once the queue there is not
/// full.
///
/// # Panics
/// Where `options.to` is not in the cluster, and where [`try_spawn`] fails.
///
/// # Safety
/// What `args` borrows stays borrowed until the task has ended and what was lent came home: `options.scope` is a scope
/// that waits for it, or `A` is `'static`.
#[track_caller]
pub unsafe fn spawn<A: Carry, R: Portable>(args: A, function: fn(A) -> R, options: Options) -> Join<R> {
    // SAFETY: the caller's promise is the callee's condition.
    match unsafe { try_spawn(args, function, options) } {
        Ok(join) => join,
        Err(full) => panic!("{full}"),
    }
}

/// As [`spawn`].
///
/// # Errors
/// The queue of the task's node was full for all of `options.patience`; the arguments were dropped.
///
/// # Panics
/// Where `options.to` is not in the cluster.
///
/// # Safety
/// As [`spawn`].
#[track_caller]
pub unsafe fn try_spawn<A: Carry, R: Portable>(
    args: A,
    function: fn(A) -> R,
    options: Options,
) -> Result<Join<R>, QueueFull> {
    let node = node::here();
    schedule::pass();
    let spawned = Location::caller();
    let (to, stake) = placement::choose(node, &args, options.to, spawned);
    if to != node.rank() {
        cancel::check();
    }
    assert!(to.0 < node.size(), "node {to} is not in this cluster of {}", node.size());
    if !node.await_queue(to, options.patience) {
        return Err(QueueFull { node: to });
    }
    let flags = if options.to.is_some() { SpawnFlags::PINNED } else { SpawnFlags::NONE };
    let core = Core::new(options, spawned, to);
    Ok(if to == node.rank() {
        // SAFETY: the caller's promise is the callee's condition.
        unsafe { local::spawn(node, args, function, core, stake) }
    } else {
        // SAFETY: as above.
        unsafe { remote::spawn(node, to, args, function, core, flags) }
    })
}

/// A function of the program as it can cross: its place in the program's image. Ends the job where it is not the
/// program's own.
#[must_use]
pub fn code_of(function: usize) -> u64 {
    remote::offset_of(node::here(), function)
}

/// The function that [`code_of`] gave a place for, in a process of the same build.
///
/// # Panics
/// Where no code lies there.
#[must_use]
pub fn code_at(place: u64) -> *const () {
    let function = node::here().image().at(place).expect("a function's place in the program");
    std::ptr::with_exposed_provenance(function)
}

/// Has something done by a thread of this node's pool that nobody waits for: what a thread that serves may not do.
pub fn run_detached(work: impl FnOnce() + Send + 'static) {
    run_aside(node::here(), work);
}

/// Work that is no task.
struct Aside<F>(Mutex<Option<F>>);

impl<F: FnOnce() + Send> crate::pool::Run for Aside<F> {
    fn run(self: Arc<Self>) {
        let work = self.0.lock().expect("no panic under this lock").take();
        if let Some(work) = work {
            work();
        }
    }
}

/// Queues work that is no task: a drop that must not happen on a serving thread.
pub(crate) fn run_aside(node: &'static Node, work: impl FnOnce() + Send + 'static) {
    node.pool().push(node, Arc::new(Aside(Mutex::new(Some(work)))));
}

/// As [`run_aside`], before what else is queued: short work that somebody waits for.
pub(crate) fn run_next(node: &'static Node, work: impl FnOnce() + Send + 'static) {
    node.pool().push_first(node, Arc::new(Aside(Mutex::new(Some(work)))));
}
