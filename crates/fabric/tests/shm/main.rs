//! What is the carrier `shm`'s own: who may join, and nodes in processes of their own. What it has in common with all
//! carriers is tried in `tests/carriers`.
#![allow(clippy::disallowed_methods, reason = "the tests of a real carrier have real threads")]
#![cfg(not(loom))]

#[path = "../carriers/client.rs"]
mod client;
mod join;
mod processes;
mod support;
