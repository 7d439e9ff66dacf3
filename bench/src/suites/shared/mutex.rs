//! A mutex that one thread has to itself, and one that goes from node to node and back.

use crate::Plan;
use crate::exchange::Exchange;
use crate::figure::{Figure, Goal};
use crate::measure::{cpu_of, median, middle, turns};
use crate::wire::Wire;
use drust::sync::Mutex;
use drust::{Box, Ref, node, thread};
use std::time::Instant;

/// What is measured, once for each twin.
macro_rules! alone {
    ($twin:ident, $import:path) => {
        mod $twin {
            use std::hint::black_box;
            use $import;

            /// Locks and unlocks so many times.
            #[inline(never)]
            pub fn lock(times: u64) {
                let mutex = Mutex::new(0_u64);
                for _ in 0..times {
                    *black_box(&mutex).lock().expect("no panic") += 1;
                }
                assert_eq!(mutex.into_inner().expect("no panic"), times);
            }
        }
    };
}

alone!(ours, drust::sync::Mutex);
alone!(stds, std::sync::Mutex);

pub fn uncontended(plan: &Plan, _: Wire) -> Vec<Figure> {
    let times = plan.scale(5_000_000);
    let pair = turns(plan.rounds, || cpu_of(|| ours::lock(times as u64)), || cpu_of(|| stds::lock(times as u64)));
    let pair = pair.per(times, times);
    vec![
        Figure::new("mutex_uncontended_local_ratio", pair.ratio)
            .goal(Goal::AtMost(1.5))
            .beside("drust ns", pair.drust)
            .beside("std ns", pair.base)
            .note("lock and unlock at home, one thread"),
    ]
}

/// Counts every other step: each lock brings the mutex from the other node, and it leaves with the next unlock. Half of
/// the median time in ns from one own step to the next.
fn play((mutex, steps, own): (Ref<'_, Mutex<u64>>, u64, u64)) -> f64 {
    let mut times = Vec::with_capacity(steps as usize);
    let mut last = Instant::now();
    for _ in 0..steps {
        loop {
            let mut step = mutex.lock().expect("no panic");
            if *step % 2 == own {
                *step += 1;
                break;
            }
        }
        times.push(last.elapsed().as_nanos() as f64);
        last = Instant::now();
    }
    median(times) / 2.0
}

pub fn pingpong(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let steps = plan.scale(if wire == Wire::Shm { 20_000 } else { 5000 }).max(20);
    let mutex = Box::new(Mutex::new(0));
    let there = node::all().next_back().expect("two nodes");
    let mut rounds = 0;
    let hand_over = || {
        rounds += 1;
        thread::scope(|scope| {
            let other = scope.spawn_on(there, (Ref::new(&mutex), steps as u64, 1), play);
            let own = play((Ref::new(&mutex), steps as u64, 0));
            other.join().expect("no panic");
            own
        })
    };
    let exchange = Exchange::start(wire);
    let message = [7; 64];
    let pair = turns(plan.rounds, hand_over, || middle(steps, || exchange.once(&message)));
    assert_eq!(*mutex.lock().expect("no panic"), (2 * steps * rounds) as u64);
    let us = Figure::new(format!("mutex_pingpong_{}_us", wire.name()), pair.drust / 1e3)
        .beside("exchange us", pair.base / 1e3)
        .note("from one node's unlock to the other's lock, median; floor: 64 B there and back");
    if wire == Wire::Shm {
        return vec![us];
    }
    vec![us, Figure::new("mutex_pingpong_ratio", pair.ratio).goal(Goal::AtMost(1.3))]
}
