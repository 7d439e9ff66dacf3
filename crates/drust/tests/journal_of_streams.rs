//! Streams over messages, read to their end, left early and forgotten: what the nodes do is what the law does, and no
//! borrow ends before the fetches under it are answered.
#![cfg(debug_assertions)]

mod replayed;

use drust::testing::Simulation;
use drust::{Box, Ref, Vec, node, thread};
use drust_proto::coherence::journal::Record;
use replayed::replayed;

/// A vector of the last node, of boxes there.
fn far_boxes() -> Vec<Box<u64>> {
    let far = node::all().last().unwrap();
    thread::spawn_on(far, (), |()| (0..200).map(Box::new).collect()).join().unwrap()
}

fn streams_come_and_go() {
    let far = node::all().last().unwrap();
    let mut numbers: Vec<u64> = (0..1000).collect();
    for round in 0..4_usize {
        thread::scope(|s| {
            s.spawn_on(far, (Ref::new(&numbers), round), |(numbers, round)| {
                let mut stream = numbers.stream().with_run_len(50);
                assert_eq!(stream.by_ref().take(round).map(|run| run.len()).sum::<usize>(), 50 * round);
                if round % 2 == 0 {
                    std::mem::forget(stream);
                }
            });
        });
        numbers.iter_mut().for_each(|number| *number += 1);
        let mut boxes = far_boxes();
        let sum: u64 =
            boxes.stream().with_run_len(30).flat_map(|run| run.iter().map(|n| **n).collect::<Vec<_>>()).sum();
        assert_eq!(sum, (0..200).sum());
        let mut left = boxes.stream().with_run_len(20);
        assert_eq!(left.next().map(|run| *run[1]), Some(1));
        std::mem::forget(left);
        match round % 3 {
            0 => boxes.push(Box::new(1)),
            1 => thread::spawn_on(far, (boxes,), drop).join().unwrap(),
            _ => drop(boxes),
        }
    }
}

#[test]
fn every_end_awaits_the_fetches_under_it() {
    let simulation = Simulation { nodes: 2, seed: 11, direct: Some(false), ..Simulation::default() };
    let (journal, _) = replayed(&simulation, streams_come_and_go);
    let (mut open, mut most) = (0_usize, 0);
    for record in &journal {
        match record {
            Record::FetchBegun { .. } => open += 1,
            Record::FetchAnswered { .. } => open -= 1,
            _ => {}
        }
        most = most.max(open);
    }
    assert_eq!(open, 0, "every fetch was answered before the job was over");
    assert!(most > 3, "several fetches were under way at once: {most}");
}
