//! What most programs import whole; it shadows nothing of std's.
//!
//! `Box`, `Vec`, `String` and `vec!` take std's places by name: `use drust::{Box, Vec, String, vec};`.
//!
//! ```
//! use drust::prelude::*;
//!
//! #[derive(Portable)]
//! struct Pair(u32, u32);
//! assert_eq!(spawn!([pair = Pair(1, 2)] || pair.0 + pair.1).join().unwrap(), 3);
//! let same: Vec<u8> = std::vec::Vec::new(); // std's, unless imported by name
//! assert!(same.is_empty());
//! ```

pub use crate::{Carry, Portable, Ref, RefMut, global, node, spawn, stats, thread};
