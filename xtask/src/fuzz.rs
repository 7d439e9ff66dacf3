//! `cargo xtask fuzz [--frames N] [--target T] [--seed S]`: hostile input for every target of `drust-fuzz`, a million
//! frames unless told otherwise.
//!
//! Without `--seed` every run has another; it is printed. Where the process dies, the seed of the case that it died of
//! is read from the trail that it left.

use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the targets and attacks them.
pub fn run(workspace: &Path, arguments: &[String]) -> Result<(), String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(workspace).args(["build", "--package", "drust-fuzz", "--profile", "storm"]);
    let status = build.status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the targets do not compile".into());
    }
    let trail = target.join(format!("fuzz-{}.trail", std::process::id()));
    let mut command = Command::new(target.join("storm/drust-fuzz"));
    command.args(with_seed(arguments)).arg("--trail").arg(&trail);
    let status = command.status().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let last = std::fs::read(&trail).ok().and_then(|bytes| Some(u64::from_le_bytes(*bytes.first_chunk()?)));
    let _ = std::fs::remove_file(&trail);
    match (status.success(), status.code(), last) {
        (true, ..) => Ok(()),
        (false, None, Some(seed)) => Err(format!("drust-fuzz died in the case of --seed {seed}: {status}")),
        _ => Err(format!("drust-fuzz ended with {status}")),
    }
}

/// The arguments, with a seed of this run's own where none is given.
fn with_seed(arguments: &[String]) -> Vec<OsString> {
    let mut all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    if !arguments.iter().any(|argument| argument == "--seed") {
        // Seeds that can be read out loud.
        let seed = RandomState::new().hash_one(std::process::id()) % 1_000_000_000;
        all.extend(["--seed".into(), seed.to_string().into()]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_seed_of_its_own_unless_it_is_told_one() {
        let told = ["--seed".to_owned(), "7".to_owned()];
        assert_eq!(with_seed(&told), ["--seed", "7"]);
        let (one, other) = (with_seed(&[]), with_seed(&[]));
        assert_eq!((one.len(), &one[0]), (2, &OsString::from("--seed")));
        assert_ne!(one, other);
    }
}
