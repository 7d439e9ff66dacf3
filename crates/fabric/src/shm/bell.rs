//! The bell of an inbox: how senders wake the one thread of the receiver that sleeps, and only when it sleeps.
//!
//! # Contract
//!
//! 1. A sleeper (a) takes a ticket, (b) swaps its role into `armed`, (c) fences, (d) looks into all rings, and sleeps
//!    on its word with the ticket only where they were empty. A sender (1) publishes, (2) fences, (3) reads `armed`
//!    and, where it is not 0, takes it by a swap, bumps the word of the role it took and wakes it.
//! 2. *No lost wake-up.* Both fences are sequentially consistent, so one is first. If (c) is first, (3) reads the role
//!    of (b) or what came after it: a later role, armed by somebody who then also looks, or 0, taken by another sender
//!    who wakes the role. If (2) is first, (d) sees what was published in (1). `armed` changes by swaps only, so that
//!    its history is one chain and each value is taken by exactly one swap.
//! 3. The bump precedes the wake and the ticket precedes (b), so a wake between (d) and the sleep changes the word and
//!    the sleep ends at once.
//! 4. One sender takes the swap; the others do no system call. Any process may die between swap and wake: its peers
//!    see its connection end, and wake both roles themselves.

use crate::Role;
use crate::primitive::{AtomicU32, Ordering, Word, fence};
use std::any::Any;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

const NOBODY: u32 = 0;

/// A bell in shared memory; zero bytes are a bell that nobody sleeps on.
#[cfg_attr(not(loom), repr(C, align(128)))]
#[derive(Default, Debug)]
pub struct Bell {
    armed: AtomicU32,
    words: [Word; 2],
}

/// A bell and what keeps its memory mapped.
#[derive(Clone)]
pub struct BellRef {
    bell: NonNull<Bell>,
    _keep: Arc<dyn Any + Send + Sync>,
}

// SAFETY: the bell is reached by shared reference only, all its fields are atomic, and `_keep` keeps it mapped
// wherever the `BellRef` goes.
unsafe impl Send for BellRef {}
// SAFETY: as above.
unsafe impl Sync for BellRef {}

impl BellRef {
    /// # Safety
    /// `bell` must point to a valid bell for as long as `keep` lives.
    #[must_use]
    pub unsafe fn new(bell: NonNull<Bell>, keep: Arc<dyn Any + Send + Sync>) -> BellRef {
        BellRef { bell, _keep: keep }
    }

    fn get(&self) -> &Bell {
        // SAFETY: valid while `_keep` lives, by the contract of `new`; only shared references are ever made.
        unsafe { self.bell.as_ref() }
    }

    fn word(&self, role: Role) -> &Word {
        &self.get().words[role as usize]
    }

    /// Step (a) of the contract.
    #[must_use]
    pub fn ticket(&self, role: Role) -> u32 {
        self.word(role).load()
    }

    /// Steps (b) and (c); the caller does (d).
    pub fn arm(&self, role: Role) {
        self.get().armed.swap(role as u32 + 1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Has the bell wake nobody; whoever calls this looks into all rings afterwards.
    pub fn disarm(&self) {
        if self.get().armed.load(Ordering::Relaxed) != NOBODY {
            self.get().armed.swap(NOBODY, Ordering::Relaxed);
        }
    }

    /// Sleeps until the bell has rung for `role` since `ticket` was taken.
    pub fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        self.word(role).wait(ticket, timeout);
    }

    /// Steps (2) and (3), after the caller published.
    pub fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.get().armed.load(Ordering::Relaxed) == NOBODY {
            return;
        }
        match self.get().armed.swap(NOBODY, Ordering::AcqRel) {
            NOBODY => {}
            role if role == Role::Background as u32 + 1 => self.wake(Role::Background),
            _ => self.wake(Role::Leader),
        }
    }

    /// Wakes `role`, armed or not.
    pub fn wake(&self, role: Role) {
        self.word(role).bump();
        self.word(role).wake_all();
    }
}

#[cfg(not(loom))]
const _: () = {
    assert!(size_of::<Bell>() == 128);
    assert!(std::mem::offset_of!(Bell, words) == 4);
};
