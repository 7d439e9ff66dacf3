//! The random walk of the corpus, on more seeds and on more nodes at once.

use drust_tests::{on_drust, on_std, with_deep_stack};

fn check(seeds: std::ops::Range<u64>, steps: usize) {
    for seed in seeds {
        let expected = with_deep_stack(move || on_std::programs::storm::walk(seed, steps));
        assert_eq!(on_drust::programs::storm::walk(seed, steps), expected, "seed {seed}");
    }
}

#[drust::test(nodes = 2)]
fn on_two_nodes() {
    check(100..110, 120);
}

#[drust::test(nodes = 3)]
fn on_three_nodes() {
    check(200..210, 120);
}

#[drust::test(nodes = 5)]
fn on_five_nodes() {
    check(300..305, 120);
}
