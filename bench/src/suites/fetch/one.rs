//! One read at a time of small objects without pointers.

use super::{Boxes, Floor, INNER, Times, blobs, expected, there};
use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{Pair, median, turns};
use crate::part::run_apart;
use crate::wire::Wire;
use drust::{Box, stats, thread};

/// Reads every object through a guard, so many times; the boxes come back, with the median time of a read.
fn read<const SIZE: usize>((mut boxes, times): (Boxes<[u8; SIZE]>, Times)) -> (Boxes<[u8; SIZE]>, u64, f64) {
    // The handles come to live here: only what they point to is remote.
    let handles = &mut boxes[..];
    let mut sum = 0;
    let nanos = times.each(handles, |value| sum += u64::from(Box::read(value)[SIZE - 1]));
    (boxes, sum, nanos)
}

pub fn hot<const SIZE: usize>(plan: &Plan, wire: Wire, count: usize) -> Vec<Figure> {
    let times = Times::of(plan, wire, count, 800_000);
    let mut boxes = blobs::<SIZE>(count);
    let mut fetched = 0;
    let mut floor = Floor::start(wire);
    let fetches = || {
        let task = (std::mem::take(&mut boxes), times);
        let (read, counts) = stats::count(|| thread::spawn_on(there(), task, read::<SIZE>).join().expect("no panic"));
        fetched = counts.direct_reads + counts.requests;
        let (back, sum, nanos) = read;
        boxes = back;
        assert_eq!(sum, expected(count) * times.passes as u64);
        nanos
    };
    let pair = turns(plan.rounds, fetches, || floor.bring::<SIZE>(count, times));
    let share = fetched as f64 / (count * times.passes) as f64;
    figures(&pair, SIZE, wire, &format!("hot: {count} objects, fetches a read {share:.2}"))
}

fn figures(pair: &Pair, size: usize, wire: Wire, note: &str) -> Vec<Figure> {
    let name = wire.name();
    let fetch = Figure::new(format!("fetch_{name}_{size}_ns"), pair.drust).note(note);
    if wire == Wire::Shm {
        let figure = fetch.beside("copy ns", pair.base);
        return vec![if size == 512 { figure.goal(Goal::AtMost(300.0)) } else { figure }];
    }
    let floor = Figure::new(format!("floor_{name}_{size}_ns"), pair.base)
        .note("there and back on bare sockets between two processes, waiting as drust does");
    let ratio = Figure::new(format!("fetch_{name}_{size}_ratio"), pair.ratio);
    vec![fetch, floor, if size == 512 { ratio.goal(Goal::AtMost(1.25)) } else { ratio }]
}

/// The same fetches by jobs of their own, one plain and one encrypted in turn.
pub fn encrypted(plan: &Plan) -> Vec<Figure> {
    let one = Plan { rounds: 1, ..plan.clone() };
    let mut costs = Vec::new();
    for _ in 0..plan.rounds {
        let [plain, sealed] = [0, 1].map(|part| run_apart(&INNER[part], &one).expect("the job runs")[0].value);
        costs.push((plain, sealed));
    }
    let of = |pick: fn(&(f64, f64)) -> f64| median(costs.iter().map(pick).collect());
    vec![
        Figure::new("tls_512_ratio", of(|(plain, sealed)| sealed / plain))
            .beside("encrypted ns", of(|cost| cost.1))
            .beside("plain ns", of(|cost| cost.0))
            .note("two jobs in turn"),
    ]
}
