//! Clusters for tests under Miri, where there is one process: its tests share one cluster, one after the other.
//!
//! Whether that is a single node, whose threads run at the same time, or several simulated ones, the environment says.

use crate::job::Wishes;
use crate::testing::check_leaks;
use crate::{node, simulation};
use drust_launch::{Carrier, Settings};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock, mpsc};

/// Runs a test that asks for `nodes` nodes.
///
/// # Panics
/// Where the test fails or leaves live objects in the heap, or asks for more or fewer nodes than the one before it.
pub(crate) fn run(settings: &Settings, nodes: u16, body: impl FnOnce() + Send + 'static) {
    let checked = move || {
        let before = node::here().live();
        body();
        check_leaks(&before);
    };
    match settings.carrier {
        Some(Carrier::Sim) => Cluster::of_process(settings, nodes).run(Box::new(checked)),
        Some(Carrier::Shm | Carrier::Tcp) | None => checked(),
    }
}

/// Simulated nodes whose `main` runs tests.
struct Cluster {
    nodes: u16,
    turns: Mutex<mpsc::Sender<Turn>>,
}

/// A test, and who waits for its end.
struct Turn {
    test: Box<dyn FnOnce() + Send>,
    done: mpsc::Sender<Result<(), Box<dyn Any + Send>>>,
}

impl Cluster {
    fn of_process(settings: &Settings, nodes: u16) -> &'static Cluster {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| Cluster::start(settings.clone(), nodes));
        assert!(cluster.nodes == nodes, "a process has one cluster: run tests of {nodes} nodes in another");
        cluster
    }

    /// The cluster waits for tests, with the baton in hand, until the process ends.
    #[expect(clippy::disallowed_methods, reason = "the thread becomes the main thread of the simulated cluster")]
    fn start(settings: Settings, nodes: u16) -> Cluster {
        let (send, receive) = mpsc::channel::<Turn>();
        std::thread::spawn(move || {
            simulation::run(&settings, Wishes::default(), nodes, || {
                for Turn { test, done } in receive {
                    let _ = done.send(catch_unwind(AssertUnwindSafe(test)));
                }
            });
        });
        Cluster { nodes, turns: Mutex::new(send) }
    }

    fn run(&self, test: Box<dyn FnOnce() + Send>) {
        let (done, end) = mpsc::channel();
        let turns = self.turns.lock().expect("no panic under this lock");
        turns.send(Turn { test, done }).expect("the cluster waits for tests");
        drop(turns);
        if let Err(panic) = end.recv().expect("a test ends") {
            std::panic::resume_unwind(panic);
        }
    }
}
