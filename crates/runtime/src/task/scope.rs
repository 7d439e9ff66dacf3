//! A scope: all its tasks end before it does, whatever became of their handles.

use crate::gate::Gate;
use crate::node::Node;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Counts the tasks of one scope.
pub struct Scope {
    /// Tasks not ended, and one for the scope's own body.
    running: AtomicUsize,
    /// Panics that no join has told of.
    panics: AtomicUsize,
    empty: Gate,
    /// Where the last of its tasks was spawned.
    spawned: AtomicPtr<Location<'static>>,
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
            spawned: AtomicPtr::default(),
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
        if self.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.empty.open(node);
        }
    }

    /// Ends the body and waits for all tasks; whether one of them panicked without being joined.
    pub fn wait(&self, node: &'static Node) -> bool {
        self.end(node, false);
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
