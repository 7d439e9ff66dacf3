//! Waits: however deep they nest and whatever they are for, they keep nobody from running whom they wait for.

mod deep;

use drust::node::{self, NodeId};

fn on(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("a node")
}
