//! Storms in processes of their own: since a process runs one, whoever wants several starts itself again.

use crate::options::Storm;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a storm in another process ended.
pub enum Attempt {
    /// Nothing was wrong; what it printed.
    Fine(String),
    /// Something was; what it printed about that.
    Wrong(String),
    /// It did not end in time, and was ended.
    Endless,
}

/// Runs a storm in a process of its own, for at most so long.
pub fn attempt(storm: &Storm, patience: Duration) -> Attempt {
    let program = std::env::current_exe().expect("a process has a program");
    let mut child = Command::new(program)
        .arg("storm")
        .args(storm.arguments())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process for a storm");
    if !ends(&mut child, patience) {
        return Attempt::Endless;
    }
    let (mut said, mut complained) = (String::new(), String::new());
    // What a storm prints is short, so nothing is read before it has ended.
    let _ = child.stdout.take().map(|mut out| out.read_to_string(&mut said));
    let _ = child.stderr.take().map(|mut out| out.read_to_string(&mut complained));
    match child.wait() {
        Ok(status) if status.success() => Attempt::Fine(said),
        _ => Attempt::Wrong(complained),
    }
}

/// Whether the child ends in time; it is ended where it does not.
fn ends(child: &mut Child, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Runs the storm again, in a process of its own, and wants to hear the same from it.
///
/// # Errors
/// What was heard instead.
pub fn again(storm: &Storm, said: &str) -> Result<(), String> {
    match attempt(storm, Duration::from_secs(120)) {
        Attempt::Fine(other) if other.trim_end() == said => Ok(()),
        Attempt::Fine(other) | Attempt::Wrong(other) => Err(other.trim_end().to_owned()),
        Attempt::Endless => Err("it did not end".into()),
    }
}
