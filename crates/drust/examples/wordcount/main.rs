//! Counts the words of all text files below a directory, on all nodes:
//! `cargo run --release --example wordcount -- [PATH] --nodes 4`.
//!
//! Each task reads its share of the files on its own node and keeps one boxed entry a word; the tables are merged in a
//! tree over all nodes. The same code with std's types and threads is the check.
#![allow(clippy::disallowed_methods, reason = "a rule for drust itself, not for its users")]

mod arguments;
mod cluster;
mod corpus;
mod ours;
mod twin;

use arguments::{Arguments, USAGE};
use cluster::Counted;
use corpus::{File, Generated};
use ours::Entry;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Inputs up to here are checked unless the user says otherwise, in bytes.
const SMALL: u64 = 64 << 20;

/// Text that is made up where there is none: files, words in each, and different words.
const MADE_UP: (u64, u64, u64) = (16, 400_000, 1_200_000);

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) if arguments.help => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("wordcount: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let Some(path) = &arguments.path
        && let Err(error) = std::fs::metadata(path)
    {
        eprintln!("wordcount: {}: {error}", path.display());
        return ExitCode::from(2);
    }
    let mut builder = drust::Builder::new();
    if let Some(nodes) = arguments.nodes {
        builder = builder.nodes(nodes);
    }
    builder.run(|| match work(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("wordcount: {message}");
            ExitCode::FAILURE
        }
    })
}

fn work(arguments: &Arguments) -> Result<(), String> {
    let (root, _made) = match &arguments.path {
        Some(path) => (path.clone(), None),
        None => default_text()?,
    };
    let list = |root: &Path| corpus::files(root).map_err(|error| format!("{}: {error}", root.display()));
    let (files, odd) = list(&root)?;
    let shares = cluster::shares();
    println!("{} files, {} tasks on {} nodes", files.len(), shares, drust::node::count());
    let start = Instant::now();
    let counted = cluster::count(corpus::share_out(files, shares));
    let took = start.elapsed();
    let (counted, top) = cluster::top(counted, arguments.top.unwrap_or(10));
    for entry in &top {
        println!("{:>12}  {}", entry.count, entry.word);
    }
    print_totals(&counted, odd, took);
    print_nodes();
    if arguments.check.unwrap_or(counted.part.bytes <= SMALL) {
        check(&counted, &top, corpus::share_out(list(&root)?.0, shares))?;
    } else {
        println!("not checked against std (--check does)");
    }
    Ok(())
}

/// The sources that cargo has downloaded, or else generated text, which goes when the second value is dropped.
fn default_text() -> Result<(PathBuf, Option<Generated>), String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.map(|home| home.join("registry").join("src"));
    match sources {
        Some(sources) if corpus::files(&sources).is_ok_and(|(files, _): (Vec<File>, _)| !files.is_empty()) => {
            println!("counting the sources that cargo has downloaded, in {}", sources.display());
            Ok((sources, None))
        }
        _ => {
            println!("cargo has downloaded no sources here, and no PATH was given: counting generated text");
            let (files, words, vocabulary) = MADE_UP;
            let made = Generated::new(files, words, vocabulary).map_err(|error| format!("generating text: {error}"))?;
            Ok((made.path().to_owned(), Some(made)))
        }
    }
}

fn print_totals(counted: &Counted, odd: u64, took: Duration) {
    let part = &counted.part;
    let megabytes = part.bytes as f64 / 1e6;
    println!(
        "{} words, {} different (as many live boxed entries), in {} text files of {megabytes:.1} MB",
        part.words,
        part.table.len(),
        part.files
    );
    println!(
        "passed over: {} unreadable files, {} binary files, {odd} names that are not UTF-8",
        part.unreadable, part.binary
    );
    println!("{:.2} s, {:.1} MB/s", took.as_secs_f64(), megabytes / took.as_secs_f64());
}

fn check(counted: &Counted, top: &[Entry], shares: Vec<Vec<String>>) -> Result<(), String> {
    let start = Instant::now();
    let twin = twin::count(shares);
    let took = start.elapsed().as_secs_f64();
    if cluster::equal(&counted.part, &twin) && cluster::equal_top(top, &twin) {
        println!("checked: equal to the count with std's types and threads ({took:.2} s)");
        Ok(())
    } else {
        Err(format!(
            "with std's types {} words were counted, {} different: not the same, or a file changed meanwhile",
            twin.words,
            twin.table.len()
        ))
    }
}

fn print_nodes() {
    println!("node    tasks    fetches      moves       frees   MB fetched");
    for (node, counts) in drust::stats::by_node() {
        let (tasks, moves) = (counts.tasks, counts.moves);
        let fetches = counts.direct_reads + counts.requests - moves;
        let (frees, fetched) = (counts.one_ways, counts.bytes_read as f64 / 1e6);
        println!("{node:>4} {tasks:>8} {fetches:>10} {moves:>10} {frees:>11} {fetched:>12.1}");
    }
}
