//! A program of three nodes whose life the tests in `life.rs` end in many ways, told by its argument.

use drust::{Box, Portable, RefMut, node, thread};
use std::io::Write;
use std::time::Duration;

#[derive(Portable)]
struct Lost {
    inner: Option<Box<Lost>>,
}

fn main() {
    let way = std::env::args().nth(1).unwrap_or_default();
    drust::Builder::new().nodes(3).report_leaks(true).run(move || live(&way));
}

/// Runs on rank 0, when data is spread over all nodes and each has said which process it is.
fn live(way: &str) {
    let nodes: Vec<_> = node::all().collect();
    let spread: Vec<Box<[u64; 512]>> =
        nodes.iter().map(|&node| thread::spawn_on(node, (), |()| Box::new([3; 512])).join().unwrap()).collect();
    let sum: u64 = spread.iter().map(|part| part[7]).sum();
    say_ready(&nodes, sum);
    match way {
        "success" => {}
        "exit" => std::process::exit(7),
        "panic" => panic!("as asked, in main"),
        "panic in task" => {
            thread::spawn_on(nodes[1], (), |()| -> u64 { panic!("as asked, in a task") }).join().map(drop).unwrap()
        }
        "exit in task" => thread::spawn_on(nodes[2], (), |()| std::process::exit(9)).join().unwrap(),
        "abort in task" => thread::spawn_on(nodes[2], (), |()| std::process::abort()).join().unwrap(),
        "leak" => leak(&nodes),
        "wait" => wait(&nodes),
        other => panic!("{other:?} is no way to end"),
    }
}

fn say_ready(nodes: &[node::NodeId], sum: u64) {
    let pids =
        nodes.iter().map(|&node| thread::spawn_on(node, (), |()| std::process::id()).join().unwrap().to_string());
    let pids: Vec<_> = pids.collect();
    let job = std::env::var("DRUST_JOB").unwrap_or_default();
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready {job} {sum} {}", pids.join(" ")).expect("somebody reads");
    out.flush().expect("somebody reads");
}

fn leak(nodes: &[node::NodeId]) {
    std::mem::forget(Box::new(5_u64));
    let lost = thread::spawn_on(nodes[1], (), |()| Box::new(Lost { inner: Some(Box::new(Lost { inner: None })) }));
    let lost = lost.join().unwrap();
    assert!(lost.inner.as_ref().is_some_and(|inner| inner.inner.is_none()));
    std::mem::forget(lost);
}

/// Blocked in a join and in a scope, with something lent, for ever.
fn wait(nodes: &[node::NodeId]) {
    let mut own = Box::new(1_u64);
    thread::scope(|s| {
        for &node in nodes {
            s.spawn_on(node, (), |()| thread::sleep(Duration::from_secs(3600)));
        }
        s.spawn_on(nodes[1], (RefMut::new(&mut own),), |(mut own,)| {
            **own += 1;
            thread::sleep(Duration::from_secs(3600));
        });
    });
}
