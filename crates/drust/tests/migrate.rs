//! Tasks that go from node to node between their steps: where they go, what that costs, what comes of their ends.

use drust::sync::mpsc::{Sender, channel};
use drust::thread::{self, Builder, CancellationToken, JoinError, JoinHandle, Step, hop};
use drust::{Box, Portable, String, Vec, node, spawn, stats};
use drust_proto::{Rank, TaskId};
use node::NodeId;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn nodes() -> std::vec::Vec<NodeId> {
    node::all().collect()
}

fn on(node: NodeId) -> Builder {
    Builder::new().on(node)
}

fn living() -> u64 {
    stats::live().iter().map(|live| live.count).sum()
}

/// A traveller with luggage: some of it inline, some in boxes that stay where they are until they are written.
#[derive(Portable)]
struct Traveller {
    route: Vec<NodeId>,
    at: usize,
    name: String,
    marks: Vec<Box<u64>>,
}

fn traveller(route: &[NodeId]) -> Traveller {
    let name = String::from("a name that is too long to lie in its handle");
    Traveller { route: route.iter().copied().collect(), at: 0, name, marks: Vec::new() }
}

/// Goes along its route, makes a box at each node and writes all that it has made.
fn travel(traveller: &mut Traveller) -> Step<(u64, String)> {
    assert_eq!(node::current(), traveller.route[traveller.at]);
    traveller.marks.push(Box::new(0));
    for mark in &mut traveller.marks {
        **mark += 1;
    }
    traveller.at += 1;
    match traveller.route.get(traveller.at) {
        Some(next) => Step::To(*next),
        None => {
            let sum = traveller.marks.iter().map(|mark| **mark).sum();
            Step::Done((sum, std::mem::take(&mut traveller.name)))
        }
    }
}

fn a_journey() {
    let nodes = nodes();
    let before = living();
    for first in 0..nodes.len() {
        let route: std::vec::Vec<_> = (0..3 * nodes.len()).map(|at| nodes[(first + at * 2) % nodes.len()]).collect();
        let task = on(route[0]).spawn_migratable(traveller(&route), travel).unwrap();
        let (sum, name) = task.join().unwrap();
        let len = route.len() as u64;
        assert_eq!(sum, len * (len + 1) / 2);
        assert_eq!(name, "a name that is too long to lie in its handle");
    }
    assert_eq!(living(), before);
}

#[drust::test]
fn a_task_stays_where_there_is_no_other_node() {
    a_journey();
}

