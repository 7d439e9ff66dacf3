//! `cargo xtask kill [--kills N] [--seed S] [--carrier NAME]`: jobs that are busy until a process of theirs is killed,
//! stopped or told to end, each round decided by its seed.
//!
//! The rounds are played by the program `kill` of the package `drust-tests`, which says of each that was not as
//! promised how to play it again.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the programs and plays the rounds.
pub fn run(workspace: &Path, arguments: &[String]) -> Result<(), String> {
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace)
        .args(["build", "--package", "drust-tests", "--bins"])
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !built.success() {
        return Err("the jobs do not compile".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    let program = target.join("debug/kill");
    let played = Command::new(&program).args(arguments).status();
    let played = played.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    if played.success() { Ok(()) } else { Err("not all ended as promised".into()) }
}
