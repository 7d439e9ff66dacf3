//! (front page to be written)

pub mod boxed;
mod builder;
pub mod node;
mod reference;
pub mod stats;
pub mod testing;
pub mod thread;

pub use boxed::Box;
pub use builder::Builder;
pub use drust_heap::{Carry, Portable};
pub use drust_macros::{Carry, Portable, main, spawn, test};
pub use drust_runtime::memory::OutOfMemory;
pub use reference::{Lend, Ref, RefMut};

/// What the macros expand to; not for other use.
#[doc(hidden)]
pub mod __private {
    pub use drust_heap::trace::Found;
    pub use drust_heap::{Carry, Facts, Portable, Targets};
}
