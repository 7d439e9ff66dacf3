//! Reading, taking over and freeing what lives on another node, over `shm`.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{cold_bytes, median, wall_of};
use crate::part::Part;
use crate::shuffle::shuffle;
use crate::wire::Wire;
use drust::{Box, node, stats, thread};
use std::time::Instant;

/// Copies kept in the hot parts: a small share of what is read, so that every read fetches and evicts.
const FEW: Option<u64> = Some(64 << 10);

pub const PARTS: &[Part] = &[
    Part {
        name: "fetch-8",
        nodes: 2,
        wire: Wire::Shm,
        workers: 1,
        copies: FEW,
        run: |plan, _| hot::<8>(plan, 16 << 10),
    },
    Part {
        name: "fetch-64",
        nodes: 2,
        wire: Wire::Shm,
        workers: 1,
        copies: FEW,
        run: |plan, _| hot::<64>(plan, 8 << 10),
    },
    Part {
        name: "fetch-512",
        nodes: 2,
        wire: Wire::Shm,
        workers: 1,
        copies: FEW,
        run: |plan, _| hot::<512>(plan, 1 << 10),
    },
    Part {
        name: "fetch-4096",
        nodes: 2,
        wire: Wire::Shm,
        workers: 1,
        copies: FEW,
        run: |plan, _| hot::<4096>(plan, 256),
    },
    Part {
        name: "fetch-cold",
        nodes: 2,
        wire: Wire::Shm,
        workers: 1,
        copies: Some(16 << 20),
        run: |plan, _| cold(plan),
    },
    Part { name: "fetch-tree", nodes: 2, wire: Wire::Shm, workers: 1, copies: FEW, run: |plan, _| tree(plan) },
    Part { name: "stream", nodes: 2, wire: Wire::Shm, workers: 1, copies: Some(80 << 20), run: |plan, _| stream(plan) },
    Part { name: "move", nodes: 2, wire: Wire::Shm, workers: 1, copies: None, run: |plan, _| take_over(plan) },
    Part { name: "free", nodes: 2, wire: Wire::Shm, workers: 1, copies: None, run: |plan, _| free(plan) },
];

/// Boxes in an order that is not that of memory.
type Boxes<T> = Box<[Box<T>]>;

fn blobs<const SIZE: usize>(count: usize) -> Boxes<[u8; SIZE]> {
    let mut boxes: Vec<_> = (0..count).map(|number| Box::new([number as u8; SIZE])).collect();
    shuffle(&mut boxes, 3);
    boxes.into()
}

fn there() -> node::NodeId {
    node::all().next_back().expect("a job of two nodes")
}

/// Reads every object once through a guard, so many times; the boxes come back.
fn read<const SIZE: usize>((mut boxes, times): (Boxes<[u8; SIZE]>, u64)) -> (Boxes<[u8; SIZE]>, u64, u64) {
    // The handles come to live here: only what they point to is remote.
    let handles = &mut boxes[..];
    let mut sum = 0;
    let start = Instant::now();
    for _ in 0..times {
        for value in &*handles {
            sum += u64::from(Box::read(value)[SIZE - 1]);
        }
    }
    let nanos = start.elapsed().as_nanos() as u64;
    (boxes, sum, nanos)
}

/// The floor: copies each object from where it lies to one of a few warm places.
fn copy<const SIZE: usize>(count: usize, times: usize) -> f64 {
    let mut sources: Vec<_> = (0..count).map(|number| std::boxed::Box::new([number as u8; SIZE])).collect();
    shuffle(&mut sources, 3);
    let mut places = vec![[0_u8; SIZE]; ((64 << 10) / SIZE).clamp(1, count)];
    let mut sum = 0;
    let nanos = wall_of(|| {
        for _ in 0..times {
            for (index, source) in sources.iter().enumerate() {
                let place = &mut places[index % ((64 << 10) / SIZE)];
                place.copy_from_slice(&source[..]);
                sum += u64::from(std::hint::black_box(place)[SIZE - 1]);
            }
        }
    });
    assert_eq!(sum, expected(count) * times as u64);
    nanos / (count * times) as f64
}

