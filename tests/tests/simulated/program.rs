//! A whole program, simulated because its environment says so.

use crate::child;
use drust::thread;
use std::process::{Command, Output};

fn life(variables: &[(&str, &str)], way: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_life"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DRUST_")) {
        command.env_remove(name);
    }
    command.arg(way).env("RUST_BACKTRACE", "0").envs(variables.iter().copied());
    command.output().expect("the program can be started")
}

/// What it says on stdout, without the id of its job and its processes.
fn sum(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().find(|word| **word == "9").map_or_else(|| format!("{output:?}"), ToString::to_string)
}

#[test]
fn a_program_says_the_same_simulated() {
    for variables in [&[][..], &[("DRUST_CARRIER", "shm")], &[("DRUST_CARRIER", "sim")]] {
        let output = life(variables, "success");
        assert_eq!((output.status.code(), sum(&output)), (Some(0), "9".into()), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
    for seed in ["0", "3", "18446744073709551615"] {
        let output = life(&[("DRUST_CARRIER", "sim"), ("DRUST_SEED", seed)], "success");
        assert_eq!((output.status.code(), sum(&output)), (Some(0), "9".into()), "{output:?}");
    }
}

#[test]
fn a_simulated_program_ends_as_others_do() {
    let simulated = |way| life(&[("DRUST_CARRIER", "sim"), ("DRUST_SEED", "3")], way);
    let panicked = simulated("panic");
    assert_eq!(panicked.status.code(), Some(101), "{panicked:?}");
    assert!(String::from_utf8_lossy(&panicked.stderr).contains("as asked, in main"), "{panicked:?}");
    let panicked = simulated("panic in task");
    assert_eq!(panicked.status.code(), Some(101), "{panicked:?}");
    let leaked = simulated("leak");
    assert!(String::from_utf8_lossy(&leaked.stderr).contains("drust: leak: "), "{leaked:?}");
    let exited = simulated("exit");
    assert_eq!(exited.status.code(), Some(7), "{exited:?}");
}

#[test]
fn values_that_make_no_sense_are_told() {
    let wrong = [
        ("DRUST_CARRIER", "pigeon", "DRUST_CARRIER is set to `pigeon`, but must be `shm`, `tcp` or `sim`"),
        ("DRUST_SEED", "-1", "DRUST_SEED is set to `-1`, but must be a number from 0 to 2^64 - 1"),
        ("DRUST_NODES", "0", "DRUST_NODES is set to `0`, but must be a number of nodes from 1 to 65535"),
    ];
    for (name, value, message) in wrong {
        let output = life(&[("DRUST_CARRIER", "sim"), (name, value)], "success");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(message), "{output:?}");
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn the_end_of_a_simulated_cluster_is_said_with_its_seed() {
    let name = "program::the_end_of_a_simulated_cluster_is_said_with_its_seed";
    let variables = [("DRUST_CARRIER", "sim"), ("DRUST_NODES", "2"), ("DRUST_SEED", "5"), ("DRUST_HEAP", "1M")];
    let run = child::one(name, &variables, || {
        drust::Builder::from_env().run(|| {
            let far = drust::node::all().last().expect("there are two");
            let all = thread::spawn_on(far, (), |()| drust::Vec::<u64>::with_capacity(1 << 20).len());
            format!("{:?}", all.join())
        })
    });
    assert_eq!((run.code, run.answer), (Some(116), None), "{}", run.stderr);
    let last = "drust: simulated cluster, DRUST_SEED=5: node 1 ended with code 116, then node 0 ended with code 113";
    assert_eq!(run.stderr.lines().last(), Some(last));
    assert!(run.stderr.contains("drust: node 1 (host "), "{}", run.stderr);
    let asker = format!("no room for a u64, asked for at {}:", file!());
    let said = [&asker, "asked for 8388608 bytes, 0 of 1048576 allowed are in use", "set DRUST_HEAP to allow more"];
    assert!(said.iter().all(|part| run.stderr.contains(part)), "{}", run.stderr);
}
