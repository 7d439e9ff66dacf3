//! Checks and chores of the workspace: `cargo xtask tidy`, `cargo xtask loom`, `cargo xtask model`.
//!
//! To add a command, add a row to [`COMMANDS`] and a module.
#![forbid(unsafe_code)]

mod loom;
mod model;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a command does with the workspace's folder; an error is its whole report.
type Run = fn(&Path) -> Result<(), String>;

const COMMANDS: [(&str, &str, Run); 3] = [
    ("tidy", "check the rules of the sources that the compiler does not know", tidy::run),
    ("loom", "explore the interleavings of the lock-free parts", loom::run),
    ("model", "explore the rules of coherence deeper than the tests do", model::run),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, rest) = (arguments.next().unwrap_or_default(), arguments.next());
    let Some((_, _, run)) = COMMANDS.iter().find(|row| row.0 == name && rest.is_none()) else {
        eprintln!("usage: cargo xtask COMMAND\n\ncommands:");
        for (name, about, _) in COMMANDS {
            eprintln!("  {name:<6} {about}");
        }
        return ExitCode::from(2);
    };
    match run(&workspace()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's folder: the one around this package.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask is a folder of the workspace").to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        if let Err(report) = tidy::run(&workspace()) {
            panic!("{report}");
        }
    }
}
