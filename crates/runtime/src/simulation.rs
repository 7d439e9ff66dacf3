//! A whole cluster in this process, on one seed: the same nodes as ever, on the simulated carrier and clock.
//!
//! The nodes share what a process has once: statics, the environment, the panic hook. A drust value that goes from one
//! node to another by a static is refused where it would be freed.

use crate::failure;
use crate::job::{self, Wishes, assemble, connected, find_image};
use crate::node::{self, Node};
use crate::plan::Plan;
use crate::task::message_of;
use drust_fabric::schedule;
use drust_fabric::sim::{Ending, Partition, Sim};
use drust_heap::space::{Backing, Space};
use drust_launch::Settings;
use drust_proto::job::exit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

pub use drust_fabric::sim::Fault;

/// Threads that a simulated node runs tasks on, unless somebody says otherwise: enough for them to meet.
const WORKERS: u32 = 2;
/// Bytes of heap that a simulated node may take, unless somebody says otherwise.
const HEAP: u64 = if cfg!(miri) { 16 << 20 } else { 1 << 30 };
/// How long a thread waits for another's copy before it looks again.
const WAIT: Duration = Duration::from_micros(50);
/// Steps after which a run is given up as one that never ends.
const MOST_STEPS: u64 = 100_000_000;
/// The stack of a simulated `main`: what Linux gives to that of a process.
const STACK: usize = 8 << 20;

/// A cluster to be simulated.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Nodes, at least 1.
    pub nodes: u16,
    /// What decides the run.
    pub seed: u64,
    /// Threads that each node runs tasks on.
    pub workers: u32,
    /// Bytes of heap that each node may take.
    pub heap: u64,
    /// Bytes that copies without pins may take on each node.
    pub copies: u64,
    /// Bytes that all copies may take on each node, those that are read included, and no fewer than `copies`; as much
    /// as the host has, if nothing is said.
    pub pinned: Option<u64>,
    /// Whether nodes read each other's memory in place, as on one host, or by messages, as over a network; the seed
    /// decides where nobody does.
    pub direct: Option<bool>,
    /// What befalls the nodes, by the simulated clock.
    pub faults: Vec<Fault>,
    /// Steps after which the run is given up as one that never ends.
    pub most_steps: u64,
}

impl Default for Simulation {
    /// Three nodes on seed 0, two workers each, without faults.
    fn default() -> Simulation {
        Simulation {
            nodes: 3,
            seed: 0,
            workers: WORKERS,
            heap: HEAP,
            copies: HEAP,
            pinned: None,
            direct: None,
            faults: Vec::new(),
            most_steps: MOST_STEPS,
        }
    }
}

/// How a simulated run ended, and what it took.
#[derive(Clone, Debug)]
pub struct Simulated<R> {
    /// How it ended.
    pub end: End<R>,
    /// Steps taken: points at which the baton might have passed, or the clock went on.
    pub steps: u64,
    /// What the simulated clock showed.
    pub time: Duration,
}

/// How a simulated run ended.
#[derive(Clone, Debug)]
pub enum End<R> {
    /// `main` returned.
    Returned(R),
    /// `main` panicked, with this message.
    Panicked(String),
    /// Every node ended, since one was lost.
    Lost {
        /// The one that was lost first.
        first: u16,
        /// The exit codes of those that exited, in the order in which they did.
        codes: Vec<(u16, i32)>,
    },
    /// Nobody could go on, or the run took too many steps: what each thread was doing.
    Stuck(String),
}

/// Simulates a cluster with `main` on node 0. What `main` returns may hold values of drust's: when it has returned, the
/// calling thread belongs to node 0, where such values are left as they are when dropped.
///
/// # Panics
/// Where this process has had a cluster before: it has one, ever; and where there is to be no node.
pub fn simulate<R: Send + 'static>(simulation: &Simulation, main: impl FnOnce() -> R + Send + 'static) -> Simulated<R> {
    assert!(simulation.nodes > 0, "a cluster has at least one node");
    settle();
    let (tell, told) = mpsc::channel();
    let tell_ending = tell.clone();
    let on_ending = move |ending| drop(tell_ending.send((end_of(ending), None)));
    let sim = Sim::new(simulation.seed, simulation.nodes, simulation.most_steps, Box::new(on_ending));
    let simulation = simulation.clone();
    let Simulation { workers, heap, copies, pinned, .. } = simulation;
    let (workers, heap, copies) = (Some(workers), Some(heap), Some(copies));
    let wishes = Wishes { workers, heap, copies, pinned, ..Wishes::default() };
    let life = move || {
        let main = || drive(sim, wishes, &simulation, main);
        let end = match catch_unwind(AssertUnwindSafe(main)) {
            Ok(result) => End::Returned(result),
            Err(payload) => End::Panicked(message_of(&*payload)),
        };
        let _ = tell.send((end, node::current()));
    };
    let thread = schedule::start(Some("main".into()), Some(STACK), life);
    thread.unwrap_or_else(|error| panic!("no thread for a simulated main: {error}"));
    let (end, first) = told.recv().unwrap_or_else(|_| unreachable!("a run tells of its end"));
    if let Some(first) = first {
        first.enter();
    }
    let (steps, time) = sim.progress();
    Simulated { end, steps, time }
}

