//! `cargo xtask loom`: the loom tests of the crates that have lock-free parts.
//!
//! They are built with `--cfg loom` into a target folder of their own, since that flag changes every crate, and in
//! release, since loom runs each test thousands of times.

use std::path::Path;
use std::process::Command;

const PACKAGES: [(&str, &str); 2] = [("drust-heap", "crates/heap"), ("drust-fabric", "crates/fabric")];

/// Runs `tests/loom.rs` of every package that has one.
pub fn run(workspace: &Path) -> Result<(), String> {
    let has_tests = |folder: &str| workspace.join(folder).join("tests/loom.rs").exists();
    let packages: Vec<&str> =
        PACKAGES.into_iter().filter(|(_, folder)| has_tests(folder)).map(|(name, _)| name).collect();
    if packages.is_empty() {
        return Err("no package has a tests/loom.rs; add one, or take `loom` out of the checks".into());
    }
    for package in packages {
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(workspace)
            .args(["test", "--package", package, "--test", "loom", "--release"])
            .env("RUSTFLAGS", "--cfg loom")
            .env("CARGO_TARGET_DIR", workspace.join("target/loom"))
            .status()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        if !status.success() {
            return Err(format!("the loom tests of {package} failed ({status})"));
        }
    }
    Ok(())
}
