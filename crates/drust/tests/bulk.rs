//! Many elements of what lies on all nodes, looked at and changed at once: as one at a time, in order, and by few
//! messages.

use drust::collections::atomic_vec::BLOCK;
use drust::collections::{AtomicVec, ChunkedVec};
use drust::{Box, Ref, node, stats, thread};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes a test of each function on every carrier.
macro_rules! on_every_carrier {
    ($($name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 3, carrier = "shm")]
                fn $name() {
                    super::$name(Some(true));
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 3, carrier = "tcp")]
                fn $name() {
                    super::$name(Some(false));
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = 4, seed = 6)]
                fn $name() {
                    super::$name(None);
                }
            )*
        }
    };
}

on_every_carrier! {
    many_at_once_are_as_one_at_a_time,
    changes_of_all_nodes_count,
    arguments_may_hold_handles,
    what_has_no_number_is_named_and_nothing_is_done,
    a_function_that_panics_is_heard_of,
    operations_cost_what_the_page_says,
    values_in_chunks_are_as_in_one_vector,
    values_in_chunks_may_hold_handles,
    chunks_are_back_after_a_panic,
    operations_on_chunks_cost_what_the_page_says,
}

/// Whether the partitions are mapped, where that is known.
type Mapped = Option<bool>;

/// Numbers below `len` that follow no order and come more than once; two messages to a node, and more.
fn indices(len: usize) -> Vec<usize> {
    let step =
        |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(5), step).skip(1).take(4 << 14).map(|state| (state >> 33) as usize % len).collect()
}

fn many_at_once_are_as_one_at_a_time(_: Mapped) {
    for len in [1, BLOCK + 1, 7 * BLOCK + 5] {
        let mut twin: Vec<i64> = (0..len as i64).map(|n| 3 * n - 100).collect();
        let vec = AtomicVec::from(twin.as_slice());
        let indices = indices(len);
        assert!(vec.gather(&indices).into_iter().eq(indices.iter().map(|&index| twin[index])));

        let values: Vec<i64> = (0..indices.len() as i64).collect();
        vec.scatter(&indices, &values);
        indices.iter().zip(&values).for_each(|(&index, &value)| twin[index] = value);
        assert_eq!(vec.to_vec(), twin);

        let step = |number: &mut i64, arg: &i64| *number = number.wrapping_mul(3).wrapping_sub(*arg);
        vec.update_each(&indices, &values, step);
        indices.iter().zip(&values).for_each(|(&index, value)| step(&mut twin[index], value));
        assert_eq!(vec.to_vec(), twin);

        vec.update_many(&indices, (7, 5), |number, (factor, more)| *number = number.wrapping_mul(*factor) + more);
        indices.iter().for_each(|&index| twin[index] = twin[index].wrapping_mul(7) + 5);
        assert_eq!(vec.to_vec(), twin);
    }
    let none = AtomicVec::<u64>::new(0);
    assert!(none.gather(&[]).is_empty());
    none.scatter(&[], &[]);
    none.update_many(&[], (), |_, ()| ());
}

fn changes_of_all_nodes_count(_: Mapped) {
    let vec = Box::new(AtomicVec::<u64>::new(4 * BLOCK));
    thread::scope(|s| {
        for node in node::all() {
            s.spawn_on(node, (Ref::new(&vec),), |(vec,)| {
                let all: Vec<usize> = (0..vec.len()).rev().chain(0..vec.len()).collect();
                vec.update_many(&all, 1, |number, more| *number += more);
                let ones = vec![1; all.len()];
                vec.update_each(&all, &ones, |number, more: &u64| *number += 2 * more);
                assert!(vec.gather(&all).iter().all(|&number| number >= 6));
            });
        }
    });
    assert!(vec.iter().all(|number| number == 6 * node::count() as u64));
}

fn arguments_may_hold_handles(_: Mapped) {
    let vec: AtomicVec<usize> = (0..4 * BLOCK).map(|n| n % 3).collect();
    let next = (drust::vec![2, 0, 1], Box::new(10));
    let all: Vec<usize> = (0..vec.len()).collect();
    vec.update_many(&all, next, |number, (next, more)| *number = next[*number] + **more);
    assert!(vec.iter().enumerate().all(|(n, number)| number == (n + 2) % 3 + 10));
}

fn message(result: std::thread::Result<()>) -> String {
    *result.unwrap_err().downcast::<String>().expect("a message that was formatted")
}

