//! A thread that waits for the answer to a fetch carries out what peers free: the drops in that end no borrow of the
//! thread's own, and the journal does not say so.
#![cfg(debug_assertions)]

mod replayed;

use drust::testing::Simulation;
use drust::{Box, Vec, node, thread, vec};
use drust_proto::coherence::journal::Record;
use replayed::replayed;

/// A vector on another node, with a box of this one in it, is given up while a task there fetches many boxes.
fn free_what_holds_a_box_of_another_node() {
    let far = node::all().last().unwrap();
    for _ in 0..5 {
        let list = thread::spawn_on(far, (Box::new(1_u64),), |(boxed,)| vec![boxed]).join().unwrap();
        let many: Vec<Box<u64>> = (0..200).map(Box::new).collect();
        let sum = thread::spawn_on(far, (many,), |(many,)| many.iter().map(|boxed| **boxed).sum::<u64>());
        drop(list);
        assert_eq!(sum.join().unwrap(), 199 * 100);
    }
}

#[test]
fn who_waits_for_a_fetch_frees_for_others() {
    let simulation = Simulation { nodes: 2, direct: Some(false), ..Simulation::default() };
    let (journal, _) = replayed(&simulation, free_what_holds_a_box_of_another_node);
    let (mut fetches, mut freed_meanwhile) = (0_i32, false);
    for record in &journal {
        match record {
            Record::FetchBegun { by } if by.node.0 == 1 => fetches += 1,
            Record::FetchAnswered { by } if by.node.0 == 1 => fetches -= 1,
            Record::Freed { address, .. } if address.home().0 == 1 => freed_meanwhile |= fetches > 0,
            _ => {}
        }
    }
    assert!(freed_meanwhile, "nothing was freed while a fetch was unanswered");
}
