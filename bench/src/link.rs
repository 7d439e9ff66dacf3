//! Processes of this host that meet over a carrier with nothing of drust's above it.

#[path = "../../crates/fabric/examples/pingpong/link.rs"]
mod sides;

use crate::wire::Wire;
use drust_fabric::Fabric;
use std::sync::Arc;

/// Connects one of `size` sides, which meet at a name in shared memory or at a port.
///
/// # Panics
/// Where the others do not come.
#[must_use]
pub fn join(wire: Wire, rank: u16, size: u16, place: &str) -> Arc<dyn Fabric> {
    let joined = match wire {
        Wire::Shm => sides::over_shm(rank, size, place),
        Wire::Tcp | Wire::Tls => sides::over_tcp(rank, size, place.parse().expect("a port"), wire == Wire::Tls),
    };
    joined.expect("processes of one host")
}
