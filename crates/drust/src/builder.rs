//! Starting a cluster from `main`.

use drust_runtime::job::{self, Wishes};

/// What a program asks of its cluster. What is not asked for comes from the environment (`DRUST_NODES`, `DRUST_HEAP`,
/// `DRUST_WORKERS`, `DRUST_COPIES`), or else from this host's limits.
///
/// What stands before [`Builder::run`] in `main` runs in every process of the cluster.
///
/// ```no_run
/// // In `main`:
/// drust::Builder::new().nodes(4).run(|| println!("{} nodes", drust::node::count()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder does nothing until it runs"]
pub struct Builder {
    wishes: Wishes,
}

impl Builder {
    /// One node, unless the environment says otherwise.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// The same as [`Builder::new`]: what is not asked for comes from the environment.
    pub fn from_env() -> Builder {
        Builder::new()
    }

    /// So many processes on this host; goes before `DRUST_NODES`.
    pub fn nodes(mut self, nodes: u16) -> Builder {
        self.wishes.nodes = Some(nodes);
        self
    }

    /// Bytes that each node's part of the heap may take.
    pub fn heap(mut self, bytes: u64) -> Builder {
        self.wishes.heap = Some(bytes);
        self
    }

    /// Threads that each node runs tasks on.
    pub fn workers(mut self, threads: u32) -> Builder {
        self.wishes.workers = Some(threads);
        self
    }

    /// Bytes of copies that each node keeps though nobody reads them at the moment.
    pub fn copies(mut self, bytes: u64) -> Builder {
        self.wishes.copies = Some(bytes);
        self
    }

    /// Whether to say on stderr, when `main` has returned, what still lives in the heap, by node and type.
    pub fn report_leaks(mut self, report: bool) -> Builder {
        self.wishes.report_leaks = report;
        self
    }

    /// Starts the cluster and runs `main` on node 0; returns there what `main` returns. The other nodes serve, and
    /// their processes end with the job, inside this call; so does the process that started them.
    ///
    /// # Panics
    /// Where `main` does, after the job was ended in order.
    pub fn run<R>(self, main: impl FnOnce() -> R) -> R {
        job::run(self.wishes, main)
    }
}