fn what_has_no_number_is_named_and_nothing_is_done(_: Mapped) {
    let vec = AtomicVec::<u64>::new(3 * BLOCK);
    let past = 3 * BLOCK;
    let bad = [0, BLOCK, 2 * BLOCK, past];
    let said = format!("index out of bounds: the len is {past} but the index is {past}");
    assert_eq!(message(catch_unwind(|| drop(vec.gather(&bad)))), said);
    assert_eq!(message(catch_unwind(|| vec.scatter(&bad, &[1; 4]))), said);
    assert_eq!(message(catch_unwind(|| vec.update_many(&bad, (), |number, ()| *number = 1))), said);
    assert_eq!(message(catch_unwind(|| vec.update_each(&bad, &[1; 4], |number, one| *number = *one))), said);
    assert!(message(catch_unwind(|| vec.scatter(&bad[..3], &[1; 4]))).contains("as many values as indices"));
    assert_eq!(vec.iter().sum::<u64>(), 0);
}

fn a_function_that_panics_is_heard_of(_: Mapped) {
    let vec = AtomicVec::<u64>::new(4 * BLOCK);
    for at in [0, BLOCK, 3 * BLOCK] {
        vec.store(at, 9, std::sync::atomic::Ordering::Relaxed);
        let all: Vec<usize> = (0..vec.len()).collect();
        let odd = |number: &mut u64, _: &()| if *number == 9 { panic!("it is nine") } else { *number = 1 };
        let said = catch_unwind(AssertUnwindSafe(|| vec.update_many(&all, (), odd))).unwrap_err();
        let said = said.downcast::<String>().map_or_else(|said| said.downcast::<&str>().unwrap().to_string(), |s| *s);
        assert!(said.contains("it is nine"), "{said}");
        vec.store(at, 0, std::sync::atomic::Ordering::Relaxed);
    }
    let all: Vec<usize> = (0..vec.len()).collect();
    assert!(vec.gather(&all).iter().all(|&number| number < 2));
    vec.update_many(&all, 2, |number, two| *number = *two);
    assert!(vec.iter().all(|number| number == 2));
}

fn operations_cost_what_the_page_says(mapped: Mapped) {
    let Some(mapped) = mapped else { return };
    let cost = |requests| if mapped { 0 } else { requests };
    let vec = AtomicVec::<u64>::new(3 * BLOCK);
    let ours: Vec<usize> = (0..BLOCK).collect();
    let all: Vec<usize> = (0..vec.len()).cycle().take(3 << 14).collect();
    let count = |body: &dyn Fn()| {
        let (_, counts) = stats::count(body);
        assert_eq!((counts.requests, counts.one_ways), (counts.replies, 0));
        counts.requests
    };
    assert_eq!(count(&|| drop(vec.gather(&ours))), 0);
    assert_eq!(count(&|| drop(vec.gather(&all))), cost(2));
    assert_eq!(count(&|| vec.scatter(&all, &vec![1; all.len()])), cost(2));
    assert_eq!(count(&|| vec.update_many(&all, 5, |number, more| *number += more)), cost(2));
    let twice = all.repeat(2);
    assert_eq!(count(&|| vec.update_each(&twice, &twice, |number, more| *number += *more as u64)), cost(4));
}

/// Numbers in chunks of all nodes, the last of which are this node's.
fn chunked(len: usize) -> ChunkedVec<i64> {
    let mut vec = ChunkedVec::from_fn(len, (), |(), index| 3 * index as i64 - 100);
    vec.extend([1, 2]);
    vec
}

fn values_in_chunks_are_as_in_one_vector(_: Mapped) {
    for len in [0, 1, 5, 3000] {
        let mut vec = chunked(len);
        let mut twin: Vec<i64> = vec.iter().copied().collect();
        let mut indices = indices(twin.len());
        indices.extend_from_within(..10_000);
        assert!(vec.gather(&indices).into_iter().eq(indices.iter().map(|&index| twin[index])));

        let values: Vec<i64> = (0..indices.len() as i64).collect();
        vec.scatter(&indices, &values);
        indices.iter().zip(&values).for_each(|(&index, &value)| twin[index] = value);
        assert_eq!(vec, twin);

        let step = |number: &mut i64, arg: &i64| *number = number.wrapping_mul(3).wrapping_sub(*arg);
        vec.update_each(&indices, &values, step);
        indices.iter().zip(&values).for_each(|(&index, value)| step(&mut twin[index], value));
        vec.update_many(&indices, (7, 5), |number, (factor, more)| *number = number.wrapping_mul(*factor) + more);
        indices.iter().for_each(|&index| twin[index] = twin[index].wrapping_mul(7) + 5);
        assert_eq!(vec, twin);
    }
    let mut none = ChunkedVec::<u64>::new();
    assert!(none.gather(&[]).is_empty());
    none.scatter(&[], &[]);
    none.update_many(&[], (), |_, ()| ());
}

