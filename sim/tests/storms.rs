//! Storms as users run them: each in a process of its own.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

fn drust_sim(arguments: &str) -> Output {
    let arguments = arguments.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_drust-sim")).args(arguments).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs storms, two at a time, and wants all of them to be fine.
fn all_are_fine(seeds: std::ops::Range<u64>, arguments: &str) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds.end) {
                    let output = drust_sim(&format!("storm --seed {seed} {arguments}"));
                    assert!(output.status.success(), "{}", said(&output));
                }
            });
        }
    });
}

#[test]
fn sixty_seeds_see_what_the_oracle_sees() {
    all_are_fine(0..60, "--mixed");
}

/// The number before a word of what a storm says of itself.
fn number_of(said: &str, what: &str) -> u64 {
    let before = said.split(&format!(" {what}, ")).next().and_then(|before| before.rsplit(' ').next());
    before.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {what} in {said}"))
}

#[test]
fn tasks_are_given_to_other_nodes_and_hop_in_storms() {
    let runs = [2, 6, 9].map(|seed| said(&drust_sim(&format!("storm --seed {seed}"))));
    for what in ["given", "hops"] {
        let often: u64 = runs.iter().map(|run| number_of(run, what)).sum();
        assert!(often >= 10, "{often} {what}: {runs:?}");
    }
}

#[test]
fn a_seed_is_the_same_run_in_every_process() {
    all_are_fine(0..12, "--mixed --twice");
}

#[test]
fn a_planted_fault_is_found_and_shrunk_to_a_few_steps() {
    let found = drust_sim("storm --seed 3 --nodes 3 --plant wrong-read");
    let text = said(&found);
    assert!(found.status.code() == Some(1) && text.contains("see it again with: drust-sim storm --seed 3"), "{text}");
    let shrunk = drust_sim("shrink --seed 3 --nodes 3 --plant wrong-read");
    let text = said(&shrunk);
    let command = text.trim_end().rsplit("the smallest is: drust-sim ").next().expect("it names a command");
    let keep = command.split("--keep ").nth(1).and_then(|rest| rest.split(' ').next()).expect("steps are left out");
    assert!(keep.split(',').count() <= 5 && !keep.contains('-'), "{text}");
    let again = drust_sim(command);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
}

#[test]
fn a_fault_planted_in_drust_is_found() {
    let found = drust_sim("storm --seed 8 --nodes 3 --plant lost-addition");
    assert!(found.status.code() == Some(1) && said(&found).contains("seed 8 is wrong"), "{}", said(&found));
}

#[test]
fn a_borrow_that_ends_before_its_fetches_do_is_found() {
    let finds = |seed| {
        let found = drust_sim(&format!("storm --seed {seed} --nodes 3 --plant early-end"));
        found.status.code() == Some(1) && said(&found).contains(&format!("seed {seed} is wrong"))
    };
    assert!((0..30).any(finds), "none of thirty storms has seen it");
}

#[test]
fn what_is_fine_is_not_shrunk_and_what_makes_no_sense_is_refused() {
    assert_eq!(drust_sim("shrink --seed 3 --nodes 2 --steps 20").status.code(), Some(0));
    assert_eq!(drust_sim("storm --seed x").status.code(), Some(2));
    assert_eq!(drust_sim("calm").status.code(), Some(2));
}
