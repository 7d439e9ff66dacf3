//! Tasks that wait for tasks, ten thousand deep, and tasks that wait for each other in every way there is, on nodes
//! with a single worker each.

use super::on;
use drust::collections::HashMap;
use drust::node::{self, NodeId};
use drust::sync::mpsc::{channel, sync_channel};
use drust::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, Resident, RwLock};
use drust::{Box, RefMut, thread};
use std::process::Command;

const DEPTH: u32 = 10_000;

/// The tests of this module that want a single worker.
const ON_ONE_WORKER: [&str; 8] = [
    "deep::joins_on_one_node",
    "deep::scopes_on_one_node",
    "deep::joins_from_node_to_node",
    "deep::joins_from_node_to_node_over_tcp",
    "deep::scopes_from_node_to_node",
    "deep::waits_for_what_is_queued_behind",
    "deep::waits_for_what_is_queued_behind_over_tcp",
    "deep::a_spawner_may_hold_what_all_its_tasks_wait_for",
];

#[test]
fn one_worker_is_enough() {
    for name in ON_ONE_WORKER {
        let mut command = Command::new(std::env::current_exe().expect("a test binary"));
        command.args(["--exact", name, "--include-ignored", "--nocapture"]).env("DRUST_WORKERS", "1");
        let output = command.output().expect("the test can be started");
        let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.contains("1 passed"), "{name}: {}\n{said}\n{why}", output.status);
    }
}

fn next() -> NodeId {
    on(node::current().index() + 1)
}

#[drust::test]
#[ignore = "run by `one_worker_is_enough`"]
fn joins_on_one_node() {
    assert_eq!(joins((DEPTH,)), DEPTH);
}

fn joins((left,): (u32,)) -> u32 {
    if left == 0 { 0 } else { thread::spawn((left - 1,), joins).join().unwrap() + 1 }
}

#[drust::test]
#[ignore = "run by `one_worker_is_enough`"]
fn scopes_on_one_node() {
    assert_eq!(in_scopes(scopes), DEPTH);
}

#[drust::test(nodes = 3)]
#[ignore = "run by `one_worker_is_enough`"]
fn joins_from_node_to_node() {
    assert_eq!(joins_over_nodes((DEPTH, Box::new(0))).0, DEPTH);
}

#[drust::test(nodes = 2, carrier = "tcp")]
#[ignore = "run by `one_worker_is_enough`"]
fn joins_from_node_to_node_over_tcp() {
    assert_eq!(joins_over_nodes((DEPTH, Box::new(0))).0, DEPTH);
}

#[drust::test(nodes = 3)]
#[ignore = "run by `one_worker_is_enough`"]
fn scopes_from_node_to_node() {
    assert_eq!(in_scopes(scopes_over_nodes), DEPTH);
}

#[drust::test(nodes = 3)]
#[ignore = "run by `one_worker_is_enough`"]
fn waits_for_what_is_queued_behind() {
    waits();
}

#[drust::test(nodes = 3, carrier = "tcp")]
#[ignore = "run by `one_worker_is_enough`"]
fn waits_for_what_is_queued_behind_over_tcp() {
    waits();
}

/// Each task waits for one of the next node, to which a value goes along and from which it comes back.
fn joins_over_nodes((left, mut count): (u32, Box<u32>)) -> (u32, Box<u32>) {
    if left == 0 {
        return (0, count);
    }
    *count += 1;
    let (depth, count) = thread::spawn_on(next(), (left - 1, count), joins_over_nodes).join().unwrap();
    assert_eq!(*count, DEPTH);
    (depth + 1, count)
}

