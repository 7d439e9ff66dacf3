//! A simulated cluster does a little of everything, and what it says it did is replayed through the rules.
#![cfg(debug_assertions)]

mod replayed;

use drust::boxed::TBox;
use drust::testing::Simulation;
use drust::{Box, Portable, Ref, RefMut, String, Vec, node, thread, vec};
use drust_proto::coherence::journal::Record;
use drust_proto::coherence::{CopyEvent, Event};
use replayed::replayed;

/// A tree whose name is tied to it and whose branches are not.
#[derive(Portable)]
struct Tree {
    name: TBox<u64>,
    text: String,
    branches: Vec<Box<u64>>,
    next: Option<Box<Tree>>,
}

/// A value with a `Drop` of its own.
#[derive(Portable)]
#[portable(drop)]
struct Loud(Box<u64>);

impl Drop for Loud {
    fn drop(&mut self) {
        *self.0 += 1;
    }
}

fn tree(depth: u64) -> Tree {
    let next = (depth > 0).then(|| Box::new(tree(depth - 1)));
    let text = String::from("a name that is too long to lie in its handle");
    Tree { name: TBox::new(depth), text, branches: (0..3).map(Box::new).collect(), next }
}

fn sum(tree: &Tree) -> u64 {
    let branches: u64 = tree.branches.iter().map(|branch| **branch).sum();
    *tree.name + tree.text.len() as u64 + branches + tree.next.as_ref().map_or(0, |next| sum(next))
}

fn values_go_round() {
    let mut boxed = Box::new(1_u64);
    let mut list = vec![1_u32, 2, 3];
    for node in node::all().chain(node::all()) {
        let moved = thread::spawn_on(node, (boxed, list), |(mut boxed, mut list)| {
            assert_eq!(*boxed as usize + 2, list.len());
            *boxed += 1;
            list.push(7);
            (boxed, list)
        });
        (boxed, list) = moved.join().unwrap();
        assert_eq!(list.last(), Some(&7));
        if boxed.is_multiple_of(2) {
            let value = *Box::read(&boxed);
            Box::set(&mut boxed, value);
        }
    }
    assert_eq!(*boxed as usize, 1 + 2 * node::count());
}

fn borrows_are_read_together() {
    let tree = Box::new(tree(4));
    let here = sum(&tree);
    thread::scope(|scope| {
        for node in node::all().chain(node::all()) {
            let far = scope.spawn_on(node, (Ref::new(&tree),), |(tree,)| {
                let text = Ref::map(tree.clone(), |tree| &tree.branches);
                sum(&tree) + text.len() as u64
            });
            drop(far);
        }
        for node in node::all() {
            let walk = scope.spawn_on(node, (Ref::new(&tree),), |(tree,)| {
                let next = Ref::try_step(tree, |tree| tree.next.as_ref()).unwrap();
                *next.name
            });
            assert_eq!(walk.join().unwrap(), 3);
        }
    });
    assert_eq!(sum(&tree), here);
}

fn lends_come_home() {
    let mut owner = Box::new(tree(1));
    let mut pair = (Box::new(1_u64), vec![Box::new(2_u64)]);
    for round in 0..3_u64 {
        thread::scope(|scope| {
            let far = node::all().nth(round as usize % node::count()).unwrap();
            scope.spawn_on(far, (RefMut::new(&mut owner),), |(mut owner,)| {
                *owner.name += 1;
                owner.branches.push(Box::new(1));
                owner.text.push('!');
            });
            let lent = scope.spawn_on(node::all().last().unwrap(), (RefMut::new(&mut pair),), |(mut pair,)| {
                *pair.0 += 1;
                *pair.1[0] += 1;
                pair.1.push(Box::new(0));
                assert!(*pair.0 != 3, "a task may panic");
            });
            assert_eq!(lent.join().is_err(), round == 1);
        });
        assert_eq!(*pair.0, round + 2);
        assert_eq!(*pair.1[0], round + 3);
        assert_eq!(owner.branches.len() as u64, 4 + round);
    }
}

fn values_end_anywhere() {
    for node in node::all() {
        let far = thread::spawn_on(node, (), |()| (Loud(Box::new(1)), tree(2), vec![Box::new(1_u8)]));
        let (loud, tree, list) = far.join().unwrap();
        assert_eq!((*loud.0, sum(&tree) > 0), (1, true));
        let kept: std::vec::Vec<_> = list.into_iter().map(Box::into_inner).collect();
        assert_eq!(kept, [1]);
        thread::spawn_on(node::all().next().unwrap(), (loud, tree), drop).join().unwrap();
    }
}

/// A list grows at home after others have looked at it.
fn what_was_seen_grows() {
    let mut list = vec![Box::new(0_u64)];
    for round in 1..6 {
        thread::scope(|scope| {
            let far = node::all().nth(round as usize % node::count()).unwrap();
            let last = scope.spawn_on(far, (Ref::new(&list),), |(list,)| **list.last().unwrap());
            assert_eq!(last.join().unwrap(), round - 1);
        });
        list.push(Box::new(round));
        list.reserve_exact(1);
    }
}

/// One pin on another node stays for good, and the value it is of is written all the same.
fn a_guard_is_forgotten() {
    let boxed = thread::spawn_on(node::all().last().unwrap(), (Box::new(5_u64),), |(mut boxed,)| {
        std::mem::forget(Box::read(&boxed));
        assert_eq!(*boxed, 5);
        *boxed += 1;
        boxed
    });
    assert_eq!(*boxed.join().unwrap(), 6);
}

/// All one-ways are carried out, and no copy is left to keep the pins of the handles in it.
fn come_to_rest() {
    for node in node::all() {
        thread::spawn_on(node, (), |()| drust_runtime::node::here().vault().copies.shrink_to(0)).join().unwrap();
    }
    drust_runtime::node::here().quiesce();
}

#[test]
fn what_a_cluster_did_is_what_the_law_does() {
    let simulation = Simulation { nodes: 3, seed: 1, copies: 4096, ..Simulation::default() };
    let (journal, replay) = replayed(&simulation, || {
        values_go_round();
        borrows_are_read_together();
        lends_come_home();
        values_end_anywhere();
        what_was_seen_grows();
        a_guard_is_forgotten();
        come_to_rest();
    });
    let rest = replay.at_rest(1).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!((rest.objects, rest.copies, rest.pins), (0, 1, 1));
    let told = |kind: fn(&Record) -> bool| journal.iter().filter(|record| kind(record)).count();
    assert!(told(|record| matches!(record, Record::Served { moved: true, .. })) > 10);
    assert!(told(|record| matches!(record, Record::CameHome { .. })) >= 4);
    assert!(told(|record| matches!(record, Record::Copy { event: CopyEvent::Take { .. }, .. })) > 0);
    assert!(told(|record| matches!(record, Record::Handle { copied: true, event: Event::Forget, .. })) > 0);
}
