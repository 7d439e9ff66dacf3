//! A run is a function of its seed.

use crate::{child, work};
use std::collections::BTreeSet;

const SEEDS: u64 = 30;

#[test]
fn the_same_seed_is_the_same_run_and_others_are_others() {
    let name = "seeds::the_same_seed_is_the_same_run_and_others_are_others";
    let body = |seed: &str| work::digest(&work::run(seed.parse().unwrap(), Vec::new()));
    // Not one after the other, so that a machine that is slow for a while is slow for one of them.
    let seeds = || (0..SEEDS).map(|seed| seed.to_string());
    let runs = child::each(name, seeds().chain(seeds()), body);
    let (first, second) = runs.split_at(SEEDS as usize);
    let mut orders = BTreeSet::new();
    for (first, second) in first.iter().zip(second) {
        assert!(first.answer().starts_with(&format!("Returned({});", work::RESULT)), "{}", first.answer());
        assert_eq!(first.answer(), second.answer(), "seed {}", first.argument);
        orders.insert(first.answer().rsplit("; ").next());
    }
    assert!(orders.len() > 20, "{SEEDS} seeds gave {} orders", orders.len());
}
