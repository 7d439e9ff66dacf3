//! Ordinary multithreaded Rust over the memory of many machines.
//!
//! A Rust program with `Box`, `Vec` and `thread::spawn` runs on one machine. Written against `drust` the same program
//! runs on many processes: its memory is one coherent heap over all of them, and its threads run where their data is.
//! Rust's ownership rules already say who may read and who may write; drust uses them instead of a coherence directory,
//! so a read costs one fetch at most, and nothing is ever invalidated.
//!
//! ```
//! use drust::{Box, Ref, node, thread};
//!
//! #[drust::main]
//! fn main() {
//!     let shared = Box::new([1_u64, 2, 3]);
//!     let sums: u64 = thread::scope(|s| {
//!         let tasks: Vec<_> = node::all()
//!             .map(|node| s.spawn_on(node, (Ref::new(&shared),), |(shared,)| shared.iter().sum::<u64>()))
//!             .collect();
//!         tasks.into_iter().map(|task| task.join().unwrap()).sum()
//!     });
//!     assert_eq!(sums, 6 * node::count() as u64);
//! }
//! ```
//!
//! `cargo run` is one node; `DRUST_NODES=4 cargo run` is four processes of this host.
//!
//! # What it costs
//!
//! Reading and writing at home costs what std costs. Between nodes, the first read of a value is one fetch and later
//! ones are free; a write moves the value to the writer (one fetch and one one-way message); a drop is one one-way.
//! Each type's page has its table, and [`stats::count`] counts what a piece of your program does.
//!
//! # What it is not
//!
//! * Not a database and not fault tolerant: in this version the loss of a node ends the job on all of them.
//! * Not transparent for everything: what crosses is [`Portable`], derived; closures that capture stay on their node
//!   ([`thread::spawn_local`]), tasks take their arguments as a tuple.
//! * Not (yet) over a network: this version's nodes are processes of one host.

extern crate self as drust;

pub mod boxed;
mod builder;
pub mod collections;
mod error;
mod global;
pub mod node;
pub mod prelude;
mod reference;
#[cfg(feature = "serde")]
pub mod serde;
pub mod stats;
pub mod string;
pub mod testing;
pub mod thread;
pub mod vec;

pub use boxed::Box;
pub use builder::Builder;
pub use drust_heap::{Argument, Carry, Portable};
/// ```
/// use drust::{node, spawn, vec};
/// let numbers = vec![1, 2, 3];
/// let factor = 10;
/// let sum = spawn!([numbers, factor] || numbers.iter().sum::<i32>() * factor);
/// assert_eq!(sum.join().unwrap(), 60);
///
/// let last = node::all().last().unwrap();
/// let ran_on = spawn!(on last; [] || node::current());
/// assert_eq!(ran_on.join().unwrap(), last);
/// ```
pub use drust_macros::spawn;
pub use drust_macros::{Carry, Portable, main, test};
pub use drust_runtime::memory::OutOfMemory;
pub use error::{Error, Result};
pub use global::Global;
pub use reference::{Lend, Ref, RefMut};
pub use string::String;
pub use vec::Vec;

/// The front page of the repository, so that its example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The chapter on porting, so that its examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/book/porting.md")]
struct Porting;

/// What the macros expand to; not for other use.
#[doc(hidden)]
pub mod __private {
    pub use drust_heap::trace::Found;
    pub use drust_heap::{Argument, Carry, Facts, Portable, Targets};
}
