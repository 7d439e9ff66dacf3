//! Random updates of a table on all nodes, as the benchmark RandomAccess of HPCC has them:
//! `cargo run --release --example gups -- --nodes 4 --log2 24`.
//!
//! The nodes share one stream of pseudo-random numbers, four for each word; each number is xored into the word that its
//! lower bits name. The same updates once more leave the table as it was, which is the check: no update may be lost,
//! where the benchmark lets one in a hundred be. It lets a process look 1024 numbers ahead; here it is [`BATCH`], since
//! what goes to one node goes together.
#![allow(clippy::disallowed_methods, reason = "a rule for drust itself, not for its users")]

mod stream;

use drust::collections::AtomicVec;
use drust::{Box, Ref, node, thread};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use stream::Stream;

const USAGE: &str = "\
usage: gups [--nodes N] [--log2 WORDS]
  --nodes N      as many processes on this host (else what the launcher or DRUST_NODES says)
  --log2 WORDS   the binary logarithm of the words in the table (default 22: 32 MiB)";

/// Updates that a task makes at once.
const BATCH: usize = 1 << 17;

/// Updates for each word of the table.
const UPDATES: u64 = 4;

fn main() -> ExitCode {
    let (nodes, log2) = match parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("gups: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut builder = drust::Builder::new();
    if let Some(nodes) = nodes {
        builder = builder.nodes(nodes);
    }
    builder.run(|| run(1 << log2))
}

/// The number of nodes, where it is said, and the binary logarithm of the table's length.
fn parse(mut arguments: impl Iterator<Item = String>) -> Result<(Option<u16>, u32), String> {
    let (mut nodes, mut log2) = (None, 22);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value"));
        let number =
            || value.and_then(|value| value.parse::<u16>().map_err(|error| format!("{name} {value}: {error}")));
        match name.as_str() {
            "--nodes" => nodes = Some(number()?),
            "--log2" => log2 = u32::from(number()?),
            _ => return Err(format!("{name} is no option")),
        }
    }
    if (1..=40).contains(&log2) { Ok((nodes, log2)) } else { Err(format!("2^{log2} words are no table")) }
}

fn run(words: usize) -> ExitCode {
    let table = Box::new(AtomicVec::<u64>::new(words));
    let updates = UPDATES * words as u64;
    let took = update_all(&table, updates);
    println!("{updates} updates of {} KiB on {} nodes took {took:.2?}", words >> 7, node::count());
    println!("{:.4} GUPS", updates as f64 / took.as_nanos() as f64);
    let changed = table.iter().filter(|word| *word != 0).count();
    update_all(&table, updates);
    let wrong = table.iter().filter(|word| *word != 0).count();
    println!("{changed} words were changed; {wrong} are wrong after the same updates once more");
    if changed > 0 && wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Has all workers of all nodes make so many updates, each its share of one stream; how long that took.
fn update_all(table: &Box<AtomicVec<u64>>, updates: u64) -> Duration {
    let workers = thread::available_parallelism().map_or(1, |workers| workers.get());
    let tasks = (node::count() * workers) as u64;
    let start = Instant::now();
    thread::scope(|s| {
        for (number, node) in (0..tasks).zip(node::all().cycle()) {
            let first = updates / tasks * number;
            let last = if number + 1 == tasks { updates } else { first + updates / tasks };
            s.spawn_on(node, (Ref::new(table), first, last - first), update);
        }
    });
    start.elapsed()
}

/// Makes so many updates, from a place in the stream on.
fn update((table, first, count): (Ref<'_, AtomicVec<u64>>, u64, u64)) {
    let mut stream = Stream::at(first).take(count as usize);
    let last = table.len() - 1;
    loop {
        let numbers: Vec<u64> = stream.by_ref().take(BATCH).collect();
        if numbers.is_empty() {
            return;
        }
        let indices: Vec<usize> = numbers.iter().map(|number| *number as usize & last).collect();
        table.update_each(&indices, &numbers, |word, number| *word ^= number);
    }
}
