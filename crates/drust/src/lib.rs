//! Ordinary multithreaded Rust over the memory of many machines.
//!
//! A program with `Box`, `Vec` and `thread::spawn` runs in one process. Written against `drust` the same program runs
//! in many, on one machine or several: its memory is one coherent heap over all of them, and its threads run where
//! their data is. Rust's ownership rules already say who may read and who may write; drust uses them in place of a
//! coherence directory. So a value is fetched once, read as often as one likes, and no copy of it is ever invalidated:
//! whoever may write it is alone with it. No special compiler, no C library, no root.
//!
//! ```
//! use drust::{Box, Ref, node, spawn, thread};
//!
//! #[drust::main]
//! fn main() {
//!     let shared = Box::new([1_u64, 2, 3]);
//!     let sums: u64 = thread::scope(|s| {
//!         let tasks: Vec<_> = node::all()
//!             .map(|node| spawn!(s; on node; [shared = Ref::new(&shared)] || shared.iter().sum::<u64>()))
//!             .collect();
//!         tasks.into_iter().map(|task| task.join().unwrap()).sum()
//!     });
//!     assert_eq!(sums, 6 * node::count() as u64);
//! }
//! ```
//!
//! `cargo run` is one node, and costs what std costs; `DRUST_NODES=4 cargo run` is four processes of this machine;
//! [several machines](https://github.com/drust-rs/drust#several-machines) take a few variables more.
//!
//! | in place of std's | there is |
//! |---|---|
//! | `Box`, `Vec`, `String` | [`Box`], [`Vec`], [`String`], and [`boxed::TBox`] for what is always fetched together |
//! | `std::collections` | [`collections`], as far as it goes; a [`HashMap`](collections::HashMap) over all nodes |
//! | rayon's parallel iterators | those of [`collections::ChunkedVec`], whose values live on all nodes |
//! | `std::sync` | [`sync`]: `Arc`, locks, atomics, channels for threads of all nodes |
//! | `&T`, `&mut T` in a thread of a scope | [`Ref`], [`RefMut`] |
//! | `thread::spawn(move \|\| ..)`, `thread::scope` | [`spawn!`], [`thread::spawn`], [`thread::scope`] |
//! | statics that are one for the program | [`global!`] |
//! | `#[test]` | [`#[drust::test(nodes = 3)]`](macro@test), simulated on a seed if one likes |
//!
//! # What it costs
//!
//! A read of a value at home is a load and a test. Between nodes:
//!
//! | operation | messages |
//! |---|---|
//! | reading or writing at home, reading again, borrowing, moving a pointer | 0 |
//! | a new value; one that goes elsewhere, since this node's partition is full | 0; 1 request, 1 reply |
//! | first read of a remote value | 1 fetch |
//! | write of a remote value, which moves it here | 1 fetch and 1 one-way; no fetch when this node alone holds a copy |
//! | drop of a remote value | 1 one-way; with a user's `Drop` or an `Arc` inside it comes here first |
//! | a task on another node | 1 request, 1 reply |
//! | a migratable task that begins or ends elsewhere, or moves | 1 one-way each; a move past its spawner 2 |
//! | a `Ref` or `RefMut` given to that task | 0: what is lent mutably rides on its messages |
//! | clone or drop of an `Arc` | 0; the last drop on a node 1 one-way |
//! | lock of a `Mutex` of another node, data included | 2 or 3 one-ways; 0 where it was locked last |
//!
//! A fetch is a direct read of shared memory between processes of one machine, and a request and a reply over a
//! network. An object is fetched by itself: a vector of a thousand vectors is a thousand and one. Each type's page has
//! its own table, and [`stats::count`] counts what a piece of a program does, so that a test can assert it.
//!
//! # What it is not
//!
//! * Not fault tolerant: in this version the loss of a node ends the job on all of them, naming the first culprit.
//!   Tasks that were saved by `thread::Checkpoint`, behind the feature `checkpoint`, go on in the next job.
//! * Not a database: when `main` returns, the heap is gone.
//! * Not for nodes that distrust each other: all run the same build and belong to one user.
//! * Not transparent for everything: what crosses is [`Portable`], derived; closures that capture stay on their node
//!   ([`thread::spawn_local`]), tasks are given their arguments by name.
//! * Not complete: idle nodes do not take tasks from others yet.
//!
//! # Where to go next
//!
//! * [Porting a threaded program](https://github.com/drust-rs/drust/blob/main/docs/book/porting.md): what to change, in
//!   which order, what it costs, and what it took for two programs.
//! * [Bringing data and work together](https://github.com/drust-rs/drust/blob/main/docs/book/affinity.md): asking
//!   ahead, tying values, sending tasks and the rest of them.
//! * [The memory model](https://github.com/drust-rs/drust/blob/main/docs/book/memory-model.md): what a thread on one
//!   node sees of what one on another did, and when.
//! * [Waiting](https://github.com/drust-rs/drust/blob/main/docs/book/waiting.md): what tasks wait for, and how waits
//!   and tasks are ended before their time.
//! * [README](https://github.com/drust-rs/drust#readme): how to run, what works today, and the limits.
//! * [ARCHITECTURE](https://github.com/drust-rs/drust/blob/main/ARCHITECTURE.md): how it is made, and why it is right.

extern crate self as drust;

pub mod boxed;
mod builder;
pub mod collections;
mod error;
mod global;
pub mod node;
mod plain;
pub mod prelude;
mod reference;
#[cfg(feature = "serde")]
pub mod serde;
pub mod stats;
pub mod string;
pub mod sync;
pub mod testing;
pub mod thread;
pub mod vec;
#[cfg(feature = "wire")]
mod wire;

