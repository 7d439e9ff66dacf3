//! The table in the cluster's memory.

pub use drust::{Box, String, Vec};

use drust::{Portable, Ref};

macro_rules! data {
    ($($item:tt)*) => {
        #[derive(drust::Portable)]
        $($item)*
    };
}

#[path = "table.rs"]
mod table;

pub use table::{Entry, Part, count_files, merge};

/// Reads a box and gives its copy back.
fn read<T: Portable>(boxed: &Box<T>) -> Ref<'_, T> {
    Box::read(boxed)
}
