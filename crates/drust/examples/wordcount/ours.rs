//! The table in the cluster's memory.

pub use drust::{Box, String, Vec};

use drust::Portable;

macro_rules! data {
    ($($item:tt)*) => {
        #[derive(drust::Portable)]
        $($item)*
    };
}

#[allow(clippy::duplicate_mod, reason = "each twin has its own")]
#[path = "table.rs"]
mod table;

pub use table::{Entry, Part, count_files, merge};

/// Reads a box and gives its copy back.
fn read<T: Portable, R>(boxed: &Box<T>, look: impl FnOnce(&T) -> R) -> R {
    look(&Box::read(boxed))
}
