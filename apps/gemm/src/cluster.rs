//! The program on drust's types: its tiles lie on all nodes.

#[allow(clippy::duplicate_mod, reason = "the twin has its own")]
#[path = "program/mod.rs"]
pub mod program;

/// What the program imports.
mod world {
    pub use drust::vec::Run;
    pub use drust::{Fetch, Portable, Ref, RefMut, Vec, node, thread};
}