fn in_scopes(run: fn((u32, RefMut<'_, u32>))) -> u32 {
    let mut count = 0;
    run((DEPTH, RefMut::new(&mut count)));
    count
}

/// Nobody joins these: their scopes wait.
fn scopes((left, mut count): (u32, RefMut<'_, u32>)) {
    if left > 0 {
        thread::scope(|s| {
            s.spawn_on(node::current(), (left - 1, RefMut::new(&mut *count)), |task| scopes(task));
        });
        *count += 1;
    }
}

fn scopes_over_nodes((left, mut count): (u32, RefMut<'_, u32>)) {
    if left > 0 {
        thread::scope(|s| {
            s.spawn_on(next(), (left - 1, RefMut::new(&mut *count)), |task| scopes_over_nodes(task));
        });
        *count += 1;
    }
}

/// Tasks of each node that wait for tasks queued behind them, in each way.
fn waits() {
    const WAYS: [fn(NodeId); 9] =
        [by_channel, by_bound, by_lock, by_read_lock, by_condvar, by_barrier, by_once, by_resident, by_map];
    for node in node::all() {
        for way in WAYS {
            way(node);
        }
    }
}

fn by_channel(node: NodeId) {
    let (sender, receiver) = channel();
    let takes = thread::spawn_on(node, (receiver,), |(receiver,)| receiver.recv().unwrap());
    let sends = thread::spawn_on(node, (sender,), |(sender,)| sender.send(5).unwrap());
    assert_eq!(takes.join().unwrap(), 5);
    sends.join().unwrap();
}

fn by_bound(node: NodeId) {
    let (sender, receiver) = sync_channel(0);
    let sends = thread::spawn_on(node, (sender,), |(sender,)| (0..3).for_each(|n| sender.send(n).unwrap()));
    let takes = thread::spawn_on(node, (receiver,), |(receiver,)| receiver.iter().sum::<i32>());
    sends.join().unwrap();
    assert_eq!(takes.join().unwrap(), 3);
}

fn by_lock(node: NodeId) {
    let pair = Arc::new((Mutex::new(0), Barrier::new(2)));
    let holds = thread::spawn_on(node, (pair.clone(),), |(pair,)| {
        let mut guard = pair.0.lock().unwrap();
        pair.1.wait();
        thread::spawn((), |()| ()).join().unwrap();
        *guard += 1;
    });
    pair.1.wait();
    let waits: std::vec::Vec<_> =
        (0..3).map(|_| thread::spawn_on(node, (pair.clone(),), |(pair,)| *pair.0.lock().unwrap() += 1)).collect();
    waits.into_iter().for_each(|task| task.join().unwrap());
    holds.join().unwrap();
    assert_eq!(*pair.0.lock().unwrap(), 4);
}

fn by_read_lock(node: NodeId) {
    let pair = Arc::new((RwLock::new(0), Barrier::new(3)));
    // All readers hold the lock at the same time.
    let read = |_| {
        thread::spawn_on(node, (pair.clone(),), |(pair,)| {
            let guard = pair.0.read().unwrap();
            pair.1.wait();
            *guard
        })
    };
    let readers: std::vec::Vec<_> = (0..3).map(read).collect();
    let writes = thread::spawn_on(node, (pair.clone(),), |(pair,)| *pair.0.write().unwrap() += 1);
    readers.into_iter().for_each(|task| assert!(task.join().unwrap() < 2));
    writes.join().unwrap();
}

fn by_condvar(node: NodeId) {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let waits: std::vec::Vec<_> = (0..3)
        .map(|_| {
            thread::spawn_on(node, (pair.clone(),), |(pair,)| {
                *pair.1.wait_while(pair.0.lock().unwrap(), |open| !*open).unwrap()
            })
        })
        .collect();
    let opens = thread::spawn_on(node, (pair.clone(),), |(pair,)| {
        *pair.0.lock().unwrap() = true;
        pair.1.notify_all();
    });
    assert!(waits.into_iter().all(|task| task.join().unwrap()));
    opens.join().unwrap();
}

fn by_barrier(node: NodeId) {
    let barrier = Arc::new(Barrier::new(20));
    let meet = |_| thread::spawn_on(node, (barrier.clone(),), |(barrier,)| barrier.wait().is_leader());
    let tasks: std::vec::Vec<_> = (0..20).map(meet).collect();
    assert_eq!(tasks.into_iter().map(|task| u32::from(task.join().unwrap())).sum::<u32>(), 1);
}

fn by_once(node: NodeId) {
    let once = Arc::new(OnceLock::new());
    let make = |_| {
        thread::spawn_on(node, (once.clone(),), |(once,)| {
            // Who makes the value waits for a task that is queued behind those that wait for the value.
            *once.get_or_init(|| thread::spawn((), |()| 7).join().unwrap())
        })
    };
    let tasks: std::vec::Vec<_> = (0..4).map(make).collect();
    assert!(tasks.into_iter().all(|task| task.join().unwrap() == 7));
}

fn by_resident(node: NodeId) {
    let kept = Arc::new(Resident::new(0));
    let add = |_| {
        thread::spawn_on(node, (kept.clone(),), |(kept,)| {
            kept.with((), |kept, ()| *kept += thread::spawn((), |()| 1).join().unwrap());
        })
    };
    let tasks: std::vec::Vec<_> = (0..4).map(add).collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    assert_eq!(kept.with((), |kept, ()| *kept), 4);
}

fn by_map(node: NodeId) {
    let map = Arc::new(HashMap::<u64, u64>::new());
    let add = |_| {
        thread::spawn_on(node, (map.clone(),), |(map,)| {
            map.upsert(1, 1, (), |value, ()| *value += thread::spawn((), |()| 1).join().unwrap());
        })
    };
    let tasks: std::vec::Vec<_> = (0..4).map(add).collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    assert_eq!(map.get(&1), Some(5));
}

/// More tasks than a node may have threads wait for what their spawner holds, and as many more as fill their queue.
#[drust::test(nodes = 2)]
#[ignore = "run by `one_worker_is_enough`"]
fn a_spawner_may_hold_what_all_its_tasks_wait_for() {
    const TASKS: u64 = 8192 + 3 * 4096;
    let shared = Arc::new(Mutex::new(0_u64));
    let held = shared.lock().unwrap();
    let tasks: std::vec::Vec<_> = (0..TASKS)
        .map(|_| thread::spawn_on(next(), (shared.clone(),), |(shared,)| *shared.lock().unwrap() += 1))
        .collect();
    drop(held);
    tasks.into_iter().for_each(|task| task.join().unwrap());
    assert_eq!(*shared.lock().unwrap(), TASKS);
}
