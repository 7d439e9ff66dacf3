//! Records by number: what a node knows of shared objects, by their addresses, and of tasks.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard};

const SHARDS: usize = 64;

/// Records by number, each behind the lock of a shard.
///
/// The lock is held for one call of [`Table::with`]: nothing waits, sends with
/// [`Mode::Block`](drust_fabric::Mode::Block), looks into the same table or runs user code in it.
pub(crate) struct Table<V> {
    shards: Box<[Shard<V>]>,
}

#[repr(align(128))]
struct Shard<V>(Mutex<Records<V>>);

/// No record stays `None` when the lock is given back.
type Records<V> = HashMap<u64, Option<V>, BuildHasherDefault<Spread>>;

impl<V> Default for Table<V> {
    fn default() -> Table<V> {
        Table { shards: (0..SHARDS).map(|_| Shard(Mutex::default())).collect() }
    }
}

impl<V> Table<V> {
    /// Looks at the record of a number, which is `None` where there is none, and leaves there what `look` leaves.
    pub(crate) fn with<R>(&self, key: impl Into<u64>, look: impl FnOnce(&mut Option<V>) -> R) -> R {
        let key = key.into();
        let mut records = self.shard(key);
        let record = records.entry(key).or_default();
        let result = look(record);
        if record.is_none() {
            records.remove(&key);
        }
        result
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, Records<V>> {
        let shard = &self.shards[(spread(key) >> 32) as usize % SHARDS];
        shard.0.lock().expect("no panic under this lock")
    }
}

/// Spreads numbers whose low bits are alike (Fibonacci hashing: Knuth, volume 3, section 6.4).
fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(20)
}

#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = spread(self.0 ^ key);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drust_proto::{Address, Partition};

    #[test]
    fn what_is_left_stays_and_what_is_taken_is_gone() {
        let table = Table::default();
        let address = |number: u64| Address::new(Partition((number % 3) as u16), number << 4);
        for number in 0..1000 {
            table.with(address(number), |record| assert_eq!(record.replace(number), None));
        }
        for number in (0..1000).step_by(2) {
            table.with(address(number), |record| assert_eq!(record.take(), Some(number)));
        }
        for number in 0..1000 {
            let left = table.with(address(number), |record| *record);
            assert_eq!(left, (number % 2 == 1).then_some(number));
        }
        let records: usize = table.shards.iter().map(|shard| shard.0.lock().unwrap().len()).sum();
        assert_eq!(records, 500, "looking leaves nothing");
        let crowded = table.shards.iter().map(|shard| shard.0.lock().unwrap().len()).max();
        assert!(crowded < Some(40), "{crowded:?} of 500 in one of 64 shards");
    }
}
