//! The whole corpus on one cluster after the other, each under limits that hurt: one worker a node, hardly a copy kept.

use drust_tests::{on_std, with_deep_stack};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

static TWINS: Mutex<()> = Mutex::new(());

/// Runs all programs with these settings and compares them with their twins.
fn check(settings: &[(&str, &str)]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_all"));
    command.envs(settings.iter().copied()).env("RUST_BACKTRACE", "0");
    let output = command.output().expect("the program can be started");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{} after\n{stdout}\n{stderr}", output.status);
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), on_std::programs::ALL.len());
    // The twins have statics of this process, so one test at a time runs them.
    let _alone = TWINS.lock().unwrap_or_else(PoisonError::into_inner);
    for (line, (name, run)) in lines.iter().zip(on_std::programs::ALL) {
        assert_eq!(*line, format!("{name} {:?}", with_deep_stack(run)));
    }
}

#[test]
fn one_node_with_one_worker() {
    check(&[("DRUST_WORKERS", "1")]);
}

#[test]
fn three_nodes_with_one_worker_and_no_room_for_idle_copies() {
    check(&[("DRUST_NODES", "3"), ("DRUST_WORKERS", "1"), ("DRUST_COPIES", "4096")]);
}

#[test]
fn two_nodes_with_many_workers_and_few_copies() {
    check(&[("DRUST_NODES", "2"), ("DRUST_WORKERS", "16"), ("DRUST_COPIES", "262144")]);
}
