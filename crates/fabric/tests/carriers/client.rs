//! A node that asks and a node that answers, by way of [`Progress`].

use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};

/// A node that sends what arrives back to where it came from.
pub fn echo(fabric: Arc<dyn Fabric>) -> Arc<Progress> {
    let back = fabric.clone();
    let sink = move |from: Rank, lane: Lane, message: Message<'_>| {
        // A client that has gone needs no answer.
        let _ = back.send(from, lane, &[Part::from(message.as_uninit())], Mode::Defer);
    };
    Progress::new(fabric, Arc::new(sink))
}

/// A node that asks an echo and waits for the answers.
#[derive(Clone)]
pub struct Client {
    pub progress: Arc<Progress>,
    pending: Arc<Mutex<BTreeMap<u64, Waiter>>>,
}

impl Client {
    pub fn new(fabric: Arc<dyn Fabric>) -> Client {
        let pending: Arc<Mutex<BTreeMap<u64, Waiter>>> = Arc::default();
        let place: Arc<OnceLock<Weak<Progress>>> = Arc::default();
        let (waiters, own) = (pending.clone(), place.clone());
        let sink = move |_: Rank, _: Lane, message: Message<'_>| {
            // SAFETY: clients send initialised bytes, the number first.
            let number = u64::from_le_bytes(*unsafe { message.initialised(0..8) }.first_chunk().unwrap());
            let waiter = waiters.lock().unwrap().remove(&number);
            if let (Some(waiter), Some(progress)) = (waiter, own.get().and_then(Weak::upgrade)) {
                progress.wake(&waiter);
            }
        };
        let progress = Progress::new(fabric, Arc::new(sink));
        place.set(Arc::downgrade(&progress)).unwrap();
        Client { progress, pending }
    }

    /// One round trip of `number` to node 1.
    pub fn ask(&self, number: u64, waiter: &Waiter) {
        waiter.reset();
        self.pending.lock().unwrap().insert(number, waiter.clone());
        let bytes = number.to_le_bytes();
        self.progress.fabric().send(Rank(1), Lane::Small, &[Part::from(&bytes)], Mode::Block).unwrap();
        assert!(self.progress.wait(waiter, None));
    }
}