fn expected(count: usize) -> u64 {
    (0..count).map(|number| u64::from(number as u8)).sum()
}

fn hot<const SIZE: usize>(plan: &Plan, count: usize) -> Vec<Figure> {
    let times = plan.scale((400_000 / count).max(1) * 2).max(2);
    let mut boxes = blobs::<SIZE>(count);
    let (mut costs, mut floors) = (Vec::new(), Vec::new());
    let mut fetched = 0;
    for round in 0..=plan.rounds {
        let ((back, sum, nanos), counts) =
            stats::count(|| thread::spawn_on(there(), (boxes, times as u64), read::<SIZE>).join().expect("no panic"));
        boxes = back;
        assert_eq!(sum, expected(count) * times as u64);
        let floor = copy::<SIZE>(count, times);
        if round > 0 {
            fetched = counts.direct_reads;
            costs.push(nanos as f64 / (count * times) as f64);
            floors.push(floor);
        }
    }
    let share = fetched as f64 / (count * times) as f64;
    let figure = Figure::new(format!("fetch_shm_{SIZE}_ns"), median(costs))
        .beside("copy ns", median(floors))
        .note(format!("hot: {count} objects, fetches a read {share:.2}"));
    vec![if SIZE == 512 { figure.goal(Goal::AtMost(300.0)) } else { figure }]
}

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

fn cold(plan: &Plan) -> Vec<Figure> {
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
    vec![Figure::new("fetch_shm_512_cold_ns", median(costs)).note(note)]
}

/// A node of a tree: its fetch is a copy by trace.
#[derive(drust::Portable)]
struct Branch {
    value: u64,
    rest: [u64; 7],
    children: [Option<Box<u64>>; 4],
}

fn read_branches((mut boxes, times): (Boxes<Branch>, u64)) -> (Boxes<Branch>, u64, u64) {
    let handles = &mut boxes[..];
    let mut sum = 0;
    let start = Instant::now();
    for _ in 0..times {
        for value in &*handles {
            let branch = Box::read(value);
            sum += branch.value + branch.rest[6] + u64::from(branch.children[3].is_some());
        }
    }
    let nanos = start.elapsed().as_nanos() as u64;
    (boxes, sum, nanos)
}

fn tree(plan: &Plan) -> Vec<Figure> {
    const COUNT: usize = 4 << 10;
    let times = plan.scale(100).max(2);
    let branch = |value| Box::new(Branch { value, rest: [1; 7], children: [(); 4].map(|()| Some(Box::new(value))) });
    let mut branches: Vec<_> = (0..COUNT as u64).map(branch).collect();
    shuffle(&mut branches, 4);
    let mut boxes: Boxes<Branch> = branches.into();
    let mut costs = Vec::new();
    for round in 0..=plan.rounds {
        let (back, sum, nanos) =
            thread::spawn_on(there(), (boxes, times as u64), read_branches).join().expect("no panic");
        boxes = back;
        assert_eq!(sum, ((COUNT * (COUNT - 1) / 2 + 2 * COUNT) * times) as u64);
        if round > 0 {
            costs.push(nanos as f64 / (COUNT * times) as f64);
        }
    }
    let note = format!("hot: {COUNT} objects of {} B, 4 boxes in each", size_of::<Branch>());
    vec![Figure::new("fetch_tree_shm_ns", median(costs)).note(note)]
}

/// Words of 64 MiB.
const LARGE: usize = 8 << 20;

/// Fetches each large object in turn, and copies as much inside this node, in turns; nanoseconds of both.
fn fetch_large((boxes, rounds): (Boxes<[u64]>, u64)) -> Box<[(u64, u64)]> {
    let source = vec![1_u64; LARGE];
    let mut target = vec![2_u64; LARGE];
    let mut costs = Vec::new();
    for round in 0..rounds as usize {
        let start = Instant::now();
        let guard = Box::read(&boxes[round % boxes.len()]);
        let fetch = start.elapsed().as_nanos() as u64;
        assert_eq!(guard[LARGE - 1], (round % boxes.len()) as u64);
        drop(guard);
        let start = Instant::now();
        target.copy_from_slice(std::hint::black_box(&source));
        costs.push((fetch, start.elapsed().as_nanos() as u64));
        std::hint::black_box(&mut target);
    }
    costs.into()
}

