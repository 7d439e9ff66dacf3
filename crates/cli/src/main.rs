//! The `drust` command: `drust run` starts a program as the nodes of a job, `drust doctor` shows what it would get.
#![forbid(unsafe_code)]

mod doctor;

use clap::{Parser, Subcommand};
use drust_launch::{Launch, Settings, launch_local};
use std::ffi::OsString;
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
    Run {
        /// How many nodes (default: DRUST_NODES, else 1).
        #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..))]
        nodes: Option<u16>,
        /// The program; a name without a slash is looked up in PATH.
        program: OsString,
        /// Its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Show the settings in effect and what this machine allows.
    Doctor,
}

/// Exit code for what is wrong with a command or a setting, before anything was started.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run { nodes, program, args } => run(nodes, program, args),
        Command::Doctor => doctor::run(),
    }
}

fn run(nodes: Option<u16>, program: OsString, args: Vec<OsString>) -> ExitCode {
    let settings = match Settings::from_env() {
        Ok((settings, warnings)) => {
            warnings.iter().for_each(|warning| eprintln!("drust: {warning}"));
            settings
        }
        Err(error) => return fail(&error),
    };
    if let Some(member) = settings.membership {
        eprintln!(
            "drust: this is node {} of a job already, and nodes start no jobs; \
             run `drust run` outside of it",
            member.rank
        );
        return ExitCode::from(USAGE);
    }
    let mut launch = Launch::new(nodes.or(settings.nodes).unwrap_or(1), program);
    launch.args = args;
    match launch_local(launch) {
        Ok(end) => {
            if end.culprit.is_some() {
                eprintln!("{end}");
            }
            // Codes are a byte wide; what is above it is a failure all the same.
            ExitCode::from(u8::try_from(end.code).unwrap_or(1))
        }
        Err(error) => fail(&error),
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
