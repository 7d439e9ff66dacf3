//! Who waits: a small shared object that whoever completes the wait may keep as long as it likes.

use crate::primitive::{AtomicU32, Ordering, Word, fence};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const AWAKE: u32 = 0;
const PARKED: u32 = 1;
const ASLEEP_AS_LEADER: u32 = 2;

/// One thread's wait, shared with whoever will end it; clones are the same waiter.
///
/// It is counted, so a completion that comes after the waiting thread has given up (a deadline) finds valid memory and
/// wakes nobody. [`reset`](Waiter::reset) makes it ready for the next wait.
///
/// # Contract
///
/// 1. The waiter stores how it sleeps in `state`, fences, and looks whether it is done; who completes it makes it done,
///    fences, and takes `state`. One sees the other, as in the contract of the bell.
/// 2. `word` is read before `state` is stored and bumped before it is woken, so a wake between look and sleep ends the
///    sleep at once.
#[derive(Clone)]
pub struct Waiter(Arc<Shared>);

struct Shared {
    set: AtomicBool,
    promoted: AtomicBool,
    state: AtomicU32,
    word: Word,
}

/// What a completion has to wake.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wake {
    Nobody,
    Leader,
}

impl Default for Waiter {
    fn default() -> Waiter {
        Waiter::new()
    }
}

impl Waiter {
    /// A waiter that is not set.
    #[must_use]
    pub fn new() -> Waiter {
        Waiter(Arc::new(Shared {
            set: AtomicBool::new(false),
            promoted: AtomicBool::new(false),
            state: AtomicU32::new(AWAKE),
            word: Word::default(),
        }))
    }

    /// Whether it was woken by [`Progress::wake`](super::Progress::wake) since it was made or reset; what the waking
    /// thread did before is seen then.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.set.load(Ordering::Acquire)
    }

    /// Makes it ready for another wait. To be called by the waiting thread, before the new request leaves.
    pub fn reset(&self) {
        self.0.set.store(false, Ordering::Relaxed);
    }

    /// Sets it, and wakes its thread where that is parked.
    pub(super) fn set(&self) -> Wake {
        self.0.set.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        match self.0.state.load(Ordering::Relaxed) {
            AWAKE => Wake::Nobody,
            PARKED => {
                self.unpark();
                Wake::Nobody
            }
            _ => Wake::Leader,
        }
    }

    pub(super) fn unpark(&self) {
        self.0.word.bump();
        self.0.word.wake_all();
    }

    /// Whether both are the same waiter.
    #[must_use]
    pub fn same(&self, other: &Waiter) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Parks until unparked, unless `ready` holds already.
    pub(super) fn park(&self, ready: impl Fn() -> bool, timeout: Option<Duration>) {
        let seen = self.0.word.load();
        self.0.state.store(PARKED, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if !ready() {
            self.0.word.wait(seen, timeout);
        }
        self.0.state.store(AWAKE, Ordering::Relaxed);
    }

    /// Marks its thread as about to sleep on the bell; what was completed before is seen after this.
    pub(super) fn sleep_as_leader(&self) {
        self.0.state.store(ASLEEP_AS_LEADER, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    pub(super) fn awake(&self) {
        self.0.state.store(AWAKE, Ordering::Relaxed);
    }

    pub(super) fn promote(&self) {
        self.0.promoted.store(true, Ordering::Release);
        self.unpark();
    }

    pub(super) fn promoted(&self) -> bool {
        self.0.promoted.load(Ordering::Acquire)
    }

    pub(super) fn take_promotion(&self) -> bool {
        self.0.promoted.swap(false, Ordering::AcqRel)
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").field("set", &self.is_set()).finish_non_exhaustive()
    }
}
