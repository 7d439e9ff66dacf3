//! The store: what it holds, what can be asked of it, and the server and the workloads over it.
//!
//! This module is compiled twice, with the memory of all nodes and with that of this process; all that differs is what
//! the module around it names.

mod answer;
mod bytes;
mod change;
mod clock;
mod command;
mod connection;
mod hash;
mod info;
mod item;
mod keyspace;
mod look;
mod node;
mod options;
mod run;
mod server;
mod session;
mod store;
mod ycsb;

pub use server::{Settings, serve};
pub use ycsb::{Load, measure};

use super::{Arc, AtomicVec, BTreeMap, HashMap, Ordering, Sent, TBox, Vec, nodes, on_each_node, spawn_local};
