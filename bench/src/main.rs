//! Measures drust beside its floors and its std twins: `cargo run --release -p drust-bench -- SUITE --json FILE`.
//!
//! Each suite is a list of parts; each part is a job of its own (this program started anew), so that every figure has
//! its own memory and its own threads, and prints its figures as JSON, which the first process collects.

mod bare;
mod exchange;
mod figure;
mod floor;
mod link;
mod load;
mod measure;
mod part;
mod rival;
mod shuffle;
mod suites;
mod wire;

use clap::{Parser, Subcommand, ValueEnum};
use figure::Figure;
use rival::Kind;
use std::path::PathBuf;
use std::process::ExitCode;
use wire::Wire;

/// Benchmarks of drust.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    /// What to measure.
    #[arg(value_enum)]
    suite: Option<Suite>,
    /// Where to write the figures, as one flat JSON object.
    #[arg(long)]
    json: Option<PathBuf>,
    #[command(flatten)]
    plan: Plan,
    #[command(subcommand)]
    inner: Option<Inner>,
}

/// How to measure.
#[derive(clap::Args, Clone, Debug)]
pub struct Plan {
    /// Rounds of every figure; the median counts.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// A hundredth of the work: to see that everything runs, not to measure.
    #[arg(long)]
    quick: bool,
    /// The text to count, for parts that are given it.
    #[arg(long, hide = true)]
    corpus: Option<PathBuf>,
}

impl Plan {
    /// So many, or few where this is only a trial.
    #[must_use]
    pub fn scale(&self, count: usize) -> usize {
        if self.quick { (count / 100).max(1) } else { count }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Reading and writing through boxes.
    Deref,
    /// Making and dropping boxes.
    Alloc,
    /// Spawning and joining tasks.
    Task,
    /// Reading, taking over and freeing what lives on another node.
    Fetch,
    /// Vectors, strings, sets and maps, and streams over them.
    Collections,
    /// Locks, atomics, channels and maps that nodes share.
    Shared,
    /// Data and work that find each other.
    Locality,
    /// Counting words, on one node and on four.
    Wordcount,
    /// All of them.
    All,
}

/// What the program starts itself as.
#[derive(Subcommand)]
enum Inner {
    /// One part of a suite.
    #[command(hide = true)]
    Part {
        /// Its name.
        name: String,
        #[command(flatten)]
        plan: Plan,
    },
    /// The other side of the floor under a remote task.
    #[command(hide = true)]
    Exchange {
        /// What is between the two sides.
        wire: Wire,
        /// Where they meet.
        place: String,
    },
    /// The other side of the floors under fetches over tcp.
    #[command(hide = true)]
    Bare {
        /// Where the asking side listens.
        port: u16,
    },
    /// One node of a rival.
    #[command(hide = true)]
    Rival {
        /// Which rival.
        kind: Kind,
        /// What is between its nodes.
        wire: Wire,
        /// Which node.
        rank: u16,
        /// How many there are.
        size: u16,
        /// Where they meet.
        place: String,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.inner {
        Some(Inner::Part { name, plan }) => part::run_here(&name, &plan),
        Some(Inner::Exchange { wire, place }) => exchange::serve(wire, &place),
        Some(Inner::Bare { port }) => bare::serve(port),
        Some(Inner::Rival { kind, wire, rank, size, place }) => rival::serve(kind, wire, rank, size, &place),
        None => match arguments.suite {
            Some(suite) => report(suite, &arguments),
            None => {
                eprintln!(
                    "name a suite: deref, alloc, task, fetch, collections, shared, locality, wordcount or all \
                     (see --help)"
                );
                ExitCode::from(2)
            }
        },
    }
}

fn report(suite: Suite, arguments: &Arguments) -> ExitCode {
    let mut figures: Vec<Figure> = Vec::new();
    for (name, parts, _) in suites::all() {
        if suite == Suite::All || name == suite.to_possible_value().expect("no suite is hidden").get_name() {
            let mut measured = Vec::new();
            for part in parts {
                match part::run_apart(part, &arguments.plan) {
                    Ok(more) => measured.extend(more),
                    Err(error) => {
                        eprintln!("{name}, part {}: {error}", part.name);
                        return ExitCode::FAILURE;
                    }
                }
            }
            println!("{}", figure::table(name, &measured));
            figures.extend(measured);
        }
    }
    if let Some(path) = &arguments.json
        && let Err(error) = std::fs::write(path, figure::json(&figures))
    {
        eprintln!("{}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
