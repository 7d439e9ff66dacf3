//! `cargo xtask asan`: the tests of the heap, of the pointers and of the corpus under AddressSanitizer.
//!
//! It runs machine code, so it reaches what Miri cannot: several processes that map each other's memory, large values,
//! many threads. What is free in the global heap is poisoned by the allocator itself (`drust_heap::space`), so that a
//! use after free there is reported as one in the system's heap is.
//!
//! The stable compiler does it, told by `RUSTC_BOOTSTRAP` to accept the flag; std itself is not instrumented.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Packages, and the targets of each whose tests run.
const SUITES: [(&str, &[&str]); 3] = [
    ("drust-heap", &["--lib", "--tests"]),
    ("drust", &["--lib", "--tests"]),
    ("drust-tests", &["--lib", "--bins", "--tests"]),
];

/// Tests that are left out: what they compile is not run.
const SKIPPED: [&str; 1] = ["mistakes_are_refused_in_words_that_help"];

/// Builds and runs all suites.
pub fn run(workspace: &Path) -> Result<(), String> {
    let host = host()?;
    for (package, targets) in SUITES {
        let start = Instant::now();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(workspace).args(["test", "--no-fail-fast", "--target", &host, "--package", package]);
        cargo.args(targets).arg("--");
        for test in SKIPPED {
            cargo.args(["--skip", test]);
        }
        let status = cargo
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=address --cfg drust_asan")
            .env("CARGO_TARGET_DIR", workspace.join("target/asan"))
            .env("CARGO_INCREMENTAL", "0")
            // A node and its partition stay until the process ends; what a test leaves in the heap, it asserts itself.
            // std's vectors are asked for more than there is as well, and are to say so.
            .env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1")
            .status()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        eprintln!("asan: {package} took {} s", start.elapsed().as_secs());
        if !status.success() {
            return Err(format!("asan: the tests of {package} failed ({status})"));
        }
    }
    Ok(())
}

/// The triple of this machine, since only with `--target` build scripts and macros are left out of the flags.
fn host() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().map_err(|error| format!("cannot start rustc: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| format!("rustc -vV names no host: {said}"))
}
