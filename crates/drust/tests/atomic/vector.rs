//! Atomic vectors: where their numbers are, what threads of all nodes do to them at once, and what that costs.

use crate::{Mapped, cost, last, on_every_carrier};
use drust::collections::AtomicVec;
use drust::collections::atomic_vec::BLOCK;
use drust::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use drust::{Box, Ref, node, thread};
use std::time::Duration;

on_every_carrier! {
    simulated: 4 nodes, seed 6;
    vectors_of_all_lengths,
    every_operation_finds_its_number,
    all_nodes_add_to_all_numbers,
    additions_are_seen_by_who_sees_a_release,
    additions_leave_before_the_vector_ends,
    indices_out_of_bounds,
    what_an_iterator_gave_before_it_panicked_is_added,
    operations_cost_what_the_page_says,
}

fn vectors_of_all_lengths(_: Mapped) {
    for len in [0, 1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 4 * BLOCK + 1, 7 * BLOCK + 5] {
        let numbers: Vec<u64> = (0..len as u64).map(|n| n * 3).collect();
        let vec = AtomicVec::from(numbers.as_slice());
        assert_eq!((vec.len(), vec.is_empty()), (len, len == 0));
        assert_eq!(vec.to_vec(), numbers);
        assert!(vec.iter().eq(numbers.iter().copied()) && vec.iter().len() == len);
        let moved = thread::spawn_on(last(), (vec,), |(vec,)| {
            assert!(vec.iter().enumerate().all(|(index, number)| vec.load(index, SeqCst) == number));
            vec
        });
        assert!(moved.join().unwrap().iter().eq(numbers));
    }
    assert!(AtomicVec::<i64>::default().is_empty());
    assert_eq!(format!("{:?}", AtomicVec::from([-1_i64, 2])), "[-1, 2]");
    assert_eq!((0..3).collect::<AtomicVec<isize>>().to_vec(), [0, 1, 2]);
    assert_eq!(AtomicVec::from(drust::vec![7_usize]).to_vec(), AtomicVec::from(vec![7_usize]).to_vec());
}

fn every_operation_finds_its_number(_: Mapped) {
    let vec = AtomicVec::<i64>::new(3 * BLOCK);
    for at in [0, BLOCK - 1, BLOCK, 2 * BLOCK, 3 * BLOCK - 1] {
        assert_eq!(vec.load(at, Acquire), 0);
        vec.store(at, -5, Release);
        assert_eq!(vec.swap(at, 6, AcqRel), -5);
        assert_eq!(vec.compare_exchange(at, 6, 7, Relaxed, Relaxed), Ok(6));
        assert_eq!(vec.compare_exchange(at, 6, 8, Relaxed, Relaxed), Err(7));
        assert_eq!(vec.fetch_add(at, -9, Relaxed), 7);
        vec.add(at, -1);
        assert_eq!(vec.fetch_update(at, Relaxed, Relaxed, |n| n.checked_abs()), Ok(-3));
        assert_eq!(vec.fetch_update(at, Relaxed, Relaxed, |_| None), Err(3));
        vec.add(at, at as i64);
    }
    let sum = vec.iter().sum::<i64>();
    assert_eq!(sum, 15 + (7 * BLOCK as i64 - 2));
}

fn all_nodes_add_to_all_numbers(_: Mapped) {
    let vec = Box::new(AtomicVec::<u64>::new(5 * BLOCK));
    thread::scope(|s| {
        for node in node::all().chain(node::all()) {
            s.spawn_on(node, (Ref::new(&vec),), |(vec,)| {
                (0..2).for_each(|n| (0..vec.len()).for_each(|at| vec.add(at, n)));
                vec.add_many((0..vec.len()).map(|at| (at, 2)));
            });
        }
    });
    let tasks = 2 * node::count() as u64;
    assert!(vec.iter().all(|number| number == 3 * tasks));
}

fn additions_are_seen_by_who_sees_a_release(_: Mapped) {
    let (vec, len) = (Box::new(AtomicVec::<u64>::new(4 * BLOCK)), 4 * BLOCK);
    thread::scope(|s| {
        let reader = s.spawn_on(last(), (Ref::new(&vec),), |(vec,)| {
            while vec.load(0, Acquire) == 0 {
                thread::yield_now();
            }
            vec.iter().sum::<u64>()
        });
        (1..len).for_each(|at| vec.add(at, 1));
        vec.store(0, 1, Release);
        assert_eq!(reader.join().unwrap(), len as u64);
    });
}

fn indices_out_of_bounds(_: Mapped) {
    let vec = AtomicVec::<u64>::new(3);
    let loaded = std::panic::catch_unwind(|| vec.load(3, Relaxed));
    let message = loaded.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*message, "index out of bounds: the len is 3 but the index is 3");
    assert!(std::panic::catch_unwind(|| vec.add(usize::MAX, 1)).is_err());
}

fn what_an_iterator_gave_before_it_panicked_is_added(_: Mapped) {
    let vec = AtomicVec::<u64>::new(3 * BLOCK);
    for count in [1, 31, 32, 33, 1000] {
        let additions = (0..).map(|n| if n < count { (n * 7 % vec.len(), 1) } else { panic!("enough") });
        let added = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| vec.add_many(additions)));
        assert!(added.is_err());
        assert_eq!(vec.iter().sum::<u64>(), count as u64);
        (0..vec.len()).for_each(|at| vec.store(at, 0, Relaxed));
    }
    vec.add_many([]);
    AtomicVec::<u64>::new(0).add_many([]);
}

/// Whose directory another node has made, and would free by its own word.
fn additions_leave_before_the_vector_ends(_: Mapped) {
    for _ in 0..10 {
        let vec = AtomicVec::<u64>::new(4 * BLOCK);
        // Their frees leave at once, and what is freed before them too.
        let many: drust::Vec<Box<usize>> = (0..3000).map(Box::new).collect();
        let add = |(vec, many): (AtomicVec<u64>, drust::Vec<Box<usize>>)| {
            (0..vec.len()).step_by(100).for_each(|at| vec.add(at, 1));
            drop((vec, many));
            thread::sleep(Duration::from_millis(2));
        };
        thread::spawn_on(node::all().nth(1).unwrap(), (vec, many), add).join().unwrap();
    }
}

fn operations_cost_what_the_page_says(mapped: Mapped) {
    let Some(mapped) = mapped else { return };
    let messages = |requests, one_ways| if mapped { (0, 0) } else { (requests, one_ways) };
    let vec = AtomicVec::<u64>::new(3 * BLOCK);
    assert_eq!(cost(|| (0..BLOCK).for_each(|at| vec.store(at, 1, Relaxed))), (0, 0));
    assert_eq!(cost(|| vec.load(BLOCK, Relaxed)), messages(1, 0));
    assert_eq!(cost(|| (0..3 * BLOCK).for_each(|at| vec.add(at, 1))), messages(0, 2));
    assert_eq!(cost(|| vec.to_vec()), messages(2, 0));
    assert_eq!(cost(|| drop(vec)), (0, 2));
}
