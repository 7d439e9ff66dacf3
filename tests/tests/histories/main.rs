//! Histories of shared values, checked for linearizability: threads on all nodes use one value, each notes down what it
//! called, what that returned, and when; then there must be one order of all operations that agrees with these times
//! and in which a plain sequential value of that kind returns the same.
//!
//! The search for that order is Wing and Gong's (*Testing and Verifying Concurrent Objects*, 1993) with Lowe's memory
//! of what was tried in vain (*Testing for Linearizability*, 2017), by the crate `todc-utils`. A map's keys are looked
//! at one by one: a history is linearizable where each part of it on an object of its own is (Herlihy and Wing; for
//! the search, Horn and Kroening, *Faster Linearizability Checking via P-Compositionality*, 2015).
//!
//! An operation that only tells others and does not wait (a batched add, a send) takes effect before its thread next
//! waits for what it told, so it is noted as lasting until then ([`notes::Notes::tell`]).

mod check;
mod counts;
mod map;
mod mpsc;
mod mutex;
mod notes;
mod once;
mod play;
mod refused;
mod rwlock;
mod spec;
mod started;
mod words;

/// Declares the tests of games, each in a module of the name given: on simulated clusters and on both carriers.
#[macro_export]
macro_rules! everywhere {
    ($($name:ident: $game:ty),* $(,)?) => {
        $(mod $name {
            use super::*;
            use $crate::play::play;
            use drust_tests::clock::Clock;

            #[drust::test(nodes = 3, seed = 1)]
            fn simulated() {
                play::<$game>(Clock::Counted).unwrap();
            }

            #[drust::test(nodes = 3, seed = 2)]
            fn simulated_otherwise() {
                play::<$game>(Clock::Counted).unwrap();
            }

            #[drust::test(nodes = 2, seed = 3)]
            fn simulated_on_two_nodes() {
                play::<$game>(Clock::Counted).unwrap();
            }

            #[drust::test(nodes = 3, carrier = "shm")]
            fn in_shared_memory() {
                play::<$game>(Clock::Monotonic).unwrap();
            }

            #[drust::test(nodes = 3, carrier = "tcp")]
            fn over_tcp() {
                play::<$game>(Clock::Monotonic).unwrap();
            }
        })*
    };
}
