//! Clusters for tests: each test in processes of its own, or simulated in one, started from the test binary itself.

use crate::job::{self, Wishes};
use crate::query::Live;
use crate::{interpreted, node, simulation};
use drust_launch::environment::SEED;
use drust_launch::{Carrier, JobEnd, Launch, Output, Settings, launch_local};
use std::sync::atomic::{AtomicBool, Ordering};

static LEAKS_ALLOWED: AtomicBool = AtomicBool::new(false);

/// What a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    /// Processes of this host, connected as the environment says or else by shared memory.
    Processes,
    /// Processes connected by shared memory.
    Shm,
    /// Processes connected over the network's loopback.
    Tcp,
    /// Nodes simulated in one process, on this seed.
    Simulated(u64),
}

/// Lets the running test end with live objects in the heap: it forgets some on purpose.
pub fn allow_leaks() {
    LEAKS_ALLOWED.store(true, Ordering::Relaxed);
}

/// Runs the test `name`, a path with the crate's name in front, on `nodes` nodes.
///
/// The test process starts as many children of the same binary, each told to run this test alone; in them this function
/// is reached again, and runs `body` on rank 0.
///
/// # Panics
/// Where the test fails on any node, or leaves live objects in the heap.
pub fn run(name: &str, nodes: u16, on: On, body: impl FnOnce() + Send + 'static) {
    let settings = Settings::from_env().map(|(settings, _)| settings).unwrap_or_default();
    if cfg!(miri) {
        return interpreted::run(&settings, nodes, body);
    }
    let checked = || {
        body();
        check_leaks(&[]);
    };
    match (settings.membership.is_some(), on) {
        (false, On::Processes) => launch(name, nodes, carrier(&settings), None),
        (false, On::Shm) => launch(name, nodes, Carrier::Shm, None),
        (false, On::Tcp) => launch(name, nodes, Carrier::Tcp, None),
        // The user's own seed goes before the test's, so that others can be tried.
        (false, On::Simulated(seed)) => launch(name, 1, Carrier::Shm, Some(settings.seed.unwrap_or(seed))),
        (true, On::Simulated(_)) => simulation::run(&settings, Wishes::default(), nodes, checked),
        (true, _) => job::run(Wishes::default(), checked),
    }
}

/// What connects the processes of a test: what the user asks for, where that is one for processes.
fn carrier(settings: &Settings) -> Carrier {
    settings.carrier.filter(|&carrier| carrier != Carrier::Sim).unwrap_or(Carrier::Shm)
}

/// Starts the processes and waits for them.
fn launch(name: &str, processes: u16, carrier: Carrier, seed: Option<u64>) {
    let name = name.split_once("::").map_or(name, |(_, name)| name);
    let mut launch = Launch { carrier, ..Launch::new(processes, "/proc/self/exe") };
    launch.env.extend(seed.map(|seed| (SEED.into(), seed.to_string().into())));
    launch.arg0 = std::env::args_os().next();
    launch.args = ["--exact", name, "--nocapture", "--include-ignored", "--test-threads=1"].map(Into::into).to_vec();
    launch.output = Output::Capture;
    let end = launch_local(launch).unwrap_or_else(|error| panic!("the nodes could not be started: {error}"));
    // Children that found no test of that name would all end well.
    let ran = end.outputs.first().is_some_and(|output| String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    let simulated = seed.map(|seed| format!("simulated with {SEED}={seed}; ")).unwrap_or_default();
    assert!(end.code == 0 && end.culprit.is_none() && ran, "{simulated}{end}\n{}", said(&end));
}

/// What the nodes wrote, each line with its rank in front.
fn said(end: &JobEnd) -> String {
    let mut said = String::new();
    for (rank, output) in end.outputs.iter().enumerate() {
        for stream in [&output.stdout, &output.stderr] {
            for line in String::from_utf8_lossy(stream).lines() {
                said.push_str(&format!("[{rank}] {line}\n"));
            }
        }
    }
    said
}

/// Fails the test if other objects live than those that lived `before`.
pub(crate) fn check_leaks(before: &[Live]) {
    let live = node::here().live();
    if !LEAKS_ALLOWED.swap(false, Ordering::Relaxed) && live != before {
        let list: Vec<_> = live.iter().map(ToString::to_string).collect();
        panic!("the test left objects in the heap: {}", list.join("; "));
    }
}
