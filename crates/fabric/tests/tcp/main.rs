//! What is tcp's own: how nodes join and refuse each other, what strangers at the door can do, silence.
#![cfg(not(loom))]
#![allow(clippy::disallowed_methods, reason = "nodes join each other on real threads")]

mod door;
mod join;
mod sending;
mod support;
