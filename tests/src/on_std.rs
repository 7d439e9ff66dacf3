//! The programs on std's types.

#![allow(
    clippy::vec_box,
    clippy::box_collection,
    clippy::redundant_allocation,
    clippy::borrowed_box,
    clippy::forget_non_drop,
    unstable_name_collisions,
    reason = "the twin boxes what the program on drust boxes"
)]

#[path = "programs/mod.rs"]
pub mod programs;

/// What programs import.
pub mod world {
    pub use crate::twin::boxed::{BoxedExt, TBox, take_from};
    pub use crate::twin::node::{self, NodeId, nth};
    pub use crate::twin::reference::{Ref, RefMut};
    pub use crate::twin::stream::StreamExt;
    pub use crate::twin::thread;
    pub use std::boxed::Box;
    // A derive that any type can have stands for drust's.
    pub use std::fmt::{Debug as Portable, Debug as Carry};
    pub use std::sync;

    /// What takes the place of std's own by name.
    pub mod collections {
        pub use std::collections::{BTreeMap, HashSet, VecDeque};
        pub use std::{string::String, vec::Vec};
    }

    /// A type with a `Drop` of the user's own.
    #[macro_export]
    macro_rules! dropping_on_std {
        ($($item:tt)*) => {
            #[derive(Debug)]
            $($item)*
        };
    }
    pub use dropping_on_std as dropping;
}
