//! What a node knows by itself, and what it tells the others, ten times a second.

use super::store::{Counter, Store};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

/// The counters of this node.
#[derive(Debug, Default)]
pub struct Node {
    /// Its number.
    pub number: usize,
    counters: [AtomicI64; Counter::COUNT],
    /// Bytes that the changes of the other nodes have taken, as of their last word.
    others: AtomicI64,
    /// The limit of all nodes, as of the last look.
    limit: AtomicU64,
    stopping: AtomicBool,
}

impl Node {
    /// Before anything happened.
    pub fn new(number: usize, limit: u64) -> Node {
        Node { number, limit: AtomicU64::new(limit), ..Node::default() }
    }

    /// Counts.
    pub fn add(&self, counter: Counter, more: i64) {
        self.counters[counter as usize].fetch_add(more, Relaxed);
    }

    /// What was counted here.
    pub fn own(&self, counter: Counter) -> i64 {
        self.counters[counter as usize].load(Relaxed)
    }

    /// Bytes that all values take: exactly, but for what other nodes did in the last tenth of a second.
    pub fn used(&self) -> u64 {
        (self.own(Counter::Used) + self.others.load(Relaxed)).max(0) as u64
    }

    /// Bytes that they may take; 0 is no limit.
    pub fn limit(&self) -> u64 {
        self.limit.load(Relaxed)
    }

    /// Whether so many bytes more are too many.
    pub fn is_full(&self, more: u64) -> bool {
        let limit = self.limit();
        limit != 0 && self.used() + more > limit
    }

    /// Whether the server is to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// Sets the limit of all nodes; the others know it within a tenth of a second.
    pub fn set_limit(&self, store: &Store, limit: u64) {
        store.set_limit(limit);
        self.limit.store(limit, Relaxed);
    }

    /// Tells the others, and hears from them.
    pub fn exchange(&self, store: &Store) {
        for (counter, value) in self.counters.iter().enumerate() {
            store.publish(self.number, counter, value.load(Relaxed));
        }
        let heard = store.heard();
        self.others.store(heard.sum(Counter::Used) - heard.of(self.number, Counter::Used), Relaxed);
        self.limit.store(heard.limit(), Relaxed);
        self.stopping.store(heard.is_stopping(), Relaxed);
    }
}
