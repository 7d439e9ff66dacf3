//! `cargo xtask model`: the model of coherence, deeper than `cargo test` has time for.
//!
//! Each scenario is explored `MODEL_DEEPER` steps (2 where that is not set) beyond its own bound; two more take minutes
//! and some gigabytes, since each step has some 1.5 times the worlds of the one before.

use std::path::Path;
use std::process::Command;

/// Runs the model's test that is ignored otherwise, in release.
pub fn run(workspace: &Path) -> Result<(), String> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace)
        .args(["test", "--package", "drust-proto", "--test", "model", "--release", "--"])
        .args(["--exact", "deeper", "--ignored", "--nocapture"])
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the model failed ({status})")) }
}
