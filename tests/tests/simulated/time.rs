//! Time in a simulation: whatever waits for it by drust waits for a number.

use crate::child;
use drust::testing::{End, Simulation, simulate};
use drust::{Box, node, thread};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// Waits of an hour each, on every node at once.
fn patience() -> u64 {
    let tasks: std::vec::Vec<_> = node::all()
        .map(|on| {
            thread::spawn_on(on, (), |()| {
                thread::sleep(HOUR);
                Box::new(1_u64)
            })
        })
        .collect();
    let sum: u64 = tasks.into_iter().map(|task| *task.join().unwrap()).sum();
    let never = thread::spawn_on(node::all().last().unwrap(), (), |()| {
        thread::sleep(3 * HOUR);
        2
    });
    let never = never.join_timeout(HOUR).expect_err("it sleeps for longer");
    assert!(!never.is_finished());
    sum + never.join().unwrap()
}

#[test]
fn hours_pass_at_once() {
    let body = |seed: &str| {
        let begun = Instant::now();
        let run = simulate(&Simulation { seed: seed.parse().unwrap(), ..Simulation::default() }, patience);
        assert!(matches!(run.end, End::Returned(5)), "{run:?}");
        // In real time any wait of these would outlast the test's bound.
        assert!(begun.elapsed() < HOUR);
        run.time.as_secs().to_string()
    };
    for run in child::each("time::hours_pass_at_once", (0..5).map(|seed: u64| seed.to_string()), body) {
        assert_eq!(run.answer(), (4 * HOUR).as_secs().to_string(), "seed {}", run.argument);
    }
}

#[test]
fn a_sleep_without_end_is_no_overflow() {
    let run = child::one("time::a_sleep_without_end_is_no_overflow", &[], || {
        let run = simulate(&Simulation::default(), || thread::sleep(Duration::MAX));
        let End::Stuck(who) = run.end else { panic!("{run:?}") };
        who
    });
    assert!(run.answer().contains("node 0 (Runs): thread main waits"), "{run:?}");
}
