//! A worker: one thread of a node, with operations of its own on the keys of all.

use super::super::bytes::Bytes;
use super::super::look::Look;
use super::super::node::Node;
use super::super::store::Store;
use super::super::{Arc, Vec};
use super::record::{Seen, key, seen, set};
use super::report::{histogram, recorded};
use super::{BATCH, Load};
use crate::mix::{Kind, Random, Workload, Zipf};
use std::time::{Duration, Instant};

/// Of so many operations one is timed, and looks whether the time is over.
const EVERY: u64 = 8;
/// The most records of a scan.
const SCANNED: u64 = 100;

data! {
    /// What a worker did.
    #[derive(Default)]
    pub struct Tally {
        /// Operations of each kind.
        pub counts: [u64; 5],
        /// Records that were looked at.
        pub records: u64,
        /// Of those, such that somebody had begun to insert.
        pub missing: u64,
        /// Of those, such that nobody had written so.
        pub wrong: u64,
        /// Operations on the record that is asked for most often.
        pub top: u64,
        /// Nanoseconds that operations took, and how many took so long.
        pub times: Vec<(u64, u64)>,
    }
}

/// A worker at work.
struct Worker<'a> {
    store: &'a Store,
    node: Node,
    load: &'a Load,
    random: Random,
    zipf: Zipf,
    /// No other worker writes these versions.
    version: u64,
    /// Numbers of records that were taken, when it last looked.
    taken: u64,
    tally: Tally,
}

/// Works until the operations or the time are over.
pub fn work((number, run, (store, load)): (usize, usize, (Arc<Store>, Load))) -> Tally {
    let id = number as u64 * load.threads + run as u64;
    let mut worker = Worker {
        store: &store,
        node: Node::new(number, 0),
        load: &load,
        random: Random::new((load.seed << 32) + id + 1),
        zipf: Zipf::new(load.records),
        version: (id + 1) << 40,
        taken: load.records,
        tally: Tally::default(),
    };
    let mut times = histogram();
    let until = Instant::now().checked_add(Duration::from_millis(load.millis));
    for done in 0..load.ops {
        if !done.is_multiple_of(EVERY) {
            worker.operate();
            continue;
        }
        let start = Instant::now();
        if until.is_some_and(|until| start >= until) {
            break;
        }
        worker.operate();
        times.saturating_record(start.elapsed().as_nanos() as u64);
    }
    Tally { times: recorded(&times).into_iter().collect(), ..worker.tally }
}

impl Worker<'_> {
    fn operate(&mut self) {
        let kind = self.load.workload().draw(self.random.next());
        self.tally.counts[kind as usize] += 1;
        if kind == Kind::Insert {
            let number = self.store.take_records(1);
            self.taken = number + 1;
            return self.write(number);
        }
        let number = self.draw();
        match kind {
            Kind::Read => self.read(number),
            Kind::Scan => self.scan(number),
            Kind::ReadModifyWrite => {
                self.read(number);
                self.write(number);
            }
            Kind::Update | Kind::Insert => self.write(number),
        }
    }

    /// The number of a record: a few far more often, scattered over all; or those that came last.
    fn draw(&mut self) -> u64 {
        let rank = self.zipf.draw(&mut self.random);
        self.tally.top += u64::from(rank == 0);
        match self.load.workload() {
            Workload::D => self.taken - 1 - rank,
            _ => rank,
        }
    }

    fn read(&mut self, number: u64) {
        let answer = self.store.look(&self.node, &key(number), Look::Get);
        self.check(number, seen(number, &answer, self.load.value_size));
    }

    /// There is no order of keys: those that follow are those that were inserted next, and are asked for together.
    fn scan(&mut self, first: u64) {
        let last = (first + 1 + self.random.below(SCANNED)).min(self.taken);
        let keys: std::vec::Vec<_> = (first..last).map(key).collect();
        let looks = keys.iter().map(|key| (&key[..], Look::Get)).collect();
        const { assert!(SCANNED as usize <= BATCH) };
        for (number, answer) in (first..last).zip(self.store.look_each(&self.node, looks)) {
            self.check(number, seen(number, &answer, self.load.value_size));
        }
    }

    fn write(&mut self, number: u64) {
        self.version += 1;
        let change = set(number, self.version, self.load.value_size);
        self.store.change(&self.node, Bytes::from(&key(number)[..]), change);
    }

    /// A record whose number another worker has taken may be on its way; all others are there.
    fn check(&mut self, number: u64, seen: Seen) {
        self.tally.records += 1;
        match seen {
            Seen::Whole => {}
            Seen::Missing if number >= self.load.records => self.tally.missing += 1,
            Seen::Missing | Seen::Wrong => self.tally.wrong += 1,
        }
    }
}
