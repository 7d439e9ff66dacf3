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
    ///
    /// ```
    /// assert_eq!(drust::Builder::new().run(drust::node::count), 1);
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// The same as [`Builder::new`]: what is not asked for comes from the environment.
    ///
    /// ```
    /// assert_eq!(drust::Builder::from_env().run(|| 6 * 7), 42);
    /// ```
    pub fn from_env() -> Builder {
        Builder::new()
    }

    /// So many processes on this host; goes before `DRUST_NODES`.
    ///
    /// ```
    /// assert_eq!(drust::Builder::new().nodes(1).run(drust::node::count), 1);
    /// ```
    pub fn nodes(mut self, nodes: u16) -> Builder {
        self.wishes.nodes = Some(nodes);
        self
    }

    /// Bytes that each node's part of the heap may take.
    ///
    /// ```
    /// let made = drust::Builder::new().heap(64 << 20).run(|| drust::Box::try_new([0_u8; 1 << 10]).is_ok());
    /// assert!(made);
    /// ```
    pub fn heap(mut self, bytes: u64) -> Builder {
        self.wishes.heap = Some(bytes);
        self
    }

    /// Threads that each node runs tasks on.
    ///
    /// ```
    /// let threads = drust::Builder::new().workers(3).run(drust::thread::available_parallelism);
    /// assert_eq!(threads.unwrap().get(), 3);
    /// ```
    pub fn workers(mut self, threads: u32) -> Builder {
        self.wishes.workers = Some(threads);
        self
    }

    /// Bytes of copies that each node keeps though nobody reads them at the moment.
    ///
    /// ```
    /// let sum = drust::Builder::new().copies(16 << 20).run(|| drust::vec![1, 2, 3].iter().sum::<u32>());
    /// assert_eq!(sum, 6);
    /// ```
    pub fn copies(mut self, bytes: u64) -> Builder {
        self.wishes.copies = Some(bytes);
        self
    }

    /// Whether to say on stderr, when `main` has returned, what still lives in the heap, by node and type.
    ///
    /// ```
    /// // In `main`, what this forgets would be named on stderr when it has returned.
    /// let length = drust::Builder::new().report_leaks(true).run(|| drust::Box::leak(drust::Box::new([1, 2])).len());
    /// assert_eq!(length, 2);
    /// ```
    pub fn report_leaks(mut self, report: bool) -> Builder {
        self.wishes.report_leaks = report;
        self
    }

    /// Starts the cluster and runs `main` on node 0; returns there what `main` returns. The other nodes serve, and
    /// their processes end with the job, inside this call; so does the process that started them.
    ///
    /// # Panics
    /// Where `main` does, after the job was ended in order.
    ///
    /// ```
    /// let greeting = drust::Builder::new().run(|| format!("node {} runs main", drust::node::current()));
    /// assert_eq!(greeting, "node 0 runs main");
    /// ```
    pub fn run<R>(self, main: impl FnOnce() -> R) -> R {
        job::run(self.wishes, main)
    }
}
