//! Tests on several nodes, under `cargo test` and nextest: [`#[drust::test(nodes = 3)]`](macro@crate::test).

pub use drust_runtime::testing::allow_leaks;

use std::fmt::Debug;

/// What a test may return: nothing, or a `Result` without a value.
pub trait Outcome {
    /// Fails the test if this is a failure.
    fn check(self);
}

impl Outcome for () {
    fn check(self) {}
}

impl<E: Debug> Outcome for Result<(), E> {
    fn check(self) {
        if let Err(error) = self {
            panic!("the test returned an error: {error:?}");
        }
    }
}

/// What the attribute expands to.
#[doc(hidden)]
pub fn run<R: Outcome>(name: &str, nodes: u16, body: fn() -> R) {
    drust_runtime::testing::run(name, nodes, || body().check());
}
