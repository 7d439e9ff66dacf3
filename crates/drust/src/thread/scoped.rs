//! Scoped tasks: they may borrow, by `Ref` and `RefMut`, what outlives their scope.

use super::{Result, beside, on};
use crate::node::NodeId;
use crate::reference::Lend;
use drust_heap::{Argument, Portable};
use drust_runtime::node;
use drust_runtime::task::{self, Join, Options, QueueFull};
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Where scoped tasks are spawned; see [`scope`].
///
/// ```
/// use drust::thread::{self, Scope};
/// fn start<'scope>(s: &'scope Scope<'scope, '_>) {
///     s.spawn((), |()| ());
/// }
/// let (_, counts) = drust::stats::count(|| thread::scope(|s| (start(s), start(s))));
/// assert_eq!(counts.tasks, 2);
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    tasks: Arc<task::Scope>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// The right to a scoped task's result; a future too, as a [`JoinHandle`](super::JoinHandle) is.
///
/// ```
/// use drust::{Ref, thread, vec};
/// let words = vec!['a', 'b'];
/// let last = thread::scope(|s| {
///     let handle = s.spawn((Ref::new(&words),), |(words,)| words.last().copied());
///     handle.join().unwrap()
/// });
/// assert_eq!(last, Some('b'));
/// ```
pub struct ScopedJoinHandle<'scope, T: 'static> {
    join: Join<T>,
    scope: PhantomData<&'scope ()>,
}

