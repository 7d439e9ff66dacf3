//! Tasks that end badly: nobody may wait for ever, and no worker may be lost.

use drust::{RefMut, node, thread};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the payload's own drop");
        }
    }
}

#[derive(drust::Portable)]
#[portable(drop)]
struct Fuse(u64);

impl Drop for Fuse {
    fn drop(&mut self) {
        panic!("a result's drop");
    }
}

/// A panic's payload is the user's value: its drop may panic too.
#[drust::test(nodes = 2)]
fn payload_whose_drop_panics_ends_its_task() {
    for place in node::all() {
        let mut value = 1_u64;
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::scope(|s| {
                s.spawn_on(place, (RefMut::new(&mut value),), |(mut value,)| {
                    *value = 2;
                    explode();
                });
            });
        }));
        assert!(caught.is_err());
        assert_eq!(value, 2);
        assert!(thread::spawn_on(place, (), |()| explode()).join().is_err());
    }
}

fn explode() {
    std::panic::panic_any(Bomb);
}

/// The threads of this process that run tasks, by number.
fn workers() -> drust::Box<[u64]> {
    let ours = |name: &str| name.starts_with("drust-") && !name.trim_end().ends_with("watch");
    let threads = std::fs::read_dir("/proc/self/task").unwrap().map(|thread| thread.unwrap());
    threads
        .filter(|thread| ours(&std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default()))
        .map(|thread| thread.file_name().to_str().unwrap().parse().unwrap())
        .collect()
}

/// A detached task's result is dropped by the worker that ran it, which outlives that.
#[drust::test]
fn result_whose_drop_panics_costs_no_worker() {
    static DETACHED: AtomicBool = AtomicBool::new(false);
    static ENDED: AtomicU64 = AtomicU64::new(0);
    let before = thread::spawn((), |()| workers()).join_timeout(MINUTE).unwrap().unwrap();
    for round in 0..8 {
        DETACHED.store(false, Relaxed);
        let task = thread::spawn((round,), |(round,)| {
            while !DETACHED.load(Relaxed) {
                std::thread::yield_now();
            }
            ENDED.fetch_add(1, Relaxed);
            Fuse(round)
        });
        drop(task);
        DETACHED.store(true, Relaxed);
        while ENDED.load(Relaxed) <= round {
            std::thread::yield_now();
        }
    }
    let after = thread::spawn((), |()| workers()).join_timeout(MINUTE).unwrap().unwrap();
    assert!(before.iter().all(|worker| after.contains(worker)), "{before:?} became {after:?}");
}
