//! RESP, the protocol of Redis, as a server speaks it: requests in, replies of version 2 or 3 out. No sockets.
//!
//! The crates for it decode replies, for clients; of requests a server needs the inline form, Redis' limits and Redis'
//! words where one is broken, and arguments that stay where they were received.

mod inline;
pub mod number;
mod reply;
mod request;

pub use reply::Replies;
pub use request::{Command, Commands, Limits, Parser};
