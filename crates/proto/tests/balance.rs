//! Storms of a cluster that gives tasks to idle nodes by the rules of `balance`: no room is left unused for good while
//! tasks wait, and each rule that sees to that, planted broken, is found.

use drust_proto::Rank;
use drust_proto::balance::{Known, Load, Pace, neediest};
use std::collections::VecDeque;

const NODES: usize = 4;
const WORKERS: usize = 2;

/// What is broken on purpose.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Plant {
    Nothing,
    /// A node that has room does not tell those whom it has told otherwise.
    SilentIdle,
    /// It does so when it has less to do, but not when a task comes that a peer counts besides.
    SilentGuest,
    /// What a node tells a peer holds the peer's own tasks too, which the peer counts again.
    GuestsTold,
    /// A completion does not take the task off what was given.
    NeverReturned,
}

enum Message {
    Task { home: usize },
    Done(Load),
    Idle(Load),
}

#[derive(Default)]
struct Node {
    /// Tasks that wait and that run, by the node that each completes to.
    waiting: VecDeque<usize>,
    running: Vec<usize>,
}

struct Cluster {
    nodes: Vec<Node>,
    known: Vec<Vec<Known>>,
    /// What is under way, by receiver and sender, in order.
    lanes: Vec<Vec<VecDeque<Message>>>,
    ended: usize,
    plant: Plant,
    state: u64,
}

impl Cluster {
    fn new(seed: u64, plant: Plant) -> Cluster {
        Cluster {
            nodes: (0..NODES).map(|_| Node::default()).collect(),
            known: vec![vec![Known::new(WORKERS); NODES]; NODES],
            lanes: (0..NODES).map(|_| (0..NODES).map(|_| VecDeque::new()).collect()).collect(),
            ended: 0,
            plant,
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 16) as usize % sides
    }

    fn load(&self, node: usize) -> Load {
        Load::new(self.nodes[node].waiting.len() + self.nodes[node].running.len(), WORKERS)
    }

    fn tell(&mut self, from: usize, to: usize) -> Load {
        let own = self.load(from);
        let said = self.known[from][to].say(own);
        if self.plant == Plant::GuestsTold { own } else { said }
    }

    fn begin(&mut self, node: usize) {
        let Node { waiting, running } = &mut self.nodes[node];
        while running.len() < WORKERS
            && let Some(task) = waiting.pop_front()
        {
            running.push(task);
        }
    }

    fn end(&mut self, node: usize) {
        if self.nodes[node].running.is_empty() {
            return;
        }
        let which = self.roll(self.nodes[node].running.len());
        let home = self.nodes[node].running[which];
        // As a task that ends sends its completion: it is still counted, on both sides of what is told.
        if home == node {
            self.ended += 1;
        } else {
            let load = self.tell(node, home);
            self.known[node][home].completed();
            self.lanes[home][node].push_back(Message::Done(load));
        }
        self.nodes[node].running.swap_remove(which);
        self.begin(node);
        self.rest(node);
    }

    /// A node that has room tells those who think otherwise.
    fn rest(&mut self, node: usize) {
        let own = self.load(node);
        let misled = |peer: &usize| *peer != node && self.known[node][*peer].is_misled(own);
        for peer in (0..NODES).filter(misled).collect::<Vec<_>>() {
            if self.plant != Plant::SilentIdle {
                let load = self.tell(node, peer);
                self.lanes[peer][node].push_back(Message::Idle(load));
            }
        }
    }

    /// Gives what is spare while somebody is known to have room.
    fn give(&mut self, node: usize) -> bool {
        let known = &self.known[node];
        let Some(peer) = neediest(Rank(node as u16), NODES as u16, |rank| known[usize::from(rank.0)].load()) else {
            return false;
        };
        let to = usize::from(peer.0);
        let spare = self.nodes[node].waiting.len();
        let count = Pace::default().allot(spare, WORKERS as u16, known[to].load());
        for _ in 0..count {
            let home = self.nodes[node].waiting.pop_back().expect("no more than is spare");
            assert_eq!(home, node, "only a node's own tasks are given in this storm");
            self.known[node][to].gave();
            self.lanes[to][node].push_back(Message::Task { home });
        }
        count > 0
    }

    fn receive(&mut self, node: usize, from: usize) -> bool {
        let Some(message) = self.lanes[node][from].pop_front() else { return false };
        match message {
            Message::Task { home } => {
                self.known[node][from].received();
                self.nodes[node].running.push(home);
                if self.plant != Plant::SilentGuest {
                    self.rest(node);
                }
            }
            Message::Done(load) => {
                if self.plant != Plant::NeverReturned {
                    self.known[node][from].returned();
                }
                self.known[node][from].heard(load);
                self.ended += 1;
            }
            Message::Idle(load) => self.known[node][from].heard(load),
        }
        true
    }

    /// Delivers and gives until nothing more happens, with no task ending.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for node in 0..NODES {
                self.begin(node);
                moved |= (0..NODES).any(|from| self.receive(node, from));
                moved |= self.give(node);
            }
            if !moved {
                return;
            }
        }
    }

    /// Whether tasks wait somewhere while workers somewhere else have nothing to do.
    fn wastes(&self) -> bool {
        let waits = self.nodes.iter().any(|node| !node.waiting.is_empty());
        waits && (0..NODES).any(|node| self.load(node).free() > 0)
    }
}

/// Whether room is ever left unused in a storm.
fn storm(seed: u64, plant: Plant) -> bool {
    let mut cluster = Cluster::new(seed, plant);
    let mut spawned = 0;
    for _ in 0..400 {
        let (node, from) = (cluster.roll(NODES), cluster.roll(NODES));
        match cluster.roll(8) {
            0 => {
                let burst = cluster.roll(9);
                spawned += burst;
                cluster.nodes[node].waiting.extend(std::iter::repeat_n(node, burst));
                cluster.begin(node);
            }
            1 | 2 => cluster.end(node),
            3 => drop(cluster.give(node)),
            7 if cluster.roll(4) == 0 => {
                cluster.settle();
                if cluster.wastes() {
                    return true;
                }
            }
            _ => drop(cluster.receive(node, from)),
        }
    }
    for _ in 0..2 * spawned {
        cluster.settle();
        if cluster.wastes() {
            return true;
        }
        (0..NODES).for_each(|node| cluster.end(node));
    }
    cluster.settle();
    assert_eq!(cluster.ended, spawned, "each task ends once, seed {seed}");
    false
}

#[test]
fn no_room_is_left_unused_while_tasks_wait() {
    for seed in 1..=300 {
        assert!(!storm(seed, Plant::Nothing), "seed {seed}");
    }
}

#[test]
fn each_rule_that_sees_to_it_is_needed() {
    for plant in [Plant::SilentIdle, Plant::SilentGuest, Plant::GuestsTold, Plant::NeverReturned] {
        assert!((1..=300).any(|seed| storm(seed, plant)), "{plant:?}");
    }
}
