//! A scan over columns of another node: plain, of columns whose chunks are tied, and by tasks that go where they are.

use super::there;
use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{Pair, turns, wall_of};
use drust::boxed::TBox;
use drust::{Box, Ref, Vec, stats, thread};

/// Values of a chunk, chunks of a column, and columns.
const VALUES: usize = 1 << 10;
const CHUNKS: usize = 16;
const COLUMNS: usize = 128;

type Chunk = [u64; VALUES];

/// What column has in each of its values.
fn chunks(column: usize) -> impl Iterator<Item = Chunk> {
    (0..CHUNKS).map(move |_| [column as u64; VALUES])
}

fn plain(_: ()) -> Vec<Vec<Box<Chunk>>> {
    (0..COLUMNS).map(|column| chunks(column).map(Box::new).collect()).collect()
}

fn tied(_: ()) -> Vec<Vec<TBox<Chunk>>> {
    (0..COLUMNS).map(|column| chunks(column).map(TBox::new).collect()).collect()
}

fn sum_plain(column: &[Box<Chunk>]) -> u64 {
    column.iter().map(|chunk| Box::read(chunk).iter().sum::<u64>()).sum()
}

fn scan_plain(columns: &[Vec<Box<Chunk>>]) -> u64 {
    columns.iter().map(|column| sum_plain(&Vec::read(column))).sum()
}

fn scan_tied(columns: &[Vec<TBox<Chunk>>]) -> u64 {
    let sum = |column: &[TBox<Chunk>]| column.iter().map(|chunk| chunk.iter().sum::<u64>()).sum::<u64>();
    columns.iter().map(|column| sum(&Vec::read(column))).sum()
}

/// One task a column, one after the other, as the scan goes.
fn scan_there(columns: &[Vec<Box<Chunk>>]) -> u64 {
    let there = |column| {
        thread::scope(|s| {
            let sum = s.spawn_to(column, (Ref::new(column),), |(column,)| sum_plain(&column));
            sum.join().expect("no panic")
        })
    };
    columns.iter().map(there).sum()
}

pub fn affinity(plan: &Plan) -> std::vec::Vec<Figure> {
    let plain = thread::spawn_on(there(), (), plain).join().expect("no panic");
    let tied = thread::spawn_on(there(), (), tied).join().expect("no panic");
    // The handles come to this node: only the columns are there.
    let (plain, tied): (std::vec::Vec<_>, std::vec::Vec<_>) = (plain.into_iter().collect(), tied.into_iter().collect());
    let expected = (COLUMNS * (COLUMNS - 1) / 2 * CHUNKS * VALUES) as u64;
    let pass = |scan: &dyn Fn() -> u64| wall_of(|| assert_eq!(scan(), expected));
    let (scan, by_ties, by_tasks) = (|| scan_plain(&plain), || scan_tied(&tied), || scan_there(&plain));
    let requests = |scan: &dyn Fn() -> u64| stats::count(scan).1.requests as f64;
    let asked = [requests(&scan), requests(&by_ties), requests(&by_tasks)];
    let tbox = turns(plan.rounds, || pass(&by_ties), || pass(&scan));
    let spawn_to = turns(plan.rounds, || pass(&by_tasks), || pass(&scan));
    let figure = |key: &str, pair: Pair, least, requests| {
        Figure::new(key, 1.0 / pair.ratio)
            .goal(Goal::AtLeast(least))
            .beside("ms", pair.drust / 1e6)
            .beside("plain ms", pair.base / 1e6)
            .beside("requests", requests)
            .beside("plain requests", asked[0])
            .note(format!("over tcp: {COLUMNS} columns of {CHUNKS} chunks of {VALUES} numbers"))
    };
    vec![
        figure("affinity_tbox_ratio", tbox, 1.12, asked[1]),
        figure("affinity_spawn_to_ratio", spawn_to, 1.21, asked[2]),
    ]
}
