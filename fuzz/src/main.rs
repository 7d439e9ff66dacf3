//! Hostile input: every parser, every rule that takes a peer's numbers, and whole nodes, fed with what an attacker may
//! send.
//!
//! `drust-fuzz` feeds a million frames to all targets, `--target header --seed 7 --frames 1` the one case of a seed.
//! Cases are made by a generator of our own that knows what a good frame looks like and how to spoil it. Engines that
//! look at the coverage of the code want a nightly compiler; on stable they choose at random too, and what they bring
//! beside that are a few dozen packages.

mod dice;
mod drive;
mod frames;
mod member;
mod memory;
mod options;
mod port;
mod served;
mod spoil;
mod start;
mod stranger;
mod tally;
mod targets;

use options::Options;
use std::fs::File;
use std::process::ExitCode;
use targets::ALL;

fn run(options: &Options) -> Result<(), String> {
    let open = |path: &String| File::create(path).map_err(|error| format!("cannot write {path}: {error}"));
    let trail = options.trail.as_ref().map(open).transpose()?;
    println!("seed {}", options.seed);
    let mut total = 0;
    for row in &ALL {
        let frames = options.frames_of(row);
        if frames > 0 {
            let report = drive::run(row, &drive::Asked { seed: options.seed, frames, trail: trail.as_ref() })?;
            total += report.tally.frames();
            println!("{report}");
        }
    }
    println!("{total} frames, nothing wrong");
    Ok(())
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(member::VICTIM) => {
            drust::Builder::from_env().run(member::victim);
            return ExitCode::SUCCESS;
        }
        Some(port::GUARD) => {
            port::tell_warnings();
            drust::Builder::from_env().run(port::guard);
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\nusage: drust-fuzz [--target T] [--seed S] [--frames N] [--trail FILE]\n\ntargets:");
            for row in ALL {
                eprintln!("  {:<9} {}", row.name, row.about);
            }
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}