fn stream(plan: &Plan) -> Vec<Figure> {
    const KINDS: usize = 2;
    let large = |number| Box::<[u64]>::from(vec![number; LARGE]);
    let boxes: Boxes<[u64]> = (0..KINDS as u64).map(large).collect();
    let rounds = (2 * plan.rounds + 2 * KINDS) as u64;
    let costs = thread::spawn_on(there(), (boxes, rounds), fetch_large).join().expect("no panic");
    let warm = &costs[2 * KINDS..];
    let gb = |nanos: f64| (LARGE * 8) as f64 / nanos;
    let fetch = median(warm.iter().map(|cost| cost.0 as f64).collect());
    let copy = median(warm.iter().map(|cost| cost.1 as f64).collect());
    let ratio = median(warm.iter().map(|cost| cost.1 as f64 / cost.0 as f64).collect());
    vec![
        Figure::new("stream_shm_ratio", ratio)
            .goal(Goal::AtLeast(0.85))
            .beside("fetch GB/s", gb(fetch))
            .beside("memcpy GB/s", gb(copy))
            .beside("first touch GB/s", gb(costs[0].0 as f64))
            .note("64 MiB, warm on both sides"),
    ]
}

/// Writes to every object without a look at it, which moves it here.
fn write_all((mut boxes, mark): (Boxes<[u8; 512]>, u8)) -> (Boxes<[u8; 512]>, u64) {
    let handles = &mut boxes[..];
    let start = Instant::now();
    for value in &mut *handles {
        value[0] = mark;
    }
    let nanos = start.elapsed().as_nanos() as u64;
    (boxes, nanos)
}

fn take_over(plan: &Plan) -> Vec<Figure> {
    const COUNT: usize = 2048;
    let times = plan.scale(40).max(2);
    let mut boxes = blobs::<512>(COUNT);
    let mut rounds = Vec::new();
    let mut moves = 0;
    for round in 0..=plan.rounds {
        let (costs, counts) = stats::count(|| {
            let mut costs = Vec::new();
            for mark in (0..times).map(|time| time as u8) {
                let there = thread::spawn_on(there(), (std::mem::take(&mut boxes), mark), write_all);
                let (back, nanos) = there.join().expect("no panic");
                assert!(Box::read(&back[0])[0] == mark);
                costs.push(nanos as f64 / COUNT as f64);
                // They come home before they go again.
                (boxes, _) = write_all((back, mark));
            }
            costs
        });
        moves = counts.moves;
        if round > 0 {
            rounds.push(median(costs));
        }
    }
    let note = format!("2048 objects, moves a write {:.2}", moves as f64 / (2 * times * COUNT) as f64);
    vec![Figure::new("move_shm_512_ns", median(rounds)).note(note)]
}

/// Drops every object by its own box; when the first and the last were dropped here.
fn drop_all((mut boxes,): (Boxes<[u8; 64]>,)) -> u64 {
    let handles = &mut boxes[..];
    let start = Instant::now();
    assert!(!handles.is_empty());
    drop(boxes);
    start.elapsed().as_nanos() as u64
}

fn free(plan: &Plan) -> Vec<Figure> {
    let count = plan.scale(200_000);
    let (mut rounds, mut locally) = (Vec::new(), Vec::new());
    for round in 0..=plan.rounds {
        let boxes = blobs::<64>(count);
        let start = Instant::now();
        // Counting ends only when all frees have been carried out.
        let (dropped, counts) =
            stats::count(|| thread::spawn_on(there(), (boxes,), drop_all).join().expect("no panic"));
        let nanos = start.elapsed().as_nanos() as f64;
        assert!(counts.one_ways >= count as u64, "{counts:?}");
        if round > 0 {
            rounds.push(nanos / count as f64);
            locally.push(dropped as f64 / count as f64);
        }
    }
    vec![
        Figure::new("free_shm_per_s", 1e9 / median(rounds))
            .beside("dropper ns", median(locally))
            .note("64 B each, until carried out at home; task and counting included"),
    ]
}