fn values_in_chunks_may_hold_handles(_: Mapped) {
    let text = |number: usize| drust::String::from(format!("a text that has an object of its own, {number}").as_str());
    let mut vec = ChunkedVec::from_fn(100, (), |(), n| (n, drust::String::new()));
    let all: Vec<usize> = (0..100).rev().collect();
    let pairs: Vec<_> = all.iter().map(|&n| (n, text(n))).collect();
    vec.scatter(&all, &pairs);
    vec.update_many(&[7, 99, 7], (text(1000), Box::new(5)), |(number, text), (more, five)| {
        *number += **five;
        text.push_str(more);
    });
    let found = vec.gather(&[99, 7, 0]);
    assert_eq!(found[0], (104, format!("{}{}", text(99), text(1000)).as_str().into()));
    assert_eq!(found[1], (17, format!("{0}{1}{1}", text(7), text(1000)).as_str().into()));
    assert_eq!(found[2], (0, text(0)));
    assert_eq!((pairs[0].0, &pairs[0].1), (99, &text(99)));
}

fn chunks_are_back_after_a_panic(_: Mapped) {
    let mut vec = ChunkedVec::from_fn(400, (), |(), n| n);
    let all: Vec<usize> = (0..400).collect();
    for bad in [0, 150, 399] {
        let change = |vec: &mut ChunkedVec<usize>| {
            vec.update_many(&all, bad, |n, bad| if *n == *bad { panic!("it is bad") } else { *n += 0 });
        };
        let said = message(catch_unwind(AssertUnwindSafe(|| change(&mut vec))).map(drop));
        assert!(said.contains("it is bad"), "{said}");
        assert_eq!(vec.gather(&all), all);
    }
    let said = format!("index out of bounds: the len is {} but the index is {}", 400, 400);
    assert_eq!(message(catch_unwind(AssertUnwindSafe(|| vec.update_many(&[0, 400], (), |n, ()| *n = 7)))), said);
    assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(vec.gather(&[400]))))), said);
    assert_eq!(vec[0], 0);
}

fn operations_on_chunks_cost_what_the_page_says(mapped: Mapped) {
    if mapped.is_none() {
        return;
    }
    let mut vec = ChunkedVec::from_fn(900, (), |(), n| n as u64);
    let all: Vec<usize> = (0..vec.len()).cycle().take(1 << 16).collect();
    let mut count = |body: &dyn Fn(&mut ChunkedVec<u64>)| {
        let (_, counts) = stats::count(|| body(&mut vec));
        assert_eq!((counts.requests, counts.one_ways), (counts.replies, 0));
        counts.requests
    };
    assert_eq!(count(&|vec| drop(vec.gather(&all))), 2);
    assert_eq!(count(&|vec| drop(vec.gather(&[1, 2, 3]))), 0);
    assert_eq!(count(&|vec| vec.scatter(&all, &vec![1; all.len()])), 2);
    assert_eq!(count(&|vec| vec.update_many(&all, 5, |number, more| *number += more)), 2);
    assert_eq!(count(&|vec| vec.update_each(&all, &all, |number, more| *number += *more as u64)), 2);
}

/// A node's task has its workers do what is more than one of them should; few places it looks at itself.
#[drust::test(nodes = 3, seed = 8)]
fn many_places_of_a_node_are_shared_out_to_its_workers() {
    let workers = thread::available_parallelism().unwrap().get() as u64;
    assert!(workers > 1, "simulated nodes have two");
    let nodes = node::count() as u64;
    let mut vec = ChunkedVec::from_fn(9000, (), |(), n| n as u64);
    let all: Vec<usize> = (0..9000).rev().chain(0..9000).collect();
    let ((), cost) = stats::count(|| vec.update_many(&all, 1, |number, more| *number = *number * 2 + more));
    assert_eq!(cost.tasks, nodes * (1 + workers));
    let (found, cost) = stats::count(|| vec.gather(&all));
    assert_eq!(cost.tasks, nodes * (1 + workers));
    assert!(found.iter().zip(&all).all(|(number, index)| *number == *index as u64 * 4 + 3));
    let few = [1, 4000, 8000];
    assert_eq!(stats::count(|| vec.gather(&few)).1.tasks, nodes);
    assert_eq!(stats::count(|| vec.scatter(&few, &few.map(|_| 0))).1.tasks, nodes);
    let bad = [&all[..], &[4321; 100]].concat();
    let args: Vec<bool> = (0..bad.len()).map(|at| at == 18_050).collect();
    let no = |number: &mut u64, bad: &bool| {
        assert!(!bad, "not this one");
        *number = 1;
    };
    let message = message(catch_unwind(AssertUnwindSafe(|| vec.update_each(&bad, &args, no))));
    assert!(message.contains("not this one"), "{message}");
    assert_eq!((vec.len(), vec[4321], vec[0]), (9000, 1, 1), "all chunks are back");
}
