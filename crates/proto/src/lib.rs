//! The law of drust: addresses, stamps, ids and the coherence rules as pure values and state machines.
//!
//! Nothing here does I/O, reads a clock, starts a thread or uses `unsafe`; time and messages are arguments.
#![forbid(unsafe_code)]

pub mod address;
pub mod balance;
pub mod coherence;
pub mod control;
pub mod ids;
pub mod job;
pub mod key;
pub mod sharing;
pub mod stamp;
pub mod wire;

pub use address::{Address, Partition};
pub use ids::{DescriptorId, Rank, TaskId};
pub use key::{CopyKey, Extent};
pub use stamp::{Stamp, StampLeases, StampRange, StampsExhausted};
