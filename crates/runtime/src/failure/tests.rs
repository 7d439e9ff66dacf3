//! Nodes that end before their time: what they tell their peers, what they say, and with what code they exit.

use super::*;
use crate::job::connected;
use crate::stub::{Wire, in_child, node, process};
use std::process::Output;
use std::sync::{Arc, Barrier};

/// The announcements of a child, what it said of itself, and its code.
fn told(output: &Output) -> (Vec<String>, Vec<String>, i32) {
    let (said, text) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    let announced = text.split("announced: ").skip(1).filter_map(|rest| rest.split_once(".\n"));
    let announced = announced.map(|(lost, _)| lost.to_owned()).collect();
    let own = Process::own().host;
    let lines = said.lines().filter_map(|line| line.strip_prefix(&format!("drust: node 0 (host {own}, pid ")));
    let lines = lines.filter_map(|line| line.split_once("): ")).map(|(_, line)| line.to_owned()).collect();
    (announced, lines, output.status.code().expect("it exits"))
}

fn is(output: &Output, announced: &[&str], line: &str, code: i32) {
    let (all, lines, exit) = told(output);
    assert_eq!((lines.as_slice(), exit), ([line.to_owned()].as_slice(), code), "{output:?}");
    assert_eq!(all, announced, "{output:?}");
}

fn watching() -> Arc<Wire> {
    let (node, wire) = node();
    connected(node);
    wire
}

fn loses(test: &str, lost: &Lost) -> Output {
    in_child(&format!("failure::tests::{test}"), || watching().lose(lost.clone()))
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_loss_is_told_and_said() {
    let output = loses("a_loss_is_told_and_said", &Lost::seen(Rank(1), Cause::Closed));
    let cause = "its connection closed: its process ended, or the link to it did";
    let line = format!("node 1 ({}) was lost: {cause}; the job ends", process(Rank(1)));
    is(&output, &[&format!("node 1 was lost: {cause}")], &line, exit::PEER_LOST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn who_leaves_before_the_job_is_over_is_lost() {
    let output = loses("who_leaves_before_the_job_is_over_is_lost", &Lost::seen(Rank(1), Cause::Departed));
    let line = format!("node 1 ({}) was lost: it has left the cluster; the job ends", process(Rank(1)));
    is(&output, &["node 1 was lost: it has left the cluster"], &line, exit::PEER_LOST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_loss_that_another_saw_is_told_on() {
    let lost = Lost { rank: Rank(2), cause: Cause::Silent(Duration::from_secs(30)), by: Some(Rank(1)) };
    let output = loses("a_loss_that_another_saw_is_told_on", &lost);
    let named = process(Rank(2));
    let line = format!("node 2 ({named}) was lost: nothing was heard of it for 30s (seen by node 1); the job ends");
    is(&output, &[&lost.to_string()], &line, exit::PEER_LOST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn what_a_node_said_of_itself_needs_no_witness() {
    let cause = Cause::Ended { code: 116, why: "no room".into() };
    let lost = Lost { rank: Rank(2), cause, by: Some(Rank(2)) };
    let output = loses("what_a_node_said_of_itself_needs_no_witness", &lost);
    let line = format!("node 2 ({}) was lost: it ended with code 116: no room; the job ends", process(Rank(2)));
    is(&output, &[&lost.to_string()], &line, exit::PEER_LOST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_node_that_the_others_gave_up_says_so() {
    let lost = Lost { rank: Rank(0), cause: Cause::Broken("a planted frame".into()), by: Some(Rank(1)) };
    let output = loses("a_node_that_the_others_gave_up_says_so", &lost);
    let by = process(Rank(1));
    let line = format!("node 1 ({by}) gave this node up: it sent what makes no sense (a planted frame); the job ends");
    is(&output, &[&lost.to_string()], &line, exit::BROKEN_RULE);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn the_launchers_end_is_told() {
    let output = loses("the_launchers_end_is_told", &Lost::seen(Rank(0), Cause::LauncherGone));
    let announced = "node 0 was lost: it ended with code 114: its launcher died";
    is(&output, &[announced], "its launcher died", exit::LAUNCHER_LOST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_launchers_end_that_a_peer_makes_up_is_the_peers_word() {
    let lost = Lost { rank: Rank(0), cause: Cause::LauncherGone, by: Some(Rank(1)) };
    let output = loses("a_launchers_end_that_a_peer_makes_up_is_the_peers_word", &lost);
    let line = format!("node 1 ({}) gave this node up: its launcher died; the job ends", process(Rank(1)));
    is(&output, &[&lost.to_string()], &line, exit::PEER_LOST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
#[allow(clippy::disallowed_methods, reason = "threads of a real process")]
fn of_many_ends_at_once_one_is_told_and_said() {
    const THREADS: usize = 8;
    let output = in_child("failure::tests::of_many_ends_at_once_one_is_told_and_said", || {
        let (node, wire) = node();
        // Time for all the others to come.
        wire.on_end(|_| std::thread::sleep(Duration::from_millis(300)));
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    node.enter();
                    start.wait();
                    end("planted")
                });
            }
        });
    });
    is(&output, &["node 0 was lost: it ended with code 117: planted"], "planted", exit::BROKEN_RULE);
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn an_end_within_the_end_exits_at_once() {
    let output = in_child("failure::tests::an_end_within_the_end_exits_at_once", || {
        let (_, wire) = node();
        wire.on_end(|_| end("what fails while it is told"));
        end("planted")
    });
    let announced = "node 0 was lost: it ended with code 117: planted";
    is(&output, &[announced], "what fails while it is told", exit::BROKEN_RULE);
}
