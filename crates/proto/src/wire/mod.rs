//! The bytes nodes exchange, drawn in `docs/design/wire.md`: all little endian, all written by hand, all checked.
//!
//! How nodes greet is the carrier's business; after that every message is one [`Frame`]: a header of fixed size for its
//! kind and then a body of the length that the header states. Decoding refuses whatever it does not know (a kind, a
//! flag, a reserved bit that is set) and says what was wrong, with the value it met.

mod addition;
mod bytes;
mod error;
mod frame;
mod free;
mod report;

pub use addition::{Addition, additions};
pub use error::WireError;
pub use frame::{FetchMode, Frame, HEADER_MAX, Outcome, Question, SpawnFlags};
pub use free::{FreeRecord, free_records};
pub use report::Report;

/// The version of everything in this module and of the greetings of all carriers, which carry it; nodes of different
/// versions refuse each other.
pub const WIRE_VERSION: u32 = 5;