pub use boxed::Box;
pub use builder::Builder;
/// What a task of a scope may be given: what is [`Portable`], and borrows that last as long as the scope.
///
/// ```
/// use drust::{Argument, Ref};
/// fn first<'scope>(lent: impl Argument<'scope> + std::ops::Deref<Target = [u8; 2]>) -> u8 {
///     lent[0]
/// }
/// assert_eq!(first(Ref::of(&[1, 2])), 1);
/// ```
pub use drust_heap::Argument;
/// What may leave its node, if only for the time of a scope.
///
/// ```
/// fn may_cross<T: drust::Carry>(_: &T) {}
/// may_cross(&drust::vec![1, 2]);
/// may_cross(&drust::Ref::of(&5)); // though only as an argument of a scoped task
/// ```
pub use drust_heap::Carry;
/// What may live in the heap, go to tasks and come back from them.
///
/// ```
/// use drust::{Box, Portable};
/// #[derive(Portable)]
/// struct Tree<T: Portable> {
///     value: T,
///     children: drust::Vec<Tree<T>>,
/// }
/// let tree = Box::new(Tree { value: 1, children: drust::vec![Tree { value: 2, children: drust::Vec::new() }] });
/// assert_eq!(tree.children[0].value + tree.value, 3);
/// ```
pub use drust_heap::Portable;
/// Lets a struct of borrows be given to the tasks of a scope.
///
/// ```
/// use drust::{Ref, RefMut, thread};
/// #[derive(drust::Carry)]
/// struct Work<'a> {
///     input: Ref<'a, [u32; 2]>,
///     output: RefMut<'a, u32>,
/// }
/// let (input, mut output) = ([1, 2], 0);
/// thread::scope(|s| {
///     let work = Work { input: Ref::of(&input), output: RefMut::new(&mut output) };
///     s.spawn((work,), |(mut work,)| *work.output = work.input.iter().sum());
/// });
/// assert_eq!(output, 3);
/// ```
pub use drust_macros::Carry;
/// Lets the values of a struct or enum live in the heap and cross between nodes.
///
/// ```
/// #[derive(drust::Portable)]
/// enum Shape {
///     Circle { radius: f64 },
///     Polygon(drust::Vec<(f64, f64)>),
/// }
/// let shape = Shape::Polygon(drust::vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]);
/// let corners = drust::spawn!([shape] || match shape {
///     Shape::Circle { radius } => usize::from(radius == 0.0),
///     Shape::Polygon(corners) => corners.len(),
/// });
/// assert_eq!(corners.join().unwrap(), 3);
/// ```
pub use drust_macros::Portable;
/// Starts the cluster around `main`.
///
/// ```
/// #[drust::main]
/// fn main() -> Result<(), std::num::ParseIntError> {
///     assert_eq!("4".parse::<usize>()?, 3 + drust::node::count());
///     Ok(())
/// }
/// ```
pub use drust_macros::main;
/// [`thread::spawn`] for a closure that says what it takes along.
///
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
/// Makes a test that has a cluster of its own.
///
/// ```
/// #[drust::test(nodes = 3)]
/// fn every_node_answers() {
///     let on = |node| drust::thread::spawn_on(node, (), |()| drust::node::current().index());
///     let answers: Vec<usize> = drust::node::all().map(on).map(|task| task.join().unwrap()).collect();
///     assert_eq!(answers, [0, 1, 2]);
/// }
/// ```
pub use drust_macros::test;
/// Why [`Box::try_read`] read nothing: what is read on this node, and was not given back, leaves no room for a copy.
///
/// ```
/// fn first(values: &drust::Box<[u64; 4]>) -> Result<u64, drust::CopiesFull> {
///     Ok(drust::Box::try_read(values)?[0])
/// }
/// assert_eq!(first(&drust::Box::new([1, 2, 3, 4])), Ok(1));
/// ```
pub use drust_runtime::memory::CopiesFull;
/// Why [`Box::try_new`] made nothing; shown, it says what holds most of the partition at that time.
///
/// ```
/// let why = drust::Builder::new().heap(16 << 20).run(|| {
///     let mut kept = Vec::new();
///     loop {
///         let made: Result<_, drust::OutOfMemory> = drust::Box::try_new([0_u8; 1 << 16]);
///         match made {
///             Ok(more) => kept.push(more),
///             Err(error) => return error.to_string(),
///         }
///     }
/// });
/// assert!(why.contains("; most is held by ") && why.contains(" of [u8; 65536] ("));
/// assert!(why.ends_with("; set DRUST_HEAP to allow more"));
/// ```
pub use drust_runtime::memory::OutOfMemory;
pub use error::{Error, Result};
pub use global::Global;
pub use plain::Plain;
pub use reference::{Fetch, Lend, Ref, RefMut, prefetch};
pub use string::String;
pub use vec::Vec;
#[cfg(feature = "wire")]
pub use wire::{Wire, WireError};

/// The front page of the repository, so that its example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The chapter on porting, so that its examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/book/porting.md")]
struct Porting;

/// The chapter on data and work, so that its examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/book/affinity.md")]
struct Affinity;

/// The chapter on memory, so that its examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/book/memory-model.md")]
struct MemoryModel;

/// The chapter on waiting, so that its examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/book/waiting.md")]
struct Waiting;

/// What the macros expand to; not for other use.
#[doc(hidden)]
pub mod __private {
    pub use drust_heap::trace::Found;
    pub use drust_heap::{Argument, Carry, Facts, Portable, Targets};
}
