//! What was seen, dropped and leaked in a world: the oracle's book is written first, drust's is compared with it line
//! by line.
//!
//! Contract: a [`Book`] is written by many threads. (1) Each of its locks is held for a few instructions and never
//! across a call of drust. (2) What is written under one key is written by one thread at a time, in the program's
//! order; so a key's lines are the same in every run. (3) Sums are commutative.

use crate::eye::Eye;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The oracle's book.
pub static EXPECTED: Book = Book::new(None);
/// drust's book, compared with the oracle's as it is written.
pub static FOUND: Book = Book::new(Some(&EXPECTED));

/// What happened in one world.
pub struct Book {
    seen: Mutex<BTreeMap<u64, Vec<Eye>>>,
    against: Option<&'static Book>,
    /// Drops of values with a `Drop` of the user's own, and the sum of what they saw.
    drops: AtomicU64,
    drop_sum: AtomicU64,
    /// Objects that were forgotten.
    leaked: AtomicU64,
    /// Guards and borrows that were forgotten.
    guards: AtomicU64,
    /// Steps of the program that were begun.
    ops: AtomicU64,
    /// Tasks that own what they were given: begun less ended.
    errands: AtomicU64,
}

/// Something that should not have been seen.
pub struct Wrong {
    /// The key it was seen under.
    pub key: u64,
    /// Expected and found.
    pub what: String,
}

impl Book {
    const fn new(against: Option<&'static Book>) -> Book {
        Book {
            seen: Mutex::new(BTreeMap::new()),
            against,
            drops: AtomicU64::new(0),
            drop_sum: AtomicU64::new(0),
            leaked: AtomicU64::new(0),
            guards: AtomicU64::new(0),
            ops: AtomicU64::new(0),
            errands: AtomicU64::new(0),
        }
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<Eye>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what was seen under a key, and says if it is not what should have been.
    pub fn see(&self, key: u64, eye: Eye) -> Result<(), Wrong> {
        let mut lines = self.lines();
        let own = lines.entry(key).or_default();
        let line = own.len();
        let result = self.against.map_or(Ok(()), |against| match against.lines().get(&key).and_then(|l| l.get(line)) {
            Some(expected) if *expected == eye => Ok(()),
            Some(expected) => Err(format!("look {line}: {}", expected.differs(&eye))),
            None => Err(format!("look {line} should not have happened")),
        });
        own.push(eye);
        result.map_err(|what| Wrong { key, what })
    }

    /// A value with a `Drop` of its own was dropped, and saw this then.
    pub fn dropped(&self, saw: u64) {
        self.drops.fetch_add(1, Ordering::Relaxed);
        self.drop_sum.fetch_add(saw, Ordering::Relaxed);
    }

    /// So many objects were forgotten.
    pub fn leak(&self, objects: u64) {
        self.leaked.fetch_add(objects, Ordering::Relaxed);
    }

    /// Objects that were forgotten.
    pub fn leaked(&self) -> u64 {
        self.leaked.load(Ordering::Relaxed)
    }

    /// A guard, or a borrow, is forgotten.
    pub fn forget<T>(&self, guard: T) {
        self.guards.fetch_add(1, Ordering::Relaxed);
        std::mem::forget(guard);
    }

    /// Whatever was forgotten that may have held a pin.
    pub fn holders_forgotten(&self) -> u64 {
        self.guards.load(Ordering::Relaxed) + self.leaked()
    }

    /// A step of the program begins.
    pub fn op(&self) {
        self.ops.fetch_add(1, Ordering::Relaxed);
    }

    /// Steps of the program that were begun.
    pub fn ops(&self) -> u64 {
        self.ops.load(Ordering::Relaxed)
    }

    /// A task that owns what it was given is about to begin.
    pub fn errand_begins(&self) {
        self.errands.fetch_add(1, Ordering::Relaxed);
    }

    /// Such a task's body has ended.
    pub fn errand_ends(&self) {
        self.errands.fetch_sub(1, Ordering::Relaxed);
    }

    /// Such tasks whose bodies have not ended.
    pub fn errands(&self) -> u64 {
        self.errands.load(Ordering::Relaxed)
    }

    /// A hash of all lines and sums.
    pub fn digest(&self) -> u64 {
        let mut all = Eye::default();
        for (key, eyes) in &*self.lines() {
            all.number(*key);
            eyes.iter().for_each(|eye| all.number(eye.digest()));
        }
        for sum in [&self.drops, &self.drop_sum, &self.leaked] {
            all.number(sum.load(Ordering::Relaxed));
        }
        all.digest()
    }

    /// What the other book has that this one has not: looks that never happened, drops that differ.
    pub fn missing(&self) -> Result<(), Wrong> {
        let Some(against) = self.against else { return Ok(()) };
        let own = self.lines();
        for (&key, expected) in &*against.lines() {
            let found = own.get(&key).map_or(0, Vec::len);
            if found != expected.len() {
                return Err(Wrong { key, what: format!("{found} looks happened and {} should have", expected.len()) });
            }
        }
        let drops = |book: &Book| (book.drops.load(Ordering::Relaxed), book.drop_sum.load(Ordering::Relaxed));
        if drops(self) == drops(against) {
            return Ok(());
        }
        let what =
            format!("drops and the sum of what they saw: expected {:?}, found {:?}", drops(against), drops(self));
        Err(Wrong { key: u64::MAX, what })
    }
}
