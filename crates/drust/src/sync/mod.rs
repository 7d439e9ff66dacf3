//! What threads on any nodes share, under std's names: counted pointers, locks, atomics, channels.
//!
//! Each value here has a home, the node where it was made, and is used from wherever its owner or a borrow of it is:
//! put it in an `Arc`, a [`global!`](crate::global!), or lend it to scoped tasks.
