//! Tasks that have not begun go to nodes that have room: all nodes work, and whatever the tasks borrow, return, drop or
//! panic with is as if they had run where they were spawned.

use drust::node::NodeId;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::thread::JoinError;
use drust::{Box, Portable, Ref, RefMut, Vec, global, node, stats, thread, vec};
use std::time::Duration;

/// Makes a test of each function on simulated clusters, by seeds, and on real ones.
macro_rules! everywhere {
    ($($name:ident,)*) => {
        everywhere! { @ [$($name,)*]
            seed_1(nodes = 4, seed = 1), seed_2(nodes = 3, seed = 2), seed_3(nodes = 2, seed = 3),
            seed_4(nodes = 4, seed = 4), seed_5(nodes = 5, seed = 5), seed_6(nodes = 3, seed = 6),
            shm(nodes = 3, carrier = "shm"), tcp(nodes = 3, carrier = "tcp"),
        }
    };
    (@ $names:tt $($module:ident $how:tt,)*) => {
        $(everywhere! { @@ $module $how $names })*
    };
    (@@ $module:ident $how:tt [$($name:ident,)*]) => {
        mod $module {
            $(
                #[drust::test $how]
                fn $name() {
                    super::$name();
                }
            )*
        }
    };
}

everywhere! {
    data_on_one_node_and_many_tasks_keep_all_nodes_busy,
    what_tasks_borrow_mutably_is_home_after_the_scope,
    results_and_panics_come_to_the_spawner,
    what_nobody_joins_is_dropped,
    what_tasks_spawn_is_stolen_too,
    tasks_of_other_nodes_are_handed_on,
    a_panic_names_the_node_that_ran_the_task,
    tasks_that_were_placed_stay,
}

/// Work that takes time and leaves the processor alone, so that nodes share the tasks and not the machine's cores.
fn work() {
    thread::sleep(Duration::from_millis(4));
}

/// How many tasks each node ran, by their answers.
fn by_node(ran: impl IntoIterator<Item = NodeId>) -> std::vec::Vec<usize> {
    let mut counts = std::vec![0; node::count()];
    ran.into_iter().for_each(|node| counts[node.index()] += 1);
    counts
}

fn data_on_one_node_and_many_tasks_keep_all_nodes_busy() {
    const TASKS: usize = 60;
    let data: std::vec::Vec<Vec<u64>> = (0..TASKS as u64).map(|n| vec![n; 100]).collect();
    let (ran, counts) = stats::count(|| {
        thread::scope(|s| {
            let summed = |(numbers,): (Ref<'_, [u64]>,)| {
                work();
                (numbers.iter().sum::<u64>(), node::current())
            };
            let tasks: std::vec::Vec<_> = data.iter().map(|numbers| s.spawn((Ref::new(numbers),), summed)).collect();
            tasks.into_iter().map(|task| task.join().unwrap()).collect::<std::vec::Vec<_>>()
        })
    });
    assert!(ran.iter().map(|(sum, _)| *sum).eq((0..TASKS as u64).map(|n| n * 100)));
    let counts_by_node = by_node(ran.into_iter().map(|(_, node)| node));
    assert!(counts_by_node.iter().all(|&count| count >= TASKS / node::count() / 4), "{counts_by_node:?}");
    assert!(counts.tasks_stolen > 0 && counts.tasks == TASKS as u64, "{counts:?}");
}

/// Work that is nothing but computing, for some milliseconds.
fn compute(seed: u64) -> u64 {
    (0..1_000_000).fold(seed | 1, |mut word: u64, _| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^ word << 17
    })
}

