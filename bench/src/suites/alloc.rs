//! Making and dropping boxes, beside std's boxes in the default allocator.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{Pair, cpu_of, turns};
use crate::part::Part;
use crate::wire::Wire;

pub const PARTS: &[Part] =
    &[Part { name: "alloc", nodes: 1, wire: Wire::Shm, workers: 2, copies: None, run: |plan, _| alloc(plan) }];

/// Boxes in a batch.
const BATCH: usize = 1000;

/// What is measured, once for each twin.
macro_rules! batches {
    ($twin:ident, $import:path) => {
        mod $twin {
            use super::BATCH;
            use std::hint::black_box;
            use std::sync::mpsc::sync_channel;
            use std::thread;
            use $import;

            type Value = [u64; 8];

            #[inline(never)]
            fn make(into: &mut Vec<Box<Value>>) {
                for number in 0..BATCH as u64 {
                    into.push(Box::new([number; 8]));
                }
            }

            /// Makes batches and drops each.
            pub fn alone(times: usize) {
                let mut batch = Vec::with_capacity(BATCH);
                for _ in 0..times {
                    make(&mut batch);
                    assert_eq!(black_box(&batch)[BATCH - 1][7], BATCH as u64 - 1);
                    batch.clear();
                }
            }

            /// The same on two threads at once.
            pub fn together(times: usize) {
                thread::scope(|scope| {
                    scope.spawn(move || alone(times));
                    scope.spawn(move || alone(times));
                });
            }

            /// One thread makes them, another drops them.
            pub fn handed_over(times: usize) {
                let (send, receive) = sync_channel::<Vec<Box<Value>>>(4);
                thread::scope(|scope| {
                    scope.spawn(move || {
                        for _ in 0..times {
                            let mut batch = Vec::with_capacity(BATCH);
                            make(&mut batch);
                            send.send(batch).expect("somebody listens");
                        }
                    });
                    scope.spawn(move || {
                        let dropped: usize = receive.iter().map(|batch| batch.len()).sum();
                        assert_eq!(dropped, times * BATCH);
                    });
                });
            }
        }
    };
}

batches!(ours, drust::Box);
batches!(stds, std::boxed::Box);

fn alloc(plan: &Plan) -> Vec<Figure> {
    let times = plan.scale(2000);
    let measure = |own: fn(usize), twin: fn(usize), boxes: usize| {
        turns(plan.rounds, || cpu_of(|| own(times)), || cpu_of(|| twin(times))).per(boxes, boxes)
    };
    let one = measure(ours::alone, stds::alone, BATCH * times);
    let two = measure(ours::together, stds::together, 2 * BATCH * times);
    let over = measure(ours::handed_over, stds::handed_over, BATCH * times);
    vec![
        figure("box_new_drop_ratio", one, "64 B, batches of 1000"),
        figure("box_new_drop_2t_ratio", two, "the same on two threads, CPU time"),
        figure("box_other_thread_drop_ratio", over, "made by one thread, dropped by another, CPU time"),
    ]
}

fn figure(key: &str, pair: Pair, note: &str) -> Figure {
    let figure = Figure::new(key, pair.ratio).goal(Goal::AtMost(1.5));
    figure.beside("drust ns", pair.drust).beside("std ns", pair.base).note(note)
}
