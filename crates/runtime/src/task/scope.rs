//! A scope: all its tasks end before it does, whatever became of their handles.

use super::join::claiming;
use super::panic::discard;
use crate::cancel::{self, Limit};
use crate::gate::Gate;
use crate::node::Node;
use crate::pool::{Run, is_of_a_pool};
use drust_fabric::schedule;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Instant;

/// Tasks of a scope that it keeps in mind, to run those itself that nobody has begun when it waits. A scope inside of a
/// task inside of a scope has few; of many the pool takes the first anyhow.
const KEPT: usize = 16;

/// Counts the tasks of one scope.
pub struct Scope {
    /// Tasks not ended, and one for the scope's own body.
    running: AtomicUsize,
    /// Panics that no join has told of.
    panics: AtomicUsize,
    empty: Gate,
    /// Those who wait until only the body is left.
    watching: Mutex<Vec<Arc<Gate>>>,
    /// Where the last of its tasks was spawned.
    spawned: AtomicPtr<Location<'static>>,
    /// The first of its tasks on this node, as long as somebody has them; what of them borrows is gone when it ends.
    queued: Mutex<Vec<Weak<dyn Run>>>,
    /// How many there were.
    queued_count: AtomicUsize,
}

/// The tasks of a scope as what is waited for.
struct Tasks<'a>(&'a Scope);

impl fmt::Display for Tasks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tasks of a scope", self.0.running.load(Ordering::Relaxed))?;
        // SAFETY: what is stored there is null or a `&'static Location`.
        match unsafe { self.0.spawned.load(Ordering::Acquire).as_ref() } {
            Some(spawned) => write!(f, ", the last of which was spawned at {spawned}"),
            None => Ok(()),
        }
    }
}

impl Scope {
    /// A scope whose body runs.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a scope is begun, not defaulted")]
    pub fn new() -> Scope {
        Scope {
            running: AtomicUsize::new(1),
            panics: AtomicUsize::new(0),
            empty: Gate::new(),
            watching: Mutex::default(),
            spawned: AtomicPtr::default(),
            queued: Mutex::default(),
            queued_count: AtomicUsize::new(0),
        }
    }

    pub(super) fn begin(&self, spawned: &'static Location<'static>) {
        self.spawned.store(std::ptr::from_ref(spawned).cast_mut(), Ordering::Release);
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self, node: &'static Node, panicked: bool) {
        if panicked {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
        match self.running.fetch_sub(1, Ordering::AcqRel) {
            1 => self.empty.open(node),
            2 => {
                let watching = std::mem::take(&mut *self.watching());
                watching.iter().for_each(|gate| gate.open(node));
            }
            _ => {}
        }
    }

    fn watching(&self) -> MutexGuard<'_, Vec<Arc<Gate>>> {
        self.watching.lock().expect("no panic under this lock")
    }

    /// Waits until only the scope's body is left, or until `deadline`; whether it is.
    #[must_use]
    pub fn wait_for_tasks(&self, node: &'static Node, deadline: Option<Instant>) -> bool {
        cancel::check();
        schedule::pass();
        let gate = Arc::new(Gate::new());
        {
            // A task that ends after this look finds the gate.
            let mut watching = self.watching();
            if self.running.load(Ordering::Acquire) == 1 {
                return true;
            }
            watching.push(gate.clone());
        }
        if gate.wait_limited(node, &Tasks(self), &Limit::of_thread(deadline)) {
            return true;
        }
        self.watching().retain(|other| !Arc::ptr_eq(other, &gate));
        cancel::check();
        false
    }

    /// One of its tasks is queued on this node.
    pub(super) fn queued(&self, task: &Arc<dyn Run>) {
        if self.queued_count.load(Ordering::Relaxed) < KEPT {
            self.queued_count.fetch_add(1, Ordering::Relaxed);
            self.queued.lock().expect("no panic under this lock").push(Arc::downgrade(task));
        }
    }

    /// Runs tasks that nobody has begun on this thread, if it is the pool's, which has the stack for it; the last
    /// first, since the pool begins with the first. So scopes within scopes need not have a thread each.
    fn help(&self) {
        if !is_of_a_pool() {
            return;
        }
        let next = || self.queued.lock().expect("no panic under this lock").pop();
        while let Some(task) = next() {
            let run = |task: Arc<dyn Run>| catch_unwind(AssertUnwindSafe(|| task.run()));
            // What unwinds is the drop of a result that nobody took; the hook reported it.
            if let Some(Err(payload)) = task.upgrade().and_then(|task| claiming(|| run(task))) {
                discard(payload);
            }
        }
    }

    /// Ends the body and waits for all tasks; whether one of them panicked without being joined. Where a task waits so,
    /// tasks of this node that nobody has begun run on its thread.
    pub fn wait(&self, node: &'static Node) -> bool {
        self.end(node, false);
        self.help();
        self.empty.wait(node, &Tasks(self));
        self.panics.load(Ordering::Relaxed) > 0
    }

    /// Who joined a task was told of its panic, so the scope needs not tell of it again.
    pub(super) fn forgive(&self) {
        self.panics.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("running", &self.running).finish_non_exhaustive()
    }
}
