//! The workloads of YCSB, run by the nodes themselves on the same keys, each read checked and each operation counted.

mod record;
mod report;
mod worker;

pub use report::Report;

use super::bytes::Bytes;
use super::look::Look;
use super::node::Node;
use super::store::Store;
use super::{Arc, nodes, on_each_node};
use crate::mix::Workload;
use clap::ValueEnum;
use std::time::Instant;

data! {
    /// What is to be run.
    #[derive(Clone)]
    pub struct Load {
        /// The workload, by its place among all.
        pub workload: u64,
        /// Threads of each node.
        pub threads: u64,
        /// Records that are there from the start, at least 2.
        pub records: u64,
        /// Operations of each thread at most.
        pub ops: u64,
        /// Milliseconds that it takes at most.
        pub millis: u64,
        /// Bytes of a value, at least [`LEAST_VALUE`](crate::mix::LEAST_VALUE).
        pub value_size: u64,
        /// Which of all sequences of operations.
        pub seed: u64,
    }
}

impl Load {
    /// Which workload it is.
    pub fn workload(&self) -> Workload {
        Workload::value_variants()[self.workload as usize]
    }

    /// Threads of all nodes.
    fn workers(&self) -> u64 {
        self.threads * nodes() as u64
    }
}

/// Records that are read or written at once where nobody measures.
const BATCH: usize = 256;

/// Runs a workload on a new store; what came of it.
pub fn measure(load: &Load) -> Report {
    let store = Arc::new(Store::new(0));
    store.take_records(load.records);
    let shared = (store.clone(), load.clone());
    on_each_node(load.threads as usize, &shared, fill);
    let start = Instant::now();
    let tallies = on_each_node(load.threads as usize, &shared, worker::work);
    let mut report = Report::new(load, start.elapsed());
    tallies.iter().for_each(|tally| report.add(tally));
    report.lost = lost(&store, load);
    report
}

/// Puts a worker's share of the records in.
fn fill((number, run, (store, load)): (usize, usize, (Arc<Store>, Load))) {
    let node = Node::new(number, 0);
    let first = number as u64 * load.threads + run as u64;
    let numbers: Vec<u64> = (first..load.records).step_by(load.workers() as usize).collect();
    for batch in numbers.chunks(BATCH) {
        let records = batch
            .iter()
            .map(|number| (Bytes::from(&record::key(*number)[..]), record::set(*number, 0, load.value_size)));
        store.change_each(&node, records.collect());
    }
}

/// How many of all records that were ever put in are not there, or not whole.
fn lost(store: &Store, load: &Load) -> u64 {
    let (node, mut lost) = (Node::new(0, 0), 0);
    let numbers: Vec<u64> = (0..store.records()).collect();
    for batch in numbers.chunks(BATCH) {
        let keys: Vec<_> = batch.iter().map(|number| record::key(*number)).collect();
        let found = store.look_each(&node, keys.iter().map(|key| (&key[..], Look::Get)).collect());
        let whole = batch
            .iter()
            .zip(&found)
            .filter(|(number, found)| record::seen(**number, found, load.value_size) == record::Seen::Whole);
        lost += (batch.len() - whole.count()) as u64;
    }
    lost
}
