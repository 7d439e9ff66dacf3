//! Data and work that find each other: what is updated where it lies, and what goes where the data is.

mod gups;
mod migrate;
mod pressure;

use crate::Plan;
use crate::figure::Figure;
use crate::part::Part;
use crate::wire::Wire::{self, Shm, Tcp};

pub const PARTS: &[Part] = &[
    many("gups-2", 2, Shm, |plan, wire| gups::gups(plan, wire, 2)),
    many("gups-8", 8, Shm, |plan, wire| gups::gups(plan, wire, 8)),
    many("gups-tcp-2", 2, Tcp, |plan, wire| gups::gups(plan, wire, 2)),
    many("gups-tcp-8", 8, Tcp, |plan, wire| gups::gups(plan, wire, 8)),
    Part { name: "pressure", nodes: 0, wire: Shm, workers: 0, copies: None, run: |plan, _| pressure::pressure(plan) },
    many("migrate-small", 2, Shm, migrate::small),
    many("migrate-small-tcp", 2, Tcp, migrate::small),
    many("migrate-large", 2, Shm, migrate::large),
    many("migrate-large-tcp", 2, Tcp, migrate::large),
];

/// A part of nodes of one worker each.
const fn many(name: &'static str, nodes: u16, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes, wire, workers: 1, copies: None, run }
}