fn end_of<R>(ending: Ending) -> End<R> {
    match ending {
        Ending::Stuck(who) => End::Stuck(who),
        Ending::Lost(ends) => End::Lost {
            first: ends.first().map_or(0, |(rank, _)| rank.0),
            codes: ends.iter().filter_map(|(rank, code)| Some((rank.0, (*code)?))).collect(),
        },
    }
}

/// Simulates the cluster that the environment asks for, with `main` on node 0. Ends the process where the cluster ends
/// before `main` does.
///
/// # Panics
/// Where `main` does, and where this process has had a cluster before.
pub(crate) fn run<R>(settings: &Settings, mut wishes: Wishes, nodes: u16, main: impl FnOnce() -> R) -> R {
    settle();
    let seed = settings.seed.unwrap_or(0);
    let on_ending = move |ending| {
        let (code, why) = said(&ending);
        failure::say(&format_args!("drust: simulated cluster, DRUST_SEED={seed}: {why}"));
        leave(code)
    };
    let sim = Sim::new(seed, nodes, MOST_STEPS, Box::new(on_ending));
    wishes.workers = wishes.workers.or(settings.workers);
    wishes.heap = wishes.heap.or(settings.heap);
    wishes.copies = wishes.copies.or(settings.copies);
    let simulation = Simulation { nodes, seed, ..Simulation::default() };
    drive(sim, wishes, &simulation, main)
}

fn settle() {
    assert!(node::settle_simulated(), "a process has one cluster, ever: simulate each in a process of its own");
}

#[expect(clippy::disallowed_methods, reason = "the whole cluster has ended, not one node")]
fn leave(code: i32) -> ! {
    std::process::exit(code)
}

/// The code of the first culprit, and what became of the cluster.
fn said(ending: &Ending) -> (i32, String) {
    match ending {
        Ending::Stuck(who) => (exit::BROKEN_RULE, format!("nobody can go on {who}")),
        Ending::Lost(ends) => {
            let code = ends.first().and_then(|(_, code)| *code).unwrap_or(exit::PEER_LOST);
            let list = ends.iter().map(|(rank, code)| match code {
                Some(code) => format!("node {rank} ended with code {code}"),
                None => format!("node {rank} was killed"),
            });
            (code, list.collect::<Vec<_>>().join(", then "))
        }
    }
}

/// Builds the nodes of a simulated cluster, and runs `main` on the first.
fn drive<R>(sim: Sim, mut wishes: Wishes, simulation: &Simulation, main: impl FnOnce() -> R) -> R {
    wishes.workers = wishes.workers.or(Some(simulation.workers));
    wishes.heap = wishes.heap.or(Some(simulation.heap));
    drust_heap::wait_by(|| schedule::sleep(WAIT));
    sim.run(|| {
        let plan = Plan::new(&Settings::default(), wishes, simulation.nodes);
        let first = build(sim, &plan, simulation);
        simulation.faults.iter().for_each(|&fault| sim.plan(fault));
        first.enter();
        first.fabric().host().enter();
        job::lead(first, wishes, main)
    })
}

/// The nodes, connected; the first of them.
fn build(sim: Sim, plan: &Plan, simulation: &Simulation) -> &'static Node {
    let spaces: Vec<_> = (0..simulation.nodes).map(|_| plan.partition(Backing::Private)).collect();
    let partition = |space: &Space| Partition { base: space.base().expose_provenance(), len: space.len() };
    let image = find_image();
    let fabrics = sim.connect(&spaces.iter().map(partition).collect::<Vec<_>>(), simulation.direct);
    let nodes: Vec<_> =
        spaces.into_iter().zip(fabrics).map(|(space, fabric)| assemble(plan, space, fabric, image.clone())).collect();
    for &node in &nodes {
        sim.on_node(node.rank(), || connected(node));
    }
    let first = nodes[0];
    node::simulated(sim, nodes);
    first
}
