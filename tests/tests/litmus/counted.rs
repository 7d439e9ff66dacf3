//! Counted pointers: whose clone was dropped before he told another is not counted any more.

use crate::everywhere;
use crate::harness::{Litmus, nth};
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::sync::{Arc, Mutex, Weak};
use drust::{Box, Portable, thread};

/// What the second thread may see: it was not told, all is as it should be, or somebody is still counted.
const UNTOLD: u64 = 0;
const GONE: u64 = 1;
const COUNTED: u64 = 2;

fn on<R: Portable>(home: usize, make: fn(()) -> R) -> R {
    thread::spawn_on(nth(home), (), make).join().unwrap()
}

/// A value with two clones, made on some node.
fn pair(home: usize) -> Vec<Arc<Box<u64>>> {
    let one = on(home, |()| Arc::new(Box::new(7)));
    vec![one.clone(), one]
}

/// Tells by an atomic store that a clone was dropped.
struct DropThenStore;

impl Litmus for DropThenStore {
    type Shared = AtomicU64;
    type End = Arc<Box<u64>>;
    const THREADS: usize = 2;

    fn deal(home: usize) -> (AtomicU64, Vec<Arc<Box<u64>>>) {
        (on(home + 1, |()| AtomicU64::new(0)), pair(home))
    }

    fn run(thread: usize, flag: &AtomicU64, own: Arc<Box<u64>>) -> u64 {
        assert_eq!(**own, 7);
        if thread == 0 {
            drop(own);
            flag.store(1, Ordering::Release);
            return UNTOLD;
        }
        match flag.load(Ordering::Acquire) {
            0 => UNTOLD,
            _ => Arc::try_unwrap(own).map_or(COUNTED, |_| GONE),
        }
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1] != COUNTED
    }
}

/// Tells by a lock that a clone was dropped; the other wants to write.
struct DropThenUnlock;

impl Litmus for DropThenUnlock {
    type Shared = Mutex<u64>;
    type End = Arc<Box<u64>>;
    const THREADS: usize = 2;

    fn deal(home: usize) -> (Mutex<u64>, Vec<Arc<Box<u64>>>) {
        (on(home + 1, |()| Mutex::new(0)), pair(home))
    }

    fn run(thread: usize, lock: &Mutex<u64>, mut own: Arc<Box<u64>>) -> u64 {
        let mut is_told = lock.lock().unwrap();
        if thread == 0 {
            drop(own);
            *is_told = 1;
            return UNTOLD;
        }
        if *is_told == 0 {
            return UNTOLD;
        }
        match Arc::get_mut(&mut own) {
            Some(value) => {
                **value += 1;
                if **own == 8 { GONE } else { COUNTED }
            }
            None => COUNTED,
        }
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1] != COUNTED
    }
}

/// One end: the pointer that counts, or the one that does not.
#[derive(Portable)]
enum Half {
    Strong(Arc<Box<u64>>),
    Weak(Weak<Box<u64>>),
}

/// Tells that the last clone was dropped: nobody upgrades a weak pointer then.
struct DropThenUpgrade;

impl Litmus for DropThenUpgrade {
    type Shared = AtomicU64;
    type End = Half;
    const THREADS: usize = 2;

    fn deal(home: usize) -> (AtomicU64, Vec<Half>) {
        let strong = on(home, |()| Arc::new(Box::new(7)));
        let weak = Arc::downgrade(&strong);
        (on(home + 1, |()| AtomicU64::new(0)), vec![Half::Strong(strong), Half::Weak(weak)])
    }

    fn run(_: usize, flag: &AtomicU64, own: Half) -> u64 {
        match own {
            Half::Strong(own) => {
                drop(own);
                flag.store(1, Ordering::Release);
                UNTOLD
            }
            Half::Weak(own) => {
                let is_told = flag.load(Ordering::Acquire) == 1;
                match own.upgrade() {
                    Some(_) if is_told => COUNTED,
                    Some(value) => value.saturating_sub(7),
                    None => GONE,
                }
            }
        }
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1] != COUNTED
    }
}

/// Two want the value out at once: one of them gets it.
struct BothWantIt;

impl Litmus for BothWantIt {
    type Shared = u64;
    type End = Arc<Box<u64>>;
    const THREADS: usize = 2;

    fn deal(home: usize) -> (u64, Vec<Arc<Box<u64>>>) {
        (7, pair(home))
    }

    fn run(_: usize, value: &u64, own: Arc<Box<u64>>) -> u64 {
        u64::from(Arc::into_inner(own).is_some_and(|inner| *inner == *value))
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw.iter().sum::<u64>() == 1
    }
}

everywhere! {
    drop_then_store: DropThenStore,
    drop_then_unlock: DropThenUnlock,
    drop_then_upgrade: DropThenUpgrade,
    both_want_it: BothWantIt,
}
