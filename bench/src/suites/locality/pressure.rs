//! A data set of twice a node's partition, made, read and dropped by one thread, and one that the partition holds.

use crate::Plan;
use crate::figure::Figure;
use crate::measure::{turns, wall_of};
use drust::Box;
use std::hint::black_box;

/// Bytes of each node's partition.
const PARTITION: usize = 64 << 20;
/// Bytes of a value.
const BLOCK: usize = 4 << 10;
const NODES: u16 = 4;

/// Makes so many values, reads all of each and drops them.
fn make_and_read(count: usize) {
    let blocks: Vec<_> = (0..count as u64).map(|number| Box::new([number; BLOCK / 8])).collect();
    let sum: u64 = blocks.iter().map(|block| Box::read(block).iter().sum::<u64>()).sum();
    assert_eq!(black_box(sum), (count * (count - 1) / 2 * (BLOCK / 8)) as u64, "nothing is lost");
}

pub fn pressure(plan: &Plan) -> Vec<Figure> {
    let builder = drust::Builder::new().nodes(NODES).workers(1).heap(PARTITION as u64).copies(PARTITION as u64 / 16);
    builder.run(|| {
        let (twice, half) = (2 * PARTITION / BLOCK, PARTITION / 2 / BLOCK);
        let pair = turns(plan.rounds, || wall_of(|| make_and_read(twice)), || wall_of(|| make_and_read(half)));
        let [each, within] = [pair.drust / twice as f64, pair.base / half as f64];
        let figure = Figure::new("pressure_slowdown", each / within)
            .beside("us a value", each / 1e3)
            .beside("us a value that fits", within / 1e3)
            .note("4 KiB made, read and dropped; twice the partition of the maker, against half of it");
        vec![figure]
    })
}
