//! Atomic words: the classic programs, each with its words at homes of their own.

use crate::everywhere;
use crate::harness::{Litmus, nth};
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::thread;

/// Two words.
type Words = (AtomicU64, AtomicU64);

/// Words at this node and at the next.
fn words(home: usize) -> Words {
    let word = |home| thread::spawn_on(nth(home), (), |()| AtomicU64::new(0)).join().unwrap();
    (word(home), word(home + 1))
}

fn set(word: &AtomicU64) {
    // drust takes every order for the strongest, which is the one that these programs want.
    word.store(1, Ordering::SeqCst);
}

fn get(word: &AtomicU64) -> u64 {
    word.load(Ordering::SeqCst)
}

/// Two loads as one number: the first is the ten.
fn both(first: &AtomicU64, second: &AtomicU64) -> u64 {
    10 * get(first) + get(second)
}

/// Declares programs on two words: what each thread does with them, and what must not be seen.
macro_rules! programs {
    ($($(#[$docs:meta])* $name:ident($x:ident, $y:ident) { $($does:expr),+ $(,)? } forbids $saw:pat)*) => {
        $($(#[$docs])*
        struct $name;

        impl Litmus for $name {
            type Shared = Words;
            type End = ();
            const THREADS: usize = [$(stringify!($does)),+].len();

            fn deal(home: usize) -> (Words, Vec<()>) {
                (words(home), vec![(); Self::THREADS])
            }

            fn run(thread: usize, ($x, $y): &Words, (): ()) -> u64 {
                let threads: [&dyn Fn() -> u64; Self::THREADS] = [$(&|| $does),+];
                threads[thread]()
            }

            fn is_allowed(saw: &[u64]) -> bool {
                !matches!(saw, $saw)
            }
        })*
    };
}

programs! {
    /// Each stores to one and loads the other: one of the stores is first.
    StoreBuffering(x, y) {
        { set(x); get(y) },
        { set(y); get(x) },
    } forbids [0, 0]

    /// What was stored before a flag is seen by who sees the flag.
    MessagePassing(x, y) {
        { set(x); set(y); 0 },
        both(y, x),
    } forbids [_, 10]

    /// Nobody sees what is stored because it was seen.
    LoadBuffering(x, y) {
        { let saw = get(x); set(y); saw },
        { let saw = get(y); set(x); saw },
    } forbids [1, 1]

    /// One who loads a word twice does not see it go back.
    Coherence(x, y) {
        { set(x); set(y); 0 },
        both(x, x),
        both(y, y),
    } forbids [_, 10, _] | [_, _, 10]

    /// Who sees what a second thread stored sees what that one saw before.
    Causality(x, y) {
        { set(x); 0 },
        { let saw = get(x); set(y); saw },
        both(y, x),
    } forbids [_, 1, 10]

    /// Two who look see two independent stores in the same order.
    IndependentReads(x, y) {
        { set(x); 0 },
        { set(y); 0 },
        both(x, y),
        both(y, x),
    } forbids [_, _, 10, 10]
}

everywhere! {
    store_buffering: StoreBuffering,
    message_passing: MessagePassing,
    load_buffering: LoadBuffering,
    coherence: Coherence,
    causality: Causality,
    independent_reads: IndependentReads,
}
