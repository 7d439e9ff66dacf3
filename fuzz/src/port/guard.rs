//! An honest program on three nodes that works all the time and looks at all that comes of it, until its stdin ends.
//! Warnings of drust are told on stderr.

use drust::{Box, Vec, thread};
use std::fmt::{Debug, Write};
use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What a line of stderr begins with that tells a warning.
pub const LOGGED: &str = "logged: ";

static OVER: AtomicBool = AtomicBool::new(false);
static ROUNDS: AtomicU64 = AtomicU64::new(0);

/// One task's work: what it was given lies elsewhere, and so does what it returns.
fn work((numbers, boxed): (Vec<u64>, Box<u64>)) -> Vec<u64> {
    let more = *boxed;
    numbers.iter().map(|number| number + more).collect()
}

fn round(number: u64) {
    let tasks: std::vec::Vec<_> = drust::node::all()
        .map(|node| {
            let numbers: Vec<u64> = (0..50).collect();
            (node, thread::spawn_on(node, (numbers, Box::new(number)), work))
        })
        .collect();
    for (node, task) in tasks {
        let mut sums = task.join().unwrap_or_else(|error| panic!("the task on node {node}: {error}"));
        assert!(sums.iter().copied().eq(number..number + 50), "node {node} miscounted");
        sums.push(number);
        assert_eq!((sums.len(), sums[50]), (51, number));
    }
}

/// The program: one line on stdout for each line on stdin, with the rounds so far.
pub fn main() {
    std::thread::spawn(|| {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() {
                break;
            }
            println!("{}", ROUNDS.load(Ordering::Relaxed));
        }
        OVER.store(true, Ordering::Relaxed);
    });
    while !OVER.load(Ordering::Relaxed) {
        round(ROUNDS.fetch_add(1, Ordering::Relaxed));
    }
}

/// Tells warnings on stderr from now on.
pub fn tell_warnings() {
    // Only one is ever set in a process.
    let _ = tracing::subscriber::set_global_default(Teller);
}

struct Teller;

impl Subscriber for Teller {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.target().starts_with("drust")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(LOGGED.to_owned());
        event.record(&mut line);
        eprintln!("{}", line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}
