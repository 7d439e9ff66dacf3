//! How busy this host is: two counts, shared by all nodes of a cluster on it, that decide whether spinning is polite.

use std::sync::atomic::{AtomicU32, Ordering};

/// The load of a host. In shared memory under `shm`, so its layout is fixed and zero bytes are a valid value.
///
/// The runtime counts user threads that run ([`enter`](Host::enter), [`leave`](Host::leave); a thread leaves before it
/// waits); [`Progress`](crate::Progress) counts those that spin. The counts are hints: nothing but politeness depends
/// on them, hence relaxed.
#[repr(C)]
#[derive(Default, Debug)]
pub struct Host {
    active: AtomicU32,
    spinning: AtomicU32,
}

impl Host {
    /// A host on which nothing runs.
    #[must_use]
    pub const fn new() -> Host {
        Host { active: AtomicU32::new(0), spinning: AtomicU32::new(0) }
    }

    /// One more user thread runs.
    pub fn enter(&self) {
        self.active.fetch_add(1, Ordering::Relaxed);
    }

    /// One user thread fewer runs.
    pub fn leave(&self) {
        self.active.fetch_sub(1, Ordering::Relaxed);
    }

    /// User threads that run, on all nodes of this host.
    #[must_use]
    pub fn active(&self) -> u32 {
        self.active.load(Ordering::Relaxed)
    }

    /// Whether a thread may spin on one of `cores`: counted in, if so, until the guard is dropped.
    pub(crate) fn spin(&self, cores: u32) -> Option<Spinning<'_>> {
        let others = self.spinning.fetch_add(1, Ordering::Relaxed);
        let spinning = Spinning(self);
        (self.active().saturating_add(others) < cores).then_some(spinning)
    }
}

/// A thread that spins, as long as this lives.
pub(crate) struct Spinning<'a>(&'a Host);

impl Drop for Spinning<'_> {
    fn drop(&mut self) {
        self.0.spinning.fetch_sub(1, Ordering::Relaxed);
    }
}
