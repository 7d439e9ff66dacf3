//! The carrier of a simulated cluster: several nodes in one process, on one seed.
//!
//! Messages lie in queues of this process. Each takes a time of its own, so those of different pairs and lanes overtake
//! each other; those of one pair and lane do not. Partitions are read in place, as on `shm`, or by messages, as over a
//! network. Threads and clock are those of a world, in which a node may stop for a while, or die.
//!
//! # Contract
//!
//! 1. A message is due at the time it was given when it was sent; `poll` shows what is due, the earliest first. An
//!    alarm at that time rings the receiver's bell.
//! 2. A node that ends is lost to each other node a while later: what it had sent may arrive before that, after it, or
//!    not at all.
//! 3. Locks are taken in the order inbox, world; none is held where the baton is passed.

mod port;
mod random;
mod seat;
mod sentry;
mod world;

pub use seat::Adopted;
pub(crate) use seat::seat;
pub use world::{Ending, OnEnding};

use crate::Fabric;
use drust_proto::Rank;
use port::{Net, Port};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use world::World;

/// A partition of the process's memory, as its home has it.
#[derive(Clone, Copy, Debug)]
pub struct Partition {
    /// Where it starts (an exposed address).
    pub base: usize,
    /// Its length in bytes.
    pub len: usize,
}

/// What befalls a node.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It stands still for a while, as after SIGSTOP, and goes on.
    Stop {
        /// The node.
        node: u16,
        /// When, by the world's clock.
        at: Duration,
        /// For how long.
        lasts: Duration,
    },
    /// It ends without a word, as after SIGKILL.
    Kill {
        /// The node.
        node: u16,
        /// When, by the world's clock.
        at: Duration,
    },
}

/// A simulated cluster before it runs.
#[derive(Clone, Copy)]
pub struct Sim {
    world: &'static World,
    net: &'static OnceLock<Arc<Net>>,
    size: u16,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Sim {
    /// A cluster of `nodes` nodes whose runs `seed` decides. `on_ending` is told where it ends before its `main`, on
    /// the thread that ends last; a run of more than `most_steps` steps ends as stuck.
    ///
    /// What it is made of stays until the process ends.
    #[must_use]
    pub fn new(seed: u64, nodes: u16, most_steps: u64, on_ending: OnEnding) -> Sim {
        let net: &OnceLock<Arc<Net>> = Box::leak(Box::default());
        let on_exit = move |node| {
            if let Some(net) = net.get() {
                net.node_ended(node);
            }
        };
        Sim { world: World::new(seed, nodes, most_steps, on_ending, Box::new(on_exit)), net, size: nodes }
    }

    /// Runs `main` as the first thread of node 0, on the calling one. When it returns, no other thread of the cluster
    /// runs any more.
    pub fn run<R>(self, main: impl FnOnce() -> R) -> R {
        self.world.run(main)
    }

    /// Connects the nodes, one for each partition, which read each other's in place if `direct`; the seed decides where
    /// that is none. To be called once, inside [`Sim::run`].
    ///
    /// # Panics
    /// Where the number of partitions is not that of the nodes, or the nodes are connected already.
    #[must_use]
    pub fn connect(self, partitions: &[Partition], direct: Option<bool>) -> Vec<Arc<dyn Fabric>> {
        assert_eq!(partitions.len(), usize::from(self.size), "one partition for each node");
        let net = Net::new(self.world, partitions, direct);
        assert!(self.net.set(net.clone()).is_ok(), "a simulated cluster is connected once");
        (0..self.size).map(|rank| Arc::new(Port::new(net.clone(), Rank(rank))) as Arc<dyn Fabric>).collect()
    }

    /// Runs `body` with the calling thread, and the threads it starts, counted among those of `node`.
    pub fn on_node<R>(self, node: Rank, body: impl FnOnce() -> R) -> R {
        match seat() {
            Some(seat) => seat.on_node(node, body),
            None => body(),
        }
    }

    /// Makes the calling thread, which nobody of the cluster started, one of a node's, as long as the result lives;
    /// none where the run is over. When it gets its first turn is up to the system.
    #[must_use]
    pub fn adopt(self, node: Rank) -> Option<Adopted> {
        Adopted::new(self.world, node)
    }

    /// Has something befall a node.
    ///
    /// # Panics
    /// Where there is no such node.
    pub fn plan(self, fault: Fault) {
        let (Fault::Stop { node, .. } | Fault::Kill { node, .. }) = fault;
        assert!(node < self.size, "a fault of node {node} among {}", self.size);
        let world = self.world;
        match fault {
            Fault::Stop { node, at, lasts } => {
                world.set_alarm(at, move || world.stop(Rank(node), at.saturating_add(lasts)));
            }
            Fault::Kill { node, at } => world.set_alarm(at, move || world.kill(Rank(node))),
        }
    }

    /// Steps taken since the start, and the time that has passed by the world's clock.
    #[must_use]
    pub fn progress(self) -> (u64, Duration) {
        self.world.progress()
    }
}
