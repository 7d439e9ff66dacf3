//! Partitions that are too small for what is made: it goes where there is room, and where there is none nowhere, that
//! is said and nothing is lost.

mod child;

use drust::node::NodeId;
use drust::sync::Arc;
use drust::testing::{End, Simulation, simulate};
use drust::thread::{Builder, JoinHandle, Step};
use drust::{Box, Lend, Ref, String, node, thread};
use std::io::{self, ErrorKind};
use std::time::Duration;
use std::vec::Vec;

/// Bytes of each of three partitions.
const HEAP: u64 = 1 << 20;
/// Pages of 64 KiB, of which each node has 16.
const BLOCK: usize = 4 << 10;

type Block = [u64; BLOCK / 8];

/// Bytes that copies may take where there are few, of which pages of 64 KiB are made.
const COPIES: u64 = 256 << 10;

/// As [`on_seeds_with`], with partitions of [`HEAP`].
fn on_seeds(test: &str, expected: &str, body: fn() -> u64) {
    on_seeds_with(HEAP, test, expected, body);
}

/// As [`on_seeds_of`], on nodes with such partitions.
fn on_seeds_with(heap: u64, test: &str, expected: &str, body: fn() -> u64) {
    on_seeds_of(&Simulation { heap, ..Simulation::default() }, test, expected, body);
}

/// Runs `body` on such nodes, three of them, on each seed, one way and the other of reading, and compares what it
/// returns.
fn on_seeds_of(simulation: &Simulation, test: &str, expected: &str, body: fn() -> u64) {
    let seeds = (0..8).map(|seed: u64| seed.to_string());
    let runs = child::each(test, seeds, |seed| {
        let seed: u64 = seed.parse().unwrap();
        let simulation = Simulation { seed, direct: Some(seed.is_multiple_of(2)), ..simulation.clone() };
        match simulate(&simulation, body).end {
            End::Returned(result) => result.to_string(),
            other => format!("{other:?}"),
        }
    });
    for run in runs {
        assert_eq!(run.answer, expected, "seed {}: {}", run.argument, run.stderr);
    }
}

fn homes(blocks: &[Box<Block>]) -> Vec<usize> {
    let lives_on =
        |block: &Box<Block>, node: NodeId| block.home().is_some_and(|home| usize::from(home.0) == node.index());
    node::all().map(|node| blocks.iter().filter(|block| lives_on(block, node)).count()).collect()
}

fn nothing_is_left() {
    assert_eq!(drust::stats::live(), []);
}

/// Twice as much as a partition holds, by one thread.
fn fill() -> u64 {
    let blocks: Vec<Box<Block>> = (0..512).map(|number| Box::new([number; BLOCK / 8])).collect();
    let homes = homes(&blocks);
    assert!(homes[0] >= 200 && homes.iter().all(|count| (60..=230).contains(count)), "a tenth is kept: {homes:?}");
    let read: u64 = blocks.iter().map(|block| Box::read(block)[BLOCK / 8 - 1]).sum();
    drop(blocks);
    nothing_is_left();
    read
}

#[test]
fn what_has_no_room_goes_where_there_is_some() {
    on_seeds("what_has_no_room_goes_where_there_is_some", "130816", fill);
}

/// What lives in the values goes along: boxes, texts, counted handles, what is dropped by the user's code.
fn mixed() -> u64 {
    #[derive(drust::Portable)]
    struct Record {
        name: String,
        next: Option<Box<u64>>,
        shared: Arc<u64>,
        block: Block,
    }
    let shared = Arc::new(7);
    let make = |number: u64| Record {
        name: String::from(format!("the record of that number {number}").as_str()),
        next: number.is_multiple_of(2).then(|| Box::new(number)),
        shared: shared.clone(),
        block: [number; BLOCK / 8],
    };
    let records: Vec<Box<Record>> = (0..300).map(|number| Box::new(make(number))).collect();
    let mut sum = 0;
    for (number, record) in (0..).zip(&records) {
        let record = Box::read(record);
        assert_eq!(*record.name, format!("the record of that number {number}"));
        sum += *record.shared + record.next.as_ref().map_or(0, |next| **next) + record.block[number as usize] - number;
    }
    drop(records);
    assert_eq!(Arc::strong_count(&shared), 1);
    drop(shared);
    nothing_is_left();
    sum
}

