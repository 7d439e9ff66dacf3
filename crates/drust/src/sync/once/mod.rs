//! `Once`, `OnceLock`, `LazyLock`: what happens once over the cluster, and values that are made so.
//!
//! They are std's, but that `new` is no `const fn`: what is made is made on a node. A static is a
//! [`global!`](crate::global!), of which all nodes use the same one:
//!
//! ```
//! use drust::sync::{Once, OnceLock};
//! drust::global! {
//!     static START: Once = Once::new();
//!     static LIMIT: OnceLock<u64> = OnceLock::new();
//! }
//! START.call_once(|| println!("one node says so"));
//! assert_eq!(*LIMIT.get_or_init(|| 7), 7);
//! assert_eq!(*LIMIT.get_or_init(|| 8), 7);
//! ```
//!
//! The first that asks runs the closure, on its own thread; others wait, on whichever nodes. A value lies on the node
//! where it was made, others fetch it once, and keep that copy pinned until the value ends or is taken.

mod lazy_lock;
mod once_lock;

pub use lazy_lock::LazyLock;
pub use once_lock::OnceLock;

use super::mutex::deadline;
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Descriptor, Facts, Lasting, Portable, Targets};
use drust_runtime::sharing::turn::{self, Begun, Made};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// Lets something happen once over the cluster, as std's over a process. It stays on the node where it was made.
///
/// | operation | messages |
/// |---|---|
/// | `new`; anything at home, or when this node knows that it is done | 0 |
/// | `call_once` elsewhere | 1 request, 1 reply; for the one that runs twice as many |
/// | `is_completed`, `wait` elsewhere | 1 request, 1 reply |
/// | drop elsewhere | 1 one-way |
///
/// ```
/// use drust::sync::Once;
/// let (once, mut calls) = (Once::new(), 0);
/// once.call_once(|| calls += 1);
/// once.call_once(|| calls += 1);
/// assert!(once.is_completed() && calls == 1);
/// ```
pub struct Once {
    lasting: Lasting,
}

/// What [`Once::call_once_force`] tells its closure.
///
/// ```
/// drust::sync::Once::new().call_once_force(|state| assert!(!state.is_poisoned()));
/// ```
#[derive(Debug)]
pub struct OnceState {
    poisoned: bool,
}

impl OnceState {
    /// Whether an earlier closure has panicked.
    ///
    /// ```
    /// drust::sync::Once::new().call_once_force(|state| assert!(!state.is_poisoned()));
    /// ```
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

/// A run of this thread: its end is told, also where it panics.
struct Running<'a> {
    lasting: &'a Lasting,
    run: u32,
    made: Made,
    descriptor: Option<&'static Descriptor>,
}

impl Drop for Running<'_> {
    #[track_caller]
    fn drop(&mut self) {
        // SAFETY: it was begun under this number; a value that was made is given up to it.
        unsafe { turn::finish(self.lasting, self.run, self.made, self.descriptor) }
    }
}

/// Runs `body` if nobody has; what has come of it when this returns. Unless `forgives`, the panic of an earlier run
/// stands.
#[track_caller]
fn run_once(
    lasting: &Lasting,
    forgives: bool,
    descriptor: Option<&'static Descriptor>,
    deadline: Option<Instant>,
    body: impl FnOnce(OnceState) -> Made,
) -> Begun {
    // SAFETY: it lives as long as its owner, which is borrowed, and makes values of this type.
    let begun = unsafe { turn::begin(lasting, forgives, descriptor, deadline) };
    let Begun::Run { run, poisoned } = begun else { return begun };
    let mut running = Running { lasting, run, made: Made::Panicked, descriptor };
    running.made = body(OnceState { poisoned });
    Begun::Done
}

/// Whether it is done, where it was not poisoned.
#[track_caller]
fn is_done(begun: Begun) -> bool {
    assert!(begun != Begun::Poisoned, "Once instance has previously been poisoned");
    begun == Begun::Done
}

impl Once {
    /// What has not happened, homed on this node. Sends nothing.
    ///
    /// ```
    /// assert!(!drust::sync::Once::new().is_completed());
    /// ```
    #[must_use]
    pub fn new() -> Once {
        Once { lasting: turn::make_once(None) }
    }

