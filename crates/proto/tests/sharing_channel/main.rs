//! The exhaustive model of channels: every order in which a few threads on three nodes, and the messages between them,
//! can act, driven by the machines that the runtime drives.
//!
//! Node 0 is the home. Messages between two nodes stay in order; nothing is said of any others. There is a release
//! fence only where a scenario has one: what a sender sends from two nodes is in order by it, the end is right without.
//! A [`world`] takes a step, and looks at once whether something is wrong; [`explore`] does so breadth first, so that
//! the way to a violation is a shortest one.

mod explore;
mod planted;
mod scenarios;
mod world;

use explore::explore;
use scenarios::{ALL, Scenario};
use std::collections::BTreeSet;

/// What the machines say to each other, as `event>order`.
const SAID: &[&str] = &[
    "Back>End",
    "Back>Last",
    "Back>Lack",
    "Back>Over",
    "Close>Closed",
    "Close>Over",
    "Close>Recall",
    "Close>Refuse",
    "Give>Got",
    "Lack>Lack",
    "Last>Lack",
    "Leave>Lack",
    "Leave>Leave",
    "OverAck>Closed",
    "OverAck>End",
    "OverAck>Lack",
    "OverAck>Last",
    "Post>Ack",
    "Post>Give",
    "Post>Push",
    "Push>Got",
    "Push>Report",
    "Quit>Refuse",
    "Recall>Return",
    "Report>Push",
    "Return>Closed",
    "Return>Give",
    "Return>Grant",
    "Return>Lack",
    "Return>Push",
    "Send>Accept",
    "Send>Give",
    "Send>Push",
    "Send>Refuse",
    "Take>Got",
    "Take>Lack",
    "Take>Report",
    "Take>Want",
    "Want>Accept",
    "Want>Give",
    "Want>Grant",
    "Want>Lack",
    "Want>Push",
    "Want>Recall",
];

#[test]
fn nothing_is_wrong_in_any_world() {
    let mut said = BTreeSet::new();
    for scenario in ALL {
        let found = explore(scenario, None);
        println!("{}: {} worlds", scenario.name, found.worlds);
        if let Some((why, trace)) = found.violation {
            panic!("{}: {why} after {trace:?}", scenario.name);
        }
        assert!(found.worlds > 50, "{} is too small to mean anything", scenario.name);
        said.extend(found.said);
    }
    let missed: Vec<_> = SAID.iter().filter(|pair| !said.contains(**pair)).collect();
    assert!(missed.is_empty(), "never said: {missed:?}, but {said:?}");
}

#[test]
fn each_rule_is_missed_when_it_is_broken() {
    for (fault, name) in planted::ALL {
        let scenario: &Scenario = ALL.iter().find(|each| each.name == *name).expect("a scenario of this name");
        let found = explore(scenario, Some(*fault));
        let (why, trace) = found.violation.unwrap_or_else(|| panic!("{fault:?} is not noticed in {name}"));
        println!("{fault:?}: {why} after {} steps, {} worlds", trace.len(), found.worlds);
    }
}
