//! Arcs go round a simulated cluster, and what was done to their values is replayed through the rules: each has one
//! stamp at a time, is read under that, and by nobody once it has ended.
#![cfg(debug_assertions)]

mod replayed;

use drust::sync::{Arc, Weak};
use drust::testing::Simulation;
use drust::{Box, Portable, Ref, String, node, thread, vec};
use drust_proto::coherence::Event;
use drust_proto::coherence::journal::Record;
use replayed::replayed;

fn on<A: Portable, R: Portable>(node: node::NodeId, args: A, body: fn(A) -> R) -> R {
    thread::spawn_on(node, args, body).join().unwrap()
}

/// A value with handles in it, written wherever it is alone.
fn values_are_written_in_turn() {
    let mut shared = Arc::new(vec![String::from("a text that is too long to lie in its handle")]);
    for round in 0..2 {
        for node in node::all() {
            shared = on(node, (shared,), |(mut shared,)| {
                let other = shared.clone();
                assert!(Arc::get_mut(&mut shared).is_none() && !other[0].is_empty());
                drop(other);
                Arc::get_mut(&mut shared).expect("it is alone").push(String::from("b"));
                shared
            });
            let looks: Vec<_> = node::all()
                .map(|node| thread::spawn_on(node, (shared.clone(),), |(shared,)| shared[0].len() + shared.len()))
                .collect();
            let all: Vec<_> = looks.into_iter().map(|look| look.join().unwrap()).collect();
            assert!(all.iter().all(|seen| *seen == all[0]), "{round}: {all:?}");
        }
    }
    let weak: Weak<_> = Arc::downgrade(&shared);
    Arc::make_mut(&mut shared).push(String::from("c"));
    assert!(weak.upgrade().is_none());
    assert_eq!(Arc::try_unwrap(shared).unwrap().len(), 8);
}

/// Values that end on the word of other nodes, by copies of what holds them among others.
fn values_end_anywhere() {
    for node in node::all().chain(node::all()) {
        let made = on(node, (), |()| Box::new((Arc::new(5), Arc::<[u64]>::from([1, 2, 3]))));
        thread::scope(|scope| {
            for node in node::all() {
                scope.spawn_on(node, (Ref::new(&made),), |(made,)| {
                    let own = made.1.clone();
                    assert_eq!(own.iter().sum::<u64>() + *made.0, 11);
                });
            }
        });
        let last = node::all().last().unwrap();
        assert_eq!(on(last, (made,), |(made,)| Arc::into_inner(Box::into_inner(made).0)), Some(5));
    }
}

#[test]
fn what_was_done_to_shared_values_is_lawful() {
    let simulation = Simulation { nodes: 3, seed: 3, copies: 4096, ..Simulation::default() };
    let (journal, replay) = replayed(&simulation, || {
        values_are_written_in_turn();
        values_end_anywhere();
        for node in node::all() {
            on(node, (), |()| drust_runtime::node::here().vault().copies.shrink_to(0));
        }
        drust_runtime::node::here().quiesce();
    });
    let rest = replay.at_rest(0).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!((rest.objects, rest.pins), (0, 0));
    assert!(journal.iter().any(|record| matches!(record, Record::Handle { event: Event::Own { .. }, .. })));
}
