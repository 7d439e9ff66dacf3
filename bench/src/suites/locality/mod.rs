//! Data and work that find each other: what is updated where it lies, and what goes where the data is.

mod affinity;
mod gups;
mod migrate;
mod parfold;
mod prefetch;
mod pressure;
mod steal;

use crate::Plan;
use crate::figure::Figure;
use crate::part::Part;
use crate::wire::Wire::{self, Shm, Tcp};
use drust::node;

/// Copies kept where remote reads are measured, so that every read fetches.
const FEW: u64 = 64 << 10;

pub const PARTS: &[Part] = &[
    few("affinity", |plan, _| affinity::affinity(plan)),
    few("prefetch", |plan, _| prefetch::gain(plan)),
    many("gups-2", 2, Shm, |plan, wire| gups::gups(plan, wire, 2)),
    many("gups-8", 8, Shm, |plan, wire| gups::gups(plan, wire, 8)),
    many("gups-tcp-2", 2, Tcp, |plan, wire| gups::gups(plan, wire, 2)),
    many("gups-tcp-8", 8, Tcp, |plan, wire| gups::gups(plan, wire, 8)),
    Part { name: "pressure", nodes: 0, wire: Shm, workers: 0, copies: None, run: |plan, _| pressure::pressure(plan) },
    many("migrate-small", 2, Shm, migrate::small),
    many("migrate-small-tcp", 2, Tcp, migrate::small),
    many("migrate-large", 2, Shm, migrate::large),
    many("migrate-large-tcp", 2, Tcp, migrate::large),
    many("steal", 2, Shm, |plan, _| steal::steal(plan)),
    Part { name: "parfold", nodes: 0, wire: Shm, workers: 0, copies: None, run: |plan, _| parfold::spread(plan) },
];

pub const INNER: &[Part] = parfold::INNER;

/// A part of nodes of one worker each.
const fn many(name: &'static str, nodes: u16, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes, wire, workers: 1, copies: None, run }
}

/// A part of two nodes over tcp that keep few copies.
const fn few(name: &'static str, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { copies: Some(FEW), ..many(name, 2, Tcp, run) }
}

/// The node that is not this one.
fn there() -> node::NodeId {
    node::all().next_back().expect("a job of two nodes")
}
