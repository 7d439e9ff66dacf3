//! The memory of a drust node: partitions and their allocation, the copy table, traces and raw handles.
//!
//! Nearly all `unsafe` of drust is on this floor. It knows nothing of the network and nothing of tasks.

pub mod carry;
pub mod copies;
pub mod descriptor;
pub mod fixed;
pub mod handle;
pub mod journal;
pub mod lasting;
pub mod local;
pub mod pointee;
pub mod primitive;
pub mod space;
pub mod trace;
pub mod vault;

pub use carry::{Argument, Carry, Facts, Portable};
pub use descriptor::{Described, Descriptor, Targets};
pub use fixed::Fixed;
pub use handle::Handle;
pub use lasting::Lasting;
pub use pointee::Pointee;
pub use primitive::wait_by;
