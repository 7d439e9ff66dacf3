//! `cargo xtask miri`: the unsafe code under Miri, which finds undefined behaviour where a test only passes.
//!
//! Miri needs a nightly compiler. It is installed under `target/`, in a `RUSTUP_HOME` of its own, so the user's
//! toolchains stay as they are. Where that cannot be had the command says so and succeeds: it is skipped.
//!
//! What runs, and how, stands in [`suites`]. Everything runs under Stacked Borrows, the stricter of the two models; the
//! heap's own tests also under Tree Borrows, which forbids other things.

mod suites;
mod toolchain;

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use suites::{FLOOR, Job, NODES, Suite};
use toolchain::Toolchain;

/// Runs the heap's tests, and of those of the pointers a choice.
pub fn run(workspace: &Path) -> Result<(), String> {
    perform_all(workspace, FLOOR.iter().chain(&NODES), true)
}

/// Runs everything.
pub fn run_all(workspace: &Path) -> Result<(), String> {
    perform_all(workspace, FLOOR.iter().chain(&NODES), false)
}

/// Runs what is short enough for every change: heap and derive.
pub fn run_heap(workspace: &Path) -> Result<(), String> {
    perform_all(workspace, FLOOR.iter(), true)
}

/// Installs Miri where it is missing, and runs the suites, as many jobs at a time as there are cores.
fn perform_all(workspace: &Path, suites: impl Iterator<Item = &'static Suite>, short: bool) -> Result<(), String> {
    let toolchain = match Toolchain::prepare(workspace) {
        Ok(toolchain) => toolchain,
        Err(reason) => {
            eprintln!("miri: skipped, nothing was checked: {reason}");
            return Ok(());
        }
    };
    let start = Instant::now();
    let mut jobs = VecDeque::new();
    for suite in suites {
        jobs.extend(suite.jobs(&toolchain, short)?);
    }
    let (count, queue, failed) = (jobs.len(), Mutex::new(jobs), Mutex::new(Vec::new()));
    let next = || queue.lock().expect("no panic under this lock").pop_front();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(job) = next() {
                    if let Err(report) = perform(&toolchain, &job) {
                        failed.lock().expect("no panic under this lock").push(report);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic under this lock");
    eprintln!("miri: {} of {count} jobs passed in {} s", count - failed.len(), start.elapsed().as_secs());
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n\n")) }
}

/// Runs one job, and says how that went; an error has all that it said.
fn perform(toolchain: &Toolchain, job: &Job) -> Result<(), String> {
    let start = Instant::now();
    let mut command = toolchain.cargo("test");
    job.describe(&mut command);
    let (passed, said) = said(&mut command)?;
    let name = job.name();
    eprintln!("miri: {} {name} ({:.0?})", if passed { "ok    " } else { "FAILED" }, rounded(start.elapsed()));
    if passed { Ok(()) } else { Err(format!("miri: {name} failed:\n{said}")) }
}

fn rounded(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

/// Whether a command succeeds, and what it says.
fn said(command: &mut Command) -> Result<(bool, String), String> {
    let output = command.output().map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok((output.status.success(), said.concat()))
}
