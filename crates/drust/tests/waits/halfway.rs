//! Operations on collections that are given up where they first wait: nothing is lost, and nothing left half done.

use super::on;
use drust::collections::{BTreeMap, ChunkedVec, VecDeque};
use drust::thread::{self, TimeIsUp};
use drust::{Box, Portable, Vec};
use std::time::Duration;

/// Runs something whose first wait is given up.
fn without_waiting<R>(run: impl FnOnce() -> R) -> Result<R, TimeIsUp> {
    thread::timeout(Duration::ZERO, run)
}

/// What a function makes on the other node.
fn elsewhere<R: Portable>(make: fn(()) -> R) -> R {
    thread::spawn_on(on(1), (), make).join().unwrap()
}

/// Gives an operation up ever later, until it comes to its end; `gives_up` says whether it was given up, and looks.
fn ever_later(mut gives_up: impl FnMut(Duration) -> bool) {
    let mut times = (0..100).map(|n| Duration::from_nanos(1.3_f64.powi(n) as u64)); // up to four minutes
    assert!(times.any(|time| !gives_up(time)), "it comes to its end");
}

fn vectors() {
    let mut here = drust::vec![1, 2];
    let mut there = elsewhere(|()| {
        let mut roomy = Vec::with_capacity(200);
        roomy.extend(3..100);
        roomy
    });
    assert_eq!(without_waiting(|| here.append(&mut there)), Err(TimeIsUp));
    assert_eq!((here.len(), there.len()), (2, 97));
    std::mem::swap(&mut here, &mut there);
    assert_eq!(without_waiting(|| here.append(&mut there)), Err(TimeIsUp));
    assert_eq!((here.len(), there.len()), (97, 2), "the one that grows is elsewhere");
    assert!(without_waiting(|| there.append(&mut drust::vec![3])).is_ok(), "nothing is waited for");
    let mut full = elsewhere(|()| drust::vec![1, 2, 3]);
    assert_eq!(without_waiting(|| full.push(4)), Err(TimeIsUp));
    assert!(without_waiting(|| full.try_reserve(10)).is_err());
    assert_eq!((full.len(), full.capacity()), (3, 3), "a vector that is elsewhere grows, or is left as it is");
    let boxes = elsewhere(|()| (0..10).map(Box::new).collect::<Vec<Box<u32>>>());
    assert!(without_waiting(|| boxes.into_iter().count()).is_err());
}

fn deques() {
    let mut deque = elsewhere(|()| {
        let mut deque: VecDeque<u32> = (50..100).collect();
        (0..50).rev().for_each(|n| deque.push_front(n));
        deque
    });
    *deque.front_mut().unwrap() = 0; // the front is here
    let mut all: VecDeque<u32> = VecDeque::from([7]);
    let _ = without_waiting(|| all.append(&mut deque));
    let _ = without_waiting(|| (0..40).filter_map(|_| all.pop_front()).count());
    assert_eq!(all.iter().count() + deque.iter().count(), all.len() + deque.len());
    let last = all.back().or(deque.back());
    assert_eq!(last, Some(&99), "the values of the back are in one of them");
}

fn trees() {
    let make = |()| (0..20_000).map(|n| (n, n)).collect::<BTreeMap<u32, u32>>();
    let mut map = elsewhere(make);
    *map.get_mut(&10_000).unwrap() += 1; // the nodes on this path are here, their neighbours are not
    let mut taken = 0;
    for key in (9_000..10_500).rev() {
        taken += usize::from(without_waiting(|| map.remove(&key)).is_ok_and(|value| value.is_some()));
        assert_eq!(map.len(), 20_000 - taken);
    }
    assert!(taken > 0, "what is here is taken out without a wait");
    assert_eq!((map.iter().count(), map.len()), (20_000 - taken, 20_000 - taken));
    let mut map = elsewhere(make);
    *map.get_mut(&10_000).unwrap() += 1;
    let rest = without_waiting(|| map.split_off(&10_000)).map_or(0, |rest| rest.iter().count());
    assert_eq!((map.iter().count() + rest, map.len() + rest), (20_000, 20_000));
}

fn merged_trees() {
    let make =
        |(first, count): (u32, u32)| (0..count).map(|n| (2 * n + first, Box::new(n))).collect::<BTreeMap<_, _>>();
    for few in [50, 2000] {
        ever_later(|time| {
            let mut a = elsewhere(|()| (0..1000).map(|n| (2 * n, Box::new(n))).collect::<BTreeMap<u32, Box<u32>>>());
            let mut b = thread::spawn_on(on(1), (1, few), make).join().unwrap();
            let end = thread::timeout(time, || a.append(&mut b));
            assert_eq!((a.iter().count(), b.iter().count()), (a.len(), b.len()));
            assert_eq!(a.len() + b.len(), 1000 + few as usize);
            assert!(end.is_err() || b.is_empty());
            end.is_err()
        });
    }
}

fn sorted_and_shuffled() {
    let make = || elsewhere(|()| ChunkedVec::from_fn(300, (), |(), n| (n * 7 % 300, Box::new(n))));
    ever_later(|time| {
        let mut values = make();
        let end = thread::timeout(time, || values.par_sort_by_key(|pair| pair.0));
        assert_eq!((values.len(), values.par_iter().map(|pair| pair.0).sum::<usize>()), (300, 299 * 150));
        end.is_err()
    });
    ever_later(|time| {
        let values = make();
        let end = thread::timeout(time, || values.group_by_key());
        end.map(|groups| assert_eq!(groups.len(), 300)).is_err()
    });
}

fn chunks() {
    let mut values = elsewhere(|()| ChunkedVec::from_fn(1000, (), |(), n| n));
    assert!(without_waiting(|| values.par_iter_mut().for_each(|n| *n += 1)).is_err());
    let mut more = elsewhere(|()| ChunkedVec::from_fn(10, (), |(), n| n));
    assert!(without_waiting(|| values.append(&mut more)).is_err());
    let _ = without_waiting(|| values.spread());
    let _ = without_waiting(|| values.extend(0..10));
    assert_eq!((values.iter().count(), more.iter().count()), (values.len(), 10));
    assert!(values.iter().take(1000).copied().eq(0..1000));
    without_waiting(|| more.clear()).expect("a clear waits for nothing");
    assert_eq!((more.len(), more.get(0)), (0, None));
}

/// A join whose time is bounded does not begin the task on its own stack, where nothing could end it.
fn joins() {
    let late = thread::timeout(Duration::from_millis(1), || {
        thread::spawn_on(on(0), (), |()| thread::sleep(Duration::from_secs(2))).join()
    });
    assert_eq!(late.map(|_| ()), Err(TimeIsUp));
    let forever = thread::block_on_timeout(std::future::ready(5), Duration::MAX);
    assert_eq!(forever, Some(5));
    let boxed = elsewhere(|()| Box::new(7));
    assert_eq!(*Box::fetch(&boxed).wait_timeout(Duration::MAX).expect("it comes"), 7);
}

fn all() {
    vectors();
    deques();
    trees();
    chunks();
    merged_trees();
    sorted_and_shuffled();
    joins();
    assert_eq!(drust::stats::live(), [], "what was given up is not lost");
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn nothing_is_left_half_done_over_tcp() {
    all();
}

#[drust::test(nodes = 2, seed = 4)]
fn nothing_is_left_half_done_in_a_simulation() {
    all();
}
