//! The products of both twins, on several nodes, from files and to files.
#![allow(clippy::disallowed_methods, reason = "a rule for drust itself, not for its users")]

mod files;
mod lines;
mod nodes;
mod numpy;
mod products;
