//! The programs on drust's own types.

#[path = "programs/mod.rs"]
pub mod programs;

/// What programs import.
pub mod world {
    pub use drust::boxed::TBox;
    pub use drust::node::NodeId;
    pub use drust::{Box, Carry, Portable, Ref, RefMut, node, sync, thread};

    /// What takes the place of std's own by name.
    pub mod collections {
        pub use drust::collections::{BTreeMap, HashSet, VecDeque};
        pub use drust::{String, Vec};
    }

    /// A node to send something to: the nth in a circle of all.
    pub fn nth(index: usize) -> NodeId {
        node::all().nth(index % node::count()).expect("an index below the count")
    }

    /// `Box::take`, under a name that std's box has free.
    pub fn take_from<T: Portable + Default>(boxed: &mut Box<T>) -> T {
        Box::take(boxed)
    }

    /// Makes a type with a `Drop` of the user's own cross.
    #[macro_export]
    macro_rules! dropping_on_drust {
        ($($item:tt)*) => {
            #[derive(drust::Portable)]
            #[portable(drop)]
            $($item)*
        };
    }
    pub use dropping_on_drust as dropping;
}
