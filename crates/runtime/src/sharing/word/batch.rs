//! Additions that nobody waits for, batched for each peer.
//!
//! A thread appends to a batch that it shares with few others, so that threads that add do not fight for a lock. A
//! batch leaves when it holds 8 KiB, when somebody releases, or at the latest a millisecond after its first record.
//!
//! # Contract
//!
//! 1. A batch is sent under its lock, by a send that never waits, and entered in its peer's tab before the lock is
//!    given up; a thread that has filled one waits for room afterwards, without it. So what a thread appended is either
//!    in its batch or entered, for whoever takes the lock.
//! 2. `begun` of a peer, and the node's fences, count its batches that hold something; both change under the batch's
//!    lock.

use super::about;
use crate::counters;
use crate::node::Node;
use drust_fabric::{Lane, Mode};
use drust_proto::sharing::word::Op;
use drust_proto::wire::Addition;
use drust_proto::{Address, Rank};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Batches for each peer.
const BATCHES: usize = 16;
/// Bytes of a full batch.
const FULL: usize = 512 * Addition::LEN;
/// How long a record may wait for others.
const LINGER: Duration = Duration::from_millis(1);

/// The additions that wait on a node, by peer.
pub(crate) struct Additions(Box<[Waiting]>);

#[derive(Default)]
struct Waiting {
    begun: AtomicUsize,
    batches: [Batch; BATCHES],
}

#[derive(Default)]
#[repr(align(128))]
struct Batch(Mutex<Vec<u8>>);

impl Additions {
    pub(crate) fn new(size: usize) -> Additions {
        Additions((0..size).map(|_| Waiting::default()).collect())
    }

    fn to(&self, peer: Rank) -> &Waiting {
        &self.0[usize::from(peer.0)]
    }
}

impl Node {
    /// Adds to a word of another node, some time before this thread lets others go on.
    pub(super) fn add_afar(&'static self, address: Address, delta: u64) {
        let home = address.home();
        let waiting = self.additions().to(home);
        let (first, full) = {
            let mut batch = waiting.batches[counters::block() % BATCHES].0.lock().expect("no panic under this lock");
            let first = batch.is_empty();
            if first {
                batch.reserve(FULL);
                waiting.begun.fetch_add(1, Ordering::Relaxed);
                self.fences().batch_begun();
            }
            batch.extend_from_slice(&Addition { address, delta }.encode());
            let full = batch.len() >= FULL;
            if full {
                self.send_batch(home, waiting, &mut batch);
            }
            (first, full)
        };
        if full {
            self.await_room(home);
        } else if first {
            self.request_tick(LINGER);
        }
    }

    /// Sends what a batch holds.
    fn send_batch(&self, peer: Rank, waiting: &Waiting, batch: &mut Vec<u8>) {
        let count = (batch.len() / Addition::LEN) as u32;
        let ask = about(Address::new(drust_proto::Partition(peer.0), 0), Op::AddMany, (count, 0, 0));
        self.tell_share(peer, Lane::Small, ask, &[batch.as_slice().into()], Mode::Defer);
        self.added_at(peer);
        batch.clear();
        waiting.begun.fetch_sub(1, Ordering::Release);
        self.fences().batch_left();
    }

    /// Sends all additions that wait. Never waits.
    pub(crate) fn flush_additions(&self) {
        for peer in 0..self.size() {
            self.flush_additions_to(Rank(peer));
        }
    }

    /// Sends the additions that wait for one peer.
    pub(super) fn flush_additions_to(&self, peer: Rank) {
        let waiting = self.additions().to(peer);
        // Acquire: who finds nothing here finds what has left in its peer's tab.
        if waiting.begun.load(Ordering::Acquire) == 0 {
            return;
        }
        for batch in &waiting.batches {
            let mut batch = batch.0.lock().expect("no panic under this lock");
            if !batch.is_empty() {
                self.send_batch(peer, waiting, &mut batch);
            }
        }
    }
}