/// Runs `body`, and waits until all tasks spawned in its scope have ended and what they were lent is home.
///
/// ```
/// use drust::{Box, Ref, RefMut, thread};
/// let shared = Box::new([1_u64, 2, 3]);
/// let mut total = 0;
/// thread::scope(|s| {
///     s.spawn((Ref::new(&shared), RefMut::new(&mut total)), |(shared, mut total)| {
///         *total = shared.iter().sum();
///     });
/// });
/// assert_eq!(total, 6);
/// ```
///
/// What a task is lent ends with the scope, however long the owner lives, so no task can keep it:
///
/// ```compile_fail
/// use drust::{Ref, thread};
/// static VALUE: [u64; 4] = [7; 4];
/// static KEPT: std::sync::OnceLock<&'static Ref<'static, [u64; 4]>> = std::sync::OnceLock::new();
/// thread::scope(|s| {
///     s.spawn((Ref::of(&VALUE),), |(lent,)| drop(KEPT.set(Box::leak(Box::new(lent)))));
/// });
/// ```
///
/// # Panics
/// Where `body` does, or a task did that was not joined. A task that was cancelled did not.
pub fn scope<'env, F, T>(body: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope { tasks: Arc::new(task::Scope::new()), scope: PhantomData, env: PhantomData };
    let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
    let panicked = scope.tasks.wait(node::here());
    match result {
        Err(panic) => resume_unwind(panic),
        Ok(_) if panicked => panic!("a scoped task panicked"),
        Ok(value) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a task that may borrow for `'scope`, on the node that suits its arguments.
    ///
    /// ```
    /// let mut squares = [1, 2, 3];
    /// drust::thread::scope(|s| {
    ///     for n in &mut squares {
    ///         s.spawn((drust::RefMut::new(n),), |(mut n,)| *n *= *n);
    ///     }
    /// });
    /// assert_eq!(squares, [1, 4, 9]);
    /// ```
    #[track_caller]
    pub fn spawn<A: Argument<'scope> + 'scope, R: Portable>(
        &'scope self,
        args: A,
        function: fn(A) -> R,
    ) -> ScopedJoinHandle<'scope, R> {
        self.start(args, function, Options::default())
    }

    /// As [`Scope::spawn`], where `near` lives.
    ///
    /// ```
    /// use drust::{node, thread, vec};
    /// let numbers = vec![1, 2, 3];
    /// let home = thread::scope(|s| s.spawn_to(&numbers, (), |()| node::current()).join().unwrap());
    /// assert_eq!(home, node::current());
    /// ```
    #[track_caller]
    pub fn spawn_to<A: Argument<'scope> + 'scope, R: Portable>(
        &'scope self,
        near: &impl Lend,
        args: A,
        function: fn(A) -> R,
    ) -> ScopedJoinHandle<'scope, R> {
        self.start(args, function, beside(near))
    }

    /// As [`Scope::spawn`], on the node that is named.
    ///
    /// # Panics
    /// Where there is no such node.
    ///
    /// ```
    /// use drust::{Ref, node, thread, vec};
    /// let numbers = vec![1, 2, 3];
    /// let sums = thread::scope(|s| {
    ///     let on = |node| s.spawn_on(node, (Ref::new(&numbers),), |(numbers,)| numbers.iter().sum::<i32>());
    ///     let tasks: Vec<_> = node::all().map(on).collect();
    ///     tasks.into_iter().map(|task| task.join().unwrap()).collect::<Vec<_>>()
    /// });
    /// assert_eq!(sums, [6]);
    /// ```
    #[track_caller]
    pub fn spawn_on<A: Argument<'scope> + 'scope, R: Portable>(
        &'scope self,
        node: NodeId,
        args: A,
        function: fn(A) -> R,
    ) -> ScopedJoinHandle<'scope, R> {
        self.start(args, function, on(node))
    }

    /// Waits until all tasks that were spawned so far have ended, for at most so long; whether they have. The scope
    /// itself waits for them in any case, so who finds that they have not may cancel them.
    ///
    /// ```
    /// use drust::thread::{self, Builder, CancellationToken};
    /// use std::time::Duration;
    /// let token = CancellationToken::new();
    /// thread::scope(|s| {
    ///     let sleeps = Builder::new().cancelled_by(&token);
    ///     sleeps.spawn_scoped(s, (), |()| thread::sleep(Duration::from_secs(3600))).unwrap();
    ///     if !s.wait_timeout(Duration::from_millis(1)) {
    ///         token.cancel();
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.tasks.wait_for_tasks(node::here(), node::now().checked_add(timeout))
    }

    #[track_caller]
    pub(super) fn start<A: Argument<'scope> + 'scope, R: Portable>(
        &self,
        args: A,
        function: fn(A) -> R,
        options: Options,
    ) -> ScopedJoinHandle<'scope, R> {
        match self.try_start(args, function, options) {
            Ok(handle) => handle,
            Err(full) => panic!("{full}"),
        }
    }

    /// As `start`.
    ///
    /// # Errors
    /// As [`task::try_spawn`].
    #[track_caller]
    pub(super) fn try_start<A: Argument<'scope> + 'scope, R: Portable>(
        &self,
        args: A,
        function: fn(A) -> R,
        mut options: Options,
    ) -> std::result::Result<ScopedJoinHandle<'scope, R>, QueueFull> {
        options.scope = Some(self.tasks.clone());
        // SAFETY: the arguments borrow for `'scope` exactly, so no task can keep what it is lent; and `'scope` ends
        // only after the scope has waited for its tasks, however its body ended and whatever became of the handles.
        let join = unsafe { task::try_spawn(args, function, options) }?;
        Ok(ScopedJoinHandle { join, scope: PhantomData })
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the task's end and returns its result.
    ///
    /// # Errors
    /// The task panicked; the scope does not panic for it any more.
    ///
    /// ```
    /// let error = drust::thread::scope(|s| s.spawn((), |()| -> u8 { panic!("no more") }).join().unwrap_err());
    /// assert!(error.to_string().ends_with("no more"));
    /// ```
    pub fn join(self) -> Result<T> {
        self.join.join()
    }

    /// As [`ScopedJoinHandle::join`], for at most so long.
    ///
    /// # Errors
    /// Time is up: the handle is given back.
    ///
    /// ```
    /// use std::time::Duration;
    /// let result = drust::thread::scope(|s| s.spawn((), |()| 5).join_timeout(Duration::from_secs(60)).unwrap());
    /// assert_eq!(result.unwrap(), 5);
    /// ```
    pub fn join_timeout(self, timeout: Duration) -> std::result::Result<Result<T>, Self> {
        self.join.join_timeout(timeout).map_err(|join| ScopedJoinHandle { join, scope: PhantomData })
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// use drust::thread;
    /// thread::scope(|s| {
    ///     let handle = s.spawn((), |()| 5);
    ///     while !handle.is_finished() {
    ///         thread::yield_now();
    ///     }
    ///     assert_eq!(handle.join().unwrap(), 5);
    /// });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.join.is_finished()
    }
}

impl<T> Future for ScopedJoinHandle<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.join).poll(context)
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.tasks).finish()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedJoinHandle").field(&self.join).finish()
    }
}
