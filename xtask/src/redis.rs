//! `cargo xtask redis`: the application `kv` under the real `redis-cli` and `redis-benchmark`, and beside Redis itself,
//! which Debian has in its tools as `redis-check-rdb`.
//!
//! They are Debian's `redis-tools`. Where they are missing they are installed, which wants root; where that cannot be
//! it says so, and fails.

use std::path::Path;
use std::process::{Command, Stdio};

const TOOLS: [&str; 3] = ["redis-cli", "redis-benchmark", "redis-check-rdb"];

/// Finds the tools, or installs them, and runs the tests that use them.
pub fn run(workspace: &Path) -> Result<(), String> {
    if let Some(missing) = missing() {
        install().map_err(|error| format!("{missing} is missing, and could not be installed: {error}"))?;
    }
    if let Some(missing) = missing() {
        return Err(format!("{missing} is missing, though redis-tools is installed: look at PATH"));
    }
    let tested = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace)
        .args(["test", "--package", "drust-kv", "--test", "tools", "--", "--ignored", "--test-threads", "1"])
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if tested.success() { Ok(()) } else { Err("kv does not do as Redis' tools expect".into()) }
}

/// The first of the tools that cannot be started.
fn missing() -> Option<&'static str> {
    TOOLS.into_iter().find(|tool| {
        let started = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        started.is_err()
    })
}

fn install() -> Result<(), String> {
    for arguments in [&["update", "--quiet"][..], &["install", "--yes", "--no-install-recommends", "redis-tools"]] {
        let status = Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments).status();
        let status = status.map_err(|error| {
            format!("apt-get does not start ({error}); on a system other than Debian, install redis-cli by hand")
        })?;
        if !status.success() {
            return Err(format!("`apt-get {}` failed; it wants root, and a network", arguments.join(" ")));
        }
    }
    Ok(())
}
