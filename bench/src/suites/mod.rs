//! The suites, by name.

mod alloc;
mod collections;
mod deref;
mod fetch;
mod locality;
mod shared;
mod task;
mod wordcount;

use crate::part::Part;

/// A suite: its name, its parts in the order in which they run, and the parts that these start themselves.
type Suite = (&'static str, &'static [Part], &'static [Part]);

/// All suites, in the order in which they run.
#[must_use]
pub fn all() -> [Suite; 8] {
    [
        ("deref", deref::PARTS, &[]),
        ("alloc", alloc::PARTS, &[]),
        ("task", task::PARTS, &[]),
        ("fetch", fetch::PARTS, fetch::INNER),
        ("collections", collections::PARTS, &[]),
        ("shared", shared::PARTS, &[]),
        ("locality", locality::PARTS, locality::INNER),
        ("wordcount", wordcount::PARTS, wordcount::INNER),
    ]
}
