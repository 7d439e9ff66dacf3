//! A process has one cluster, ever: what is simulated here runs in children of the test process, which are the same
//! binary, told to run the same test with an argument.

use std::process::{Command, Stdio};
use std::time::Duration;

const ARGUMENT: &str = "SIMULATED_TEST_ARGUMENT";
/// What stands before and after a child's answer.
const MARK: &str = "\u{1f}answer\u{1f}";
/// How long a child may take, by the machine's clock.
const BOUND: Duration = Duration::from_secs(60);
/// The exit code of one that took longer.
const HUNG: i32 = 99;

/// A child that has ended.
#[derive(Debug)]
pub struct Ended {
    pub argument: String,
    /// What its body returned, if it did.
    pub answer: Option<String>,
    pub code: Option<i32>,
    pub stderr: String,
}

impl Ended {
    /// The answer of a child that was to give one.
    pub fn answer(&self) -> &str {
        self.answer.as_deref().unwrap_or_else(|| panic!("no answer: {self:#?}"))
    }
}

/// Runs `body` with each argument, in as many processes, one after the other. `test` is the path of the calling test.
///
/// In the children this function does not return.
pub fn each(test: &str, arguments: impl IntoIterator<Item = String>, body: impl Fn(&str) -> String) -> Vec<Ended> {
    if let Ok(argument) = std::env::var(ARGUMENT) {
        std::thread::spawn(|| {
            std::thread::sleep(BOUND);
            std::process::exit(HUNG);
        });
        println!("{MARK}{}{MARK}", body(&argument));
        std::process::exit(0);
    }
    arguments.into_iter().map(|argument| run(test, argument, &[])).collect()
}

/// As [`each`] with one argument, in a process with these variables.
pub fn one(test: &str, variables: &[(&str, &str)], body: impl Fn() -> String) -> Ended {
    if std::env::var_os(ARGUMENT).is_some() {
        each(test, [], |_| body());
    }
    run(test, String::new(), variables)
}

fn run(test: &str, argument: String, variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DRUST_")) {
        command.env_remove(name);
    }
    command.env(ARGUMENT, &argument).env("RUST_BACKTRACE", "0").envs(variables.iter().copied());
    let output = command.output().expect("the test binary can be started");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let answer = stdout.split(MARK).nth(1).map(str::to_owned);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(output.status.code(), Some(HUNG), "{test} hung with {argument:?}\n{stderr}");
    Ended { argument, answer, code: output.status.code(), stderr }
}
