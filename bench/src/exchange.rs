//! The floor under a remote task: one message there and one back between two processes, over the same carrier and
//! waiting as the runtime waits, with nothing above.

use drust_fabric::shm::{self, Config, Shm};
use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

const PARTITION: usize = 1 << 16;
const OTHER: Rank = Rank(1);

/// This side of the exchange.
pub struct Exchange {
    node: Arc<Shm>,
    progress: Arc<Progress>,
    waiter: Waiter,
    other: Child,
}

fn join(rank: u16, job: String) -> Shm {
    let partition = rustix::fs::memfd_create("exchange", rustix::fs::MemfdFlags::CLOEXEC).expect("a memfd");
    rustix::fs::ftruncate(&partition, PARTITION as u64).expect("a small file");
    let config = Config {
        rank: Rank(rank),
        size: 2,
        job,
        token: [1; 32],
        build: [1; 32],
        partition: partition.as_fd(),
        partition_len: PARTITION,
        partition_base: 0,
        timeout: Config::TIMEOUT,
        heartbeat: Config::HEARTBEAT,
        launcher: None,
        rings: None,
    };
    shm::join(&config).expect("two processes of one host")
}

/// Sends back what comes, until an empty message does.
pub fn serve(job: String) -> ExitCode {
    let node = Arc::new(join(OTHER.0, job));
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
    pub fn start() -> Exchange {
        let job = format!("exchange-{}", std::process::id());
        let program = std::env::current_exe().expect("this program has a path");
        let other = Command::new(program).args(["exchange", &job]).spawn().expect("another process");
        let node = Arc::new(join(0, job));
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
