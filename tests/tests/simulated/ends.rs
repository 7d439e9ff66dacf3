//! Runs that do not return: panics and deadlocks; and threads that wait where the simulation cannot see it, which do.

use crate::child;
use crate::work::ending;
use drust::testing::{Simulated, Simulation, simulate};
use drust::{Box, node, thread};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;

fn seeded<R: Send + 'static>(seed: &str, main: impl FnOnce() -> R + Send + 'static) -> Simulated<R> {
    simulate(&Simulation { seed: seed.parse().unwrap(), ..Simulation::default() }, main)
}

fn seeds(count: u64) -> impl Iterator<Item = String> {
    (0..count).map(|seed| seed.to_string())
}

fn last() -> node::NodeId {
    node::all().last().expect("there are nodes")
}

#[test]
fn a_panic_in_main_is_told() {
    let body = |seed: &str| {
        let run = seeded(seed, || {
            let far = thread::spawn_on(last(), (), |()| Box::new(5)).join().unwrap();
            assert_eq!(*far, 6, "planted");
        });
        ending(&run.end)
    };
    for run in child::each("ends::a_panic_in_main_is_told", seeds(3), body) {
        assert!(run.answer().starts_with("panicked: assertion") && run.answer().contains("planted"), "{run:?}");
    }
}

#[test]
fn a_panic_in_a_task_is_its_joiners() {
    let body = |seed: &str| {
        let run = seeded(seed, || {
            let panics = thread::spawn_on(last(), (), |()| -> u64 { panic!("planted") });
            panics.join().unwrap_err().to_string()
        });
        ending(&run.end)
    };
    for run in child::each("ends::a_panic_in_a_task_is_its_joiners", seeds(3), body) {
        assert!(run.answer().starts_with("returned \"a task panicked on node 2 at tests/"), "{run:?}");
        assert!(run.answer().ends_with(": planted\""), "{run:?}");
    }
}

/// A task that nothing will ever wake, joined by one that is joined by `main`.
fn wait_for_ever() {
    let waits = thread::spawn_on(last(), (), |()| {
        let middle = node::all().nth(1).expect("there are three");
        thread::spawn_on(middle, (), |()| thread::sleep(Duration::MAX)).join().unwrap();
    });
    waits.join().unwrap();
}

#[test]
fn a_deadlock_says_who_waits() {
    let body = |seed: &str| ending(&seeded(seed, wait_for_ever).end);
    for run in child::each("ends::a_deadlock_says_who_waits", seeds(5), body) {
        assert!(run.answer().starts_with("stuck: at "), "{run:?}");
        for waits in ["0 (Runs): thread main", "1 (Runs): thread drust-1-0", "2 (Runs): thread drust-2-0"] {
            assert!(run.answer().contains(&format!("node {waits} waits\n")), "{waits}: {run:?}");
        }
    }
}

#[test]
fn a_run_without_end_is_given_up() {
    let body = || {
        let simulation = Simulation { most_steps: 10_000, ..Simulation::default() };
        let run = simulate(&simulation, || {
            loop {
                thread::yield_now();
            }
        });
        let run: Simulated<()> = run;
        format!("{} steps: {}", run.steps, ending(&run.end))
    };
    let run = child::one("ends::a_run_without_end_is_given_up", &[], body);
    assert!(run.answer().starts_with("10000 steps: stuck: at "), "{run:?}");
    assert!(run.answer().contains("thread main is ready"), "{run:?}");
}

/// A task that waits on a std channel for what another task of its node sends.
fn by_channel() -> u64 {
    static WAY: Mutex<Option<mpsc::Sender<u64>>> = Mutex::new(None);
    let (send, receive) = mpsc::channel();
    *WAY.lock().unwrap() = Some(send);
    let waits = thread::spawn_local(move || receive.recv().unwrap() + *Box::new(1));
    let sends = thread::spawn_on(last(), (), |()| {
        let boxed = Box::new(40);
        let send = WAY.lock().unwrap().take().unwrap();
        send.send(*boxed).unwrap();
    });
    sends.join().unwrap();
    waits.join().unwrap()
}

/// A std lock, held across a join, that others want meanwhile.
fn by_lock() -> u64 {
    static SUM: Mutex<u64> = Mutex::new(0);
    let tasks: std::vec::Vec<_> = node::all()
        .chain(node::all())
        .map(|on| {
            thread::spawn_on(on, (), |()| {
                let mut sum = SUM.lock().unwrap();
                *sum += *thread::spawn_on(last(), (), |()| Box::new(7_u64)).join().unwrap();
            })
        })
        .collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    *SUM.lock().unwrap() - 1
}

/// More tasks of one node that meet at a std barrier than it has workers.
fn by_barrier() -> u64 {
    static MEET: Barrier = Barrier::new(5);
    let tasks: std::vec::Vec<_> = (0..5_u64)
        .map(|task| {
            thread::spawn_on(last(), (Box::new(task),), |(own,)| {
                MEET.wait();
                *own
            })
        })
        .collect();
    tasks.into_iter().map(|task| task.join().unwrap()).sum::<u64>() + 31
}

/// A thread that parks until another unparks it, and one that sleeps by std, a little at a time.
fn by_parking() -> u64 {
    let (set, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let flag = set.clone();
    let parked = thread::spawn_local(move || {
        while !flag.load(Ordering::SeqCst) {
            thread::park();
        }
        *Box::new(41_u64)
    });
    let (flag, thread) = (seen.clone(), parked.thread().clone());
    let naps = thread::spawn_local(move || {
        while !flag.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        set.store(true, Ordering::SeqCst);
        thread.unpark();
    });
    thread::spawn_on(last(), (), |()| Box::new(0)).join().unwrap();
    let shows = thread::spawn_local(move || seen.store(true, Ordering::SeqCst));
    [naps, shows].into_iter().for_each(|thread| thread.join().unwrap());
    parked.join().unwrap()
}

/// A wait that drust cannot see, and what it is called.
type Wait = (&'static str, fn() -> u64);

const OUTSIDE: [Wait; 4] =
    [("channel", by_channel), ("lock", by_lock), ("barrier", by_barrier), ("parking", by_parking)];

#[test]
fn waits_outside_of_drust_end() {
    let body = |argument: &str| {
        let (name, seed) = argument.split_once(' ').unwrap();
        let wait = OUTSIDE.iter().find(|(other, _)| *other == name).unwrap().1;
        ending(&seeded(seed, wait).end)
    };
    let arguments = OUTSIDE.iter().flat_map(|(name, _)| seeds(5).map(move |seed| format!("{name} {seed}")));
    for run in child::each("ends::waits_outside_of_drust_end", arguments, body) {
        assert_eq!(run.answer(), "returned 41", "{run:?}");
    }
}
