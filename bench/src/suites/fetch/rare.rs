//! Reads that are not those of small warm objects without pointers: of memory that no cache holds, and by trace.

use super::{Boxes, Times, blobs, there};
use crate::Plan;
use crate::figure::Figure;
use crate::measure::{cold_bytes, median};
use crate::shuffle::shuffle;
use crate::wire::Wire;
use drust::{Box, thread};
use std::time::Instant;

/// Reads some of very many objects, each once.
fn read_part((boxes, part, parts): (Boxes<[u8; 512]>, u64, u64)) -> (Boxes<[u8; 512]>, u64) {
    let mut boxes = boxes;
    let handles = &mut boxes[..];
    let len = handles.len() / parts as usize;
    let mut sum = 0;
    let start = Instant::now();
    for value in &handles[part as usize * len..(part as usize + 1) * len] {
        sum += u64::from(Box::read(value)[0]);
    }
    let nanos = start.elapsed().as_nanos() as u64;
    assert!(sum > 0);
    (boxes, nanos / len as u64)
}

pub fn cold(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let count = plan.scale(cold_bytes() / 512);
    let mut boxes = blobs::<512>(count);
    let parts = plan.rounds as u64 + 1;
    let mut costs = Vec::new();
    for part in 0..parts {
        let (back, nanos) = thread::spawn_on(there(), (boxes, part, parts), read_part).join().expect("no panic");
        boxes = back;
        if part > 0 {
            costs.push(nanos as f64);
        }
    }
    let note = format!("cold: {} MiB, each object read once; first touch through the reader's mapping", count >> 11);
    vec![Figure::new(format!("fetch_{}_512_cold_ns", wire.name()), median(costs)).note(note)]
}

/// A node of a tree: its fetch is a copy by trace.
#[derive(drust::Portable)]
struct Branch {
    value: u64,
    rest: [u64; 7],
    children: [Option<Box<u64>>; 4],
}

fn read_branches((mut boxes, times): (Boxes<Branch>, Times)) -> (Boxes<Branch>, u64, f64) {
    let handles = &mut boxes[..];
    let mut sum = 0;
    let nanos = times.each(handles, |value| {
        let branch = Box::read(value);
        sum += branch.value + branch.rest[6] + u64::from(branch.children[3].is_some());
    });
    (boxes, sum, nanos)
}

pub fn tree(plan: &Plan, wire: Wire) -> Vec<Figure> {
    const COUNT: usize = 4 << 10;
    let times = Times::of(plan, wire, COUNT, 100 * COUNT);
    let branch = |value| Box::new(Branch { value, rest: [1; 7], children: [(); 4].map(|()| Some(Box::new(value))) });
    let mut branches: Vec<_> = (0..COUNT as u64).map(branch).collect();
    shuffle(&mut branches, 4);
    let mut boxes: Boxes<Branch> = branches.into();
    let mut costs = Vec::new();
    for round in 0..=plan.rounds {
        let (back, sum, nanos) = thread::spawn_on(there(), (boxes, times), read_branches).join().expect("no panic");
        boxes = back;
        assert_eq!(sum, ((COUNT * (COUNT - 1) / 2 + 2 * COUNT) * times.passes) as u64);
        if round > 0 {
            costs.push(nanos);
        }
    }
    let note = format!("hot: {COUNT} objects of {} B, 4 boxes in each", size_of::<Branch>());
    vec![Figure::new(format!("fetch_tree_{}_ns", wire.name()), median(costs)).note(note)]
}
