//! The program on std's types: its tiles lie in this process, and its tasks are threads.

#[allow(clippy::duplicate_mod, reason = "drust's has its own")]
#[path = "../program/mod.rs"]
pub mod program;

mod node;
mod reference;
mod thread;

/// What the program imports.
mod world {
    pub use super::reference::{Ahead, Fetch, Ref, RefMut, Run};
    pub(super) use super::{node, thread};
    // A derive that the program's structs can have stands for drust's.
    pub use std::default::Default as Portable;
    pub use std::vec::Vec;
}
