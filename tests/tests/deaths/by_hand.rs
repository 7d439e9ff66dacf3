//! Nodes without a launcher: each names the culprit by its own last line and tells by its code that it was another.

use crate::hand::{Hand, Place, Port};
use drust_tests::kill::HEARTBEAT;
use rustix::process::Signal;
use std::process::Command;

const PEER_LOST: i32 = 113;

fn three(name: &str, place: Place<'_>) -> Hand {
    Hand::start(name, 3, place, |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doomed"));
        command.arg("busy");
        command
    })
}

fn who_was_killed_has_its_signals_code_and_the_others_have_113(mut hand: Hand) {
    let pid = hand.pid(1);
    hand.signal(1, Signal::KILL);
    assert_eq!(hand.end(1), (128 + 9, String::new()));
    for rank in [0, 2] {
        let (code, line) = hand.end(rank);
        let named = line.contains(&format!("pid {pid}) was lost: its connection closed"));
        assert!(code == PEER_LOST && named && line.contains(": node 1 ("), "node {rank}: {code} {line}");
    }
}

/// What the stopped node says when it goes on.
fn who_was_stopped_is_named_and_ends_when_it_goes_on(mut hand: Hand) -> String {
    hand.signal(2, Signal::STOP);
    for rank in [0, 1] {
        let (code, line) = hand.end(rank);
        let named = line.contains(&format!("was lost: nothing was heard of it for {HEARTBEAT}s"));
        assert!(code == PEER_LOST && named && line.contains(": node 2 ("), "node {rank}: {code} {line}");
    }
    hand.signal(2, Signal::CONT);
    let (code, line) = hand.end(2);
    assert_eq!(code, PEER_LOST, "{line}");
    line
}

#[test]
fn a_kill_over_tcp() {
    let port = Port::reserve();
    who_was_killed_has_its_signals_code_and_the_others_have_113(three("killed", Place::Tcp(&port.address())));
}

#[test]
fn a_kill_on_shm() {
    who_was_killed_has_its_signals_code_and_the_others_have_113(three("killed-shm", Place::Shm));
}

#[test]
fn a_stop_over_tcp() {
    let port = Port::reserve();
    let line = who_was_stopped_is_named_and_ends_when_it_goes_on(three("stopped", Place::Tcp(&port.address())));
    // What the others said of it may not have reached it before their connections closed.
    assert!(line.contains("gave this node up") || line.contains("was lost: its connection closed"), "{line}");
}

#[test]
fn a_stop_on_shm() {
    let line = who_was_stopped_is_named_and_ends_when_it_goes_on(three("stopped-shm", Place::Shm));
    let told = format!("gave this node up: nothing was heard of it for {HEARTBEAT}s; the job ends");
    assert!(line.ends_with(&told), "{line}");
}
