//! The floors under what goes from one node to another and is waited for, and under what is not: messages between two
//! processes, over the same carrier and waiting as the runtime waits, with nothing above.

use crate::link::join;
use crate::wire::{Wire, free_port};
use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

const OTHER: Rank = Rank(1);

/// This side of the exchange.
pub struct Exchange {
    node: Arc<dyn Fabric>,
    progress: Arc<Progress>,
    waiter: Waiter,
    other: Child,
}

/// Sends back what comes and begins with anything but 0, until an empty message does.
pub fn serve(wire: Wire, place: &str) -> ExitCode {
    let node = join(wire, OTHER.0, 2, place);
    let end = Arc::new(AtomicBool::new(false));
    let (back, over) = (node.clone(), end.clone());
    let sink = move |from: Rank, lane: Lane, message: Message<'_>| {
        // SAFETY: both sides send byte slices only.
        let first = unsafe { message.initialised(0..message.len()) }.first();
        over.store(first.is_none(), Ordering::Relaxed);
        if first == Some(&0) {
            return;
        }
        // Where the other side is gone this process ends by itself.
        let _ = back.send(from, lane, &[Part::from(message.as_uninit())], Mode::Defer);
    };
    let progress = Progress::new(node.clone(), Arc::new(sink));
    progress.wait_until(&Waiter::new(), &|| end.load(Ordering::Relaxed), None);
    node.farewell();
    ExitCode::SUCCESS
}

impl Exchange {
    /// Starts the other side.
    pub fn start(wire: Wire) -> Exchange {
        let place = match wire {
            Wire::Shm => format!("exchange-{}", std::process::id()),
            Wire::Tcp | Wire::Tls => free_port().to_string(),
        };
        let program = std::env::current_exe().expect("this program has a path");
        let other = Command::new(program).args(["exchange", wire.name(), &place]).spawn().expect("another process");
        let node = join(wire, 0, 2, &place);
        let waiter = Waiter::new();
        let place: Arc<OnceLock<Weak<Progress>>> = Arc::default();
        let (own, woken) = (place.clone(), waiter.clone());
        let sink = move |_: Rank, _: Lane, _: Message<'_>| {
            if let Some(progress) = own.get().and_then(Weak::upgrade) {
                progress.wake(&woken);
            }
        };
        let progress = Progress::new(node.clone(), Arc::new(sink));
        place.get_or_init(|| Arc::downgrade(&progress));
        Exchange { node, progress, waiter, other }
    }

    /// Sends so many messages of so many bytes there, and waits until the last has come.
    pub fn stream(&self, len: usize, count: usize) {
        let (silent, last) = (vec![0; len], vec![1; len]);
        for _ in 1..count {
            let sent = self.node.send(OTHER, Lane::Small, &[Part::from(&silent[..])], Mode::Block);
            sent.expect("the other side is there");
        }
        self.once(&last);
    }

    /// Sends so many bytes there and waits for them.
    pub fn once(&self, bytes: &[u8]) {
        self.waiter.reset();
        self.node.send(OTHER, Lane::Small, &[Part::from(bytes)], Mode::Block).expect("the other side is there");
        self.progress.wait(&self.waiter, None);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let _ = self.node.send(OTHER, Lane::Small, &[], Mode::Block);
        let _ = self.other.wait();
    }
}
