//! Other ways to share memory between nodes, to be measured beside drust: a [`directory`] of who caches which line, and
//! [`delegation`] of every access to the home.
//!
//! Both go over the carriers that drust goes over and wait as its runtime waits ([`drust_fabric::Progress`]); a node is
//! a process, started by [`Cluster`], which tells node 0 by a pipe what to do. They know nothing of drust's heap: what
//! a node is home to is ordinary memory, since nobody but the home itself touches it. They have what the loads of
//! [`crate::load`] need and nothing else: no allocation, no eviction, no failures.

pub mod delegation;
pub mod directory;
mod post;
#[cfg(test)]
mod tests;

use crate::link::join;
use crate::load::{Load, Outcome, Share, Subject, System};
use crate::wire::{Wire, free_port};
use clap::ValueEnum;
use post::Post;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which rival.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Kind {
    /// A directory at the home of each line.
    Directory,
    /// Every access is sent to the home.
    Delegation,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Directory, Kind::Delegation];

    /// As it stands in keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Directory => "directory",
            Kind::Delegation => "delegation",
        }
    }
}

/// One node of a rival.
trait Node: Send + Sync {
    /// Works at a load until its time is over.
    fn work(&self, load: &Load) -> Share;

    /// The updates that what this node is home to has seen.
    fn updates(&self, subject: Subject) -> u64;
}

/// What node 0 is told by the pipe, and tells the others.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Order {
    Work(Load),
    CountUpdates(Subject),
    End,
}

/// What a node answers.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Done(Share),
    Updates(u64),
}

fn node_of(kind: Kind, post: &Arc<Post>) -> Arc<dyn Node> {
    match kind {
        Kind::Directory => directory::Directory::start(post),
        Kind::Delegation => delegation::Delegation::start(post),
    }
}

fn answer(node: &dyn Node, order: &Order) -> Option<Answer> {
    match order {
        Order::Work(load) => Some(Answer::Done(node.work(load))),
        Order::CountUpdates(subject) => Some(Answer::Updates(node.updates(*subject))),
        Order::End => None,
    }
}

/// What another node than the first does: what it is told, until the end.
fn follow(kind: Kind, post: &Arc<Post>) {
    let node = node_of(kind, post);
    while let Some(answer) = answer(&*node, &post.order()) {
        post.report(&answer);
    }
    post.leave();
}

/// The first node, which tells the others.
struct First {
    post: Arc<Post>,
    node: Arc<dyn Node>,
}

impl First {
    fn new(kind: Kind, post: Arc<Post>) -> First {
        First { node: node_of(kind, &post), post }
    }

    /// Has all nodes do it; what all of them did.
    fn carry_out(&self, order: &Order) -> Vec<Answer> {
        self.post.tell_all(order);
        let own = answer(&*self.node, order);
        own.into_iter().chain(self.post.reports(order)).collect()
    }

    fn run(&self, load: &Load) -> Outcome {
        let mut outcome = Outcome::default();
        for answer in self.carry_out(&Order::Work(*load)) {
            let Answer::Done(share) = answer else { unreachable!("asked to work") };
            outcome.add(&share);
        }
        outcome
    }

    fn updates(&self, subject: Subject) -> u64 {
        let counted = |answer| match answer {
            Answer::Updates(count) => count,
            Answer::Done(_) => unreachable!("asked to count"),
        };
        self.carry_out(&Order::CountUpdates(subject)).into_iter().map(counted).sum()
    }

    fn end(&self) {
        self.carry_out(&Order::End);
        self.post.leave();
    }
}

/// The life of a node that is a process of its own. The first does what its standard input says, line by line.
pub fn serve(kind: Kind, wire: Wire, rank: u16, size: u16, place: &str) -> ExitCode {
    let post = Post::new(join(wire, rank, size, place));
    post.end_with_peers();
    if rank > 0 {
        follow(kind, &post);
        return ExitCode::SUCCESS;
    }
    let first = First::new(kind, post);
    for line in stdin().lock().lines() {
        let order = serde_json::from_str(&line.expect("a line")).expect("an order");
        let text = match order {
            Order::Work(load) => serde_json::to_string(&first.run(&load)),
            Order::CountUpdates(subject) => serde_json::to_string(&first.updates(subject)),
            Order::End => break,
        };
        println!("{}", text.expect("it can be written"));
        stdout().flush().expect("somebody reads");
    }
    first.end();
    ExitCode::SUCCESS
}

/// A rival's nodes, as processes of this host.
pub struct Cluster {
    kind: Kind,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    nodes: Vec<Child>,
}

impl Cluster {
    /// Starts so many nodes.
    ///
    /// # Panics
    /// Where the system gives no process.
    #[must_use]
    pub fn start(kind: Kind, wire: Wire, size: u16) -> Cluster {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let place = match wire {
            Wire::Shm => {
                format!("rival-{}-{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed))
            }
            Wire::Tcp | Wire::Tls => free_port().to_string(),
        };
        let program = std::env::current_exe().expect("this program has a path");
        let start = |rank: u16| {
            let mut command = Command::new(&program);
            command.args(["rival", kind.name(), wire.name(), &rank.to_string(), &size.to_string(), &place]);
            let piped = || if rank == 0 { Stdio::piped() } else { Stdio::null() };
            command.stdin(piped()).stdout(piped()).spawn().expect("another process")
        };
        let mut nodes: Vec<Child> = (0..size).map(start).collect();
        let orders = nodes[0].stdin.take();
        let answers = BufReader::new(nodes[0].stdout.take().expect("it is piped"));
        Cluster { kind, orders, answers, nodes }
    }

    fn ask<T: for<'a> Deserialize<'a>>(&mut self, order: &Order) -> T {
        let orders = self.orders.as_mut().expect("it is open until the end");
        let order = serde_json::to_string(order).expect("it can be written");
        writeln!(orders, "{order}").expect("the first node reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the first node answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("the {} rival: {error}", self.kind.name()))
    }
}

impl System for Cluster {
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    fn run(&mut self, load: &Load) -> Outcome {
        self.ask(&Order::Work(*load))
    }

    fn updates(&mut self, subject: Subject) -> u64 {
        self.ask(&Order::CountUpdates(subject))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The first node ends with its orders, and the others with it.
        drop(self.orders.take());
        for node in &mut self.nodes {
            let _ = node.wait();
        }
    }
}
