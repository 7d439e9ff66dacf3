//! What differs between carriers: how nodes are made, what their threads are, how one dies.

use crate::{shm_support, tcp_support};
use drust_fabric::sim::{self, Fault, Partition};
use drust_fabric::{Fabric, Lane, Message, Word, schedule};
use drust_proto::Rank;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// The length of every partition; its first byte is its node's rank plus 1.
pub const PARTITION: usize = shm_support::PARTITION;
/// Steps after which a simulated test is given up.
const MOST_STEPS: u64 = 20_000_000;
/// Seeds on which each test is simulated.
const SEEDS: u64 = 12;

/// A carrier under test.
pub trait Carrier {
    /// Runs `test` on connected nodes, once for each way in which this carrier may behave.
    fn run(nodes: u16, test: fn(&mut Cluster));
}

/// What a carrier does in its own way once its nodes are connected. The defaults suit nodes made of real threads.
trait Ways {
    /// Runs `start`, which starts a thread of node `rank`.
    fn on_node(&self, _rank: Rank, start: &mut dyn FnMut()) {
        start();
    }

    /// The length of messages of which a thousand are more than a lane holds that nobody reads.
    fn ample(&self) -> usize {
        100
    }

    /// Ends a node without a farewell.
    fn kill(&self, node: Arc<dyn Fabric>) {
        assert_eq!(Arc::strong_count(&node), 1, "the test holds on to a node that is to die");
    }
}

/// Connected nodes.
pub struct Cluster {
    nodes: Vec<Option<Arc<dyn Fabric>>>,
    ways: Box<dyn Ways>,
}

impl Cluster {
    fn new(nodes: Vec<Arc<dyn Fabric>>, ways: Box<dyn Ways>) -> Cluster {
        Cluster { nodes: nodes.into_iter().map(Some).collect(), ways }
    }

    pub fn node(&self, rank: u16) -> Arc<dyn Fabric> {
        self.nodes[usize::from(rank)].clone().expect("it lives")
    }

    /// The length of messages of which a thousand are more than a lane holds that nobody reads.
    pub fn ample(&self) -> usize {
        self.ways.ample()
    }

    /// Lets time pass in which every living node looks for news, and drops what messages come.
    pub fn stir(&self) {
        for node in self.nodes.iter().flatten() {
            node.poll(&mut |_, _, _| ());
        }
        schedule::yield_now();
    }

    /// Starts a thread of a node.
    pub fn start(&self, rank: u16, body: impl FnOnce(&dyn Fabric) + Send + 'static) -> Running {
        let node = self.node(rank);
        let end = Arc::<End>::default();
        let mut life = Some((body, Ending(end.clone())));
        let mut thread = None;
        self.ways.on_node(Rank(rank), &mut || {
            let node = node.clone();
            let (body, ending) = life.take().expect("started once");
            let started = schedule::start(None, None, move || {
                let _ending = ending;
                body(&*node);
                drop(node);
            });
            thread = Some(started.expect("the system gives a thread"));
        });
        Running { end, thread: thread.expect("it was started") }
    }

    /// Ends a node without a farewell; the test must not hold on to it, nor wait for its threads.
    pub fn kill(&mut self, rank: u16) {
        let node = self.nodes[usize::from(rank)].take().expect("it lives");
        self.ways.kill(node);
    }
}

/// A thread of a node, to be joined.
pub struct Running {
    end: Arc<End>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct End {
    over: AtomicBool,
    word: Word,
}

/// Says that a thread is over, also when it panics.
struct Ending(Arc<End>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
        self.0.word.bump();
        self.0.word.wake_all();
    }
}

impl Running {
    pub fn is_over(&self) -> bool {
        self.end.over.load(Ordering::SeqCst)
    }

