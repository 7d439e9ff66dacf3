//! Nodes in processes of their own: the test binary runs itself again as the other node.

use crate::client::{Client, echo};
use crate::support::{config, job, partition};
use drust_fabric::shm::{self, Config, Shm};
use drust_fabric::{Cause, Fabric, Lane, Lost, Mode, Part, Waiter};
use drust_proto::Rank;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

const ROLE: &str = "FABRIC_TEST_ROLE";
const JOB: &str = "FABRIC_TEST_JOB";
const ONE: Rank = Rank(1);
const TWO: Rank = Rank(2);
/// The silence after which the other processes lose a node.
const LIMIT: Duration = Duration::from_secs(1);

/// Another process of this binary; killed at the latest when dropped.
struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(role: &str, job: &str, output: Stdio) -> Other {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "processes::other_process", "--nocapture"]).env(ROLE, role).env(JOB, job);
    Other(command.stdout(output).spawn().unwrap())
}

fn join(job: &str, rank: u16, size: u16, launcher: Option<u32>, heartbeat: Duration) -> Shm {
    let partition = partition(0);
    let mut config = config(job, rank, size, &partition);
    config.launcher = launcher;
    config.heartbeat = heartbeat;
    shm::join(&config).unwrap()
}

fn with_other(role: &str) -> (Shm, Other, mpsc::Receiver<Lost>) {
    let job = job();
    let other = start(role, &job, Stdio::null());
    let node = join(&job, 0, 2, None, Config::HEARTBEAT);
    let (send, receive) = mpsc::channel();
    node.on_lost(Box::new(move |lost| send.send(lost).unwrap()));
    (node, other, receive)
}

/// What the other process does; nothing in an ordinary run of the tests.
#[test]
fn other_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let job = std::env::var(JOB).unwrap();
    let parent = rustix::process::getppid().unwrap().as_raw_nonzero().get() as u32;
    if role == "middle" {
        let _below = start("below", &job, Stdio::inherit());
        loop {
            std::thread::park();
        }
    }
    let (rank, size) = match role.as_str() {
        "below" => (0, 1),
        "first of three" => (1, 3),
        "second of three" => (2, 3),
        _ => (1, 2),
    };
    let node = Arc::new(join(&job, rank, size, Some(parent), LIMIT));
    let own = Arc::downgrade(&node);
    node.on_lost(Box::new(move |lost| {
        if let Some(node) = own.upgrade() {
            node.announce(&lost);
        }
        println!("\n{lost}");
        std::process::exit(3)
    }));
    match role.as_str() {
        "echo" | "first of three" | "second of three" => {
            let echo = echo(node);
            echo.wait(&Waiter::new(), None);
        }
        "leave" => node.farewell(),
        "below" => {
            println!("\nready");
            loop {
                std::thread::park();
            }
        }
        _ => loop {
            std::thread::park();
        },
    }
}

#[test]
fn round_trips_between_processes_until_one_is_killed() {
    let (node, mut other, lost) = with_other("echo");
    let node = Arc::new(node);
    let client = Client::new(node.clone());
    let waiter = Waiter::new();
    (0..10_000).for_each(|number| client.ask(number, &waiter));
    assert_eq!(node.lost(), []);
    other.0.kill().unwrap();
    let expected = Lost::seen(ONE, Cause::Closed);
    assert_eq!(lost.recv().unwrap(), expected);
    assert_eq!(node.lost(), std::slice::from_ref(&expected));
    assert_eq!(node.send(ONE, Lane::Small, &[], Mode::Defer), Err(expected));
}

#[test]
fn a_blocked_sender_learns_of_its_peers_death() {
    let (node, mut other, _lost) = with_other("idle");
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let long = vec![1; 100_000];
            node.send(ONE, Lane::Bulk, &[Part::from(&long[..])], Mode::Block)
        });
        while node.sent(ONE).messages == 0 {
            std::thread::yield_now();
        }
        other.0.kill().unwrap();
        assert_eq!(sender.join().unwrap(), Err(Lost::seen(ONE, Cause::Closed)));
    });
}

