//! What most of these runs do: tasks on every node that allocate, read, write, move, lend and drop, and note when.

use drust::testing::{End, Fault, Simulated, Simulation, simulate};
use drust::{Box, Ref, RefMut, Vec, node, thread};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What happened, in the order in which it did: statics are shared by simulated nodes.
static EVENTS: Mutex<std::vec::Vec<(usize, usize, &'static str)>> = Mutex::new(std::vec::Vec::new());

static IS_DONE: AtomicBool = AtomicBool::new(false);

/// What [`work`] returns.
pub const RESULT: u64 = 2 * 2 * (45 + 10) + 40 + 5;

pub fn note(task: usize, what: &'static str) {
    EVENTS.lock().unwrap().push((node::current().index(), task, what));
}

/// The node after that one, in a circle.
fn after(node: usize) -> node::NodeId {
    node::all().nth((node + 1) % node::count()).expect("there is a node")
}

/// A box that comes back from two nodes, doubled.
fn double(task: usize, mut own: Box<u64>) -> Box<u64> {
    note(task, "begins");
    *own += 1;
    let far = thread::spawn_on(after(node::current().index()), (task, own), |(task, mut own)| {
        note(task, "is far");
        *own *= 2;
        own
    });
    let own = far.join().unwrap();
    note(task, "ends");
    own
}

fn lend() -> u64 {
    let many: Vec<u64> = (0..10).map(|_| 4).collect();
    let mut sum = Box::new(0_u64);
    thread::scope(|scope| {
        for reader in node::all() {
            scope.spawn_on(reader, (Ref::new(&many),), |(many,)| {
                assert_eq!(many.iter().sum::<u64>(), 40);
                note(usize::MAX, "has read");
            });
        }
        let args = (Ref::new(&many), RefMut::new(&mut sum));
        scope.spawn_on(after(0), args, |(many, mut sum)| **sum = many.iter().sum());
    });
    *sum
}

pub fn work() -> u64 {
    let tasks: std::vec::Vec<_> = (0..10)
        .map(|task| thread::spawn_on(after(task), (task, Box::new(task as u64)), |(task, own)| double(task, own)))
        .collect();
    let sum: u64 = tasks.into_iter().map(|task| *task.join().unwrap()).sum();
    let slow = thread::spawn_on(after(0), (), |()| {
        thread::sleep(Duration::from_millis(1));
        5
    });
    2 * sum + lend() + slow.join().unwrap()
}

/// Simulates the work, with these faults.
pub fn run(seed: u64, faults: std::vec::Vec<Fault>) -> Simulated<u64> {
    simulate(&Simulation { seed, faults, ..Simulation::default() }, || {
        let result = work();
        IS_DONE.store(true, Ordering::SeqCst);
        result
    })
}

/// Whether `main` of this process's simulation came to its end.
pub fn is_done() -> bool {
    IS_DONE.load(Ordering::SeqCst)
}

/// All that two runs on one seed have in common.
pub fn digest<R: std::fmt::Debug>(run: &Simulated<R>) -> String {
    format!("{:?}; {} steps, {:?}; {:?}", run.end, run.steps, run.time, EVENTS.lock().unwrap())
}

/// How a run ended, in few words.
pub fn ending<R: std::fmt::Debug>(end: &End<R>) -> String {
    match end {
        End::Returned(result) => format!("returned {result:?}"),
        End::Panicked(message) => format!("panicked: {message}"),
        End::Lost { first, codes } => format!("lost {first}, codes {codes:?}"),
        End::Stuck(who) => format!("stuck: {who}"),
    }
}