    /// Waits for the thread's end, in whichever world it is.
    pub fn join(self) {
        loop {
            let seen = self.end.word.load();
            if self.is_over() {
                break;
            }
            self.end.word.wait(seen, None);
        }
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
}

/// Time for whatever must not happen to happen. Nothing that must happen waits for it.
pub fn a_while() {
    schedule::sleep(Duration::from_millis(20));
}

/// A message's bytes.
pub fn bytes(message: &Message<'_>) -> Vec<u8> {
    // SAFETY: every message of these tests is sent from initialised bytes.
    unsafe { message.initialised(0..message.len()) }.to_vec()
}

/// Polls until `count` messages have come.
pub fn receive(node: &dyn Fabric, count: usize) -> Vec<(Rank, Lane, Vec<u8>)> {
    let mut got = Vec::new();
    while got.len() < count {
        if node.poll(&mut |from, lane, message| got.push((from, lane, bytes(&message)))) == 0 {
            schedule::yield_now();
        }
    }
    assert_eq!(got.len(), count);
    got
}

/// Nodes connected by rings of shared memory.
pub struct Shm;

impl Ways for Shm {}

impl Carrier for Shm {
    fn run(nodes: u16, test: fn(&mut Cluster)) {
        let nodes = shm_support::join_all(nodes, |_| ()).into_iter();
        let nodes = nodes.map(|node| Arc::new(node.expect("joined")) as Arc<dyn Fabric>).collect();
        test(&mut Cluster::new(nodes, Box::new(Shm)));
    }
}

/// Nodes connected over loopback.
pub struct Tcp;

impl Ways for Tcp {
    /// The system's buffers take some megabytes.
    fn ample(&self) -> usize {
        32 << 10
    }
}

impl Carrier for Tcp {
    fn run(nodes: u16, test: fn(&mut Cluster)) {
        connected(nodes, false, test);
    }
}

/// As [`Tcp`], encrypted.
pub struct TcpEncrypted;

impl Carrier for TcpEncrypted {
    fn run(nodes: u16, test: fn(&mut Cluster)) {
        connected(nodes, true, test);
    }
}

fn connected(nodes: u16, encrypt: bool, test: fn(&mut Cluster)) {
    let nodes = tcp_support::join_all(nodes, |config| config.encrypt = encrypt).into_iter();
    let nodes = nodes.map(|node| Arc::new(node.expect("joined")) as Arc<dyn Fabric>).collect();
    test(&mut Cluster::new(nodes, Box::new(Tcp)));
}

/// A node of its own.
pub struct Solo;

impl Ways for Solo {}

impl Carrier for Solo {
    fn run(nodes: u16, test: fn(&mut Cluster)) {
        assert_eq!(nodes, 1);
        test(&mut Cluster::new(vec![Arc::new(drust_fabric::Solo::new())], Box::new(Solo)));
    }
}

/// Simulated nodes. The test is a thread of node 0.
pub struct Sim(sim::Sim);

impl Ways for Sim {
    fn on_node(&self, rank: Rank, start: &mut dyn FnMut()) {
        self.0.on_node(rank, start);
    }

    fn kill(&self, node: Arc<dyn Fabric>) {
        self.0.plan(Fault::Kill { node: node.rank().0, at: self.0.progress().1 });
    }
}

impl Carrier for Sim {
    fn run(nodes: u16, test: fn(&mut Cluster)) {
        (0..SEEDS).for_each(|seed| simulate(seed, nodes, test));
    }
}

fn simulate(seed: u64, nodes: u16, test: fn(&mut Cluster)) {
    let (tell, told) = mpsc::channel();
    let tell_ending = tell.clone();
    let on_ending = Box::new(move |ending| drop(tell_ending.send(Err(ending))));
    let sim = sim::Sim::new(seed, nodes, MOST_STEPS, on_ending);
    let life = move || {
        let partitions: Vec<Partition> = (1..=nodes).map(partition).collect();
        let run = || sim.run(|| test(&mut Cluster::new(sim.connect(&partitions, Some(true)), Box::new(Sim(sim)))));
        let _ = tell.send(Ok(catch_unwind(AssertUnwindSafe(run))));
    };
    schedule::start(None, None, life).expect("the system gives a thread");
    match told.recv().expect("a run tells of its end") {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => {
            println!("simulated on seed {seed}");
            resume_unwind(panic);
        }
        Err(ending) => panic!("simulated on seed {seed}: {ending:?}"),
    }
}

/// Memory that stays, as a simulated cluster does.
fn partition(mark: u16) -> Partition {
    let memory = Vec::leak(vec![0_u8; PARTITION]);
    memory[0] = mark as u8;
    Partition { base: memory.as_mut_ptr().expose_provenance(), len: PARTITION }
}
