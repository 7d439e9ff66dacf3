//! The suites, by name.

mod alloc;
mod deref;
mod fetch;
mod task;

use crate::part::Part;

/// All suites and their parts, in the order in which they run.
#[must_use]
pub fn all() -> [(&'static str, &'static [Part]); 4] {
    [("deref", deref::PARTS), ("alloc", alloc::PARTS), ("task", task::PARTS), ("fetch", fetch::PARTS)]
}
