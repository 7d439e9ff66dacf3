//! Atomics, fences and futex words: the machine's own, or loom's in its tests, so that loom runs the real code.

#[cfg(loom)]
pub(crate) use self::modelled::{AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use self::modelled::{Watch, Word};
#[cfg(not(loom))]
pub use self::real::Word;
#[cfg(not(loom))]
pub(crate) use self::real::{AtomicU32, AtomicU64, Ordering, Watch, fence};

/// Takes a lock if it is free. What it guards is whole also where its last holder panicked: these locks keep polls
/// apart, and a poll that ends half way leaves the rest to the next.
pub(crate) fn lock_if_free<T>(lock: &std::sync::Mutex<T>) -> Option<std::sync::MutexGuard<'_, T>> {
    match lock.try_lock() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => None,
    }
}

#[cfg(not(loom))]
mod real {
    pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

    use crate::sim::seat;
    use std::time::Duration;

    /// A count to sleep on, in private or shared memory; zero bytes are a valid value.
    ///
    /// A sleeper reads the count, looks whether it must sleep at all, and sleeps with the count it read; a waker makes
    /// true what is waited for, bumps and wakes. In a simulated world the sleeper is the world's.
    #[repr(transparent)]
    #[derive(Default, Debug)]
    pub struct Word(AtomicU32);

    impl Word {
        /// The count, with whatever was written before it was last bumped.
        #[must_use]
        pub fn load(&self) -> u32 {
            self.0.load(Ordering::Acquire)
        }

        /// Makes sleepers of older counts stay awake; those that sleep already need `wake_all`.
        pub fn bump(&self) {
            self.0.fetch_add(1, Ordering::Release);
        }

        /// Wakes all that sleep on this word, in any process.
        pub fn wake_all(&self) {
            if let Some(seat) = seat() {
                return seat.wake(self.name());
            }
            futex::wake_all(&self.0);
        }

        /// Sleeps while the count is `seen`, for at most `timeout`; may return early.
        pub fn wait(&self, seen: u32, timeout: Option<Duration>) {
            if let Some(seat) = seat() {
                return seat.wait(self.name(), || self.load() == seen, timeout);
            }
            futex::wait(&self.0, seen, timeout);
        }

        /// What tells this word from others in a simulated world.
        pub(crate) fn name(&self) -> usize {
            std::ptr::from_ref(self).addr()
        }
    }

    /// The kernel's part, across processes.
    #[cfg(not(miri))]
    mod futex {
        use rustix::thread::futex;
        use std::sync::atomic::AtomicU32;
        use std::time::Duration;

        pub(super) fn wake_all(word: &AtomicU32) {
            // Fails only for an address that is not mapped, which the reference rules out.
            let _ = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
        }

        pub(super) fn wait(word: &AtomicU32, seen: u32, timeout: Option<Duration>) {
            let timeout = timeout.and_then(|left| futex::Timespec::try_from(left).ok());
            // A changed count, a signal and the timeout all mean the same to the caller: look again.
            let _ = futex::wait(word, futex::Flags::empty(), seen, timeout.as_ref());
        }
    }

    /// The same system call as Miri knows it: through `libc`, and with the argument types it insists on.
    #[cfg(miri)]
    mod futex {
        use std::ptr::{from_ref, null};
        use std::sync::atomic::AtomicU32;
        use std::time::Duration;

        pub(super) fn wake_all(word: &AtomicU32) {
            // SAFETY: the word is there for the call.
            unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
        }

        pub(super) fn wait(word: &AtomicU32, seen: u32, timeout: Option<Duration>) {
            let timeout = timeout.map(|left| libc::timespec {
                tv_sec: left.as_secs() as libc::time_t,
                tv_nsec: left.subsec_nanos().into(),
            });
            let timeout = timeout.as_ref().map_or(null(), from_ref);
            // SAFETY: the word and the time, if there is one, are there for the call.
            unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, seen, timeout) };
        }
    }

    /// Watches accesses to ring bytes in loom tests; here nothing.
    #[derive(Clone, Debug)]
    pub(crate) struct Watch;

    impl Watch {
        pub(crate) fn wrote(&self, _at: usize, _len: usize) {}

        pub(crate) fn read(&self, _at: usize, _len: usize) {}
    }
}

#[cfg(loom)]
mod modelled {
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

    use loom::cell::UnsafeCell;
    use loom::sync::{Condvar, Mutex};
    use std::sync::Arc;
    use std::time::Duration;

    const GRANULE: usize = 16;

    /// A futex word as the kernel has it: the comparison and going to sleep are one step.
    #[derive(Debug, Default)]
    pub struct Word {
        value: AtomicU32,
        bucket: Mutex<()>,
        sleepers: Condvar,
    }

    impl Word {
        /// The count.
        pub fn load(&self) -> u32 {
            self.value.load(Ordering::Acquire)
        }

        /// Changes the count.
        pub fn bump(&self) {
            self.value.fetch_add(1, Ordering::Release);
        }

        /// Wakes all sleepers.
        pub fn wake_all(&self) {
            let bucket = self.bucket.lock().unwrap();
            self.sleepers.notify_all();
            drop(bucket);
        }

        /// Sleeps while the count is `seen`; without timeout, so that a lost wake-up is a deadlock.
        pub fn wait(&self, seen: u32, _timeout: Option<Duration>) {
            let bucket = self.bucket.lock().unwrap();
            if self.value.load(Ordering::SeqCst) == seen {
                drop(self.sleepers.wait(bucket).unwrap());
            }
        }

        /// As the machine's word has it; no loom test runs in a simulated world.
        pub(crate) fn name(&self) -> usize {
            std::ptr::from_ref(self).addr()
        }
    }

    /// One loom cell a granule, so that loom reports unordered accesses to ring bytes.
    #[derive(Clone, Debug)]
    pub struct Watch(Arc<Cells>);

    #[derive(Debug)]
    struct Cells(Vec<UnsafeCell<()>>);

    // SAFETY: only loom's own bookkeeping is inside, and loom checks every access to it.
    unsafe impl Send for Cells {}
    // SAFETY: as above; loom panics where two accesses are not ordered.
    unsafe impl Sync for Cells {}

    impl Watch {
        /// Of a ring of `len` bytes.
        #[must_use]
        pub fn new(len: usize) -> Watch {
            Watch(Arc::new(Cells((0..len / GRANULE).map(|_| UnsafeCell::new(())).collect())))
        }

        pub(crate) fn wrote(&self, at: usize, len: usize) {
            self.span(at, len).iter().for_each(|cell| cell.with_mut(|_| ()));
        }

        pub(crate) fn read(&self, at: usize, len: usize) {
            self.span(at, len).iter().for_each(|cell| cell.with(|_| ()));
        }

        fn span(&self, at: usize, len: usize) -> &[UnsafeCell<()>] {
            &self.0.0[at / GRANULE..(at + len).div_ceil(GRANULE)]
        }
    }
}
