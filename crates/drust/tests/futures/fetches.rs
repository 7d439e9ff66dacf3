//! Fetches awaited, dropped, forgotten and handed on, of all that can be fetched.

use crate::{everywhere, there};
use drust::boxed::TBox;
use drust::thread::{self, block_on};
use drust::{Box, Fetch, Portable, Ref, String, Vec, stats};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

everywhere! {
    a_fetch_brings_what_a_read_does,
    many_are_under_way_at_once,
    fetches_of_what_is_here_are_ready,
    tied_values_come_whole,
    a_fetch_left_is_awaited_by_the_next_write,
    a_fetch_forgotten_by_a_task_is_awaited,
    a_fetch_goes_to_another_thread,
    a_fetch_polled_and_dropped_leaves_no_waker,
    time_runs_out_and_nothing_is_lost,
    more_than_may_be_under_way,
}

/// What `make` makes on the last node.
fn far<T: Portable>(make: fn(()) -> T) -> T {
    thread::spawn_on(there(), (), make).join().expect("nothing panics there")
}

fn boxes(count: u64) -> std::vec::Vec<Box<u64>> {
    let boxes = thread::spawn_on(there(), (count,), |(count,)| (0..count).map(Box::new).collect::<Vec<_>>());
    boxes.join().expect("nothing panics there").into_iter().collect()
}

fn a_fetch_brings_what_a_read_does() {
    let number = far(|()| Box::new(7_u64));
    assert_eq!(*block_on(Box::fetch(&number)), 7);
    let text = far(|()| Box::<str>::from("a text of another node, and a long one at that"));
    assert!(Box::fetch(&text).wait().ends_with("at that"));
    let slice = far(|()| Box::<[u16]>::from([1, 2, 3]));
    assert_eq!(*block_on(Box::fetch(&slice)), [1, 2, 3]);
    let pairs: Vec<(Box<u64>, String)> =
        far(|()| (0..100).map(|n| (Box::new(n), String::from(format!("{n:>50}")))).collect());
    let (low, high) = (pairs.ahead(..10), pairs.ahead(90..));
    let (low, high) = block_on(async { (low.await, high.await) });
    assert_eq!((*low[3].0, *high[3].0, high[9].1.trim_start()), (3, 93, "99"));
    let string = far(|()| String::from("a string of another node, and a long one at that"));
    assert!(block_on(Ref::ahead(Ref::new(&string))).starts_with("a string"));
    assert_eq!(*block_on(Ref::ahead(Ref::of(&5))), 5);
}

fn many_are_under_way_at_once() {
    let boxes = boxes(100);
    for _ in 0..2 {
        let fetches: std::vec::Vec<Fetch<'_, u64>> = boxes.iter().map(Box::fetch).collect();
        let sum = block_on(async {
            let mut sum = 0;
            for fetch in fetches.into_iter().rev() {
                sum += *fetch.await;
            }
            sum
        });
        assert_eq!(sum, (0..100).sum::<u64>());
    }
}

fn fetches_of_what_is_here_are_ready() {
    let home = Box::new(5_u64);
    assert!(Box::fetch(&home).is_ready());
    let far = far(|()| Box::new(6_u64));
    let _ = *far;
    let fetch = Box::fetch(&far);
    assert!(fetch.is_ready());
    assert_eq!(*fetch.wait(), 6);
    assert_eq!(block_on(Vec::<u64>::new().ahead(..)).len(), 0);
    assert_eq!(*Box::fetch(&Box::new(())).wait(), ());
}

#[derive(Portable)]
struct Tied {
    left: Option<TBox<Tied>>,
    value: u64,
    name: Box<u64>,
}

fn tied(depth: u64) -> Tied {
    Tied { left: (depth > 0).then(|| TBox::new(tied(depth - 1))), value: depth, name: Box::new(depth) }
}

fn tied_values_come_whole() {
    let group = far(|()| Box::new(tied(5)));
    let fetch = Box::fetch(&group);
    let read = fetch.wait();
    let mut at = &*read;
    while let Some(next) = &at.left {
        assert_eq!(at.value, *at.name);
        at = next;
    }
    assert_eq!(at.value, 0);
    drop(read);
    let other = far(|()| Box::new(tied(3)));
    drust::prefetch([&other, &group]);
    assert_eq!(other.left.as_ref().map(|next| next.value), Some(2));
}

/// Begins fetches and leaves them to themselves: dropped before, dropped after a poll, forgotten, timed out.
fn leave(boxed: &Box<u64>, way: u64) {
    let mut fetch = Box::fetch(boxed);
    match way % 4 {
        0 => drop(fetch),
        1 => {
            let _ = Pin::new(&mut fetch).poll(&mut Context::from_waker(Waker::noop()));
        }
        2 => std::mem::forget(fetch),
        _ => drop(fetch.wait_timeout(Duration::ZERO)),
    }
}

