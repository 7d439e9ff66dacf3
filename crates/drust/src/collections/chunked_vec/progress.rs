//! How far operations on chunks are: counted where a program asks, and told by events.
//!
//! An event of the target `drust::progress`, of level `DEBUG`, tells on each node each tenth of that node's share, or,
//! where values go to other nodes, the end of a worker's share: `operation`, and `done` of `total` values.

use crate::node;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};
use drust_macros::Portable;
use std::cell::RefCell;
use std::fmt;

/// Counts what operations on a [`ChunkedVec`](super::ChunkedVec) have done, over the whole cluster.
///
/// Its clones, on any node, are of the same counts. Counting costs 2 fetches for each other node, and 1 one-way for
/// some pieces of work.
///
/// ```
/// use drust::collections::{ChunkedVec, chunked_vec::Progress};
/// let numbers = ChunkedVec::from_fn(1000, (), |(), index| index);
/// let progress = Progress::new();
/// let watcher = progress.clone(); // as it would be given to a thread that shows it
/// let sum: usize = progress.watch(|| numbers.par_iter().sum());
/// assert_eq!((watcher.done(), watcher.total(), sum), (1000, 1000, 499_500));
/// ```
#[derive(Portable, Clone)]
pub struct Progress {
    counts: Arc<Counts>,
}

#[derive(Portable)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
}

thread_local! {
    static WATCHED: RefCell<Option<Progress>> = const { RefCell::new(None) };
}

impl Progress {
    /// Counts of nothing yet, on this node.
    ///
    /// ```
    /// let progress = drust::collections::chunked_vec::Progress::new();
    /// assert_eq!((progress.done(), progress.total()), (0, 0));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new() -> Progress {
        Progress { counts: Arc::new(Counts { done: AtomicU64::new(0), total: AtomicU64::new(0) }) }
    }

    /// Runs `body`, and counts what the operations do that this thread begins meanwhile.
    ///
    /// ```
    /// use drust::collections::{ChunkedVec, chunked_vec::Progress};
    /// let progress = Progress::new();
    /// progress.watch(|| ChunkedVec::from_fn(10, (), |(), index| index));
    /// assert_eq!(progress.done(), 10);
    /// ```
    pub fn watch<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Before(Option<Progress>);
        impl Drop for Before {
            fn drop(&mut self) {
                let now = WATCHED.replace(self.0.take());
                drop(now);
            }
        }
        let before = Before(WATCHED.replace(Some(self.clone())));
        let result = body();
        drop(before);
        result
    }

    /// Values that pieces of work are done with. An operation that goes over the values twice, as a sort does, counts
    /// them twice.
    ///
    /// From another node 1 request and 1 reply.
    ///
    /// ```
    /// assert_eq!(drust::collections::chunked_vec::Progress::new().done(), 0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn done(&self) -> u64 {
        self.counts.done.load(Ordering::Relaxed)
    }

    /// Values that operations begun so far are to do. From another node 1 request and 1 reply.
    ///
    /// ```
    /// assert_eq!(drust::collections::chunked_vec::Progress::new().total(), 0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn total(&self) -> u64 {
        self.counts.total.load(Ordering::Relaxed)
    }

    /// The one that counts what this thread begins, which is told of an operation on so many values.
    #[track_caller]
    pub(super) fn begin(values: usize) -> Option<Progress> {
        let watched = WATCHED.with_borrow(Clone::clone);
        watched.inspect(|progress| progress.counts.total.add(values as u64))
    }

    /// Counts values as done.
    #[track_caller]
    pub(super) fn more(&self, values: usize) {
        self.counts.done.add(values as u64);
    }
}

impl Default for Progress {
    #[track_caller]
    fn default() -> Progress {
        Progress::new()
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

/// Tells of a share of an operation, by events.
pub(super) struct Telling {
    operation: &'static str,
    done: usize,
    total: usize,
}

impl Telling {
    pub(super) fn of(operation: &'static str, total: usize) -> Telling {
        Telling { operation, done: 0, total }
    }

    /// So many values more are done.
    pub(super) fn more(&mut self, values: usize) {
        let tenths = |done: usize| done as u128 * 10 / self.total.max(1) as u128;
        let before = tenths(self.done);
        let done = self.done + values;
        if tenths(done) > before {
            let (node, operation, total) = (node::current().index(), self.operation, self.total);
            tracing::debug!(target: "drust::progress", node, operation, done, total);
        }
        self.done = done;
    }
}
