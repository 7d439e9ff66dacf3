//! The rules of locks, explored exhaustively: a few nodes with a few threads each, messages in any order, and an owner
//! who ends the lock when all are done. Rules broken on purpose are found.

mod explore;
mod rules;
mod single;
mod world;

use explore::{Found, explore};
use rules::Fault;
use std::collections::BTreeSet;
use world::Do::{Forget, Lock, Timed, Try};
use world::{Do, World};

/// Which threads there are: the node, and what it does one after the other.
type Threads<'a> = &'a [(u16, &'a [Do])];

/// The owner's node, the bound of a node's turn, and threads: few, but all that can happen to them.
const SCENARIOS: &[(u16, u32, Threads<'_>)] = &[
    (0, 16, &[(0, &[Lock, Lock]), (1, &[Lock, Lock]), (2, &[Lock, Lock])]),
    (1, 1, &[(1, &[Lock]), (1, &[Lock]), (1, &[Lock]), (2, &[Lock]), (2, &[Lock]), (0, &[Lock])]),
    (0, 0, &[(1, &[Lock]), (1, &[Lock]), (2, &[Lock]), (2, &[Timed]), (0, &[Timed])]),
    (2, 16, &[(1, &[Lock]), (1, &[Timed]), (2, &[Timed]), (0, &[Lock])]),
    (0, 16, &[(0, &[Lock]), (1, &[Timed, Try]), (2, &[Try, Timed])]),
    (1, 16, &[(0, &[Lock]), (1, &[Try, Lock]), (1, &[Try]), (2, &[Try])]),
    (2, 0, &[(0, &[Timed]), (1, &[Timed]), (1, &[Try]), (2, &[Timed])]),
    (3, 16, &[(0, &[Lock]), (1, &[Try]), (2, &[Try]), (3, &[Try])]),
    (1, 16, &[(1, &[Lock]), (0, &[Timed]), (2, &[Timed]), (3, &[Try])]),
    (1, 16, &[(0, &[Lock, Forget])]),
    (2, 16, &[(1, &[Forget])]),
    (1, 16, &[(1, &[Try, Forget]), (1, &[Timed])]),
    (0, 1, &[(1, &[Lock, Lock]), (1, &[Lock]), (1, &[Timed]), (2, &[Try])]),
];

/// One in which more happens: not for each fault.
const LARGE: (u16, u32, Threads<'_>) = (0, 0, &[(1, &[Timed, Timed]), (2, &[Try, Try]), (1, &[Timed]), (0, &[Try])]);

fn explored(fault: Fault, (owner, cohort, threads): (u16, u32, Threads<'_>), seen: &mut BTreeSet<String>) -> Found {
    explore(World::new(owner, cohort, threads, fault), seen)
}

#[test]
fn every_thread_has_its_turn_alone_and_none_is_refused_a_free_lock() {
    let mut seen = BTreeSet::new();
    let mut worlds = 0;
    for &scenario in SCENARIOS.iter().chain([&LARGE]) {
        let found = explored(Fault::None, scenario, &mut seen);
        println!("{scenario:?}: {} worlds", found.worlds);
        assert_eq!(found.violation, None, "{scenario:?}");
        worlds += found.worlds;
    }
    assert!(worlds > 100_000, "{worlds} worlds");
    let missing: Vec<_> = EXPECTED.iter().filter(|what| !seen.contains(**what)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?} among {seen:#?}");
}

/// Each event in each place where it can be.
const EXPECTED: &[&str] = &[
    "Lock Absent",
    "Lock Asked",
    "Lock Here free",
    "Lock Here held",
    "Leave Asked",
    "Leave Here held",
    "Leave Here free",
    "Come Asked",
    "Come Here free",
    "Come Here held",
    "Unlock Here held",
    "Granted Asked",
    "Next Asked",
    "Next Here free",
    "Next Here held",
    "Busy Absent",
    "Busy Asked",
    "Busy Here free",
    "Busy Here held",
    "Probe Absent",
    "Probe Asked",
    "Probe Here free",
    "Probe Here held",
];

#[track_caller]
fn caught(fault: Fault, how: &str) {
    let mut ways = BTreeSet::new();
    for &scenario in SCENARIOS {
        if let Some(violation) = explored(fault, scenario, &mut BTreeSet::new()).violation {
            ways.insert(violation.split(':').next().unwrap_or_default().to_owned());
        }
    }
    assert!(ways.contains(how), "{fault:?} shows as {ways:?}");
}

#[test]
fn a_next_that_came_before_its_grant_and_was_forgotten() {
    caught(Fault::ForgetsEarlyNext, "stuck");
}

#[test]
fn a_home_that_tells_the_same_node_of_two() {
    caught(Fault::KeepsTail, "illegal");
}

#[test]
fn a_token_that_is_handed_over_and_kept() {
    caught(Fault::KeepsToken, "tokens");
}

#[test]
fn a_token_handed_over_while_threads_wait_and_not_asked_for_again() {
    caught(Fault::AsksOnce, "stuck");
}

#[test]
fn a_token_that_nobody_waits_for_and_that_stays_there() {
    caught(Fault::KeepsUnwanted, "waits");
}

#[test]
fn a_thread_that_is_called_and_does_not_hear_it() {
    caught(Fault::CallsNobody, "stuck");
}

#[test]
fn busy_told_by_a_node_that_only_waits_for_the_token_itself() {
    caught(Fault::BusyWhereAsked, "spurious");
}

#[test]
fn a_question_that_is_not_handed_on() {
    caught(Fault::DropsQuestions, "waits");
}

#[test]
fn a_question_that_is_forgotten_when_the_token_comes() {
    caught(Fault::ForgetsDoubts, "waits");
}

#[test]
fn a_thread_that_gives_up_before_the_home_has_heard_of_it() {
    caught(Fault::LeavesUnheard, "end");
}
