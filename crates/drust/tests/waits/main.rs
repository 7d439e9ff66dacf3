//! Waits: however deep they nest and whatever they are for, they keep nobody from running whom they wait for; tokens
//! and times end them, and then nothing is lost.

mod cancelled;
mod deep;
mod given;
mod halfway;
mod storm;
mod timed;

use drust::node::{self, NodeId};

fn on(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("a node")
}
