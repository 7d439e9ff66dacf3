//! Simulated clusters: what the seed decides, how runs end, and that the nodes of one process are as apart as those of
//! several.

mod borders;
mod child;
mod ends;
mod faults;
mod found;
mod program;
mod seeds;
mod time;
mod work;

use drust::{Box, Vec, node, thread};

/// What a run is compared by: a number from each of many tasks that meet, in the order in which they ended.
fn race() -> std::vec::Vec<usize> {
    let ends = std::sync::Arc::new(std::sync::Mutex::new(std::vec::Vec::new()));
    let waiting: std::vec::Vec<_> = (0..12_usize)
        .map(|task| {
            let ends = ends.clone();
            let on = node::all().nth(task % node::count()).expect("there is a node");
            let far = thread::spawn_on(on, (task,), |(task,)| Box::new(task));
            thread::spawn_local(move || {
                let boxed = far.join().expect("it returns");
                ends.lock().expect("nobody panics").push(*boxed);
            })
        })
        .collect();
    while ends.lock().expect("nobody panics").len() < waiting.len() {
        thread::yield_now();
    }
    waiting.into_iter().for_each(|thread| thread.join().expect("it returns"));
    let ends = ends.lock().expect("nobody panics");
    ends.clone()
}

#[drust::test(nodes = 3, seed = 1)]
fn a_box_goes_round() {
    let mut boxed = Box::new(1_u64);
    for node in node::all().chain(node::all()) {
        let moved = thread::spawn_on(node, (boxed,), |(mut boxed,)| {
            *boxed += 1;
            boxed
        });
        boxed = moved.join().unwrap();
    }
    assert_eq!(*boxed, 7);
}

#[drust::test(nodes = 3, seed = 5)]
fn tasks_end_in_some_order() {
    let mut ends = race();
    println!("order {ends:?}");
    ends.sort_unstable();
    assert!(ends.into_iter().eq(0..12));
}

#[drust::test(nodes = 2, seed = 9)]
fn each_node_has_its_own_part_of_a_global() {
    drust::global! {
        static SHARED: Vec<u64> = (0..100).collect();
    }
    let sums = node::all().map(|node| thread::spawn_on(node, (), |()| SHARED.iter().sum::<u64>()));
    let sums: std::vec::Vec<_> = sums.collect();
    assert!(sums.into_iter().all(|sum| sum.join().unwrap() == 4950));
    drust::testing::allow_leaks();
}
