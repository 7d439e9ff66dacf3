//! Processes of this host that meet over a carrier with nothing of drust's above it.

use crate::wire::Wire;
use drust_fabric::{Fabric, shm, tcp};
use drust_proto::Rank;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::sync::Arc;

/// Bytes of the partition that the carrier asks of each: nobody looks into it.
const PARTITION: usize = 1 << 16;

/// Connects one of `size` sides, which meet at a name in shared memory or at a port.
///
/// # Panics
/// Where the others do not come.
#[must_use]
pub fn join(wire: Wire, rank: u16, size: u16, place: &str) -> Arc<dyn Fabric> {
    match wire {
        Wire::Shm => over_shm(rank, size, place),
        Wire::Tcp | Wire::Tls => over_tcp(rank, size, place.parse().expect("a port"), wire == Wire::Tls),
    }
}

fn over_shm(rank: u16, size: u16, place: &str) -> Arc<dyn Fabric> {
    let partition = rustix::fs::memfd_create("bench", rustix::fs::MemfdFlags::CLOEXEC).expect("a memfd");
    rustix::fs::ftruncate(&partition, PARTITION as u64).expect("a small file");
    let config = shm::Config {
        rank: Rank(rank),
        size,
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
    Arc::new(shm::join(&config).expect("processes of one host"))
}

fn over_tcp(rank: u16, size: u16, port: u16, encrypt: bool) -> Arc<dyn Fabric> {
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
    Arc::new(tcp::join(&config).expect("processes of one host"))
}
