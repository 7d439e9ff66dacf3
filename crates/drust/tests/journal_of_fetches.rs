//! Fetches ahead that are dropped, forgotten, timed out and polled, over messages: what the nodes do is what the law
//! does, and no borrow ends before the fetches under it are answered; where one may, which is a fault planted in a
//! child of this process, the law finds it.
#![cfg(debug_assertions)]
#![allow(clippy::disallowed_methods, reason = "a child of the test, which has a cluster of its own")]

use drust::testing::{End, Simulation, planted, simulate};
use drust::{Box, Ref, Vec, node, prefetch, thread};
use drust_heap::journal;
use drust_proto::coherence::journal::{Record, Replay};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Waker};
use std::time::Duration;

const CHILD: &str = "DRUST_TEST_FETCHES_CHILD";

static JOURNAL: Mutex<std::vec::Vec<Record>> = Mutex::new(std::vec::Vec::new());

/// Begins a fetch of each box and leaves it, in one of several ways; the last of them are not waited for.
fn leave(boxes: &[Box<u64>]) {
    for (boxed, way) in boxes.iter().zip(0_u64..) {
        let mut fetch = Box::fetch(boxed);
        match way % 5 {
            0 => drop(fetch),
            1 => std::mem::forget(fetch),
            2 => drop(fetch.wait_timeout(Duration::from_nanos(1))),
            3 => drop(Pin::new(&mut fetch).poll(&mut Context::from_waker(Waker::noop()))),
            _ => assert_eq!(*fetch.wait(), way),
        }
    }
}

fn fetches_come_and_go() {
    let far = node::all().last().expect("two nodes");
    for round in 0..6_u64 {
        let make = |()| (0..32_u64).map(Box::new).collect::<Vec<_>>();
        let mut boxes = thread::spawn_on(far, (), make).join().expect("nothing panics there");
        if round % 2 == 0 {
            prefetch(&boxes);
        }
        leave(&boxes);
        match round % 3 {
            0 => boxes.iter_mut().for_each(|boxed| **boxed += 1),
            1 => thread::spawn_on(far, (boxes,), drop).join().expect("nothing panics there"),
            _ => drop(boxes),
        }
        let own: Vec<Box<u64>> = (0..32).map(Box::new).collect();
        thread::scope(|s| {
            s.spawn_on(far, (Ref::new(&own),), |(own,)| {
                prefetch(own.iter());
                leave(&own);
            });
        });
    }
}

/// What the law says of a run; the most fetches that were under way at once are beside it.
fn replay() -> (Result<(), std::string::String>, usize) {
    assert!(journal::install(|record| JOURNAL.lock().expect("no panic under it").push(record)));
    let simulation = Simulation { nodes: 2, seed: 12, direct: Some(false), ..Simulation::default() };
    let run = simulate(&simulation, fetches_come_and_go);
    assert!(matches!(run.end, End::Returned(())), "{run:?}");
    let mut replay = Replay::new(simulation.nodes);
    let (mut open, mut most) = (0_usize, 0);
    for &record in JOURNAL.lock().expect("as above").iter() {
        match record {
            Record::FetchBegun { .. } => open += 1,
            Record::FetchAnswered { .. } => open -= 1,
            _ => {}
        }
        most = most.max(open);
        if let Err(violation) = replay.step(record) {
            return (Err(format!("{violation}: {record:?}")), most);
        }
    }
    assert_eq!(open, 0, "every fetch was answered before the job was over");
    (Ok(()), most)
}

#[test]
fn every_end_awaits_the_fetches_under_it() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let (lawful, most) = replay();
    lawful.expect("what the law does");
    assert!(most > 20, "many fetches were under way at once: {most}");
}

#[test]
fn an_early_end_is_found() {
    if std::env::var_os(CHILD).is_some() {
        assert!(planted::plant(planted::Fault::Fetches));
        let (lawful, _) = replay();
        let violation = lawful.expect_err("a borrow ended too early");
        assert!(violation.contains("Ended"), "{violation}");
        return;
    }
    let mut child = std::process::Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "an_early_end_is_found", "--nocapture"]).env(CHILD, "1");
    let output = child.output().expect("the test can be started");
    let told = std::string::String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}