fn a_fetch_left_is_awaited_by_the_next_write() {
    drust::testing::allow_leaks();
    for round in 0..16_u64 {
        let mut boxed = far(|()| Box::new(1_u64));
        leave(&boxed, round);
        match round / 4 {
            0 => *boxed += 1,
            1 => Box::set(&mut boxed, 2),
            2 => {
                boxed = thread::spawn_on(there(), (boxed,), |(mut boxed,)| {
                    *boxed += 1;
                    boxed
                })
                .join()
                .unwrap()
            }
            _ => {
                thread::scope(|s| {
                    s.spawn_on(there(), (drust::RefMut::new(&mut boxed),), |(mut boxed,)| **boxed += 1);
                });
            }
        }
        assert_eq!(*boxed, 2, "in round {round}");
        leave(&boxed, round);
    }
}

fn a_fetch_forgotten_by_a_task_is_awaited() {
    let mut numbers: Vec<u64> = (0..1000).collect();
    for round in 0..8 {
        thread::scope(|s| {
            s.spawn_on(there(), (Ref::new(&numbers), round), |(numbers, round)| {
                let parts = [numbers.part(..10), numbers.part(500..), numbers.part(10..20)];
                for part in parts {
                    let fetch = Ref::ahead(part);
                    if round % 2 == 0 { std::mem::forget(fetch) } else { drop(fetch) }
                }
            });
        });
        numbers.iter_mut().for_each(|number| *number += 1);
    }
    assert!(numbers.iter().copied().eq(8..1008));
}

fn a_fetch_goes_to_another_thread() {
    let boxes: &'static [Box<u64>] = std::boxed::Box::leak(boxes(4).into());
    drust::testing::allow_leaks();
    let mut polled = Box::fetch(&boxes[0]);
    let first = match Pin::new(&mut polled).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Box::fetch(&boxes[*value as usize]),
        Poll::Pending => polled,
    };
    let second = Box::fetch(&boxes[1]);
    let there = thread::spawn_local(move || *block_on(first) + *second.wait());
    let third = Box::fetch(&boxes[2]);
    drop(thread::spawn_local(move || drop(third)).join());
    assert_eq!(there.join().unwrap(), 1);
}

struct Quiet;

impl Wake for Quiet {
    fn wake(self: Arc<Self>) {}
}

fn a_fetch_polled_and_dropped_leaves_no_waker() {
    let boxes = boxes(20);
    let quiet = Arc::new(Quiet);
    for boxed in &boxes {
        let mut fetch = Box::fetch(boxed);
        let waker = Waker::from(quiet.clone());
        if let Poll::Ready(value) = Pin::new(&mut fetch).poll(&mut Context::from_waker(&waker)) {
            assert!(*value < 20);
        }
    }
    // One of them may just be called, by a thread of the pool.
    while Arc::strong_count(&quiet) > 1 {
        thread::yield_now();
    }
    drop(boxes);
}

fn time_runs_out_and_nothing_is_lost() {
    let boxes = boxes(20);
    for (boxed, value) in boxes.iter().zip(0..) {
        let mut fetch = Box::fetch(boxed);
        let read = loop {
            match fetch.wait_timeout(Duration::from_micros(1)) {
                Ok(read) => break read,
                Err(back) => fetch = back,
            }
        };
        assert_eq!(*read, value);
    }
}

fn more_than_may_be_under_way() {
    let boxes = boxes(5000);
    let fetches: std::vec::Vec<_> = boxes.iter().map(Box::fetch).collect();
    let sum: u64 = fetches.into_iter().map(|fetch| *fetch.wait()).sum();
    assert_eq!(sum, (0..5000).sum());
    let abandoned: std::vec::Vec<_> = boxes.iter().map(Box::fetch).collect();
    drop(abandoned);
    drust::prefetch(&boxes);
    assert_eq!(boxes.iter().map(|boxed| **boxed).sum::<u64>(), (0..5000).sum());
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_fetch_costs_what_a_read_does() {
    let boxes = boxes(16);
    let fetch_all = || {
        let fetches: std::vec::Vec<_> = boxes.iter().map(Box::fetch).collect();
        fetches.into_iter().for_each(|fetch| drop(fetch.wait()));
    };
    let ((), counts) = stats::count(fetch_all);
    assert_eq!((counts.requests, counts.replies, counts.direct_reads), (16, 16, 0));
    let ((), counts) = stats::count(fetch_all);
    assert_eq!(counts.requests, 0, "the copies are here");
}

#[drust::test(nodes = 2, carrier = "shm")]
fn a_fetch_over_shared_memory_is_a_read() {
    let boxes = boxes(16);
    let ((), counts) = stats::count(|| boxes.iter().for_each(|boxed| drop(block_on(Box::fetch(boxed)))));
    assert_eq!((counts.requests, counts.direct_reads), (0, 16));
}
