//! Values that stay on their node, used from all of them.

use drust::sync::Resident;
use drust::{Box, Ref, node, stats, thread};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// What never leaves its node, and is dropped there.
struct Ledger {
    home: node::NodeId,
    lines: std::vec::Vec<(usize, usize)>,
}

impl Drop for Ledger {
    fn drop(&mut self) {
        assert_eq!(self.home, node::current());
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

fn empty() -> Ledger {
    Ledger { home: node::current(), lines: std::vec::Vec::new() }
}

fn write(ledger: &mut Ledger, line: (usize, usize)) -> usize {
    assert_eq!(ledger.home, node::current());
    ledger.lines.push(line);
    ledger.lines.len()
}

/// Threads of all nodes write, each its lines in order.
fn written_from_everywhere(on: node::NodeId) {
    const LINES: usize = 40;
    const THREADS: usize = 2;
    let ledger = Resident::new_on(on, (), |()| empty());
    assert_eq!(ledger.home(), on);
    thread::scope(|s| {
        for node in node::all() {
            for thread in 0..THREADS {
                s.spawn_on(node, (Ref::of(&ledger), thread), |(ledger, thread)| {
                    let writer = node::current().index() * THREADS + thread;
                    for line in 0..LINES {
                        ledger.with((writer, line), write);
                    }
                });
            }
        }
    });
    let writers = node::count() * THREADS;
    let in_order = ledger.with(writers, |ledger, writers| {
        (0..writers).all(|writer| {
            let lines = ledger.lines.iter().filter(|line| line.0 == writer).map(|line| line.1);
            lines.eq(0..LINES)
        })
    });
    assert!(in_order);
    assert_eq!(ledger.with((), |ledger, ()| ledger.lines.len()), writers * LINES);
}

#[drust::test(nodes = 3)]
fn functions_use_it_one_at_a_time_and_in_order() {
    for on in node::all() {
        written_from_everywhere(on);
    }
}

#[drust::test(nodes = 3, seed = 11)]
fn so_they_do_when_simulated() {
    for on in node::all() {
        written_from_everywhere(on);
    }
    assert_eq!(DROPPED.load(Ordering::Relaxed), 3);
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn so_they_do_over_a_network() {
    for on in node::all() {
        written_from_everywhere(on);
    }
}

#[drust::test(nodes = 2)]
fn a_use_costs_a_request_and_a_reply_and_at_home_nothing() {
    let last = node::all().last().unwrap();
    let (home, away) = (Resident::new(1), Resident::new_on(last, (), |()| 2));
    let (sum, cost) = stats::count(|| home.with(1, |value, more| *value + more));
    assert_eq!((sum, cost.requests, cost.replies, cost.one_ways), (2, 0, 0, 0));
    let (sum, cost) = stats::count(|| away.with(1, |value, more| *value + more));
    assert_eq!((sum, cost.requests, cost.replies, cost.one_ways), (3, 1, 1, 0));
    let ((), cost) = stats::count(|| drop(away));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 0));
}

#[drust::test(nodes = 2)]
fn values_of_the_heap_go_there_and_come_back() {
    let last = node::all().last().unwrap();
    let kept = Resident::new_on(last, (), |()| None::<Box<drust::Vec<u32>>>);
    let swap = |value| kept.with(value, std::mem::replace);
    assert!(swap(Some(Box::new(drust::vec![1, 2]))).is_none());
    let back = swap(Some(Box::new(drust::vec![3]))).unwrap();
    assert_eq!(back[..], [1, 2]);
    // It is dropped with what it owns.
    drop(kept);
}

#[drust::test(nodes = 2)]
fn panics_go_to_who_sent_the_function() {
    for on in node::all() {
        let value = Resident::new_on(on, (), |()| 1);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            value.with((), |value, ()| {
                *value = 2;
                assert!(*value < 2, "too much");
            });
        }));
        let message = caught.unwrap_err();
        let message = message
            .downcast_ref::<std::string::String>()
            .cloned()
            .unwrap_or_else(|| message.downcast_ref::<&str>().map(|text| (*text).to_owned()).unwrap_or_default());
        assert!(message.contains("too much"), "{message}");
        assert_eq!(value.with((), |value, ()| *value), 2);
    }
}

drust::global! {
    static ITSELF: Resident<u32> = Resident::new(0);
}

#[drust::test(nodes = 2)]
fn a_function_that_uses_its_value_again_is_told_so() {
    drust::testing::allow_leaks();
    let again = || catch_unwind(|| ITSELF.with((), |_, ()| ITSELF.with((), |_, ()| ())));
    assert!(again().is_err());
    let last = node::all().last().unwrap();
    let elsewhere =
        thread::spawn_on(last, (), |()| catch_unwind(|| ITSELF.with((), |_, ()| ITSELF.with((), |_, ()| ()))).is_err());
    assert!(elsewhere.join().unwrap());
    assert_eq!(ITSELF.with(5, |value, more| *value + more), 5, "and can be used afterwards");
}
