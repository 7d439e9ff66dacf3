//! Clusters inside one process, for the tests.
#![allow(clippy::disallowed_methods, reason = "nodes join each other on real threads")]

use drust_fabric::JoinError;
use drust_fabric::shm::{self, Config, RingSizes, Shm};
use drust_proto::Rank;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::MemfdFlags;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The length of every partition in these tests.
pub const PARTITION: usize = 1 << 16;

/// Small rings, so that tests fill and wrap them.
pub const TINY: RingSizes = RingSizes { small: 4096, bulk: 16384 };

/// A job name that no other test, in this process or another, uses.
pub fn job() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A partition whose first byte is `mark`.
pub fn partition(mark: u8) -> OwnedFd {
    let file = rustix::fs::memfd_create("test-partition", MemfdFlags::CLOEXEC).expect("a memory file");
    rustix::fs::ftruncate(&file, PARTITION as u64).expect("its length");
    rustix::io::pwrite(&file, &[mark], 0).expect("its mark");
    file
}

/// What node `rank` of `job` brings, unless a test changes it.
pub fn config<'a>(job: &str, rank: u16, size: u16, partition: &'a OwnedFd) -> Config<'a> {
    Config {
        rank: Rank(rank),
        size,
        job: job.to_owned(),
        token: [7; 32],
        build: [3; 32],
        partition: partition.as_fd(),
        partition_len: PARTITION,
        partition_base: 0x10_0000 * (usize::from(rank) + 1),
        timeout: Duration::from_secs(20),
        heartbeat: Config::HEARTBEAT,
        launcher: None,
        rings: Some(TINY),
    }
}

/// Joins one node for each of `changes`, each on a thread of its own.
pub fn join_all(size: u16, change: impl Fn(&mut Config<'_>) + Sync) -> Vec<Result<Shm, JoinError>> {
    let (job, change) = (job(), &change);
    std::thread::scope(|scope| {
        let one = |rank: u16| {
            let job = job.clone();
            scope.spawn(move || {
                let partition = partition(rank as u8 + 1);
                let mut config = config(&job, rank, size, &partition);
                change(&mut config);
                shm::join(&config)
            })
        };
        let nodes: Vec<_> = (0..size).map(one).collect();
        nodes.into_iter().map(|node| node.join().expect("joining does not panic")).collect()
    })
}
