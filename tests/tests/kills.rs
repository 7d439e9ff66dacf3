//! Jobs under load that are killed, stopped or told to end: a round of each kind on each carrier, of those that
//! `cargo xtask kill` plays by the hundred.

use drust_tests::kill::{Kind, PROMISE, Round};
use std::path::Path;
use std::time::Duration;

/// Loaded machines get more time than what is promised.
const BOUND: Duration = Duration::from_secs(20);
const _: () = assert!(BOUND.as_secs() > PROMISE.as_secs());

fn play(kind: Kind) {
    if !kind.is_permitted() {
        return println!("skipped: this machine does not permit the {kind}");
    }
    for (carrier, seed) in [("shm", 0), ("tcp", 1)] {
        let program = Path::new(env!("CARGO_BIN_EXE_doomed"));
        let round = Round { program, carrier: Some(carrier), seed, bound: BOUND };
        if let Err(what) = round.play_as(kind) {
            panic!("{carrier}, seed {seed}: {what}");
        }
    }
}

#[test]
fn a_killed_node_is_named_by_all() {
    play(Kind::Kill);
}

#[test]
fn a_stopped_node_is_named_by_all() {
    play(Kind::Stop);
}

#[test]
fn a_terminated_node_is_named_by_all() {
    play(Kind::Terminate);
}

#[test]
fn an_aborted_node_is_named_by_all() {
    play(Kind::Abort);
}

#[test]
#[cfg_attr(drust_asan, ignore = "AddressSanitizer takes this signal, and ends the node in its own way")]
fn a_faulty_node_is_named_by_all() {
    play(Kind::Fault);
}

#[test]
fn nodes_end_with_a_killed_launcher() {
    play(Kind::KillLauncher);
}

#[test]
fn nodes_end_with_a_terminated_launcher() {
    play(Kind::TerminateLauncher);
}

#[test]
fn an_interrupt_ends_all() {
    play(Kind::Interrupt);
}

#[test]
fn a_closed_connection_ends_both_sides_and_all_others() {
    play(Kind::Disconnect);
}

#[test]
fn a_node_killed_while_joining_is_named_by_the_launcher() {
    play(Kind::KillEarly);
}

#[test]
fn a_stopped_node_ends_with_a_killed_launcher() {
    play(Kind::KillLauncherOfStopped);
}