#[drust::test(nodes = 3)]
fn a_task_goes_where_it_says() {
    a_journey();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn a_task_goes_where_it_says_over_a_network() {
    a_journey();
}

#[drust::test(nodes = 3, seed = 11)]
fn a_task_goes_where_it_says_in_a_simulation() {
    a_journey();
}

fn along(route: &mut (usize, [NodeId; 4])) -> Step<NodeId> {
    route.0 += 1;
    route.1.get(route.0).map_or_else(|| Step::Done(node::current()), |next| Step::To(*next))
}

#[drust::test(nodes = 3)]
fn what_moves_cost() {
    let [a, b, c] = nodes()[..] else { panic!("three nodes") };
    let journey = |route: [NodeId; 4]| {
        let (end, counts) = stats::count(|| on(route[0]).spawn_migratable((0, route), along).unwrap().join().unwrap());
        assert_eq!(end, route[3]);
        assert_eq!((counts.requests, counts.replies, counts.direct_reads), (0, 0, 0), "{route:?}");
        (counts.tasks, counts.tasks_sent, counts.tasks_moved, counts.one_ways)
    };
    assert_eq!(journey([a, a, a, a]), (1, 0, 0, 0));
    assert_eq!(journey([a, b, a, b]), (1, 0, 3, 3 + 1));
    assert_eq!(journey([a, b, c, a]), (1, 0, 3, 3 + 1));
    assert_eq!(journey([b, c, b, c]), (1, 1, 3, 1 + 3 * 2 + 1));
}

/// Ten steps on each node of a route.
fn linger((route, steps): &mut ([NodeId; 4], usize)) -> Step<()> {
    assert_eq!(node::current(), route[*steps / 10]);
    *steps += 1;
    route.get(*steps / 10).map_or(Step::Done(()), |next| Step::To(*next))
}

/// Over a network, where to look at the truth is a message.
#[drust::test(nodes = 3, carrier = "tcp")]
fn a_token_is_asked_about_where_a_task_comes_and_not_at_each_step() {
    let [a, b, c] = nodes()[..] else { panic!("three nodes") };
    let token = CancellationToken::new();
    let journey = |route: [NodeId; 4]| {
        let builder = on(route[0]).cancelled_by(&token);
        let (end, counts) = stats::count(|| builder.spawn_migratable((route, 0), linger).unwrap().join());
        assert_eq!((end.is_ok(), counts.requests), (true, counts.replies), "{route:?}");
        counts.requests
    };
    assert_eq!(journey([a, a, a, a]), 0, "it is the token's home");
    // What lies behind the token's handle is fetched once on each node; and the handle ends at home, so nobody is told.
    assert_eq!(journey([b, c, b, a]), 2 + 3);
    assert_eq!(journey([b, c, b, a]), 3);
    assert_eq!(journey([a, b, b, a]), 1);
}

/// Tasks that stay, that wander and that wait for nothing end where they are told to.
fn tasks_that_move_are_cancelled() {
    let [a, b, c] = nodes()[..] else { panic!("three nodes") };
    for route in [[a; 2], [b; 2], [a, b], [b, c]] {
        let token = CancellationToken::new();
        let (begun, begins) = channel();
        let step = |(route, steps, begun): &mut ([NodeId; 2], u64, Sender<()>)| {
            *steps += 1;
            if *steps == 4 {
                begun.send(()).unwrap();
            }
            thread::yield_now();
            Step::<()>::To(route[*steps as usize % 2])
        };
        let task = on(route[0]).cancelled_by(&token).spawn_migratable((route, 0, begun), step).unwrap();
        begins.recv().unwrap();
        token.cancel();
        let JoinError::Cancelled { node, .. } = task.join().unwrap_err() else { panic!("it was cancelled") };
        assert!(route.iter().any(|on| on.index() == usize::from(node.0)), "{node} of {route:?}");
    }
}

#[drust::test(nodes = 3)]
fn a_task_that_moves_is_cancelled() {
    tasks_that_move_are_cancelled();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn a_task_that_moves_is_cancelled_over_a_network() {
    tasks_that_move_are_cancelled();
}

#[drust::test(nodes = 3, seed = 9)]
fn a_task_that_moves_is_cancelled_in_a_simulation() {
    tasks_that_move_are_cancelled();
}

#[drust::test(nodes = 3)]
fn a_panic_tells_where_the_task_was() {
    let [.., last] = nodes()[..] else { panic!("three nodes") };
    for begins_at in nodes() {
        let task: JoinHandle<()> = on(begins_at)
            .spawn_migratable((last, Box::new(5)), |(last, kept)| {
                assert!(node::current() != *last, "not with {kept}");
                Step::To(*last)
            })
            .unwrap();
        let JoinError::Panicked { message, node, .. } = task.join().unwrap_err() else { panic!("it panicked") };
        assert_eq!((message.as_str(), usize::from(node.0)), ("not with 5", last.index()));
    }
    assert_eq!(living(), 0);
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// A value with a `Drop` of its own, seen where it happens.
#[derive(Portable)]
#[portable(drop)]
struct Loud(Box<u64>);

impl Drop for Loud {
    fn drop(&mut self) {
        assert_eq!(*self.0, 7);
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

#[drust::test(nodes = 3)]
fn what_nobody_wants_is_dropped_once() {
    let [first, .., last] = nodes()[..] else { panic!("three nodes") };
    let loud = || Loud(Box::new(7));
    for (begins_at, ends_at) in [(first, last), (last, first), (first, first)] {
        drop(on(begins_at).spawn_migratable((ends_at, loud(), Some(loud())), |(ends_at, _, result)| {
            if node::current() == *ends_at { Step::Done(result.take()) } else { Step::To(*ends_at) }
        }));
    }
    let dropped =
        || nodes().into_iter().map(|node| spawn!(on node; [] || DROPPED.load(Ordering::SeqCst)).join().unwrap());
    while dropped().sum::<usize>() < 6 {
        thread::sleep(Duration::from_millis(1));
    }
    while living() != 0 {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(dropped().sum::<usize>(), 6);
}

/// Whether tasks that wait for orders may end, on each node.
static MAY_END: AtomicBool = AtomicBool::new(false);

/// Waits to be ordered somewhere, and reads what lies elsewhere meanwhile.
fn wait_for_orders((ends_at, read, steps): &mut (NodeId, Vec<Box<u64>>, u64)) -> Step<u64> {
    if MAY_END.load(Ordering::SeqCst) && node::current() == *ends_at {
        return Step::Done(*steps);
    }
    *steps += 1;
    assert!(read.iter().all(|value| **value == 3));
    thread::sleep(Duration::from_micros(100));
    Step::Continue
}

/// A task that may be ordered away: its node and number, and the node that it reaches for most, with how often.
type Told = ((u16, u64), Option<usize>, u64);

fn candidates(of: NodeId) -> std::vec::Vec<Told> {
    let told = spawn!(on of; [] || {
        let moves = drust_runtime::node::here().moves();
        let told = moves.candidates().into_iter().map(|one| {
            ((one.task.rank.0, one.task.seq), one.most.map(|node| usize::from(node.0)), one.accesses)
        });
        told.collect::<Vec<Told>>()
    });
    told.join().unwrap().into_iter().collect()
}

fn order(of: NodeId, (rank, seq): (u16, u64), to: u16) -> bool {
    let ordered = spawn!(on of; [rank, seq, to] || {
        drust_runtime::node::here().moves().order(TaskId { rank: Rank(rank), seq }, Rank(to))
    });
    ordered.join().unwrap()
}

/// Orders a task from wherever it is; nodes may themselves order it about meanwhile. Whether one had it.
fn order_anywhere(task: (u16, u64), to: NodeId) -> bool {
    nodes().into_iter().filter(|node| order(*node, task, to.index() as u16)).count() > 0
}

fn orders_are_followed() {
    let [first, middle, last] = nodes()[..] else { panic!("three nodes") };
    let far = spawn!(on last; [] || (0..4).map(|_| Box::new(3)).collect::<Vec<_>>()).join().unwrap();
    let busy = on(middle).spawn_migratable((last, far, 0), wait_for_orders).unwrap();
    let reader = loop {
        let told = nodes().into_iter().flat_map(candidates);
        if let Some((reader, most, accesses)) = told.into_iter().find(|(_, most, _)| most.is_some()) {
            assert!(most == Some(last.index()) && accesses >= 1, "{most:?} {accesses}");
            break reader;
        }
        thread::sleep(Duration::from_millis(1));
    };
    let quiet = on(middle).spawn_migratable((first, Vec::new(), 0), wait_for_orders).unwrap();
    assert!(nodes().into_iter().all(|node| !order(node, reader, 3) && !order(node, (7, 7), 2)));
    // To the third node, and from there to that where it ends.
    while !candidates(first).iter().any(|(task, ..)| *task == reader) {
        order_anywhere(reader, first);
        thread::sleep(Duration::from_millis(1));
    }
    for node in nodes() {
        spawn!(on node; [] || MAY_END.store(true, Ordering::SeqCst)).join().unwrap();
    }
    while !(busy.is_finished() && quiet.is_finished()) {
        order_anywhere(reader, last);
        for (other, ..) in nodes().into_iter().flat_map(candidates).filter(|(task, ..)| *task != reader) {
            order_anywhere(other, first);
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert!(busy.join().unwrap() > 0 && quiet.join().unwrap() > 0);
    assert!(nodes().into_iter().all(|node| candidates(node).is_empty()));
    assert!(!order_anywhere(reader, first));
}

#[drust::test(nodes = 3)]
fn a_task_goes_where_it_is_ordered() {
    orders_are_followed();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn a_task_goes_where_it_is_ordered_over_a_network() {
    orders_are_followed();
}

#[drust::test(nodes = 3, seed = 5)]
fn a_task_goes_where_it_is_ordered_in_a_simulation() {
    orders_are_followed();
}

/// A walk that a number decides, and that notes how often it stepped.
#[derive(Portable)]
struct Walk {
    dice: u64,
    left: u32,
    steps: Box<u32>,
}

fn walk(walk: &mut Walk) -> Step<u32> {
    *walk.steps += 1;
    if walk.left == 0 {
        return Step::Done(*walk.steps);
    }
    walk.left -= 1;
    walk.dice ^= walk.dice << 13;
    walk.dice ^= walk.dice >> 7;
    walk.dice ^= walk.dice << 17;
    match walk.dice % 4 {
        node @ 0..3 => Step::To(nodes()[node as usize]),
        _ => Step::Continue,
    }
}

/// Many tasks walk about, spawned on all nodes, while others are ordered about at random.
fn all_at_once() {
    const WALKS: u64 = 6;
    const STEPS: u32 = 40;
    let walks = nodes().into_iter().map(|node| {
        spawn!(on node; [] || {
            let walks = (1..=WALKS).map(|dice| {
                let dice = dice * 0x9E37_79B9 + node::current().index() as u64;
                thread::spawn_migratable(Walk { dice, left: STEPS, steps: Box::new(0) }, walk)
            });
            let walks: std::vec::Vec<_> = walks.collect();
            walks.into_iter().map(|walk| walk.join().unwrap()).collect::<Vec<u32>>()
        })
    });
    let walks: std::vec::Vec<_> = walks.collect();
    let mut ordered = 0;
    while walks.iter().any(|walk| !walk.is_finished()) {
        for node in nodes() {
            for (index, (task, ..)) in candidates(node).into_iter().enumerate() {
                ordered += u32::from(order(node, task, (index % 3) as u16));
            }
        }
        thread::sleep(Duration::from_micros(50));
    }
    assert!(ordered < 1_000_000);
    for walk in walks {
        assert!(walk.join().unwrap().iter().all(|steps| *steps == STEPS + 1));
    }
    assert_eq!(living(), 0);
}

#[drust::test(nodes = 3)]
fn many_walk_about() {
    all_at_once();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn many_walk_about_over_a_network() {
    all_at_once();
}

macro_rules! many_walk_about_by_chance {
    ($($name:ident = $seed:literal),*) => {$(
        #[drust::test(nodes = 3, seed = $seed)]
        fn $name() {
            all_at_once();
        }
    )*};
}

many_walk_about_by_chance!(by_seed_1 = 1, by_seed_2 = 2, by_seed_3 = 3, by_seed_4 = 4, by_seed_5 = 5, by_seed_6 = 6);

#[drust::test(nodes = 3)]
fn a_hop_costs_what_a_task_does_and_nothing_at_home() {
    let [first, .., last] = nodes()[..] else { panic!("three nodes") };
    let there = |to| stats::count(|| hop(to, (Box::new(20), 2), |(boxed, more)| (*boxed + more, node::current())));
    let (said, counts) = there(last);
    assert_eq!(said, (22, last));
    assert_eq!((counts.tasks_sent, counts.replies), (1, 1));
    let (said, counts) = there(first);
    assert_eq!((said, counts.tasks, counts.requests), ((22, first), 0, 0));
    // A hop from where one has hopped, and back home.
    let round = hop(last, (first,), |(first,)| (hop(first, (), |()| node::current()), node::current()));
    assert_eq!(round, (first, last));
}

#[drust::test(nodes = 3)]
fn a_panic_of_a_hop_goes_on() {
    let [.., last] = nodes()[..] else { panic!("three nodes") };
    let error = spawn!([last] || hop(last, (7,), |(n,)| assert_eq!(n, 8, "not {n}"))).join().unwrap_err();
    let JoinError::Panicked { message, node, .. } = error else { panic!("it panicked") };
    assert!(message.contains(&format!("a task panicked on node {last} at ")) && message.contains("not 7"), "{message}");
    assert_eq!(node.0, 0);
}
