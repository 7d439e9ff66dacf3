//! Spawning and joining tasks: on one node beside rayon's scope, on another node beside a bare exchange of messages.

use crate::Plan;
use crate::exchange::Exchange;
use crate::figure::{Figure, Goal};
use crate::measure::{cpu_of, median, middle, turns, wall_of};
use crate::part::Part;
use crate::wire::Wire;
use drust::thread;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

pub const PARTS: &[Part] = &[
    Part { name: "task-local", nodes: 1, wire: Wire::Shm, workers: 2, copies: None, run: |plan, _| local(plan) },
    Part { name: "task-remote", nodes: 2, wire: Wire::Shm, workers: 1, copies: None, run: remote },
    Part { name: "task-remote-tcp", nodes: 2, wire: Wire::Tcp, workers: 1, copies: None, run: remote },
];

/// Tasks outstanding.
const TASKS: usize = 10_000;
/// Bytes of a message with a task that takes a `u64`, or with its completion, about.
const MESSAGE: usize = 64;

fn same(number: u64) -> u64 {
    black_box(number)
}

fn local(plan: &Plan) -> Vec<Figure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let expected = (TASKS * (TASKS - 1) / 2) as u64;
    let own = || {
        let handles: Vec<_> = (0..TASKS as u64).map(|number| thread::spawn(number, same)).collect();
        let sum: u64 = handles.into_iter().map(|handle| handle.join().expect("no panic")).sum();
        assert_eq!(sum, expected);
    };
    let twin = || {
        let sum = AtomicU64::new(0);
        pool.scope(|scope| {
            for number in 0..TASKS as u64 {
                let sum = &sum;
                scope.spawn(move |_| {
                    sum.fetch_add(same(number), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(sum.into_inner(), expected);
    };
    let times = plan.scale(20);
    let many = |run: &dyn Fn()| cpu_of(|| (0..times).for_each(|_| run()));
    let pair = turns(plan.rounds, || many(&own), || many(&twin)).per(TASKS * times, TASKS * times);
    vec![
        Figure::new("task_local_ns", pair.drust)
            .beside("rayon ns", pair.base)
            .note("10,000 spawned, then joined; CPU time a task"),
        Figure::new("task_local_ratio", pair.ratio).goal(Goal::AtMost(2.0)),
    ]
}

fn remote(plan: &Plan, wire: Wire) -> Vec<Figure> {
    vec![batch(plan, wire)].into_iter().chain(alone(plan, wire)).collect()
}

fn batch(plan: &Plan, wire: Wire) -> Figure {
    let there = drust::node::all().next_back().expect("two nodes");
    let times = plan.scale(20);
    let run = || {
        let handles: Vec<_> = (0..TASKS as u64).map(|number| thread::spawn_on(there, number, same)).collect();
        let sum: u64 = handles.into_iter().map(|handle| handle.join().expect("no panic")).sum();
        assert_eq!(sum, (TASKS * (TASKS - 1) / 2) as u64);
    };
    run();
    let rounds = (0..plan.rounds).map(|_| wall_of(|| (0..times).for_each(|_| run())) / (TASKS * times) as f64);
    let wall = median(rounds.collect());
    let goal = if wire == Wire::Shm { 2e6 } else { 1e6 };
    Figure::new(format!("task_remote_batch_{}_per_s", wire.name()), 1e9 / wall)
        .goal(Goal::AtLeast(goal))
        .beside("wall ns", wall)
        .note("10,000 outstanding")
}

fn alone(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let there = drust::node::all().next_back().expect("two nodes");
    let exchange = Exchange::start(wire);
    let message = [7; MESSAGE];
    let times = plan.scale(3000);
    let pair = turns(
        plan.rounds,
        || middle(times, || assert_eq!(thread::spawn_on(there, 5, same).join().expect("no panic"), 5)),
        || middle(times, || exchange.once(&message)),
    );
    vec![
        Figure::new(format!("spawn_join_{}_us", wire.name()), pair.drust / 1e3)
            .beside("exchange us", pair.base / 1e3)
            .note("floor: 64 B there and back between two processes, waiting as drust does; wall"),
        Figure::new(format!("spawn_join_{}_ratio", wire.name()), pair.ratio).goal(Goal::AtMost(1.5)),
    ]
}
