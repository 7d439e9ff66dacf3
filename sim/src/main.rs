//! Storms: random programs on a cluster of drust's, and the same programs on std's types, which must see the same.
//!
//! `drust-sim storm --seed 7` runs the program that seed 7 means, and exits with 0, or says what was wrong and exits
//! with 1. A seed that is wrong is the whole bug report.

#![allow(clippy::duplicate_mod, reason = "a storm is compiled once for each world")]
#![allow(
    clippy::forget_non_drop,
    clippy::drop_non_drop,
    clippy::replace_box,
    reason = "what drops, forgets and allocates in one world does not in the other"
)]

mod attempt;
mod book;
mod dice;
mod eye;
mod keep;
mod law;
mod on_drust;
mod on_std;
mod options;
mod plant;
#[cfg(test)]
mod programs;
mod report;
mod run;
mod shrink;
mod twin;

use options::Storm;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: drust-sim storm --seed S [--order S] [--nodes N] [--workers N]
                       [--steps N] [--faults none|stop|kill] [--mixed] [--keep LIST] [--twice] [--quiet] [--show]
       drust-sim shrink, with the same arguments: the smallest storm that is still wrong";

/// Prints a line; that nobody reads it is not this program's trouble.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn run_storm(storm: &Storm) -> ExitCode {
    let totals = run::run(storm).to_string();
    if storm.twice
        && let Err(other) = attempt::again(storm, &totals)
    {
        eprintln!("seed {} is not the same twice\n{totals}\n{other}", storm.seed);
        return ExitCode::FAILURE;
    }
    if !storm.quiet {
        say(&totals);
    }
    ExitCode::SUCCESS
}

/// For how long one attempt may run, and all of them.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));

fn run_shrink(storm: Storm) -> ExitCode {
    let Some(shrinking) = shrink::shrink(storm, PATIENCE.0, PATIENCE.1) else {
        say("nothing is wrong with it");
        return ExitCode::SUCCESS;
    };
    let shrink::Wrong { storm, what } = shrinking.smallest;
    say(&format!("{what}\nafter {} attempts the smallest is: {}", shrinking.attempts, storm.command()));
    ExitCode::FAILURE
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    match (command.as_str(), Storm::parse(arguments)) {
        ("storm", Ok(storm)) => run_storm(&storm),
        ("shrink", Ok(storm)) => run_shrink(storm),
        (_, Err(error)) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
