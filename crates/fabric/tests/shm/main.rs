//! The carrier `shm`, and waiting over it: nodes in one process, and in processes of their own.
#![allow(clippy::disallowed_methods, reason = "the tests of a real carrier have real threads")]
#![cfg(not(loom))]

mod join;
mod messages;
mod processes;
mod support;
mod waiting;
