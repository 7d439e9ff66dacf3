//! The ways a value can come to a test: new, seen by another node before, homed there, and copied from there.

use drust::node::NodeId;
use drust::{Lend, Portable, Ref, node, thread};
use drust_heap::Pointee;
use std::ops::{Deref, DerefMut};

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

/// Has the last node look at it.
pub fn exposed<P: Lend<Target: Pointee<Item: Portable>>>(owner: P) -> P {
    thread::scope(|s| {
        s.spawn_on(there(), (Ref::new(&owner),), |(seen,)| {
            let _ = &*seen;
        });
    });
    owner
}

/// Looks at it from here.
pub fn looked_at<P: Deref>(owner: P) -> P {
    let _ = &*owner;
    owner
}
