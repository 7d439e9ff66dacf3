//! Where tasks go, and what is told of that on each node.

mod listener;

use drust::node::NodeId;
use drust::thread::{self, Step};
use drust::{Box, Ref, Vec, node, stats, vec};
use listener::{listen, told};
use std::time::Duration;

fn nodes() -> std::vec::Vec<NodeId> {
    node::all().collect()
}

/// Starts a task that nobody places, with data of the next node, and one that is placed there.
fn spawn_beside((next, data): (NodeId, Vec<u64>)) {
    let ran = thread::scope(|s| s.spawn((Ref::new(&data),), |(data,)| (data.len(), node::current())).join().unwrap());
    assert_eq!(ran, (100, next), "its data is there, and it has nothing to do");
    thread::spawn_on(next, (), |()| ()).join().unwrap();
}

/// What a node has heard that says this, of whom.
fn heard(node: NodeId) -> std::vec::Vec<(u64, u64, u8)> {
    let told = thread::spawn_on(node, (), |()| {
        let said = told().into_iter().map(|told| {
            let reason = ["data", "pinned"].iter().position(|reason| *reason == told.reason);
            (told.node.unwrap_or(u64::MAX), told.to, reason.map_or(u8::MAX, |reason| reason as u8))
        });
        said.collect::<Vec<_>>()
    });
    told.join().unwrap().into_iter().collect()
}

/// Each node is a process, and tells whoever listens in it of what it decides, and of nothing else.
#[drust::test(nodes = 3)]
fn each_node_tells_where_its_tasks_go() {
    let nodes = nodes();
    for &node in &nodes {
        thread::spawn_on(node, (), |()| listen()).join().unwrap();
    }
    for (at, &node) in nodes.iter().enumerate() {
        let next = nodes[(at + 1) % nodes.len()];
        let data = thread::spawn_on(next, (), |()| vec![7_u64; 100]).join().unwrap();
        thread::spawn_on(node, (next, data), spawn_beside).join().unwrap();
    }
    let ranks = || (0..).zip(&nodes);
    for (rank, node) in ranks() {
        let heard = heard(*node);
        assert!(heard.iter().all(|(by, ..)| *by == rank), "{rank}: {heard:?}");
        let next = (rank + 1) % 3;
        assert_eq!(heard.iter().filter(|told| **told == (rank, next, 0)).count(), 1, "{rank}: {heard:?}");
        assert!(heard.contains(&(rank, next, 1)), "{rank}: {heard:?}");
    }
}

/// While both threads of a node are busy, and one other node has room again and again, the tasks that nobody has begun
/// go there, those with the fewest bytes here before the others.
fn least_data_goes_first() {
    listen();
    let here = node::current();
    let mut busy = std::vec::Vec::new();
    for _ in 0..thread::available_parallelism().unwrap().get() {
        busy.push(thread::spawn_on(here, (), |()| thread::sleep(Duration::from_millis(20))));
    }
    thread::sleep(Duration::from_millis(1));
    let lens = [700, 100, 900, 400, 1200, 300, 800, 200, 1000, 600, 1100, 500];
    let data = lens.map(|len| vec![1_u64; len]);
    let tasks = data.map(|data| {
        thread::spawn((data,), |(data,)| {
            thread::sleep(Duration::from_millis(1));
            data.len()
        })
    });
    // Who only asks runs none of them himself.
    while !tasks.iter().all(thread::JoinHandle::is_finished) {
        thread::sleep(Duration::from_micros(100));
    }
    assert_eq!(tasks.map(|task| task.join().unwrap()), lens);
    let given: std::vec::Vec<_> =
        told().into_iter().filter(|told| told.reason == "idle").filter_map(|told| told.bytes_here).collect();
    assert!(given.len() >= 6 && given.is_sorted(), "{given:?}");
    busy.into_iter().for_each(|task| task.join().unwrap());
}

macro_rules! least_data_first {
    ($($name:ident = $seed:literal),*) => {$(
        #[drust::test(nodes = 2, seed = $seed)]
        fn $name() {
            least_data_goes_first();
        }
    )*};
}

least_data_first!(least_data_first_1 = 1, least_data_first_2 = 2, least_data_first_3 = 3, least_data_first_4 = 4);

/// Values of another node, of which each step reads the next; and where the steps were taken.
type Reads = (Vec<Box<u64>>, usize, Vec<NodeId>);

fn read_on((values, at, seen): &mut Reads) -> Step<Vec<NodeId>> {
    if seen.last() != Some(&node::current()) {
        seen.push(node::current());
    }
    thread::sleep(Duration::from_millis(1));
    let Some(value) = values.get(*at) else { return Step::Done(std::mem::take(seen)) };
    assert_eq!(**value, *at as u64);
    *at += 1;
    Step::Continue
}

/// A node whose threads are all at work for long, as far as it measures, gives tasks up; those that read what lies on
/// the last node go there, and not to the other, which has as much room.
fn a_hot_node_gives_tasks_to_where_they_reach() {
    listen();
    let [first, .., last] = nodes()[..] else { panic!("three nodes") };
    let make = |()| (0..100).map(Box::new).collect::<Vec<Box<u64>>>();
    let values: std::vec::Vec<_> = (0..4).map(|_| thread::spawn_on(last, (), make).join().unwrap()).collect();
    let (seen, counts) = stats::count(|| {
        let start = |values| thread::Builder::new().on(first).spawn_migratable((values, 0, Vec::new()), read_on);
        let tasks: std::vec::Vec<_> = values.into_iter().map(|values| start(values).unwrap()).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<std::vec::Vec<_>>()
    });
    assert!(seen.iter().all(|seen| seen[0] == first), "they began where they were told to: {seen:?}");
    assert!(seen.iter().any(|seen| seen.get(1) == Some(&last)), "{seen:?}");
    let ordered: std::vec::Vec<_> = told().into_iter().filter(|told| told.moves).collect();
    assert!(counts.tasks_moved > 0 && ordered.len() as u64 >= counts.tasks_moved, "{counts:?} {ordered:?}");
    assert!(ordered.iter().all(|told| told.reason == "time is short here"), "{ordered:?}");
    assert_eq!(ordered[0].to, last.index() as u64, "{ordered:?}");
    assert!(ordered.len() < 40, "an order is not repeated without end: {}", ordered.len());
}

macro_rules! hot_nodes {
    ($($name:ident = $seed:literal),*) => {$(
        #[drust::test(nodes = 3, seed = $seed)]
        fn $name() {
            a_hot_node_gives_tasks_to_where_they_reach();
        }
    )*};
}

hot_nodes!(hot_node_1 = 1, hot_node_2 = 2, hot_node_3 = 3, hot_node_4 = 4);
