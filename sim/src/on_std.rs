//! The oracle: the storm's programs on std's types, each task run where it is spawned, from its first step to its last.

#![allow(
    clippy::vec_box,
    clippy::box_collection,
    clippy::redundant_allocation,
    clippy::borrowed_box,
    unstable_name_collisions,
    reason = "the twin boxes what the program on drust boxes"
)]

#[path = "storm/mod.rs"]
pub mod storm;

/// What the storm imports.
pub mod world {
    pub use crate::book::EXPECTED as BOOK;
    pub use crate::dice::Dice;
    pub use crate::eye::Eye;
    pub use crate::twin::boxed::{BoxedExt, IntoInner, TBox, take_from};
    pub use crate::twin::chunked::ChunkedVec;
    pub use crate::twin::reference::{Argument, Pointee, Ref, RefMut};
    pub use crate::twin::stream::StreamExt;
    pub use crate::twin::sync::{Arc, AtomicU64, Mutex, RwLock, mpsc};
    pub use crate::twin::thread::{self, nth, order_about, spawn_migratable_on};
    pub use std::sync::atomic::Ordering;
    pub use std::{boxed::Box, string::String, vec::Vec};
    // A derive and a trait that every type of the storm has stand for drust's.
    pub use std::hash::Hash as Portable;

    /// Whether a task's failure is one that the program planned; every other was reported by the panic itself.
    pub fn planned(_: &thread::JoinError) {}

    /// What a task can be given beside others.
    pub trait Messenger: Clone {}

    impl<T: Clone> Messenger for T {}

    /// All is here.
    pub fn prefetch<'a, T: 'a>(_: impl IntoIterator<Item = &'a T>) {}

    /// Nobody plants a fault in the oracle.
    pub fn plant(_: &mut Eye, _: impl FnOnce() -> Option<&'static str>) {}

    /// A type with a `Drop` of the user's own.
    #[macro_export]
    macro_rules! dropping_on_std {
        ($($item:tt)*) => {
            #[derive(Hash)]
            $($item)*
        };
    }
    pub use dropping_on_std as dropping;
}
