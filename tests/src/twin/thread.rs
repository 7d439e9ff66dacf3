//! Tasks are threads.

use super::node::NodeId;
use std::any::Any;
use std::fmt;
use std::time::{Duration, Instant};

/// Address space for each thread's stack; lists of std boxes are dropped by recursion.
const STACK: usize = 1 << 28;

/// What a join returns.
pub type Result<T> = std::result::Result<T, JoinError>;

/// A panic's message.
pub struct JoinError(String);

impl JoinError {
    fn caught(payload: &(dyn Any + Send)) -> JoinError {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        JoinError(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default())
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a task panicked: {}", self.0)
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A thread's handle.
#[derive(Debug)]
pub struct JoinHandle<T>(std::thread::JoinHandle<T>);

impl<T> JoinHandle<T> {
    /// Waits for the end.
    ///
    /// # Errors
    /// The thread panicked.
    pub fn join(self) -> Result<T> {
        self.0.join().map_err(|payload| JoinError::caught(&*payload))
    }

    /// Waits for the end for so long.
    ///
    /// # Errors
    /// Time is up.
    pub fn join_timeout(self, timeout: Duration) -> std::result::Result<Result<T>, Self> {
        let deadline = Instant::now() + timeout;
        while !self.0.is_finished() {
            if Instant::now() >= deadline {
                return Err(self);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(self.join())
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

/// Lets others go first.
pub fn yield_now() {
    std::thread::yield_now();
}

fn builder() -> std::thread::Builder {
    std::thread::Builder::new().stack_size(STACK)
}

/// A thread for `function(args)`.
pub fn spawn<A: Send + 'static, R: Send + 'static>(args: A, function: fn(A) -> R) -> JoinHandle<R> {
    JoinHandle(builder().spawn(move || function(args)).expect("a thread"))
}

/// As `spawn`; there is one place only.
pub fn spawn_on<A: Send + 'static, R: Send + 'static>(_: NodeId, args: A, function: fn(A) -> R) -> JoinHandle<R> {
    spawn(args, function)
}

/// As `spawn`; there is one place only.
pub fn spawn_to<N, A: Send + 'static, R: Send + 'static>(_: &N, args: A, function: fn(A) -> R) -> JoinHandle<R> {
    spawn(args, function)
}

/// A thread that captures.
pub fn spawn_local<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> std::thread::JoinHandle<R> {
    std::thread::spawn(body)
}

/// Where scoped threads are spawned.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'scope, 'env: 'scope>(&'scope std::thread::Scope<'scope, 'env>);

/// A scoped thread's handle.
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T>(std::thread::ScopedJoinHandle<'scope, T>);

/// Runs `body` and waits for all threads of its scope.
pub fn scope<'env, T>(body: impl for<'scope> FnOnce(Scope<'scope, 'env>) -> T) -> T {
    std::thread::scope(|scope| body(Scope(scope)))
}

impl<'scope> Scope<'scope, '_> {
    /// A thread that may borrow.
    pub fn spawn<A: Send + 'scope, R: Send + 'scope>(
        &self,
        args: A,
        function: fn(A) -> R,
    ) -> ScopedJoinHandle<'scope, R> {
        ScopedJoinHandle(builder().spawn_scoped(self.0, move || function(args)).expect("a thread"))
    }

    /// As `spawn`; there is one place only.
    pub fn spawn_on<A: Send + 'scope, R: Send + 'scope>(
        &self,
        _: NodeId,
        args: A,
        function: fn(A) -> R,
    ) -> ScopedJoinHandle<'scope, R> {
        self.spawn(args, function)
    }

    /// As `spawn`; there is one place only.
    pub fn spawn_to<N, A: Send + 'scope, R: Send + 'scope>(
        &self,
        _: &N,
        args: A,
        function: fn(A) -> R,
    ) -> ScopedJoinHandle<'scope, R> {
        self.spawn(args, function)
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the end.
    ///
    /// # Errors
    /// The thread panicked.
    pub fn join(self) -> Result<T> {
        self.0.join().map_err(|payload| JoinError::caught(&*payload))
    }
}