/// On real nodes, whose threads share the processors as the system has them.
fn data_on_one_node_and_many_tasks_that_compute_keep_all_nodes_busy() {
    const TASKS: u64 = 60;
    let data: std::vec::Vec<Vec<u64>> = (0..TASKS).map(|n| vec![n; 100]).collect();
    let ran = thread::scope(|s| {
        let computed = |(numbers,): (Ref<'_, [u64]>,)| (compute(numbers.iter().sum()), node::current());
        let tasks: std::vec::Vec<_> = data.iter().map(|numbers| s.spawn((Ref::new(numbers),), computed)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<std::vec::Vec<_>>()
    });
    assert!(ran.iter().map(|(word, _)| *word).eq((0..TASKS).map(|n| compute(n * 100))));
    let counts_by_node = by_node(ran.into_iter().map(|(_, node)| node));
    assert!(counts_by_node.iter().all(|&count| count > 0), "{counts_by_node:?}");
}

#[drust::test(nodes = 3)]
fn tasks_that_compute_keep_all_nodes_busy() {
    data_on_one_node_and_many_tasks_that_compute_keep_all_nodes_busy();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn tasks_that_compute_keep_all_nodes_busy_over_a_network() {
    data_on_one_node_and_many_tasks_that_compute_keep_all_nodes_busy();
}

fn what_tasks_borrow_mutably_is_home_after_the_scope() {
    let mut numbers: Vec<u64> = (0..400).collect();
    let mut boxes: std::vec::Vec<Box<u64>> = (0..40).map(Box::new).collect();
    let factor = Box::new(3_u64);
    thread::scope(|s| {
        for (chunk, boxed) in numbers.chunks_mut(10).zip(&mut boxes) {
            let lent = (RefMut::new(chunk), RefMut::new(boxed), Ref::new(&factor));
            s.spawn(lent, |(mut chunk, mut boxed, factor)| {
                work();
                chunk.iter_mut().for_each(|number| *number *= *factor);
                **boxed += chunk[0];
            });
        }
    });
    assert!(numbers.iter().copied().eq((0..400).map(|n| 3 * n)));
    assert!(boxes.iter().zip(0..).all(|(boxed, n)| **boxed == n + 30 * n));
}

fn results_and_panics_come_to_the_spawner() {
    let tasks: std::vec::Vec<_> = (0..40_u64)
        .map(|n| {
            thread::spawn((n, vec![n; 5]), |(n, numbers)| {
                work();
                assert!(n % 8 != 7, "task {n} panics");
                numbers
            })
        })
        .collect();
    for (n, task) in (0..).zip(tasks) {
        match task.join() {
            Ok(numbers) => assert_eq!(numbers, [n; 5]),
            Err(error) => assert!(error.to_string().ends_with(&format!("task {n} panics")) && n % 8 == 7, "{error}"),
        }
    }
}

global! {
    static DROPPED: AtomicU64 = AtomicU64::new(0);
}

/// Counts its drops, on whatever node.
#[derive(Portable)]
#[portable(drop)]
struct Counted(u64);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(self.0, Ordering::Relaxed);
    }
}

fn what_nobody_joins_is_dropped() {
    drust::testing::allow_leaks();
    for _ in 0..40 {
        let (given, kept) = (Counted(1), Box::new(Counted(100)));
        drop(thread::spawn((given, kept), |(given, kept)| {
            work();
            (kept, given.0)
        }));
    }
    while DROPPED.load(Ordering::Relaxed) < 40 * 101 {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(DROPPED.load(Ordering::Relaxed), 40 * 101);
}

fn sum_of((from, to): (u64, u64)) -> u64 {
    if to - from <= 4 {
        work();
        return (from..to).sum();
    }
    let middle = u64::midpoint(from, to);
    let (left, right) = (thread::spawn((from, middle), sum_of), thread::spawn((middle, to), sum_of));
    left.join().unwrap() + right.join().unwrap()
}

fn what_tasks_spawn_is_stolen_too() {
    let (sum, counts) = stats::count(|| sum_of((0, 256)));
    assert_eq!(sum, 255 * 128);
    assert_eq!(counts.tasks, 126);
}

/// Sums data of another node in tasks, which go there, some of them to be handed on; whatever they were lent is home.
fn sum_beside((data,): (Ref<'_, [u64]>,)) -> Vec<NodeId> {
    let mut sums = [0_u64; 8];
    let ran = thread::scope(|s| {
        let task = |(data, mut sum): (Ref<'_, [u64]>, RefMut<'_, u64>)| {
            work();
            *sum = data.iter().sum();
            node::current()
        };
        let tasks: std::vec::Vec<_> =
            sums.iter_mut().map(|sum| s.spawn((data.clone(), RefMut::new(sum)), task)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    assert_eq!(sums, [7000; 8]);
    ran
}

fn tasks_of_other_nodes_are_handed_on() {
    let data = vec![7_u64; 1000];
    let workers = thread::available_parallelism().unwrap().get();
    let (ran, counts) = stats::count(|| {
        thread::scope(|s| {
            // Of these the other nodes know nothing.
            for _ in 0..workers {
                s.spawn_on(node::current(), (), |()| thread::sleep(Duration::from_millis(40)));
            }
            let others = node::all().filter(|&node| node != node::current());
            let far = others.map(|node| s.spawn_on(node, (Ref::new(&data),), |data| sum_beside(data)));
            let far: std::vec::Vec<_> = far.collect();
            far.into_iter().map(|task| task.join().unwrap().len()).sum::<usize>()
        })
    });
    assert_eq!(ran, 8 * (node::count() - 1));
    // Where a node has one worker, that waits for the others here, and is not known to have room.
    assert!(counts.tasks_stolen > 0 || workers == 1, "{counts:?}");
}

/// Tasks that panic where data of another node is, and may be handed on from there; how many were, each counted by the
/// node that ran it.
fn panic_beside((data,): (Ref<'_, [u64]>,)) -> u64 {
    let home = data[0] as usize;
    thread::scope(|s| {
        let task = |(data, home): (Ref<'_, [u64]>, usize)| -> u64 {
            work();
            panic!("{} at {} of {home}", data.len(), node::current().index())
        };
        let tasks: std::vec::Vec<_> = (0..8).map(|_| s.spawn((data.clone(), home), task)).collect();
        let ran = tasks.into_iter().map(|task| match task.join().unwrap_err() {
            JoinError::Panicked { message, node, .. } => {
                assert_eq!(message, format!("1000 at {node} of {home}"));
                u64::from(usize::from(node.0) != home && usize::from(node.0) != node::current().index())
            }
            other => panic!("{other}"),
        });
        ran.sum()
    })
}

fn a_panic_names_the_node_that_ran_the_task() {
    let home = node::current().index() as u64;
    let data = vec![home; 1000];
    let workers = thread::available_parallelism().unwrap().get();
    thread::scope(|s| {
        for _ in 0..workers {
            s.spawn_on(node::current(), (), |()| thread::sleep(Duration::from_millis(40)));
        }
        let others = node::all().filter(|&node| node != node::current());
        let far = others.map(|node| s.spawn_on(node, (Ref::new(&data),), |data| panic_beside(data)));
        let far: std::vec::Vec<_> = far.collect();
        let handed: u64 = far.into_iter().map(|task| task.join().unwrap()).sum();
        // Of two nodes none is left to hand a task on to but the one that it came from.
        assert!(handed > 0 || workers == 1 || node::count() == 2, "{handed}");
    });
}

fn tasks_that_were_placed_stay() {
    let near = Box::new(0_u8);
    let here = node::current();
    let far = node::all().last().unwrap();
    let data = (0..10).map(|_| thread::spawn_on(far, (), |()| vec![7_u64; 100]).join().unwrap());
    let data: std::vec::Vec<_> = data.collect();
    let (ran, counts) = stats::count(|| {
        let answer = |()| {
            work();
            node::current()
        };
        let named = (0..10).map(|_| thread::spawn_on(here, (), answer));
        let beside = (0..10).map(|_| thread::spawn_to(&near, (), answer));
        // What has no object lives here, wherever the arguments do.
        let beside_nothing = data.into_iter().zip([true, false].into_iter().cycle()).map(|(data, empty)| {
            let builder = thread::Builder::new();
            let builder = if empty { builder.near(&Vec::<u64>::new()) } else { builder.near(&Box::new(())) };
            let task = builder.spawn((data,), |_| {
                work();
                node::current()
            });
            task.unwrap()
        });
        let tasks: std::vec::Vec<_> = named.chain(beside).chain(beside_nothing).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<std::vec::Vec<_>>()
    });
    assert!(ran.iter().all(|&node| node == here), "{ran:?}");
    assert_eq!((counts.tasks_stolen, counts.tasks_sent, counts.requests), (0, 0, 0));
}