    /// Runs `f` on this thread, unless a closure was run before; if one runs elsewhere, waits for its end.
    ///
    /// # Panics
    /// Where a closure has panicked.
    ///
    /// ```
    /// let once = drust::sync::Once::new();
    /// once.call_once(|| ());
    /// once.call_once(|| panic!("not twice"));
    /// ```
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        let done = run_once(&self.lasting, false, None, None, |_| {
            f();
            Made::Nothing
        });
        is_done(done);
    }

    /// As [`Once::call_once`], but waits for a closure that runs elsewhere for at most so long; whether one has run.
    ///
    /// # Panics
    /// As [`Once::call_once`].
    ///
    /// ```
    /// use std::time::Duration;
    /// let once = drust::sync::Once::new();
    /// assert!(once.call_once_timeout(Duration::from_secs(60), || ()));
    /// assert!(once.call_once_timeout(Duration::ZERO, || panic!("not twice")));
    /// ```
    #[track_caller]
    pub fn call_once_timeout<F: FnOnce()>(&self, timeout: Duration, f: F) -> bool {
        is_done(run_once(&self.lasting, false, None, deadline(timeout), |_| {
            f();
            Made::Nothing
        }))
    }

    /// As [`Once::call_once`], but runs also where closures have panicked, which `f` is told.
    ///
    /// ```
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// let once = drust::sync::Once::new();
    /// assert!(catch_unwind(AssertUnwindSafe(|| once.call_once(|| panic!("the first fails")))).is_err());
    /// assert!(catch_unwind(AssertUnwindSafe(|| once.call_once(|| ()))).is_err());
    /// once.call_once_force(|state| assert!(state.is_poisoned()));
    /// assert!(once.is_completed());
    /// ```
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        run_once(&self.lasting, true, None, None, |state| {
            f(&state);
            Made::Nothing
        });
    }

    /// Whether a closure has run to its end. 0 messages at home, or once this node knows that; else 1 request, 1 reply.
    ///
    /// ```
    /// let once = drust::sync::Once::new();
    /// once.call_once(|| ());
    /// assert!(once.is_completed());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        // SAFETY: it lives as long as its owner, which is borrowed.
        unsafe { turn::get(&self.lasting, None) == Begun::Done }
    }

    /// Waits until a closure has run to its end.
    ///
    /// # Panics
    /// Where one panics, or has panicked.
    ///
    /// ```
    /// let once = drust::sync::Once::new();
    /// once.call_once(|| ());
    /// once.wait();
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        // SAFETY: as above.
        is_done(unsafe { turn::wait(&self.lasting, false, None, None) });
    }

    /// As [`Once::wait`], for at most so long; whether a closure has run to its end.
    ///
    /// # Panics
    /// As [`Once::wait`].
    ///
    /// ```
    /// use std::time::Duration;
    /// let once = drust::sync::Once::new();
    /// assert!(!once.wait_timeout(Duration::from_millis(1)));
    /// once.call_once(|| ());
    /// assert!(once.wait_timeout(Duration::ZERO));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        // SAFETY: as above.
        is_done(unsafe { turn::wait(&self.lasting, false, None, deadline(timeout)) })
    }

    /// As [`Once::wait`], but goes on waiting where closures panic.
    ///
    /// ```
    /// let once = drust::sync::Once::new();
    /// once.call_once(|| ());
    /// once.wait_force();
    /// ```
    #[track_caller]
    pub fn wait_force(&self) {
        // SAFETY: as above.
        unsafe { turn::wait(&self.lasting, true, None, None) };
    }
}

impl Default for Once {
    fn default() -> Once {
        Once::new()
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        // SAFETY: this is its owner, and whoever had borrowed it is done.
        unsafe { turn::end(self.lasting.fixed()) }
    }
}

// SAFETY: the one handle in it is noted, and what it names stays at its home.
unsafe impl Carry for Once {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        found.note(unsafe { &raw const (*this).lasting }.cast(), &Lasting::KIND);
    }

    fn targets(_: &mut Targets) {}
}
// SAFETY: it borrows nothing.
unsafe impl Argument<'_> for Once {}
// SAFETY: as above.
unsafe impl Portable for Once {}

impl UnwindSafe for Once {}
impl RefUnwindSafe for Once {}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}
