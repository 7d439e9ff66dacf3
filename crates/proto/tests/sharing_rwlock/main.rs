//! The exhaustive model of `RwLock`: every order in which a few threads on a few nodes can use a lock, give up, try,
//! own and drop it, and in which messages arrive, driven by the functions that the runtime calls.
//!
//! [`world`] is what there is and what may happen; [`explore`] goes through all of it. Data are a number, so that who
//! holds the lock and finds another than the last one written has found an old copy.

mod explore;
mod world;

use Does::{End, Forget, Lock, Own, ReadUntil, Timed, Try};
use drust_proto::sharing::rwlock::Mode::{Read, Write};
use explore::explore;
use std::collections::BTreeSet;
use world::{Does, Fault, Scenario};

const PLAIN: Scenario =
    Scenario { name: "", threads: &[], shares: true, lanes: true, counts: false, fault: Fault::None };

/// Who reads waits for somebody else who reads, while somebody wants to write and gives up.
const READERS_MEET: Scenario = Scenario {
    name: "readers meet",
    threads: &[(1, &[Lock(Write), ReadUntil(1)]), (1, &[Lock(Read)]), (2, &[Timed(Write)])],
    ..PLAIN
};

/// As [`READERS_MEET`], of different nodes, one of which may have written and kept the lock.
const READERS_OF_NODES_MEET: Scenario = Scenario {
    name: "readers of different nodes meet",
    threads: &[(1, &[Lock(Write), ReadUntil(2)]), (0, &[Timed(Write)]), (2, &[Try(Write), Lock(Read)])],
    ..PLAIN
};

const GIVING_UP: Scenario = Scenario {
    name: "giving up",
    threads: &[(1, &[Timed(Write), Own]), (1, &[Lock(Read)]), (2, &[Timed(Read), Lock(Write)])],
    ..PLAIN
};

/// A recall is under way that nobody wants any more.
const OWNING_AFTER: Scenario =
    Scenario { name: "owning after", threads: &[(1, &[Lock(Write), Own, End]), (0, &[Timed(Write)])], ..PLAIN };

const TRIES_BESIDE_LOCKS: Scenario = Scenario {
    name: "tries beside locks",
    threads: &[(1, &[Lock(Write), Try(Read)]), (1, &[Try(Read), Try(Write)]), (2, &[Lock(Read), Try(Write), Own])],
    ..PLAIN
};

const READ_AND_WRITE: Scenario = Scenario {
    name: "all read and write",
    threads: &[(0, &[Lock(Read), Lock(Write)]), (1, &[Lock(Write), Lock(Read)]), (2, &[Lock(Read), Lock(Write)])],
    counts: true,
    ..PLAIN
};

const FORGOTTEN: Scenario = Scenario {
    name: "guards are forgotten",
    threads: &[(1, &[Forget(Read)]), (2, &[Forget(Read), Own, Lock(Write), End]), (0, &[Timed(Write)])],
    ..PLAIN
};

const SCENARIOS: &[Scenario] = &[
    READERS_MEET,
    READERS_OF_NODES_MEET,
    Scenario {
        name: "two write",
        threads: &[(1, &[Lock(Write), Lock(Write)]), (2, &[Lock(Write), Lock(Read), End])],
        counts: true,
        ..PLAIN
    },
    READ_AND_WRITE,
    Scenario {
        name: "two threads a node",
        threads: &[
            (1, &[Lock(Read), Lock(Write)]),
            (1, &[Lock(Read)]),
            (2, &[Lock(Read), Lock(Write)]),
            (0, &[Lock(Read)]),
        ],
        ..PLAIN
    },
    Scenario {
        name: "counted handles are not shared",
        threads: &[(1, &[Lock(Write), Lock(Read)]), (1, &[Lock(Read)]), (2, &[Lock(Read), Lock(Write)])],
        shares: false,
        ..PLAIN
    },
    Scenario {
        name: "tries",
        threads: &[(1, &[Try(Read), Try(Write)]), (2, &[Try(Write), Try(Read)]), (0, &[Try(Read), Try(Write)])],
        ..PLAIN
    },
    TRIES_BESIDE_LOCKS,
    GIVING_UP,
    OWNING_AFTER,
    Scenario {
        name: "giving up beside others of the node",
        threads: &[(1, &[Timed(Write)]), (1, &[Timed(Write), Lock(Read), End]), (2, &[Lock(Read), Timed(Write)])],
        ..PLAIN
    },
    Scenario {
        name: "giving up under tries",
        threads: &[
            (0, &[Timed(Write)]),
            (1, &[Lock(Read), Try(Write)]),
            (2, &[Lock(Read), Timed(Read), Try(Write), Own]),
        ],
        ..PLAIN
    },
    FORGOTTEN,
    Scenario {
        name: "a writer's guard is forgotten",
        threads: &[(1, &[Forget(Write)]), (2, &[Own, Forget(Write), End])],
        ..PLAIN
    },
    Scenario {
        name: "one lane",
        threads: &[(1, &[Lock(Write), Timed(Read)]), (2, &[Timed(Read), Lock(Write)]), (0, &[Try(Write), Lock(Read)])],
        lanes: false,
        ..PLAIN
    },
];

