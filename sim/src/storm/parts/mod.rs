//! The types of a storm's values, each with what can be done to it.

mod boxed;
mod chunks;
mod common;
mod ledger;
mod loud;
mod plain;
mod record;
mod run;
mod text;
mod tree;

pub use chunks::Chunks;
pub use common::Common;
pub use ledger::Ledger;
pub use loud::Loud;
pub use record::Record;
pub use tree::{List, Tree};
