//! The engine of a drust node: its life, its memory, its tasks.
//!
//! It drives the rules of `drust-proto` with the memory of `drust-heap` over the wires of `drust-fabric`, and knows no
//! type in std's shape.

mod arrival;
mod asked;
pub mod cancel;
mod code;
mod connect;
mod control;
mod counters;
mod failure;
mod fetch;
#[doc(hidden)]
pub mod fuzz_doors;
mod gate;
mod giving;
mod law;
mod loads;
mod nonsense;
mod oneway;
mod plan;
mod pool;
mod query;
mod serve;
#[cfg(test)]
mod stub;
mod unanswered;
mod wait;
mod waking;
mod wire;

mod interpreted;
pub mod job;
pub mod memory;
pub mod node;
#[doc(hidden)]
pub mod planted;
pub mod sharing;
pub mod simulation;
pub mod task;
pub mod testing;

pub use counters::{Counters, Counts};
pub use node::Node;
pub use query::Live;
pub use waking::{block_on, block_on_timeout};
