//! One corpus of small programs, each compiled twice: against drust ([`on_drust`]) and against std's own types in
//! drust's shape ([`on_std`]). The tests run the first on clusters of several sizes and want what the second returns.
//!
//! A program is a file of `programs/` with a `run` that returns what it found out. It imports its `world`, which is
//! drust's or the twin's, and gets no other hint of where it runs: what it returns must not depend on the number of
//! nodes.

#![allow(clippy::duplicate_mod, reason = "each program is compiled once for each world")]
#![allow(clippy::type_complexity, reason = "what a task takes and returns is a tuple, written out where it is used")]
#![allow(missing_docs, reason = "a program says at its top what it tries; its `run` is run")]

pub mod on_drust;
pub mod on_std;
pub mod twin;

/// The name of a program, and its `run`.
pub type Program = (&'static str, fn() -> String);

/// Runs a function with a stack that a list of 10^6 std boxes can be dropped on.
///
/// # Panics
/// Where the function does.
pub fn with_deep_stack<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    let thread = std::thread::Builder::new().stack_size(1 << 30).spawn(run).expect("address space for a deep stack");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
