//! The nightly compiler with Miri, in a home of its own.

use super::said;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One nightly for everybody, so that what Miri finds depends on the sources only.
const TOOLCHAIN: &str = "nightly-2026-10-30";

/// Miri, ready to run.
pub(super) struct Toolchain {
    workspace: PathBuf,
    home: PathBuf,
}

impl Toolchain {
    /// Installs it, unless it is there.
    pub(super) fn prepare(workspace: &Path) -> Result<Toolchain, String> {
        let home = workspace.join("target/miri-toolchain");
        let toolchain = Toolchain { workspace: workspace.to_path_buf(), home };
        // The interpreter's standard library is what is made last.
        if !toolchain.sysroot().join("lib").exists() {
            eprintln!("miri: installing {TOOLCHAIN} into {}", toolchain.home.display());
            let install = ["toolchain", "install", TOOLCHAIN, "--no-self-update", "--profile", "minimal"];
            must(toolchain.rustup().args(install).args(["-c", "miri", "-c", "rust-src"]))?;
            must(&mut toolchain.cargo("setup"))?;
        }
        Ok(toolchain)
    }

    fn sysroot(&self) -> PathBuf {
        self.home.join("sysroot")
    }

    /// rustup on the own home, whatever toolchain runs this program.
    fn rustup(&self) -> Command {
        let mut command = Command::new("rustup");
        command.current_dir(&self.workspace).env("RUSTUP_HOME", &self.home);
        for variable in
            ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "RUSTC_BOOTSTRAP", "RUST_BACKTRACE"]
        {
            command.env_remove(variable);
        }
        command
    }

    /// `cargo miri SUBCOMMAND`.
    pub(super) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.rustup();
        command.args(["run", TOOLCHAIN, "cargo", "miri", subcommand]);
        command.env("MIRI_SYSROOT", self.sysroot()).env("CARGO_TARGET_DIR", self.workspace.join("target/miri"));
        // It interprets what the compiler makes of the sources, and warns where that was to be optimised.
        command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_TEST_OPT_LEVEL", "0");
        command
    }
}

fn must(command: &mut Command) -> Result<(), String> {
    match said(command)? {
        (true, _) => Ok(()),
        (false, said) => Err(format!("{:?} failed:\n{}", command.get_program(), said.trim_end())),
    }
}
