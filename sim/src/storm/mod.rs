//! A storm: a random program over a few variables, and its run. Compiled twice, on std's types and on drust's; the
//! program that a seed means is the same in both.

pub mod ops;
pub mod part;
pub mod parts;
pub mod program;
pub mod tasks;
pub mod value;

pub use super::world;
