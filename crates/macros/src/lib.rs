//! The procedural macros of drust; users reach them through the `drust` crate.
//!
//! Nothing here knows the runtime: each macro turns tokens into tokens, and every path it writes begins with `::drust`.
//!
//! * [`Portable`] and [`Carry`] say what may cross between nodes (`derive.rs`, checks in `attributes.rs`);
//! * [`main`] and [`test`] start a cluster around a function (`entry.rs`);
//! * [`spawn`] names what a task takes along (`spawn.rs`).
#![forbid(unsafe_code)]

mod attributes;
mod derive;
mod entry;
mod spawn;

use proc_macro::TokenStream;

/// Implements `Portable` and `Carry`: a value of this type may live in the heap, go through channels, into tasks and
/// come back as their results.
///
/// Every field's type must be `Portable`, every type parameter gets the bound `Portable`. Refused are unions, packed
/// types, lifetime parameters (see `derive(Carry)`) and types with a `Drop` of their own, unless they say
/// `#[portable(drop)]`: such values are dropped where their owner is, one at a time, instead of being freed at home in
/// one message.
///
/// ```ignore
/// #[derive(drust::Portable)]
/// struct Tree {
///     key: u64,
///     left: Option<drust::Box<Tree>>,
///     right: Option<drust::Box<Tree>>,
/// }
/// ```
#[proc_macro_derive(Portable, attributes(portable))]
pub fn derive_portable(input: TokenStream) -> TokenStream {
    finish(derive::expand(input.into(), derive::Trait::Portable))
}

/// Implements `Carry` alone, for structs that hold `Ref` or `RefMut` and so have lifetimes: they may be arguments of
/// scoped tasks, and go nowhere else.
///
/// The rules are those of `derive(Portable)`, with `Carry` in its place.
#[proc_macro_derive(Carry, attributes(portable))]
pub fn derive_carry(input: TokenStream) -> TokenStream {
    finish(derive::expand(input.into(), derive::Trait::Carry))
}

/// Runs `main` on rank 0 of a cluster; `#[drust::main(nodes = 4)]` sets how many nodes unless the environment does.
///
/// The function takes no arguments, is not `async`, and may return whatever a `main` may return.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(entry::expand_main(arguments.into(), item.into()))
}

/// A test whose body runs on rank 0 of a cluster of its own; `#[drust::test(nodes = 3)]` gives it three nodes.
///
/// They are processes of this host, which share memory, or are connected over loopback by `carrier = "tcp"`; with
/// `seed = 7` they are simulated in one process.
///
/// The body returns `()` or a `Result` whose error is `Debug`. `#[ignore]` works as usual; `#[should_panic]` is
/// refused, because the panic happens in another process.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(entry::expand_test(arguments.into(), item.into()))
}

/// Starts a task and names what it takes along.
///
/// `spawn!([a, mut b, k = c * 2] || body)` is `drust::thread::spawn((a, b, c * 2), |(a, mut b, k)| body)`;
/// `spawn!(scope; [..] || body)` does the same through `scope.spawn`. A name that is not in the list is refused by the
/// compiler, since a task is a plain function and captures nothing.
///
/// Before the list a place may be named: `spawn!(on node; [..] || body)` is `spawn_on`, and `spawn!(near &data; ..)` is
/// `spawn_to`; after a scope as well, `spawn!(scope; on node; [..] || body)`.
#[proc_macro]
pub fn spawn(input: TokenStream) -> TokenStream {
    finish(spawn::expand(input.into()))
}

fn finish(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
