//! Tasks that are told to end, and things that are given so long.

use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};
use drust_heap::Carry;
use drust_macros::Portable;
use drust_runtime::cancel::{self, TimeIsUp};
use drust_runtime::{memory, node, task};
use std::fmt;
use std::time::Duration;

/// Ends tasks of whichever nodes that were spawned with it, by [`Builder::cancelled_by`](super::Builder::cancelled_by).
///
/// Clones are the same token. A task that is cancelled unwinds where it next waits, or asks another node for something:
/// a remote read or write, a lock that is not free at once, `recv`, `send`, `join`, [`sleep`](super::sleep), a task for
/// another node. A wait under way ends then; what it asked for is not recalled but answered to nobody. A task that only
/// computes may look at [`CancellationToken::is_cancelled`]. One that was not begun never is. Its join returns
/// [`JoinError::Cancelled`](super::JoinError::Cancelled); the panic hook is not called, and a scope does not panic for
/// it.
///
/// What it unwinds through is dropped as by a panic, and so a mutex or a write lock that it holds is poisoned, and a
/// `Once` that it runs: what they guard may be half done. In a `Condvar`'s wait it does not hold the mutex. It is not
/// cancelled while it unwinds already, and the ends of drust's values and guards are never cut short; nor is a scope's
/// wait for its tasks, who borrow what it has: give them the same token. Tasks that it spawns are cancelled by the
/// tokens that they are given, not by this one. A `catch_unwind` that goes on is cancelled again at the next wait.
///
/// | operation | messages |
/// |---|---|
/// | `new`, `clone`, drop | as [`Arc`]'s |
/// | `cancel` | 1 one-way to each other node; elsewhere than where it was made 1 request, 1 reply more |
/// | `is_cancelled` elsewhere than where it was made | 1 request, 1 reply; 0 once a task here was cancelled by it |
/// | a task with it, the first that runs on a node where it was not made | 1 request, 1 reply |
/// | a migratable task with it, where it comes to such a node | as above; its steps there nothing more |
///
/// To which comes 1 fetch when a handle that has come from another node is first used.
///
/// ```
/// use drust::thread::{self, Builder, CancellationToken, JoinError};
/// let token = CancellationToken::new();
/// let (_sender, receiver) = drust::sync::mpsc::channel::<u8>();
/// let waits = Builder::new().cancelled_by(&token).spawn((receiver,), |(receiver,)| receiver.recv()).unwrap();
/// token.cancel();
/// assert!(matches!(waits.join(), Err(JoinError::Cancelled { .. })));
/// ```
#[derive(Clone, Portable)]
pub struct CancellationToken {
    number: u64,
    cancelled: Arc<AtomicBool>,
}

impl CancellationToken {
    /// A token of this node that was not cancelled. Sends nothing.
    ///
    /// ```
    /// assert!(!drust::thread::CancellationToken::new().is_cancelled());
    /// ```
    #[must_use]
    pub fn new() -> CancellationToken {
        CancellationToken { number: memory::fresh_stamp().word(), cancelled: Arc::new(AtomicBool::new(false)) }
    }

    /// Cancels all tasks that were or will be spawned with it. 1 one-way to each other node; elsewhere than where the
    /// token was made 1 request, 1 reply more.
    ///
    /// ```
    /// let token = drust::thread::CancellationToken::new();
    /// token.cancel();
    /// token.cancel();
    /// assert!(token.is_cancelled());
    /// ```
    #[track_caller]
    pub fn cancel(&self) {
        if !self.cancelled.swap(true, Ordering::SeqCst) {
            cancel::tell(self.number);
        }
    }

    /// Whether it was cancelled. 0 messages where it was made; elsewhere 1 request, 1 reply, unless it was and a task
    /// runs here with it.
    ///
    /// ```
    /// use drust::thread::{Builder, CancellationToken};
    /// let token = CancellationToken::new();
    /// let counts = Builder::new().cancelled_by(&token).spawn((token.clone(),), |(token,)| {
    ///     let mut rounds = 0_u64;
    ///     while !token.is_cancelled() {
    ///         rounds += 1;
    ///     }
    ///     rounds
    /// });
    /// token.cancel();
    /// let _ = counts.unwrap().join();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_cancelled(&self) -> bool {
        cancel::is_known(self.number) || self.cancelled.load(Ordering::SeqCst)
    }

    /// What a task is spawned as that this token cancels.
    pub(super) fn task<A: Carry, R>(&self, args: A, function: fn(A) -> R) -> (Cancellable<A>, Running<A, R>) {
        ((self.clone(), task::code_of(function as usize), args), run::<A, R>)
    }

    /// What a task that goes from node to node is started as, that this token cancels.
    pub(super) fn steps<S, R>(&self, state: S, step: fn(&mut S) -> R) -> (Cancellable<S>, Stepping<S, R>) {
        ((self.clone(), task::code_of(step as usize), state), run_step::<S, R>)
    }
}

/// The arguments of a task that can be cancelled: the token, where its function is, and what that is given.
pub(super) type Cancellable<A> = (CancellationToken, u64, A);

/// What runs such a task, unless the token was cancelled.
pub(super) type Running<A, R> = fn(Cancellable<A>) -> R;

/// What takes a step, unless the token was cancelled, which it asks where it has just come.
pub(super) type Stepping<S, R> = fn(&mut Cancellable<S>) -> R;

fn run<A, R>((token, code, args): Cancellable<A>) -> R {
    // SAFETY: the code is that of a function of this type, in a program of the same build.
    let function = unsafe { std::mem::transmute::<*const (), fn(A) -> R>(task::code_at(code)) };
    let number = token.number;
    cancel::under(number, || token.cancelled.load(Ordering::SeqCst), || function(args))
}

fn run_step<S, R>((token, code, state): &mut Cancellable<S>) -> R {
    // SAFETY: as above.
    let step = unsafe { std::mem::transmute::<*const (), fn(&mut S) -> R>(task::code_at(*code)) };
    cancel::stay_under(token.number, || token.cancelled.load(Ordering::SeqCst));
    step(state)
}

impl Default for CancellationToken {
    fn default() -> CancellationToken {
        CancellationToken::new()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Runs `body` on this thread for at most so long: the twin of every wait that has none of its own.
///
/// An operation of `body` that would wait for longer, or begins later, unwinds to here, as a cancelled task does
/// ([`CancellationToken`] says what is poisoned). A `body` that does not wait, or ends its waits in time, is not cut
/// short. Sends nothing.
///
/// # Errors
/// Time was up.
///
/// ```
/// use drust::sync::LazyLock;
/// use drust::thread;
/// use std::time::Duration;
/// let answer: LazyLock<u64> = LazyLock::new(|| 42);
/// assert_eq!(thread::timeout(Duration::from_secs(60), || *answer), Ok(42));
/// let never = thread::timeout(Duration::from_millis(1), || thread::sleep(Duration::MAX));
/// assert_eq!(never.unwrap_err().to_string(), "time is up");
/// ```
///
/// # Panics
/// Where `body` does.
pub fn timeout<R>(timeout: Duration, body: impl FnOnce() -> R) -> Result<R, TimeIsUp> {
    match node::now().checked_add(timeout) {
        Some(deadline) => cancel::within(deadline, body),
        None => Ok(body()),
    }
}
