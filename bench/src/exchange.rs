//! The floor under a remote task: one message there and one back between two processes, over the same carrier and
//! waiting as the runtime waits, with nothing above.

use crate::wire::{Wire, free_port};
use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter, shm, tcp};
use drust_proto::Rank;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

const PARTITION: usize = 1 << 16;
const OTHER: Rank = Rank(1);

/// This side of the exchange.
pub struct Exchange {
    node: Arc<dyn Fabric>,
    progress: Arc<Progress>,
    waiter: Waiter,
    other: Child,
}

/// Connects one of the two sides, which meet at a name in shared memory or at a port.
fn join(wire: Wire, rank: u16, place: &str) -> Arc<dyn Fabric> {
    match wire {
        Wire::Shm => over_shm(rank, place),
        Wire::Tcp | Wire::Tls => over_tcp(rank, place.parse().expect("a port"), wire == Wire::Tls),
    }
}

fn over_shm(rank: u16, place: &str) -> Arc<dyn Fabric> {
    let partition = rustix::fs::memfd_create("exchange", rustix::fs::MemfdFlags::CLOEXEC).expect("a memfd");
    rustix::fs::ftruncate(&partition, PARTITION as u64).expect("a small file");
    let config = shm::Config {
        rank: Rank(rank),
        size: 2,
        job: place.to_owned(),
        token: [1; 32],
        build: [1; 32],
        partition: partition.as_fd(),
        partition_len: PARTITION,
        partition_base: 0,
        timeout: shm::Config::TIMEOUT,
        heartbeat: shm::Config::HEARTBEAT,
        launcher: None,
        rings: None,
    };
    Arc::new(shm::join(&config).expect("two processes of one host"))
}

fn over_tcp(rank: u16, port: u16, encrypt: bool) -> Arc<dyn Fabric> {
    let config = tcp::Config {
        rank: Rank(rank),
        size: 2,
        token: [1; 32],
        build: [1; 32],
        coordinator: (Ipv4Addr::LOCALHOST.to_string(), port),
        listen: None,
        reserved: false,
        encrypt,
        heartbeat: tcp::Config::HEARTBEAT,
        timeout: tcp::Config::TIMEOUT,
        launcher: None,
        most: PARTITION as u64,
        partition: (0, 0),
    };
    Arc::new(tcp::join(&config).expect("two processes of one host"))
}

/// Sends back what comes, until an empty message does.
pub fn serve(wire: Wire, place: &str) -> ExitCode {
    let node = join(wire, OTHER.0, place);
    let end = Arc::new(AtomicBool::new(false));
    let (back, over) = (node.clone(), end.clone());
    let sink = move |from: Rank, lane: Lane, message: Message<'_>| {
        over.store(message.is_empty(), Ordering::Relaxed);
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
        let node = join(wire, 0, &place);
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
