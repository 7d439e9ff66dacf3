//! Many rounds of jobs that are killed: `kill [--kills N] [--seed S] [--carrier NAME]`, as `cargo xtask kill` runs it.

use drust_tests::kill::{PROMISE, Round, Tally};
use std::process::ExitCode;

/// What was asked for.
struct Asked {
    kills: u64,
    seed: u64,
    carrier: Option<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = match parse(&arguments) {
        Ok(asked) => asked,
        Err(what) => {
            eprintln!("{what}");
            return ExitCode::from(2);
        }
    };
    let program = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("doomed")));
    let Some(program) = program.filter(|program| program.exists()) else {
        eprintln!("the program `doomed` is not beside this one: cargo build -p drust-tests --bins");
        return ExitCode::from(2);
    };
    let mut tally = Tally::default();
    for seed in asked.seed..asked.seed + asked.kills {
        let round = Round { program: &program, carrier: asked.carrier.as_deref(), seed, bound: PROMISE };
        let outcome = round.play();
        if let Err(what) = &outcome {
            println!("round {} (--seed {seed} --kills 1): {what}", seed - asked.seed);
        }
        tally.add(round.kind(), outcome);
        if tally.rounds() % 20 == 0 {
            eprintln!("{} of {} rounds, {} failed", tally.rounds(), asked.kills, tally.failed.len());
        }
    }
    println!("{tally}");
    if tally.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(arguments: &[String]) -> Result<Asked, String> {
    let mut asked = Asked { kills: 100, seed: 0, carrier: None };
    for pair in arguments.chunks(2) {
        let value = pair.get(1).ok_or(format!("{} wants a value", pair[0]))?;
        let number = || value.parse().map_err(|_| format!("{} wants a number, not `{value}`", pair[0]));
        match pair[0].as_str() {
            "--kills" => asked.kills = number()?,
            "--seed" => asked.seed = number()?,
            "--carrier" => asked.carrier = Some(value.clone()),
            other => return Err(format!("there is no argument `{other}`: --kills, --seed, --carrier")),
        }
    }
    Ok(asked)
}
