//! The products of both twins, on several nodes.
#![allow(clippy::disallowed_methods, reason = "a rule for drust itself, not for its users")]

mod nodes;
mod products;
