//! Matrices in tiles over all nodes, and their product: what is compiled twice, on drust's types and on std's.

mod check;
mod files;
mod generate;
mod jobs;
mod layout;
mod matrix;
mod multiply;
mod plan;

pub use check::check;
pub use files::{load, numbers, store};
pub use generate::generate;
pub use jobs::{multiply_files, multiply_generated};
pub use layout::{Grid, Layout};
pub use matrix::Matrix;
pub use multiply::multiply;
pub use plan::Product;

use super::world::Portable;
use crate::Element;

/// A number that may lie on another node.
pub trait Value: Element<Sum: Portable> + Portable {}

impl<T: Element<Sum: Portable> + Portable> Value for T {}
