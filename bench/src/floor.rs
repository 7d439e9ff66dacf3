//! The floor under what brings many bytes: as many brought with nothing of drust's.

use crate::bare::{Bare, HEADER, MOST};
use crate::measure::wall_of;
use crate::wire::Wire;
use std::hint::black_box;

/// Bytes that come to warm memory of this process.
pub enum Floor {
    /// From other warm memory of it.
    Copy(Vec<u64>, Vec<u64>),
    /// From another process, over a bare socket.
    Bare(Box<Bare>, Vec<u8>),
}

impl Floor {
    /// The floor of what goes over this wire.
    pub fn start(wire: Wire) -> Floor {
        match wire {
            Wire::Shm => Floor::Copy(vec![1; MOST / 8], vec![2; MOST / 8]),
            Wire::Tcp | Wire::Tls => Floor::Bare(Box::new(Bare::start()), vec![1; HEADER + MOST]),
        }
    }

    /// Brings so many bytes, a multiple of 64 MiB or less than that; how long it took, in ns.
    pub fn bring(&mut self, bytes: usize) -> f64 {
        let whole = MOST.min(bytes);
        wall_of(|| {
            for _ in 0..bytes / whole {
                match self {
                    Floor::Copy(source, target) => {
                        target[..whole / 8].copy_from_slice(black_box(&source[..whole / 8]));
                        black_box(&target);
                    }
                    Floor::Bare(bare, target) => bare.once(&mut target[..HEADER + whole]),
                }
            }
        })
    }

    /// Brings them in answers of `run` bytes, so many under way at once, where they are sent at all.
    pub fn bring_runs(&mut self, bytes: usize, run: usize, flying: usize) -> Option<f64> {
        match self {
            Floor::Copy(..) => None,
            Floor::Bare(bare, _) => Some(wall_of(|| bare.pipeline(run, bytes / run, flying))),
        }
    }
}
