//! Tasks under std's names for threads: they run on any node, next to their data.
//!
//! A task is a function and a tuple of arguments: nothing is captured, so that what crosses to another node is in
//! sight. [`spawn!`](crate::spawn!) writes the tuple for you.
//!
//! Placement of [`spawn`]: where most bytes of what the arguments' handles point to live, or this node; when that node
//! has as many tasks as workers, the one with the fewest, if it has a worker to spare. Nodes tell each other of their
//! tasks in the messages that end tasks. Each decision is a `tracing` event of the target `drust::place`, which says
//! why.
//!
//! A task that has not begun goes on to another node that has room, while this one has more tasks than workers: those
//! first that have the fewest bytes here. It costs what a task on another node costs, and its join waits for it; what
//! it borrows travels then, not before. Tasks that were placed ([`spawn_on`], [`spawn_to`], [`Builder::near`]) stay.
//!
//! A thread that spawns on another node waits while 4096 tasks of its own node wait there that nobody has begun, until
//! half of them were begun; [`Builder::queue_timeout`] says for how long. At most 64 threads of a node wait so for one
//! other, and further ones go on, so that tasks which spawn on each other's nodes cannot stop each other.
//!
//! ```
//! use drust::{spawn, vec};
//! let halves = [vec![1, 2], vec![3, 4]];
//! let tasks = halves.map(|half| spawn!([half] || half.iter().sum::<i32>()));
//! assert_eq!(tasks.map(|task| task.join().unwrap()), [3, 7]);
//! ```

mod builder;
mod cancel;
#[cfg(feature = "checkpoint")]
mod checkpoint;
mod migrate;
mod scoped;

pub use builder::Builder;
pub use cancel::{CancellationToken, timeout};
#[cfg(feature = "checkpoint")]
pub use checkpoint::{Checkpoint, CheckpointError, restart_from};
/// Polls a future on this thread until it is ready; what [`JoinHandle`] and [`Fetch`](crate::Fetch) are
/// awaited by where there is no executor. While it waits, the thread's place in its node's pool is another's.
///
/// ```
/// use drust::thread;
/// let sum = thread::block_on(async {
///     let (a, b) = (thread::spawn((1,), |(n,)| n + 1), thread::spawn((2,), |(n,)| n + 1));
///     a.await.unwrap() + b.await.unwrap()
/// });
/// assert_eq!(sum, 5);
/// ```
pub use drust_runtime::block_on;
/// As [`block_on`], for at most so long; `None` where time is up, and then the future is dropped.
///
/// ```
/// use std::time::Duration;
/// let never = std::future::pending::<()>();
/// assert_eq!(drust::thread::block_on_timeout(never, Duration::from_millis(1)), None);
/// ```
pub use drust_runtime::block_on_timeout;
/// What [`timeout()`] returns when time was up.
///
/// ```
/// use drust::thread::{self, TimeIsUp};
/// let body = || thread::sleep(std::time::Duration::MAX);
/// assert_eq!(thread::timeout(std::time::Duration::ZERO, body), Err(TimeIsUp));
/// ```
pub use drust_runtime::cancel::TimeIsUp;
/// As [`std::thread::sleep`], unless the task is cancelled; in a simulation, of the simulated time.
///
/// ```
/// use std::time::{Duration, Instant};
/// let start = Instant::now();
/// drust::thread::sleep(Duration::from_millis(1));
/// assert!(start.elapsed() >= Duration::from_millis(1));
/// ```
pub use drust_runtime::cancel::sleep;
/// As [`std::thread::yield_now`]; in a simulation others may go first.
///
/// ```
/// let handle = drust::thread::spawn((), |()| 5);
/// while !handle.is_finished() {
///     drust::thread::yield_now();
/// }
/// assert_eq!(handle.join().unwrap(), 5);
/// ```
pub use drust_runtime::node::yield_now;
/// What [`JoinHandle::join`] returns of a task that panicked, or was cancelled.
///
/// ```
/// use drust::thread::{self, JoinError};
/// let error: JoinError = thread::spawn((), |()| -> u8 { panic!("no more") }).join().unwrap_err();
/// assert!(error.to_string().starts_with("a task panicked on node 0 at "));
/// ```
pub use drust_runtime::task::JoinError;
pub use migrate::{Step, hop, spawn_migratable};
pub use scoped::{Scope, ScopedJoinHandle, scope};
pub use std::thread::{park, park_timeout};

use crate::node::NodeId;
use crate::reference::Lend;
use drust_heap::Portable;
use drust_runtime::node;
use drust_runtime::task::{self, Join, Options};
use std::fmt;
use std::num::NonZero;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What [`JoinHandle::join`] returns.
pub type Result<T> = std::result::Result<T, JoinError>;