#[test]
fn what_is_in_a_value_goes_along() {
    let expected = 300 * 7 + (0..300).filter(|number| number % 2 == 0).sum::<u64>();
    on_seeds("what_is_in_a_value_goes_along", &expected.to_string(), mixed);
}

/// Makes values until nobody has room, and says why there is none.
fn take_all(_: ()) -> drust::Vec<Box<Block>> {
    let mut kept = drust::Vec::with_capacity(768);
    loop {
        match Box::try_new([1; BLOCK / 8]) {
            Ok(block) => kept.push(block),
            Err(error) => {
                let (why, node) = (error.to_string(), node::current());
                let asked = format!("node {node}: out of memory in the drust-partition: asked for 4096 bytes");
                assert!(why.starts_with(&asked) && why.contains("; most is held by "), "{why}");
                return kept;
            }
        }
    }
}

/// All nodes fill at once until nobody has room; then half is given back, and there is room again.
fn exhaust() -> u64 {
    let tasks: Vec<_> = node::all().map(|node| thread::spawn_on(node, (), take_all)).collect();
    let mut all: Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
    let made: usize = all.iter().map(|kept| kept.len()).sum();
    assert!((500..=768).contains(&made), "{made} of 768 at most");
    for kept in &mut all {
        kept.truncate(kept.len() / 2);
    }
    let again: Vec<_> = (0..64).map(|_| Box::new([2_u64; BLOCK / 8])).collect();
    let sum: u64 = again.iter().map(|block| Box::read(block)[7]).sum();
    drop((all, again));
    nothing_is_left();
    sum
}

#[test]
fn where_nobody_has_room_nothing_is_lost() {
    on_seeds("where_nobody_has_room_nothing_is_lost", "128", exhaust);
}

/// Partitions that were full until their values were dropped from afar, long after their nodes had anything to do.
fn empty_at_rest() -> u64 {
    const LEN: usize = 32 << 10;
    // Vectors lie where they are made, also beyond the mark: 15 of 16 MiB.
    fn fill(_: ()) -> drust::Vec<drust::Vec<u64>> {
        (0..60).map(|_| drust::Vec::with_capacity(LEN)).collect()
    }
    let others = node::all().skip(1);
    let full: Vec<_> = others.map(|node| thread::spawn_on(node, (), fill)).collect();
    let full: Vec<_> = full.into_iter().map(|task| task.join().unwrap()).collect();
    thread::sleep(Duration::from_secs(2));
    drop(full);
    thread::sleep(Duration::from_secs(1));
    let made: Vec<Box<[u64]>> = (0..100).map(|number| Box::from(std::vec![number; LEN])).collect();
    let sum = made.iter().map(|values| Box::read(values)[LEN - 1]).sum();
    drop(made);
    nothing_is_left();
    sum
}

#[test]
fn who_is_at_rest_says_that_it_has_room_again() {
    on_seeds_with(16 << 20, "who_is_at_rest_says_that_it_has_room_again", "4950", empty_at_rest);
}

/// Boxes of values that are lent, written and dropped elsewhere, while partitions run full.
fn lend() -> u64 {
    let rounds = (0..6).map(|round: u64| {
        let blocks: Vec<Box<Block>> = (0..96).map(|_| Box::new([round; BLOCK / 8])).collect();
        let sum: u64 = thread::scope(|scope| {
            let readers: Vec<_> = node::all()
                .zip(blocks.chunks(32))
                .map(|(node, blocks)| {
                    let refs = blocks.iter().map(Ref::new).collect::<Vec<_>>();
                    let tasks = refs.into_iter().map(|block| scope.spawn_on(node, (block,), |(block,)| block[3]));
                    tasks.collect::<Vec<_>>()
                })
                .collect();
            readers.into_iter().flatten().map(|task| task.join().unwrap()).sum()
        });
        let far = node::all().last().unwrap();
        thread::spawn_on(far, (drust::Vec::from(blocks),), |(blocks,)| drop(blocks)).join().unwrap();
        sum
    });
    let sum = rounds.sum();
    nothing_is_left();
    sum
}

#[test]
fn what_went_elsewhere_is_lent_and_dropped_as_all_is() {
    on_seeds("what_went_elsewhere_is_lent_and_dropped_as_all_is", "1440", lend);
}

