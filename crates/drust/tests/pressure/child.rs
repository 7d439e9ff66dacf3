//! A process has one cluster, ever: each simulation runs in a child of the test process, which is the same binary, told
//! to run the same test with an argument.
#![allow(clippy::disallowed_methods, reason = "the bound is on real time")]

use std::process::{Command, Stdio};
use std::time::Duration;

const ARGUMENT: &str = "PRESSURE_TEST_ARGUMENT";
/// What stands before and after a child's answer.
const MARK: &str = "\u{1f}answer\u{1f}";
/// How long a child may take.
const BOUND: Duration = Duration::from_secs(120);

/// A child that has ended.
pub struct Ended {
    pub argument: String,
    /// What its body returned; nothing where it did not.
    pub answer: String,
    pub stderr: String,
}

/// Runs `body` with each argument, in as many processes, one after the other. `test` is the path of the calling test.
///
/// In the children this function does not return.
pub fn each(test: &str, arguments: impl IntoIterator<Item = String>, body: impl Fn(&str) -> String) -> Vec<Ended> {
    if let Ok(argument) = std::env::var(ARGUMENT) {
        std::thread::spawn(|| {
            std::thread::sleep(BOUND);
            std::process::exit(1);
        });
        println!("{MARK}{}{MARK}", body(&argument));
        std::process::exit(0);
    }
    arguments.into_iter().map(|argument| run(test, argument)).collect()
}

fn run(test: &str, argument: String) -> Ended {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DRUST_")) {
        command.env_remove(name);
    }
    let output = command.env(ARGUMENT, &argument).output().expect("the test binary can be started");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let answer = stdout.split(MARK).nth(1).unwrap_or_default().to_owned();
    Ended { argument, answer, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
}
