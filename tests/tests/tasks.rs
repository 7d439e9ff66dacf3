//! Where tasks run and what is told of them: placement, errors, globals, `spawn!`.

use drust::node::NodeId;
use drust::thread::JoinError;
use drust::{Box, Error, Ref, RefMut, node, spawn, stats, thread};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn on(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("a node")
}

static OPEN: AtomicBool = AtomicBool::new(false);

fn wait_until_open((): ()) -> NodeId {
    while !OPEN.load(Ordering::SeqCst) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    node::current()
}

#[drust::test(nodes = 4)]
fn tasks_without_data_spread_over_all_nodes() {
    let workers = thread::available_parallelism().unwrap().get();
    let tasks: Vec<_> = (0..4 * workers).map(|_| thread::spawn((), wait_until_open)).collect();
    for node in node::all() {
        thread::spawn_on(node, (), |()| OPEN.store(true, Ordering::SeqCst)).join().unwrap();
    }
    let ran: Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
    for node in node::all() {
        assert_eq!(ran.iter().filter(|&&other| other == node).count(), workers, "{ran:?}");
    }
}

#[drust::test(nodes = 3)]
fn a_task_goes_where_its_data_is() {
    let data = thread::spawn_on(on(2), (), |()| [Box::new(1_u64), Box::new(2)]).join().unwrap();
    let near = Box::new(3_u64);
    let (place, data, near) = thread::spawn((data, near), |(data, near)| (node::current(), data, near)).join().unwrap();
    assert_eq!(place, on(2));
    let place = thread::scope(|s| s.spawn((Ref::new(&data[0]),), |(_,)| node::current()).join().unwrap());
    assert_eq!(place, on(2));
    assert_eq!(thread::spawn_to(&data[1], (), |()| node::current()).join().unwrap(), on(2));
    assert_eq!(thread::spawn_to(&near, (), |()| node::current()).join().unwrap(), on(0));
    let placed = thread::Builder::new().near(&data[0]).name("near".into()).spawn((), |()| node::current()).unwrap();
    assert_eq!(placed.name(), Some("near"));
    assert_eq!(placed.join().unwrap(), on(2));
}

#[drust::test(nodes = 3)]
fn bytes_decide_not_how_many_objects_there_are() {
    let make = |node, len| thread::spawn_on(node, (len,), |(len,)| drust::vec![1_u8; len]).join().unwrap();
    let (small, mut large) = ([make(on(1), 100), make(on(1), 100)], make(on(2), 4000));
    let place = thread::scope(|s| {
        let lent = (Ref::new(&small[0]), Ref::new(&small[1]), Ref::new(&large));
        s.spawn(lent, |_| node::current()).join().unwrap()
    });
    assert_eq!(place, on(2));
    let mut here = [0_u64; 4];
    let place = thread::scope(|s| {
        let lent = (RefMut::new(&mut here), RefMut::new(&mut large));
        s.spawn(lent, |(_, _)| node::current()).join().unwrap()
    });
    assert_eq!(place, on(2), "what is lent is looked into");
}

#[drust::test(nodes = 3)]
fn what_join_tells_of_a_panic() {
    for index in 0..3 {
        let line = line!() + 1;
        let error = thread::spawn_on(on(index), (7,), |(n,)| assert_eq!(n, 8, "not {n}")).join().unwrap_err();
        let text = error.to_string();
        let JoinError::Panicked { message, place, node, .. } = error else { panic!("it panicked") };
        assert!(message.contains("not 7") && message.contains("right: 8"), "{message}");
        assert!(place.contains(&format!("tasks.rs:{line}:")), "{place}");
        assert_eq!(usize::from(node.0), index);
        assert!(text.starts_with(&format!("a task panicked on node {index} at ")), "{text}");
    }
}

fn parse((text,): (Box<str>,)) -> Result<u64, Error> {
    let number: u64 = text.trim().parse()?;
    let there = thread::spawn_on(on(number as usize), (number,), |(n,)| -> drust::Result<u64> {
        if n > 5 { Err(Error::msg(format!("{n} is too much"))) } else { Ok(n * 2) }
    });
    Ok(there.join()?? + 1)
}

#[drust::test(nodes = 3)]
fn errors_cross_with_message_node_and_place() -> Result<(), Error> {
    let run = |node: usize, text: &str| thread::spawn_on(on(node), (Box::from(text),), parse).join().unwrap();
    assert_eq!(run(1, " 4 ")?, 9);
    let error = run(1, "four").unwrap_err();
    assert_eq!((error.to_string().as_str(), error.node()), ("invalid digit found in string", on(1)));
    assert!(error.place().0.ends_with("tasks.rs"));
    let error = run(1, "8").unwrap_err();
    assert_eq!((error.to_string().as_str(), error.node()), ("8 is too much", on(2)));
    Ok(())
}

static MADE: AtomicU64 = AtomicU64::new(0);

drust::global! {
    static TABLE: [u64; 32] = {
        MADE.fetch_add(1, Ordering::SeqCst);
        [node::current().index() as u64 + 5; 32]
    };
}

#[drust::test(nodes = 4)]
fn a_global_is_made_once_for_all_nodes() {
    drust::testing::allow_leaks();
    let looks: Vec<_> = (0..12).map(|i| thread::spawn_on(on(i), (i,), |(i,)| TABLE[i])).collect();
    assert!(looks.into_iter().all(|look| look.join().unwrap() == 5));
    let made = node::all().map(|node| thread::spawn_on(node, (), |()| MADE.load(Ordering::SeqCst)).join().unwrap());
    assert_eq!(made.collect::<Vec<_>>(), [1, 0, 0, 0], "ordinary statics are one for each node");
}

#[drust::test(nodes = 3)]
fn the_macro_names_what_a_task_takes_along() {
    let boxed = Box::new(4_u64);
    let factor = 3;
    let task = spawn!([mut boxed, k = factor * 2] || {
        *boxed *= k;
        boxed
    });
    let boxed = task.join().unwrap();
    let sum = thread::scope(|s| {
        let task = spawn!(s; [shared = Ref::new(&boxed), factor] || *shared + factor);
        task.join().unwrap()
    });
    assert_eq!((*boxed, sum), (24, 27));
}

#[drust::test(nodes = 2)]
fn thousands_of_tasks_are_each_one_request_and_one_reply() {
    let (sum, counts) = stats::count(|| {
        let tasks: Vec<_> = (0..3_000_u64).map(|i| thread::spawn_on(on(1), (i,), |(i,)| i * 2)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).sum::<u64>()
    });
    assert_eq!((sum, counts.requests, counts.replies, counts.tasks), (2_999 * 3_000, 3_000, 3_000, 3_000));
}
