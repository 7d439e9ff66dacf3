//! Tasks with a name or a place.

use super::{CancellationToken, JoinHandle, Scope, ScopedJoinHandle, Step, beside, migrate};
use crate::node::NodeId;
use crate::reference::Lend;
use drust_heap::{Argument, Portable};
use drust_runtime::task::{self, Options, QueueFull};
use std::time::Duration;
use std::{fmt, io};

/// Settings for a task, as std's `thread::Builder` for threads.
///
/// ```
/// let handle = drust::thread::Builder::new().name("count".into()).spawn((2,), |(n,)| n + 1).unwrap();
/// assert_eq!(handle.name(), Some("count"));
/// assert_eq!(handle.join().unwrap(), 3);
/// ```
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder {
    options: Options,
    token: Option<CancellationToken>,
}

impl Builder {
    /// A task without name or place.
    ///
    /// ```
    /// let handle = drust::thread::Builder::new().spawn((), |()| 5).unwrap();
    /// assert_eq!(handle.join().unwrap(), 5);
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names the task, for messages and errors.
    ///
    /// ```
    /// let handle = drust::thread::Builder::new().name("sum".into()).spawn((1, 2), |(a, b)| a + b).unwrap();
    /// assert_eq!(handle.name(), Some("sum"));
    /// ```
    pub fn name(mut self, name: std::string::String) -> Builder {
        self.options.name = Some(name.into());
        self
    }

    /// Runs the task on this node of the cluster.
    ///
    /// ```
    /// use drust::{node, thread};
    /// let last = node::all().last().unwrap();
    /// let handle = thread::Builder::new().on(last).spawn((), |()| node::current()).unwrap();
    /// assert_eq!(handle.join().unwrap(), last);
    /// ```
    pub fn on(mut self, node: NodeId) -> Builder {
        self.options.to = Some(node.rank());
        self
    }

    /// Runs the task where a heap object lives; on this node, where what is named has no object: an empty vector, say,
    /// or a box of nothing.
    ///
    /// ```
    /// use drust::{Box, node, thread};
    /// let boxed = Box::new(5);
    /// let handle = thread::Builder::new().near(&boxed).spawn((), |()| node::current()).unwrap();
    /// assert_eq!(handle.join().unwrap(), node::current());
    /// ```
    pub fn near(mut self, object: &impl Lend) -> Builder {
        self.options.to = beside(object).to;
        self
    }

    /// Has a token cancel the task; [`CancellationToken`] says how. A migratable task is cancelled before its next
    /// step, too.
    ///
    /// ```
    /// use drust::thread::{Builder, CancellationToken, JoinError};
    /// let token = CancellationToken::new();
    /// token.cancel();
    /// let never = Builder::new().cancelled_by(&token).spawn((), |()| unreachable!()).unwrap();
    /// assert!(matches!(never.join(), Err::<(), _>(JoinError::Cancelled { .. })));
    /// ```
    pub fn cancelled_by(mut self, token: &CancellationToken) -> Builder {
        self.token = Some(token.clone());
        self
    }

    /// How long to wait where the queue of the task's node is full: with 4096 tasks of this node that nobody there has
    /// begun, and what is under way. Without this the spawner waits until half of them were begun.
    ///
    /// ```
    /// use std::time::Duration;
    /// let builder = drust::thread::Builder::new().queue_timeout(Duration::from_millis(1));
    /// assert_eq!(builder.spawn((), |()| 5).unwrap().join().unwrap(), 5);
    /// ```
    pub fn queue_timeout(mut self, timeout: Duration) -> Builder {
        self.options.patience = Some(timeout);
        self
    }

    /// Starts the task.
    ///
    /// # Errors
    /// The queue of its node was full for all of the [`queue_timeout`](Builder::queue_timeout), where there is one; the
    /// arguments are dropped then. The kind is [`TimedOut`](io::ErrorKind::TimedOut).
    ///
    /// ```
    /// let handle = drust::thread::Builder::new().spawn((drust::vec![1, 2],), |(numbers,)| numbers.len()).unwrap();
    /// assert_eq!(handle.join().unwrap(), 2);
    /// ```
    #[track_caller]
    pub fn spawn<A: Portable, R: Portable>(self, args: A, function: fn(A) -> R) -> io::Result<JoinHandle<R>> {
        // SAFETY: the arguments borrow nothing.
        let started = unsafe {
            match self.token {
                None => task::try_spawn(args, function, self.options),
                Some(token) => {
                    let (args, function) = token.task(args, function);
                    task::try_spawn(args, function, self.options)
                }
            }
        };
        started.map(JoinHandle).map_err(timed_out)
    }

    /// Starts a task that may move between its steps, with this name, and on this node at first; see
    /// [`spawn_migratable`](super::spawn_migratable).
    ///
    /// # Errors
    /// As [`Builder::spawn`].
    ///
    /// ```
    /// use drust::thread::{Builder, Step};
    /// let builder = Builder::new().name("halve".into());
    /// let steps = builder.spawn_migratable((40_u32, 0_u32), |(n, steps)| {
    ///     (*n, *steps) = (*n / 2, *steps + 1);
    ///     if *n > 0 { Step::Continue } else { Step::Done(*steps) }
    /// });
    /// assert_eq!(steps.unwrap().join().unwrap(), 6);
    /// ```
    #[track_caller]
    pub fn spawn_migratable<S: Portable, R: Portable>(
        self,
        state: S,
        step: fn(&mut S) -> Step<R>,
    ) -> io::Result<JoinHandle<R>> {
        let started = match self.token {
            None => migrate::start(state, step, self.options),
            Some(token) => {
                let (state, step) = token.steps(state, step);
                migrate::start(state, step, self.options)
            }
        };
        started.map_err(timed_out)
    }

    /// Starts the task in a scope; its arguments may borrow what outlives the scope.
    ///
    /// # Errors
    /// As [`Builder::spawn`].
    ///
    /// ```
    /// use drust::{Ref, thread, vec};
    /// let numbers = vec![1, 2, 3];
    /// let sum: i32 = thread::scope(|s| {
    ///     let named = thread::Builder::new().name("sum".into());
    ///     named.spawn_scoped(s, (Ref::new(&numbers),), |(numbers,)| numbers.iter().sum()).unwrap().join().unwrap()
    /// });
    /// assert_eq!(sum, 6);
    /// ```
    #[track_caller]
    pub fn spawn_scoped<'scope, A: Argument<'scope> + 'scope, R: Portable>(
        self,
        scope: &'scope Scope<'scope, '_>,
        args: A,
        function: fn(A) -> R,
    ) -> io::Result<ScopedJoinHandle<'scope, R>> {
        let started = match self.token {
            None => scope.try_start(args, function, self.options),
            Some(token) => {
                let (args, function) = token.task(args, function);
                scope.try_start(args, function, self.options)
            }
        };
        started.map_err(timed_out)
    }
}

fn timed_out(full: QueueFull) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, full)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.options.to.map(|rank| rank.0);
        f.debug_struct("Builder")
            .field("name", &self.options.name)
            .field("node", &node)
            .field("token", &self.token)
            .finish()
    }
}
