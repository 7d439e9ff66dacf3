//! The carrier `shm`, and waiting over it: nodes in one process, and in processes of their own.
#![cfg(not(loom))]

mod join;
mod messages;
mod processes;
mod support;
mod waiting;
