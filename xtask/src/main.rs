//! Checks and chores of the workspace: `cargo xtask tidy`, `cargo xtask storm --seeds 100`; without a command it lists
//! them.
//!
//! To add a command, add a row to [`COMMANDS`] and a module.
#![forbid(unsafe_code)]

mod asan;
mod fuzz;
mod kill;
mod loom;
mod miri;
mod model;
mod redis;
mod storm;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a command does with the workspace's folder, and with its arguments if it takes some; an error is its whole
/// report.
enum Run {
    Plain(fn(&Path) -> Result<(), String>),
    WithArguments(fn(&Path, &[String]) -> Result<(), String>),
}

const COMMANDS: [(&str, &str, Run); 11] = [
    ("tidy", "check the rules of the sources that the compiler does not know", Run::Plain(tidy::run)),
    ("loom", "explore the interleavings of the lock-free parts", Run::Plain(loom::run)),
    ("model", "explore the rules of coherence deeper than the tests do", Run::Plain(model::run)),
    ("miri", "look for undefined behaviour in heap, derive and pointers", Run::Plain(miri::run)),
    ("miri-heap", "the same in heap and derive only", Run::Plain(miri::run_heap)),
    ("miri-all", "the same in every test that Miri can run", Run::Plain(miri::run_all)),
    ("asan", "run the corpus under AddressSanitizer, with what is free poisoned", Run::Plain(asan::run)),
    ("storm", "random programs on simulated clusters: --seeds N [--from S] [--jobs J]", Run::WithArguments(storm::run)),
    ("kill", "jobs that are killed: [--kills N] [--seed S] [--carrier NAME]", Run::WithArguments(kill::run)),
    ("redis", "the application kv under the real redis-cli and redis-benchmark", Run::Plain(redis::run)),
    ("fuzz", "hostile input: [--frames N] [--target T] [--seed S]", Run::WithArguments(fuzz::run)),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, rest) = (arguments.next().unwrap_or_default(), arguments.collect::<Vec<_>>());
    let takes = |run: &Run| rest.is_empty() || matches!(run, Run::WithArguments(_));
    let Some((_, _, run)) = COMMANDS.iter().find(|row| row.0 == name && takes(&row.2)) else {
        eprintln!("usage: cargo xtask COMMAND\n\ncommands:");
        for (name, about, _) in COMMANDS {
            eprintln!("  {name:<9} {about}");
        }
        return ExitCode::from(2);
    };
    let result = match run {
        Run::Plain(run) => run(&workspace()),
        Run::WithArguments(run) => run(&workspace(), &rest),
    };
    match result {
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