/// Two others, which lose whoever is silent for [`LIMIT`] and print whom, and this node.
fn with_two_others(heartbeat: Duration) -> (Arc<Shm>, [Other; 2], mpsc::Receiver<Lost>) {
    let job = job();
    let others = ["first of three", "second of three"].map(|role| start(role, &job, Stdio::piped()));
    let node = Arc::new(join(&job, 0, 3, None, heartbeat));
    // Who answers has joined all others.
    for rank in [ONE, TWO] {
        node.send(rank, Lane::Small, &[], Mode::Block).unwrap();
        while node.poll(&mut |_, _, _| ()) == 0 {
            std::thread::yield_now();
        }
    }
    let (send, receive) = mpsc::channel();
    node.on_lost(Box::new(move |lost| drop(send.send(lost))));
    (node, others, receive)
}

fn signal(other: &Other, signal: Signal) {
    kill_process(Pid::from_child(&other.0), signal).expect("it is our child");
}

/// Stops a process; when this returns, all its threads stand still.
fn freeze(other: &Other) {
    signal(other, Signal::STOP);
    let threads = format!("/proc/{}/task", other.0.id());
    let stopped = |thread: PathBuf| {
        let stat = std::fs::read_to_string(thread.join("stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    };
    while !std::fs::read_dir(&threads).expect("it runs").flatten().all(|thread| stopped(thread.path())) {
        std::thread::yield_now();
    }
}

#[test]
fn a_stopped_process_falls_silent_and_a_busy_one_does_not() {
    let (_node, mut others, lost) = with_two_others(LIMIT);
    let stop = Arc::new(AtomicBool::new(false));
    // Far more threads than cores, which never sleep.
    let busy = (0..32).map(|_| {
        let stop = stop.clone();
        std::thread::spawn(move || while !stop.load(Ordering::Relaxed) {})
    });
    let busy: Vec<_> = busy.collect();
    assert_eq!(lost.recv_timeout(2 * LIMIT), Err(RecvTimeoutError::Timeout));
    freeze(&others[1]);
    // The other one sees the same, sooner or later than this node, says so and ends.
    let first = lost.recv().unwrap();
    assert_eq!((first.rank, first.cause), (TWO, Cause::Silent(LIMIT)));
    assert_eq!(lost.recv().unwrap(), Lost::seen(ONE, Cause::Closed));
    assert_eq!(others[0].0.wait().unwrap().code(), Some(3));
    stop.store(true, Ordering::Relaxed);
    busy.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn who_was_stopped_with_others_blames_none_of_them() {
    let (node, others, lost) = with_two_others(20 * LIMIT);
    others.iter().for_each(freeze);
    std::thread::sleep(LIMIT * 3 / 2);
    signal(&others[0], Signal::CONT);
    // The first looks at the second, which has not beaten for longer than the limit.
    std::thread::sleep(LIMIT / 2);
    signal(&others[1], Signal::CONT);
    assert_eq!(lost.recv_timeout(2 * LIMIT), Err(RecvTimeoutError::Timeout));
    Client::new(node).ask(0, &Waiter::new());
}

#[test]
fn who_looks_late_blames_the_first_culprit_and_not_its_witness() {
    let (witness, [mut culprit, mut late], lost) = with_two_others(20 * LIMIT);
    freeze(&late);
    culprit.0.kill().unwrap();
    let seen = lost.recv().unwrap();
    assert_eq!(seen, Lost::seen(ONE, Cause::Closed));
    witness.announce(&seen);
    drop(witness);
    signal(&late, Signal::CONT);
    let mut said = String::new();
    late.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(late.0.wait().unwrap().code(), Some(3));
    let expected = Lost { by: Some(Rank(0)), ..seen }.to_string();
    assert!(said.lines().any(|line| line == expected), "{said}");
}

#[test]
fn a_farewell_is_told_from_a_death() {
    let (node, mut other, lost) = with_other("leave");
    assert!(other.0.wait().unwrap().success());
    let gone = loop {
        match node.send(ONE, Lane::Small, &[], Mode::Defer) {
            Ok(()) => std::thread::yield_now(),
            Err(gone) => break gone,
        }
    };
    assert_eq!(gone, Lost::seen(ONE, Cause::Departed));
    assert_eq!(lost.recv().unwrap(), gone);
    assert_eq!(node.lost(), [gone]);
}

#[test]
fn a_node_dies_with_its_launcher() {
    let mut middle = start("middle", &job(), Stdio::piped());
    let mut output: BufReader<ChildStdout> = BufReader::new(middle.0.stdout.take().unwrap());
    let mut line = String::new();
    while line != "ready\n" {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "the node below did not start");
    }
    middle.0.kill().unwrap();
    // The pipe ends when the last process that holds it does.
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
}
