//! The wires: messages and partitions between the nodes of a drust cluster.
//!
//! [`Fabric`] is what the runtime sees of a carrier: ordered messages on two lanes a pair, direct mappings of peers'
//! partitions where the carrier has them, a bell to sleep on, and news of lost peers. This crate knows neither objects
//! nor coherence; a message is bytes.
//!
//! * [`shm`] carries between processes of one host, through rings in shared memory.
//! * [`tcp`] carries between hosts, over one port of each node.
//! * [`sim`] carries between nodes that live in one process, on one seed, with delays, stops and deaths.
//! * [`Solo`] is a cluster of one node, and the [`template`] from which a new carrier is written.
//! * [`schedule`] is where threads and time come from: the machine, or a simulated world.
//! * [`Progress`] is the waiting that every carrier shares: one leader polls, the others park, and a background thread
//!   serves when nobody waits.
#![cfg_attr(loom, allow(missing_debug_implementations, reason = "the loom doors open what is private"))]

mod buffer;
mod carrier;
mod digest;
mod error;
mod features;
mod handshake;
mod host;
mod launcher;
mod message;
mod obituary;
mod primitive;
pub mod progress;
pub mod schedule;
pub mod shm;
pub mod sim;
pub mod tcp;
pub mod template;
mod visible;

pub use buffer::Buffer;
pub use carrier::{Cause, Fabric, Lane, Lost, Mapping, Mode, OnLost, Process, Role, Sent};
pub use error::JoinError;
pub use handshake::{Kind, Mismatch};
pub use host::Host;
pub use message::{Message, Part};
pub use primitive::Word;
pub use progress::{Progress, Waiter};
pub use template::Solo;
pub use visible::Visible;

#[cfg(loom)]
pub mod loom_doors {
    //! The lock-free parts, opened for the loom tests only.
    pub use crate::message::Gather;
    pub use crate::primitive::{Watch, Word};
    pub use crate::shm::bell::{Bell, BellRef};
    pub use crate::shm::ring::{Consumer, Control, Producer, Ring, Wrote};
}
