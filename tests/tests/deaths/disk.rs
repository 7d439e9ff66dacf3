//! Output to a full disk: the program panics as one of std's does, and the job ends with it.

use crate::process::{Process, code};
use drust_tests::kill::command;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::Stdio;

const DOOMED: &str = env!("CARGO_BIN_EXE_doomed");
const NO_SPACE: &str = "failed printing to stdout: No space left on device";

/// A file that takes nothing.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("there is /dev/full")
}

fn ends(way: &str, stderr: Stdio) -> (i32, String) {
    let mut command = command(Path::new(DOOMED), way, 3);
    let (status, said) = Process::start(command.stdin(Stdio::null()).stdout(full()).stderr(stderr)).end();
    (code(status), said)
}

#[test]
fn main_panics_as_without_drust() {
    let (code, said) = ends("print", Stdio::piped());
    assert_eq!(code, 101, "{said}");
    assert!(said.contains("thread 'main'") && said.contains(NO_SPACE), "{said}");
}

#[test]
fn a_task_panics_and_names_its_node() {
    let (code, said) = ends("print elsewhere", Stdio::piped());
    assert_eq!(code, 101, "{said}");
    let joiner = said.lines().find(|line| line.contains("node: 2"));
    assert!(joiner.is_some_and(|line| line.contains(NO_SPACE)), "{said}");
}

#[test]
fn a_job_that_can_say_nothing_ends_all_the_same() {
    for way in ["print", "print elsewhere"] {
        assert_eq!(ends(way, full().into()).0, 101, "{way}");
    }
}
