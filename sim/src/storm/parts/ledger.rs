//! Values that many tasks write at once: sums in words and under locks, which are the same in every order, and are told
//! when the last owner drops them.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;
use crate::dice::mix;
use std::fmt;

/// What a lock holds: a sum, and behind pointers what it is the sum of.
#[derive(Portable, Default)]
struct Rows {
    sum: u64,
    last: Box<u64>,
    rows: Vec<Box<u64>>,
}

dropping! {
    /// What many own.
    struct Sums {
        id: u64,
        word: AtomicU64,
        rows: Mutex<Rows>,
        halves: RwLock<(u64, Box<u64>)>,
    }
}

impl Rows {
    fn add(&mut self, by: u64) -> bool {
        let agrees = self.agrees();
        self.sum += by;
        *self.last = by;
        match self.rows.len() {
            0..4 => self.rows.push(Box::new(by)),
            _ => *self.rows[(by % 4) as usize] += by,
        }
        agrees
    }

    fn agrees(&self) -> bool {
        self.sum == self.rows.iter().map(|row| **row).sum::<u64>()
    }
}

impl Sums {
    /// Adds in some way, and says whether all agreed that it saw.
    fn add(&self, way: usize, by: u64) -> bool {
        match way {
            0 => {
                self.word.add(by);
                true
            }
            1 => {
                self.word.fetch_add(by, Ordering::Relaxed);
                true
            }
            2 => self.rows.lock().unwrap().add(by),
            3 => self.rows.with(by, |rows, by| rows.add(by)).unwrap(),
            4 => {
                let mut halves = self.halves.write().unwrap();
                let agree = halves.0 == *halves.1;
                halves.0 += by;
                *halves.1 += by;
                agree
            }
            _ => {
                let halves = self.halves.read().unwrap();
                let agree = halves.0 == *halves.1;
                drop(halves);
                agree && self.rows.lock().unwrap().agrees()
            }
        }
    }
}

impl Drop for Sums {
    fn drop(&mut self) {
        let rows = self.rows.get_mut().unwrap();
        let halves = self.halves.get_mut().unwrap();
        let agree = rows.agrees() && halves.0 == *halves.1;
        let (word, sums) = (*self.word.get_mut(), rows.sum ^ halves.0.rotate_left(32));
        BOOK.dropped(mix(self.id ^ mix(word) ^ mix(sums)) ^ u64::from(!agree));
    }
}

/// A counted pointer to sums.
#[derive(Portable, Clone)]
pub struct Ledger(Arc<Sums>);

impl Ledger {
    /// Adds, while others may; writes down whether what it saw was whole, and returns what it added to the word.
    pub fn enter(&self, dice: &mut Dice, eye: &mut Eye) -> u64 {
        let mut to_word = 0;
        for _ in 0..1 + dice.roll(4) {
            let (way, by) = (dice.roll(6), 1 + dice.roll(1000) as u64);
            eye.number(u64::from(self.0.add(way, by)));
            to_word += if way < 2 { by } else { 0 };
        }
        to_word
    }

    /// What has been added to the word, and will not be less later.
    pub fn word(&self) -> u64 {
        self.0.word.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in it depends on who came first.
        f.debug_tuple("Ledger").field(&self.0.id).finish()
    }
}

impl Part for Ledger {
    fn look(&self, way: Way, eye: &mut Eye) {
        self.0.id.look(way, eye);
        eye.number(u64::from(self.0.add(5, 0)));
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(12) {
            0 => *self = Ledger::make(dice, 1),
            _ => {
                self.enter(dice, &mut Eye::default());
            }
        }
    }

    fn objects(&self) -> u64 {
        unreachable!("counted pointers are not forgotten: who shares them would be too")
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        tasks.share(Ref::of(self));
        tasks.share(Ref::of(self));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(self);
    }
}

impl Make for Ledger {
    fn make(dice: &mut Dice, _: usize) -> Ledger {
        Ledger(Arc::new(Sums {
            id: dice.number(),
            word: AtomicU64::new(0),
            rows: Mutex::new(Rows::default()),
            halves: RwLock::new((0, Box::new(0))),
        }))
    }
}