/// The right to a task's result; dropping it detaches the task.
///
/// It is a future too, of any executor: awaited, it is never run by who awaits it, and its waker is called by a thread
/// of this node's pool. [`join`](JoinHandle::join) blocks the thread, which an executor may need.
///
/// ```
/// use drust::thread;
/// let handle: thread::JoinHandle<u32> = thread::spawn((20,), |(n,)| n + 1);
/// assert_eq!(handle.join().unwrap(), 21);
/// let handle = thread::spawn((20,), |(n,)| n + 2);
/// assert_eq!(thread::block_on(async { handle.await.unwrap() }), 22);
/// ```
pub struct JoinHandle<T: 'static>(Join<T>);

impl<T> JoinHandle<T> {
    /// Waits for the task's end and returns its result. A task of this node that has not begun runs on this thread, but
    /// not within a [`timeout()`], since nothing would end it there.
    ///
    /// # Errors
    /// The task panicked; the error tells message, place and node. Or it was cancelled.
    ///
    /// ```
    /// let sum = drust::thread::spawn((1, 2), |(a, b)| a + b);
    /// assert_eq!(sum.join().unwrap(), 3);
    /// ```
    pub fn join(self) -> Result<T> {
        self.0.join()
    }

    /// As [`JoinHandle::join`], for at most so long.
    ///
    /// # Errors
    /// Time is up: the handle is given back.
    ///
    /// ```
    /// use std::time::Duration;
    /// let handle = drust::thread::spawn((), |()| 5);
    /// let result = handle.join_timeout(Duration::from_secs(60)).expect("it is quick");
    /// assert_eq!(result.unwrap(), 5);
    /// ```
    pub fn join_timeout(self, timeout: Duration) -> std::result::Result<Result<T>, JoinHandle<T>> {
        self.0.join_timeout(timeout).map_err(JoinHandle)
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// use drust::thread;
    /// let handle = thread::spawn((), |()| 5);
    /// while !handle.is_finished() {
    ///     thread::yield_now();
    /// }
    /// assert_eq!(handle.join().unwrap(), 5);
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// The task's name, if it was given one.
    ///
    /// ```
    /// assert_eq!(drust::thread::spawn((), |()| ()).name(), None);
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.0).finish()
    }
}

/// Runs `function(args)` as a task, on the node that suits its arguments.
///
/// Costs nothing but a queue's lock on this node; to another node 1 request, and 1 reply when it ends.
///
/// A closure that captures something is refused by the compiler: pass it in `args`.
///
/// ```
/// use drust::{Box, thread};
/// let boxed = Box::new(20);
/// let handle = thread::spawn((boxed, 2), |(mut boxed, more)| {
///     *boxed += more;
///     boxed
/// });
/// assert_eq!(*handle.join().unwrap(), 22);
/// ```
#[track_caller]
pub fn spawn<A: Portable, R: Portable>(args: A, function: fn(A) -> R) -> JoinHandle<R> {
    start(args, function, Options::default())
}

/// As [`spawn`], on the node where `near` lives, or on this one where it has no object.
///
/// ```
/// use drust::{Box, thread};
/// let boxed = Box::new(1);
/// let node = thread::spawn_to(&boxed, (), |()| drust::node::current()).join().unwrap();
/// assert_eq!(node, drust::node::current());
/// ```
#[track_caller]
pub fn spawn_to<A: Portable, R: Portable>(near: &impl Lend, args: A, function: fn(A) -> R) -> JoinHandle<R> {
    start(args, function, beside(near))
}

/// As [`spawn`], on the node that is named.
///
/// # Panics
/// Where there is no such node.
///
/// ```
/// let node = drust::node::all().last().unwrap();
/// let ran_on = drust::thread::spawn_on(node, (), |()| drust::node::current());
/// assert_eq!(ran_on.join().unwrap(), node);
/// ```
#[track_caller]
pub fn spawn_on<A: Portable, R: Portable>(node: NodeId, args: A, function: fn(A) -> R) -> JoinHandle<R> {
    start(args, function, on(node))
}

#[track_caller]
fn start<A: Portable, R: Portable>(args: A, function: fn(A) -> R, options: Options) -> JoinHandle<R> {
    // SAFETY: the arguments borrow nothing.
    JoinHandle(unsafe { task::spawn(args, function, options) })
}

fn on(node: NodeId) -> Options {
    Options { to: Some(node.rank()), ..Options::default() }
}

fn beside(near: &impl Lend) -> Options {
    Options { to: Some(near.home().unwrap_or_else(|| node::here().rank())), ..Options::default() }
}

/// Runs a closure on a thread of its own on this node, outside the pool's count; it may capture anything that std's
/// threads may.
///
/// # Panics
/// Where the system gives no thread.
///
/// ```
/// let text = std::string::String::from("five");
/// let handle = drust::thread::spawn_local(move || text.len());
/// assert_eq!(handle.join().unwrap(), 4);
/// ```
pub fn spawn_local<F, R>(body: F) -> std::thread::JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    node::here().start_thread(None, None, body).expect("the system gives a thread")
}

/// Threads on which this node runs tasks.
///
/// # Errors
/// Never; std's signature is kept.
///
/// ```
/// assert!(drust::thread::available_parallelism()?.get() > 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn available_parallelism() -> std::io::Result<NonZero<usize>> {
    Ok(NonZero::new(node::here().workers()).expect("a node has a worker"))
}
