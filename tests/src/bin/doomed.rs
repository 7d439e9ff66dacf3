//! A program that works until somebody ends it: every node keeps all nodes busy with spawns, fetches, moves and frees.
//! How else it may end is told by its argument.

use drust::{node, thread};
use drust_tests::on_drust::programs::{storm, storm_vectors};

fn main() {
    let way = std::env::args().nth(1).unwrap_or_default();
    if way == "busy" {
        // The walks panic now and then, in tasks whose joiners want it.
        std::panic::set_hook(std::boxed::Box::new(|_| ()));
    }
    drust::Builder::new().run(move || live(&way));
}

fn live(way: &str) {
    let nodes: Vec<_> = node::all().collect();
    let last = *nodes.last().expect("a cluster has nodes");
    match way {
        "busy" => keep_busy(&nodes),
        "print" => print(),
        "print elsewhere" => thread::spawn_on(last, (), |()| print()).join().unwrap(),
        "eat" => thread::spawn_on(last, (), |()| eat()).join().unwrap(),
        "eat heap" => thread::spawn_on(last, (), |()| eat_heap()).join().unwrap(),
        other => panic!("{other:?} is no way to end"),
    }
}

/// Says that it is ready once every node has worked with every other.
fn keep_busy(nodes: &[node::NodeId]) {
    let work = |(seed, walks): (u64, u64)| {
        for walk in 0..walks {
            storm::walk(seed + walk, 60);
            storm_vectors::walk(seed + walk, 60);
        }
    };
    let all = |walks: u64| {
        thread::scope(|s| {
            for (&node, seed) in nodes.iter().zip(1..) {
                s.spawn_on(node, (seed * 1_000_000, walks), work);
            }
        });
    };
    all(1);
    println!("ready");
    all(u64::MAX);
}

/// Prints for ever, and says how that failed as std's `println` does.
fn print() {
    loop {
        println!("a line");
    }
}

/// Takes memory until there is none.
fn eat() {
    let mut eaten = std::vec::Vec::new();
    loop {
        eaten.push(std::vec![1_u8; 1 << 20]);
        std::hint::black_box(&mut eaten);
    }
}

/// The same with memory that all nodes share.
fn eat_heap() {
    let mut eaten = drust::Vec::new();
    loop {
        eaten.push(drust::Box::new([1_u64; 1 << 14]));
    }
}
