//! Short attacks on nodes that run in processes of their own.

use std::process::Command;

/// Runs some frames of a target, and fails as it does.
fn attack(target: &str, frames: u32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drust-fuzz"));
    command.args(["--target", target, "--seed", "1", "--frames", &frames.to_string()]);
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("nothing wrong"), "{said}");
}

#[test]
fn a_node_withstands_a_member_that_turns_on_it() {
    attack("member", 10_000);
}

#[test]
fn a_node_withstands_a_member_that_turns_on_the_wires() {
    attack("raw", 400);
}

#[test]
fn a_job_withstands_strangers_at_its_ports() {
    attack("port", 600);
}
