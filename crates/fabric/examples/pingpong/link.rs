//! Processes of this host that meet over a carrier with nothing of drust's above it.

use drust_fabric::{Fabric, shm, tcp};
use drust_proto::Rank;
use rustix::fd::AsFd;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Why they did not meet.
pub type Failure = Box<dyn std::error::Error>;

/// Bytes of the partition that the carrier asks of each: nobody looks into it.
const PARTITION: usize = 1 << 16;

/// Connects one of `size` sides, which meet at a name in shared memory.
pub fn over_shm(rank: u16, size: u16, job: &str) -> Result<Arc<dyn Fabric>, Failure> {
    let partition = rustix::fs::memfd_create("link", rustix::fs::MemfdFlags::CLOEXEC)?;
    rustix::fs::ftruncate(&partition, PARTITION as u64)?;
    let config = shm::Config {
        rank: Rank(rank),
        size,
        job: job.to_owned(),
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
    Ok(Arc::new(shm::join(&config)?))
}

/// Connects one of `size` sides, which meet at a port.
pub fn over_tcp(rank: u16, size: u16, port: u16, encrypt: bool) -> Result<Arc<dyn Fabric>, Failure> {
    let config = tcp::Config {
        rank: Rank(rank),
        size,
        token: [1; 32],
        build: [1; 32],
        coordinator: (Ipv4Addr::LOCALHOST.to_string(), port),
        listen: None,
        reserved: false,
        encrypt,
        heartbeat: tcp::Config::HEARTBEAT,
        timeout: tcp::Config::TIMEOUT,
        launcher: None,
        most: 1 << 20,
        partition: (0, 0),
    };
    Ok(Arc::new(tcp::join(&config)?))
}
