//! Values that are likely to be read soon: fetched ahead, and kept until they are asked for.
//!
//! A hint outlives the borrow under which it was given. That is sound: what it brings is kept under the value's key, so
//! only who borrows the same value under the same stamp finds it, and rule 7 counts its fetch as any other.

use super::Ahead;
use crate::memory::Shape;
use crate::node::Node;
use drust_proto::{Address, CopyKey, Extent, Stamp};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Hints of a node that are kept.
const MOST: usize = 64;
/// Bytes of the values that a hint may be about: what is larger costs little more when it is waited for.
const MOST_BYTES: usize = 64 << 10;
/// Bytes of answers that are kept before the oldest ones go. Texts that come along with values may be more than these.
const MOST_HELD: usize = 4 << 20;

/// A node's hints, oldest first. `count` is how many there are; it may be read too small by a thread that was given no
/// hint itself, which then fetches what is on its way.
#[derive(Default)]
pub(crate) struct Hints {
    count: AtomicUsize,
    kept: Mutex<VecDeque<Ahead>>,
}

impl Hints {
    fn kept(&self) -> MutexGuard<'_, VecDeque<Ahead>> {
        self.kept.lock().expect("no panic under this lock")
    }

    fn set(&self, kept: &VecDeque<Ahead>) {
        self.count.store(kept.len(), Ordering::Relaxed);
    }
}

impl Node {
    /// Begins to fetch values that somebody may read soon, unless they are here or on their way, or too many are.
    ///
    /// # Safety
    /// They are borrowed.
    #[track_caller]
    pub(crate) unsafe fn hint(&'static self, address: Address, stamp: Stamp, shape: Shape) {
        let key = super::key_of(address, stamp, shape, Extent::Whole);
        if shape.bytes() > MOST_BYTES || !self.has_room_for(key) {
            return;
        }
        // SAFETY: the caller's promise; what outlives the borrow is counted until it is answered.
        let Some(ahead) = (unsafe { Ahead::begin(address, stamp, shape, Extent::Whole) }) else { return };
        let mut kept = self.hints().kept();
        kept.push_back(ahead);
        self.hints().set(&kept);
    }

    /// Whether a hint about this value is new, and there is room for it, if need be that of the oldest ones, if these
    /// are answered.
    fn has_room_for(&self, key: CopyKey) -> bool {
        let mut kept = self.hints().kept();
        if kept.iter().any(|ahead| ahead.key() == key) {
            return false;
        }
        let mut held: usize = kept.iter().map(Ahead::held).sum();
        let mut gone = Vec::new();
        while kept.len() >= MOST || held > MOST_HELD {
            let Some(oldest) = kept.pop_front_if(|oldest| oldest.is_answered()) else { return false };
            held -= oldest.held();
            gone.push(oldest);
        }
        self.hints().set(&kept);
        drop(kept);
        true
    }

    /// What a hint has begun to fetch under this key.
    pub(super) fn hinted(&self, key: CopyKey) -> Option<Ahead> {
        if self.hints().count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut kept = self.hints().kept();
        let at = kept.iter().position(|ahead| ahead.key() == key)?;
        let found = kept.remove(at);
        self.hints().set(&kept);
        found
    }
}
