//! Locks and what is made once go round a simulated cluster with the values they hold, and what was done to those is
//! replayed through the rules: each has one stamp at a time, is read under that, and by nobody once it has ended.
#![cfg(debug_assertions)]

mod replayed;

use drust::boxed::TBox;
use drust::sync::{Arc, Barrier, OnceLock, RwLock};
use drust::testing::Simulation;
use drust::{Box, Portable, String, Vec, node, thread, vec};
use drust_proto::coherence::Event;
use drust_proto::coherence::journal::Record;
use replayed::replayed;
use std::time::Duration;

/// A tree whose name is tied to it and whose branches are not.
#[derive(Portable, Debug)]
struct Tree {
    name: TBox<u64>,
    text: String,
    branches: Vec<Box<u64>>,
}

fn tree() -> Tree {
    let text = String::from("a text that is too long to lie in its handle");
    Tree { name: TBox::new(0), text, branches: vec![Box::new(0)] }
}

/// Tasks on all nodes, two on each.
fn everywhere<A: Portable + Clone>(args: A, body: fn((A, u64))) {
    let nodes = node::all().chain(node::all());
    let tasks: std::vec::Vec<_> =
        nodes.zip(0..).map(|(node, number)| thread::spawn_on(node, (args.clone(), number), body)).collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
}

fn trees_are_read_and_written() {
    let lock = Arc::new(RwLock::new(tree()));
    let barrier = Arc::new(Barrier::new(2 * node::count()));
    everywhere((lock.clone(), barrier), |((lock, barrier), number)| {
        for round in 0..6 {
            if (number + round) % 3 == 0 {
                let mut tree = lock.write().unwrap();
                *tree.name += 1;
                tree.text.push('.');
                *tree.branches[0] += 1;
                let name = *tree.name;
                tree.branches.push(Box::new(name));
            } else if let Ok(mut tree) = lock.try_write() {
                tree.branches.reverse();
                tree.branches.reverse();
            } else if let Ok(tree) = lock.read_timeout(Duration::from_micros(20 * round)) {
                assert_eq!(*tree.name, *tree.branches[0]);
            }
            let tree = lock.read().unwrap();
            assert_eq!((*tree.name + 44, *tree.name + 1), (tree.text.len() as u64, tree.branches.len() as u64));
            assert!(tree.branches.iter().zip(0..).skip(1).all(|(branch, at)| **branch == at));
            if round == 3 {
                drop(tree);
                barrier.wait();
            }
        }
    });
    let lock = Arc::try_unwrap(lock).expect("the tasks have ended");
    let last = node::all().last().unwrap();
    let lock = thread::spawn_on(last, (lock,), |(mut lock,): (RwLock<Tree>,)| {
        *lock.get_mut().unwrap().branches[0] += 1;
        lock
    });
    let lock = lock.join().unwrap();
    assert_eq!(*lock.read().unwrap().branches[0], 13);
    thread::spawn_on(last, (lock,), drop).join().unwrap();
}

fn a_value_is_made_once_and_taken() {
    let mut once = OnceLock::new();
    for round in 0..3 {
        let shared = Arc::new(once);
        everywhere(shared.clone(), |(once, number)| {
            let made = once.get_or_init(|| vec![Box::new(number), Box::new(number)]);
            assert_eq!(*made[0], *made[1]);
        });
        once = Arc::try_unwrap(shared).expect("the tasks have ended");
        if round == 1 {
            let made = once.get_mut().unwrap();
            (*made[0], *made[1]) = (9, 9);
        } else if round == 2 {
            assert_eq!(*once.take().unwrap()[1], 9);
        }
    }
}

#[test]
fn what_was_done_under_locks_is_lawful() {
    let simulation = Simulation { nodes: 3, seed: 5, copies: 4096, ..Simulation::default() };
    let (journal, replay) = replayed(&simulation, || {
        trees_are_read_and_written();
        a_value_is_made_once_and_taken();
        drust_runtime::node::here().quiesce();
        for node in node::all() {
            thread::spawn_on(node, (), |()| drust_runtime::node::here().vault().copies.shrink_to(0)).join().unwrap();
        }
        drust_runtime::node::here().quiesce();
    });
    let rest = replay.at_rest(0).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!((rest.objects, rest.pins), (0, 0));
    assert!(journal.iter().any(|record| matches!(record, Record::Handle { event: Event::Own { .. }, .. })));
}
