//! The ways a value can come to a test: new, seen by another node before, homed there, and copied from there.

use drust::node::NodeId;
use drust::{Lend, Portable, Ref, node, thread};
use drust_heap::Pointee;
use std::ops::DerefMut;

/// The last node.
pub fn there() -> NodeId {
    node::all().last().expect("a cluster has nodes")
}

/// Moves what `owner` owns to the last node, if there is anything.
pub fn away<P: Portable + DerefMut>(owner: P) -> P {
    let moved = thread::spawn_on(there(), (owner,), |(mut owner,)| {
        let _ = &mut *owner;
        owner
    });
    moved.join().expect("nothing panics there")
}

/// Runs `check` on what `make` makes, each way.
pub fn each_way<P>(make: fn() -> P, mut check: impl FnMut(P))
where
    P: Portable + Lend<Target: Pointee<Item: Portable>> + DerefMut,
{
    check(make());
    let exposed = make();
    thread::scope(|s| {
        s.spawn_on(there(), (Ref::new(&exposed),), |(seen,)| {
            let _ = &*seen;
        });
    });
    check(exposed);
    check(away(make()));
    let copied = away(make());
    let _ = &*copied;
    check(copied);
}