/// Migratable tasks of a node whose partition is full.
fn leave() -> u64 {
    let kept: Vec<Box<Block>> = (0..256).map(|number| Box::new([number; BLOCK / 8])).collect();
    let step = |steps: &mut u64| {
        thread::sleep(Duration::from_millis(5));
        *steps += 1;
        match node::current().index() {
            0 if *steps < 200 => Step::Continue,
            0 => Step::Done(0),
            _ => Step::Done(1),
        }
    };
    let start = |_| thread::Builder::new().on(node::current()).spawn_migratable(0, step).unwrap();
    let tasks: Vec<_> = (0..4).map(start).collect();
    let left = tasks.into_iter().map(|task| task.join().unwrap()).sum();
    drop(kept);
    nothing_is_left();
    left
}

#[test]
fn tasks_leave_a_node_that_is_full() {
    on_seeds("tasks_leave_a_node_that_is_full", "4", leave);
}

/// Guards of values of another node, until copies have no room; then what was read can be read on, and what is given
/// back makes room.
fn read_all() -> u64 {
    let far = node::all().last().unwrap();
    let make = |()| (0..160).map(|number| Box::new([number; BLOCK / 8])).collect::<drust::Vec<Box<Block>>>();
    let blocks: Vec<_> = thread::spawn_on(far, (), make).join().unwrap().into_iter().collect();
    let mut guards = Vec::new();
    let full = loop {
        match Box::try_read(&blocks[guards.len()]) {
            Ok(guard) => guards.push(guard),
            Err(full) => break full,
        }
    };
    let most = COPIES as usize / BLOCK;
    assert!((most / 4..=most).contains(&guards.len()), "{} of {most}", guards.len());
    let (why, node) = (full.to_string(), node::current());
    assert!(why.starts_with(&format!("node {node}: ")) && why.ends_with("set DRUST_COPIES to allow more"), "{why}");
    let next = &blocks[guards.len()];
    assert!(Box::try_read(next).is_err() && Box::try_read(&blocks[0]).is_ok(), "what is here needs no room");
    assert!(guards.iter().zip(0..).all(|(guard, number)| guard[BLOCK / 8 - 1] == number));
    let number = guards.len() as u64;
    guards.truncate(guards.len() / 2);
    assert_eq!(Box::try_read(next).unwrap()[7], number);
    drop(guards);
    let read = blocks.iter().map(|block| Box::try_read(block).unwrap()[7]).sum();
    drop(blocks);
    nothing_is_left();
    read
}

#[test]
fn a_read_fails_where_copies_have_no_room_and_nothing_is_lost() {
    let few = Simulation { copies: COPIES, pinned: Some(COPIES), ..Simulation::default() };
    on_seeds_of(&few, "a_read_fails_where_copies_have_no_room_and_nothing_is_lost", "12720", read_all);
}

/// A spawner that is quicker than those who begin its tasks, which return 1.
fn outrun(start: fn(Builder) -> io::Result<JoinHandle<u64>>) -> u64 {
    let far = || Builder::new().on(node::all().last().unwrap());
    let at_once = || far().queue_timeout(Duration::ZERO);
    let mut tasks = Vec::new();
    let full = loop {
        assert!(tasks.len() < 20_000, "nobody is told that the queue is full");
        match start(at_once()) {
            Ok(task) => tasks.push(task),
            Err(full) => break full,
        }
    };
    assert!(tasks.len() >= 4096, "{}", tasks.len());
    assert_eq!(full.kind(), ErrorKind::TimedOut);
    assert_eq!(full.to_string(), "node 2 has 4096 tasks of this node that nobody has begun");
    tasks.push(start(far()).unwrap());
    let last = tasks.len() as u64;
    let done: u64 = tasks.into_iter().map(|task| task.join().unwrap()).sum();
    start(at_once()).unwrap().join().unwrap() + last - done
}

fn nap() {
    thread::sleep(Duration::from_micros(100));
}

#[test]
fn a_spawner_waits_where_a_queue_is_full() {
    let outrun = || {
        outrun(|far| {
            far.spawn((1,), |(one,)| {
                nap();
                one
            })
        })
    };
    on_seeds("a_spawner_waits_where_a_queue_is_full", "1", outrun);
}

#[test]
fn a_spawner_of_migratable_tasks_waits_where_a_queue_is_full() {
    let outrun = || {
        outrun(|far| {
            far.spawn_migratable(1, |one| {
                nap();
                Step::Done(*one)
            })
        })
    };
    on_seeds("a_spawner_of_migratable_tasks_waits_where_a_queue_is_full", "1", outrun);
}
