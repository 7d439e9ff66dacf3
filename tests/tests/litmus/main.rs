//! Litmus tests: small programs whose threads could see what sequential consistency forbids, run often enough that they
//! would. Programs without data races must see one order of all that happens, as with std (`docs/book/memory-model.md`
//! says what that means across nodes); each of these fails where a message that must be waited for is not.

mod counted;
mod harness;
mod locks;
mod started;
mod told;
mod words;

/// Declares the tests of litmus programs, each in a module of the name given: on simulated clusters and both carriers.
#[macro_export]
macro_rules! everywhere {
    ($($name:ident: $litmus:ty),* $(,)?) => {
        $(mod $name {
            use super::*;
            use $crate::harness::run;
            use drust_tests::clock::Clock;

            #[drust::test(nodes = 3, seed = 1)]
            fn simulated() {
                run::<$litmus>(Clock::Counted).unwrap();
            }

            #[drust::test(nodes = 4, seed = 2)]
            fn simulated_on_four_nodes() {
                run::<$litmus>(Clock::Counted).unwrap();
            }

            #[drust::test(nodes = 2, carrier = "shm")]
            fn in_shared_memory() {
                run::<$litmus>(Clock::Monotonic).unwrap();
            }

            #[drust::test(nodes = 3, carrier = "tcp")]
            fn over_tcp() {
                run::<$litmus>(Clock::Monotonic).unwrap();
            }
        })*
    };
}
