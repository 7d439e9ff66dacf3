//! A map over two nodes: many entries in one call, and one at a time.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::load::value::{Key, Value, key, updates, value};
use crate::measure::{median, wall_of};
use crate::shuffle::{Numbers, shuffle};
use crate::wire::Wire;
use drust::collections::HashMap;
use drust::{Box, Ref, node, stats, thread};
use std::time::Instant;

/// Entries of a call.
const BATCH: usize = 1024;
/// Entries that each of the two nodes puts in.
const ENTRIES: usize = 1 << 19;

type Map = HashMap<Key, Value>;

/// What a node does with a map: which of the two it is, how many entries it puts in, and a seed.
type Share<'a> = (Ref<'a, Map>, u64, usize, u64);

/// Puts a node's entries in, in an order of their own.
fn insert((map, own, entries, _): Share<'_>) -> f64 {
    let mut numbers: Vec<u64> = (0..entries as u64).map(|number| 2 * number + own).collect();
    shuffle(&mut numbers, own);
    wall_of(|| {
        for some in numbers.chunks(BATCH) {
            map.insert_many(some.iter().map(|&number| (key(number), value(number, 0))));
        }
    })
}

/// Looks for as many, of both nodes.
fn get((map, own, entries, seed): Share<'_>) -> f64 {
    let mut random = Numbers::new(2 * seed + own);
    wall_of(|| {
        for _ in 0..entries / BATCH {
            let keys: Vec<Key> = (0..BATCH).map(|_| key(random.below(2 * entries) as u64)).collect();
            let found = map.get_many(&keys);
            let right = |(key, found): (&Key, Option<Value>)| updates(key[1], &found.expect("it was put in")) == 0;
            assert!(found.len() == BATCH && keys.iter().zip(found).all(right));
        }
    })
}

/// Has both nodes do it; how long the slower one took.
fn on_both(map: &Box<Map>, entries: usize, seed: u64, what: fn(Share<'_>) -> f64) -> f64 {
    thread::scope(|scope| {
        let start = |(own, node)| scope.spawn_on(node, (Ref::new(map), own, entries, seed), what);
        let tasks: Vec<_> = (0..).zip(node::all()).map(start).collect();
        tasks.into_iter().map(|task| task.join().expect("no panic")).fold(0.0, f64::max)
    })
}

pub fn many(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let entries = plan.scale(ENTRIES).max(BATCH);
    let (mut inserted, mut got) = (Vec::new(), Vec::new());
    for round in 0..=plan.rounds {
        let map = Box::new(Map::new());
        let insert = on_both(&map, entries, 0, insert);
        assert_eq!(map.len(), 2 * entries);
        let get = on_both(&map, entries, round as u64, get);
        if round > 0 {
            inserted.push(insert);
            got.push(get);
        }
    }
    let goal = Goal::AtLeast(if wire == Wire::Shm { 6e6 } else { 4.5e6 });
    let figure = |what: &str, entries: usize, walls| {
        let rate = (2 * entries) as f64 * 1e9 / median(walls);
        let note = format!("2 nodes, one thread each, {BATCH} entries a call, keys of 16 B, values of 32 B");
        Figure::new(format!("map_{what}_many_{}_2_per_s", wire.name()), rate).goal(goal).note(note)
    };
    vec![figure("get", entries / BATCH * BATCH, got), figure("insert", entries, inserted)]
}

/// Looks for each entry once; what three of four of the calls did not pass, in ns. Half of the entries are here.
fn get_each((map, _, entries, seed): Share<'_>) -> f64 {
    let mut numbers: Vec<u64> = (0..entries as u64).collect();
    shuffle(&mut numbers, seed);
    let mut costs = Vec::with_capacity(entries);
    for number in numbers {
        let start = Instant::now();
        let found = map.get(&key(number));
        costs.push(start.elapsed().as_nanos() as f64);
        assert_eq!(updates(number, &found.expect("it was put in")), 0);
    }
    costs.sort_by(f64::total_cmp);
    costs[costs.len() * 3 / 4]
}

pub fn one(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let entries = plan.scale(if wire == Wire::Shm { 1 << 17 } else { 1 << 13 });
    let there = node::all().next_back().expect("two nodes");
    let (mut costs, mut messages) = (Vec::new(), 0.0);
    for seed in 0..=plan.rounds as u64 {
        // A new one: no node keeps anything of it.
        let map = Box::new(Map::new());
        map.insert_many((0..entries as u64).map(|number| (key(number), value(number, 0))));
        let task = || {
            let share = (Ref::new(&map), 1, entries, seed);
            thread::scope(|scope| scope.spawn_on(there, share, get_each).join().expect("no panic"))
        };
        let (nanos, counts) = stats::count(task);
        messages = (counts.requests + counts.direct_reads) as f64 / entries as f64;
        if seed > 0 {
            costs.push(nanos);
        }
    }
    let figure = Figure::new(format!("map_get_one_{}_ns", wire.name()), median(costs));
    let figure = if wire == Wire::Shm { figure.goal(Goal::AtMost(1000.0)) } else { figure };
    vec![
        figure
            .note(format!("upper quartile, half of the keys are here; requests and direct reads a call {messages:.2}")),
    ]
}