/// What can happen, and what can come of it; each must in some world, and nothing else.
const STEPS: &[(&str, &[&str])] = &[
    (
        "home: Busy",
        &[
            "Grant Read",
            "Recall Nothing Hard",
            "Recall Nothing Soft",
            "Recall Read Hard",
            "Recall Read Soft",
            "Refused",
        ],
    ),
    ("home: Cancel", &["Grant Read", "Keep", "Recall Nothing Hard", "Recall Read Hard", "Refused"]),
    (
        "home: Return",
        &[
            "End",
            "Grant Read",
            "Grant Write",
            "Recall Nothing Hard",
            "Recall Nothing Soft",
            "Recall Read Hard",
            "Recall Read Soft",
        ],
    ),
    (
        "home: Want",
        &[
            "Grant Read",
            "Grant Write",
            "Recall Nothing Hard",
            "Recall Nothing Own",
            "Recall Nothing Soft",
            "Recall Read Hard",
            "Recall Read Soft",
            "Refused",
        ],
    ),
    ("seat: Ask Own", &["Return", "Want"]),
    ("seat: Ask Try", &["Admit", "Refuse", "Return", "Want"]),
    ("seat: Ask Wait", &["Admit", "Return", "Want"]),
    ("seat: Grant", &["Admit", "Busy", "Gone", "Refuse", "Return", "Return kept", "Want"]),
    ("seat: Keep", &["Admit"]),
    ("seat: Leave", &["Cancel", "Gone"]),
    ("seat: Recall Nothing Hard", &["Return"]),
    ("seat: Recall Nothing Own", &["Return"]),
    ("seat: Recall Nothing Soft", &["Busy", "Return"]),
    ("seat: Recall Read Hard", &["Return", "Return kept", "Want"]),
    ("seat: Recall Read Soft", &["Busy", "Return", "Return kept"]),
    ("seat: Refused", &["Gone", "Refuse", "Want"]),
    ("seat: Unlock Read", &["Admit", "Return", "Want"]),
    ("seat: Unlock Write", &["Admit", "Return", "Return kept", "Want"]),
];

#[test]
fn nothing_is_wrong_in_any_world_and_every_step_is_taken() {
    let mut seen = BTreeSet::new();
    for scenario in SCENARIOS {
        let explored = explore(scenario);
        if let Some((why, way)) = explored.wrong {
            panic!("{}: {why}, after {} moves: {way:?}", scenario.name, way.len());
        }
        assert!(explored.worlds > 10, "{} has hardly any worlds", scenario.name);
        seen.extend(explored.seen);
    }
    let expected: BTreeSet<String> = STEPS
        .iter()
        .flat_map(|(event, actions)| actions.iter().map(move |action| format!("{event} -> {action}")))
        .collect();
    assert_eq!(seen, expected);
}

/// Each rule, broken, leads to what is expected.
#[test]
fn broken_rules_are_found() {
    let planted = [
        (Fault::NoKeep, READERS_MEET, "waits for ever"),
        (Fault::LosesEarly, READ_AND_WRITE, "waits for ever"),
        (Fault::SaysNotBusy, READERS_OF_NODES_MEET, "waits for ever"),
        (Fault::RecallsAreReturns, READ_AND_WRITE, "write and"),
        (Fault::KeepsData, READERS_OF_NODES_MEET, "come home"),
        (Fault::GoesAtOnce, OWNING_AFTER, "finds"),
        (Fault::CopiesStay, READ_AND_WRITE, "finds"),
        (Fault::ForgottenCount, FORGOTTEN, "waits for ever"),
    ];
    for (fault, scenario, expected) in planted {
        let (why, way) =
            explore(&Scenario { fault, ..scenario }).wrong.unwrap_or_else(|| panic!("{fault:?} is not found"));
        assert!(why.contains(expected), "{fault:?} leads to {why:?}, after {way:?}");
    }
}
