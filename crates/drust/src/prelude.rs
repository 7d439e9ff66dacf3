//! What most programs import whole; it shadows nothing of std's.
//!
//! `Box`, `Vec`, `String` and `vec!` take std's places by name: `use drust::{Box, Vec, String, vec};`.

pub use crate::{Carry, Portable, Ref, RefMut, global, node, spawn, stats, thread};
