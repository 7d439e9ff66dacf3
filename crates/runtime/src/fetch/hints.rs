//! Values that are likely to be read soon: fetched ahead, and kept until they are asked for.
//!
//! A hint outlives the borrow under which it was given. That is sound: what it brings is kept under the value's key, so
//! only who borrows the same value under the same stamp finds it, and rule 7 counts its fetch as any other.

use super::Ahead;
use crate::memory::Shape;
use crate::node::Node;
use drust_proto::{Address, CopyKey, Extent, Stamp};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Hints of a node that are kept, and bytes of the values that they are about. What strings and tied values bring along
/// may be more than these.
const MOST: usize = 4096;
const MOST_BYTES: usize = 16 << 20;

/// A node's hints. `count` is how many there are; it may be read too small by a thread that was given no hint itself,
/// which then fetches what is on its way.
#[derive(Default)]
pub(crate) struct Hints {
    count: AtomicUsize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    fetches: HashMap<CopyKey, Ahead>,
    /// Their keys, oldest first, and those of some that were taken since.
    order: VecDeque<CopyKey>,
    bytes: usize,
}

impl Kept {
    fn put(&mut self, ahead: Ahead) {
        let key = ahead.key();
        self.bytes += key.len as usize;
        self.order.push_back(key);
        // Two threads may have had the same hint; who comes later has its fetch dropped here, as a hint may be.
        self.bytes -= self.fetches.insert(key, ahead).map_or(0, |_| key.len as usize);
    }

    fn take(&mut self, key: &CopyKey) -> Option<Ahead> {
        let ahead = self.fetches.remove(key)?;
        self.bytes -= key.len as usize;
        self.order.pop_front_if(|first| first == key);
        if self.order.len() > 2 * MOST {
            let fetches = &self.fetches;
            self.order.retain(|key| fetches.contains_key(key));
        }
        Some(ahead)
    }

    /// Takes the oldest one, if it is answered.
    fn take_oldest(&mut self) -> Option<Ahead> {
        while let Some(oldest) = self.order.front().copied() {
            match self.fetches.get(&oldest) {
                Some(ahead) if !ahead.is_answered() => return None,
                Some(_) => return self.take(&oldest),
                None => self.order.pop_front(),
            };
        }
        None
    }
}

impl Hints {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no panic under this lock")
    }

    fn set(&self, kept: &Kept) {
        self.count.store(kept.fetches.len(), Ordering::Relaxed);
    }
}

impl Node {
    /// Begins to fetch values that somebody may read soon, unless they are here or on their way, or too many are.
    ///
    /// # Safety
    /// They are borrowed.
    #[track_caller]
    pub(crate) unsafe fn hint(&'static self, address: Address, stamp: Stamp, shape: Shape, extent: Extent) {
        let key = super::key_of(address, stamp, shape, extent);
        if address.home() == self.rank() || !self.has_room_for(key) {
            return;
        }
        // SAFETY: the caller's promise; what outlives the borrow is counted until it is answered.
        let Some(ahead) = (unsafe { Ahead::begin(address, stamp, shape, extent) }) else { return };
        let mut kept = self.hints().kept();
        kept.put(ahead);
        self.hints().set(&kept);
    }

    /// Whether a hint about this value is new, and there is room for it, if need be that of the oldest ones: those that
    /// are answered become copies.
    fn has_room_for(&'static self, key: CopyKey) -> bool {
        loop {
            let mut kept = self.hints().kept();
            if kept.fetches.contains_key(&key) {
                return false;
            }
            if kept.fetches.len() < MOST && kept.bytes + key.len as usize <= MOST_BYTES {
                return true;
            }
            let Some(oldest) = kept.take_oldest() else { return kept.fetches.is_empty() };
            self.hints().set(&kept);
            drop(kept);
            oldest.keep();
        }
    }

    /// Makes a copy of what a hint has begun to fetch under this key, if there is such and it has room, when it is
    /// here: who is to write it takes that over, and waits for what is on its way in any case.
    pub(crate) fn land_hinted(&'static self, key: CopyKey) {
        if let Some(ahead) = self.hinted(key) {
            ahead.keep();
        }
    }

    /// What a hint has begun to fetch under this key.
    pub(super) fn hinted(&self, key: CopyKey) -> Option<Ahead> {
        if self.hints().count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut kept = self.hints().kept();
        let found = kept.take(&key)?;
        self.hints().set(&kept);
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub;
    use drust_heap::Described;
    use drust_proto::Partition;

    fn hint(node: &'static Node, offset: u64, elements: usize) {
        let shape = Shape { descriptor: u8::DESCRIPTOR, elements, capacity: elements };
        let stamp = Stamp(offset.try_into().expect("an offset is not 0"));
        // SAFETY: nobody ever looks at what the peer of this test might send.
        unsafe { node.hint(Address::new(Partition(1), offset), stamp, shape, Extent::Whole) }
    }

    #[test]
    fn hints_are_kept_once_each_and_in_bounds() {
        let (node, _) = stub::node();
        for offset in (8..=80).chain(8..=80).filter(|offset| offset % 8 == 0) {
            hint(node, offset, 8);
        }
        let keys: Vec<_> = node.hints().kept().order.iter().copied().collect();
        assert_eq!(keys.len(), 10);
        for &key in keys.iter().rev() {
            assert_eq!(node.hinted(key).expect("it was hinted at").key(), key);
            assert!(node.hinted(key).is_none());
        }
        assert_eq!((node.hints().count.load(Ordering::Relaxed), node.hints().kept().bytes), (0, 0));
        for offset in 1..2 * MOST as u64 {
            hint(node, 8 * offset, 8);
        }
        assert!(node.hints().kept().fetches.len() <= MOST, "nothing is answered, so nothing goes");
        assert!(node.unanswered().are_many());
    }
}
