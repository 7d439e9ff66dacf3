//! The `drust` command: `drust run` starts a program as the nodes of a job, `drust doctor` shows what it would get, and
//! `drust token` makes a token for nodes that are started by hand.
#![forbid(unsafe_code)]

mod doctor;
mod reach;
mod run;
mod token;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs programs written with drust on several nodes.
#[derive(Parser)]
#[command(name = "drust", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start PROGRAM as the nodes of one job on this machine, and exit with the job's code.
    Run(run::Run),
    /// Become PROGRAM as a node that ends with its launcher; for `drust run` alone.
    #[command(hide = true, name = run::BOUND)]
    BoundNode {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Show the settings in effect and what this machine allows.
    Doctor,
    /// Make a token for nodes that are started by hand, in a new file that only you can read.
    Token {
        /// The file.
        #[arg(default_value = "drust.token")]
        file: PathBuf,
    },
}

/// Exit code for what is wrong with a command or a setting, before anything was started.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(run) => run.run(),
        Command::BoundNode { command } => run::become_bound(&command),
        Command::Doctor => doctor::run(),
        Command::Token { file } => token::run(&file),
    }
}

/// Tells an error with its causes.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut message = format!("drust: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    eprintln!("{message}");
    ExitCode::from(USAGE)
}
