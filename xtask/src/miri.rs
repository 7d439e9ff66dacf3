//! `cargo xtask miri`: the unsafe code under Miri, which finds undefined behaviour where a test only passes.
//!
//! Miri needs a nightly compiler. It is installed under `target/`, in a `RUSTUP_HOME` of its own, so the user's
//! toolchains stay as they are. Where that cannot be had the command says so and succeeds: it is skipped.
//!
//! What runs, and how:
//!
//! * All of it under Tree Borrows and, in part, under Stacked Borrows; see [`SUITES`].
//! * With strict provenance wherever no address becomes a pointer. That happens in two places: a descriptor is found by
//!   its id, and a function by its offset. Those suites run with exposed provenance; a pointer made from thin air is an
//!   error in both.
//! * Tests of threads under several seeds, each another schedule.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

/// One nightly for everybody, so that what Miri finds depends on the sources only.
const TOOLCHAIN: &str = "nightly-2026-10-30";

/// Tests of one package, and how they are run.
struct Suite {
    name: &'static str,
    package: &'static str,
    /// Which of its tests, as `cargo test` and the test program understand it.
    tests: &'static str,
    flags: &'static str,
}

const STRICT_TREE: &str = "-Zmiri-strict-provenance -Zmiri-tree-borrows";

const SUITES: [Suite; 1] =
    [Suite { name: "allocator and copy table", package: "drust-heap", tests: "--lib --tests", flags: STRICT_TREE }];

/// Installs Miri where it is missing, and runs all suites.
pub fn run(workspace: &Path) -> Result<(), String> {
    let miri = match Miri::prepare(workspace) {
        Ok(miri) => miri,
        Err(reason) => {
            eprintln!("miri: skipped, nothing was checked: {reason}");
            return Ok(());
        }
    };
    for suite in &SUITES {
        let start = Instant::now();
        eprintln!("\nmiri: {} ({} {}, {})", suite.name, suite.package, suite.tests, suite.flags);
        let status = miri
            .cargo("test")
            .args(["--package", suite.package])
            .args(suite.tests.split_whitespace())
            .env("MIRIFLAGS", suite.flags)
            .status()
            .map_err(|error| format!("cannot start cargo miri: {error}"))?;
        if !status.success() {
            return Err(format!("miri: {} failed ({status})", suite.name));
        }
        eprintln!("miri: {} took {} s", suite.name, start.elapsed().as_secs());
    }
    Ok(())
}

/// Miri, ready to run.
struct Miri {
    workspace: PathBuf,
    home: PathBuf,
}

impl Miri {
    fn prepare(workspace: &Path) -> Result<Miri, String> {
        let home = workspace.join("target/miri-toolchain");
        let miri = Miri { workspace: workspace.to_path_buf(), home };
        if !miri.is_ready() {
            eprintln!("miri: installing {TOOLCHAIN} into {}", miri.home.display());
            let install = ["toolchain", "install", TOOLCHAIN, "--no-self-update", "--profile", "minimal"];
            let installed = miri.rustup().args(install).args(["-c", "miri", "-c", "rust-src"]).output();
            finish("rustup", installed)?;
            finish("cargo miri setup", miri.cargo("setup").output())?;
        }
        Ok(miri)
    }

    /// The interpreter's standard library is the last thing that `prepare` makes.
    fn is_ready(&self) -> bool {
        self.sysroot().join("lib").exists()
    }

    fn sysroot(&self) -> PathBuf {
        self.home.join("sysroot")
    }

    /// rustup on the own home, whatever toolchain runs this program.
    fn rustup(&self) -> Command {
        let mut command = Command::new("rustup");
        command.current_dir(&self.workspace).env("RUSTUP_HOME", &self.home);
        for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "RUSTC_BOOTSTRAP"] {
            command.env_remove(variable);
        }
        command
    }

    fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.rustup();
        command.args(["run", TOOLCHAIN, "cargo", "miri", subcommand]);
        command.env("MIRI_SYSROOT", self.sysroot()).env("CARGO_TARGET_DIR", self.workspace.join("target/miri"));
        command
    }
}

/// The error of a command that did not start or did not succeed.
fn finish(what: &str, output: std::io::Result<Output>) -> Result<(), String> {
    let output = output.map_err(|error| format!("cannot start {what}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{what} failed ({})\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end()))
}
