//! What is told and not answered: frees of remote objects, batched for each peer.
//!
//! A batch leaves when it holds 8 KiB or, at the latest, a millisecond after its first record; the background thread
//! sees to that. Frees are exempt from the release fence (DESIGN rule 9): nothing waits for them but statistics, which
//! flush.

use crate::node::Node;
use drust_fabric::{Lane, Mode};
use drust_proto::Rank;
use drust_proto::wire::{Frame, FreeRecord, HEADER_MAX};
use std::sync::Mutex;
use std::time::Duration;

/// Records of a batch: 8 KiB.
const BATCH: usize = Frame::FREES_MAX as usize;
/// How long a record may wait for others.
const LINGER: Duration = Duration::from_millis(1);

/// The frees waiting for one peer.
#[derive(Default)]
pub(crate) struct Outbox {
    records: Mutex<Vec<u8>>,
}

impl Node {
    /// Tells the home of a remote object to free it; 16 bytes, sent with others.
    pub(crate) fn free_afar(&self, record: FreeRecord) {
        self.count(|counters| &counters.one_ways, 1);
        let home = record.address.home();
        let outbox = &self.outboxes()[usize::from(home.0)];
        let (first, full) = {
            let mut records = outbox.records.lock().expect("no panic under this lock");
            records.extend_from_slice(&record.encode());
            (records.len() == FreeRecord::LEN, records.len() >= BATCH * FreeRecord::LEN)
        };
        if full {
            self.flush_to(home);
        } else if first {
            self.request_tick(LINGER);
        }
    }

    /// Sends what waits for every peer.
    pub(crate) fn flush(&self) {
        for peer in 0..self.size() {
            self.flush_to(Rank(peer));
        }
        self.flush_additions();
        self.cool_posts();
    }

    fn flush_to(&self, peer: Rank) {
        // The lock is held while sending, so that batches for one peer leave in the order in which they filled.
        let mut records = self.outboxes()[usize::from(peer.0)].records.lock().expect("no panic under this lock");
        for batch in records.chunks(BATCH * FreeRecord::LEN) {
            let count = (batch.len() / FreeRecord::LEN) as u32;
            let mut header = [0; HEADER_MAX];
            let len = Frame::FreeBatch { count }.encode(&mut header);
            // Serving threads free too, so this never waits.
            let _ = self.send(peer, Lane::Small, &[header[..len].into(), batch.into()], Mode::Defer);
        }
        records.clear();
    }
}
