//! Processes that the tests start and wait for.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Output};
use std::time::{Duration, Instant};

/// How long anything here may take to end; what is promised is 5 s, and loaded machines get more.
pub const BOUND: Duration = Duration::from_secs(20);

/// A process, killed at the latest when this is dropped.
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command) -> Process {
        Process(command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}")))
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Its end, and what it said on stderr if that is a pipe.
    pub fn end(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("it is our child") {
                break status;
            }
            assert!(begun.elapsed() < BOUND, "process {} has not ended in time", self.id());
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        if let Some(stderr) = &mut self.0.stderr {
            stderr.read_to_string(&mut said).expect("it says text");
        }
        (status, said)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both do nothing where it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The code that a shell would see.
pub fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Runs a tool; what it printed, or why it did not do what it was asked.
pub fn tool(name: &str, arguments: &[&str]) -> Result<String, String> {
    let failed = |what: String| format!("`{name} {}`: {what}", arguments.join(" "));
    let Output { status, stdout, stderr } =
        Command::new(name).args(arguments).output().map_err(|error| failed(error.to_string()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if status.success() { Ok(text(&stdout)) } else { Err(failed(text(&stderr))) }
}
