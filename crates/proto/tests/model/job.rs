//! The end of a job, explored by itself: three nodes that meet, run and leave, and one that crashes at any step.
//!
//! Messages arrive in order from each peer, as on the wire, but for what a crash loses. A node whose connection to a
//! peer closes learns of that after all that the peer sent.

use crate::cover::{Cover, Machine};
use crate::death::job_column;
use crate::explore::{Model, explore};
use crate::fault::{Stop, Wrong, wrong};
use drust_proto::Rank;
use drust_proto::job::{Job, JobAction, JobEvent, LossCause, NodeState, exit};

const NODES: u16 = 3;
const CODE: i32 = 7;

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cluster {
    jobs: Vec<Job>,
    /// What each node has yet to handle, by sender, in order.
    inbox: Vec<Vec<Vec<Sent>>>,
    crashed: Option<u16>,
    /// What befell a node from outside: the launcher, the memory or a refusal.
    struck: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Sent {
    Hello,
    Leave,
    LeaveAck,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Handle { node: u16, from: u16 },
    MainReturns,
    Crash(u16),
    Lose { node: u16, from: u16 },
    Strike(u16, JobEvent),
}

pub struct Ends {
    pub cover: Cover,
}

impl Cluster {
    fn tell(&mut self, from: u16, to: u16, what: Sent) {
        if self.crashed != Some(from) {
            self.inbox[usize::from(to)][usize::from(from)].push(what);
        }
    }

    fn tell_all(&mut self, from: u16, what: Sent) {
        (0..NODES).filter(|to| *to != from).for_each(|to| self.tell(from, to, what));
    }

    fn ended(&self, node: u16) -> Option<i32> {
        match self.jobs[usize::from(node)].state() {
            NodeState::Ended { code } => Some(code),
            _ => None,
        }
    }
}

fn event_row(event: JobEvent) -> usize {
    match event {
        JobEvent::PeerJoined(_) => 0,
        JobEvent::Refused => 1,
        JobEvent::MainReturned(_) => 2,
        JobEvent::LeaveAsked(_) => 3,
        JobEvent::LeaveAcked(_) => 4,
        JobEvent::PeerLost(..) => 5,
        JobEvent::LauncherLost => 6,
        JobEvent::OutOfMemory => 7,
    }
}

impl Ends {
    fn happens(&mut self, cluster: &mut Cluster, node: u16, event: JobEvent) -> Result<(), Stop> {
        let job = &mut cluster.jobs[usize::from(node)];
        self.cover.count(Machine::Job, event_row(event), job_column(job.state()));
        let action = match job.step(event) {
            Ok(action) => action,
            Err(unexpected) => return wrong(Wrong::Law, unexpected),
        };
        match action {
            JobAction::SendLeave(_) => cluster.tell_all(node, Sent::Leave),
            JobAction::SendLeaveAck => cluster.tell(node, 0, Sent::LeaveAck),
            JobAction::Blame(..) | JobAction::Exit(_) => cluster.tell_all(node, Sent::Closed),
            JobAction::Wait | JobAction::Run => {}
        }
        Ok(())
    }

    /// An orderly end is nobody's loss, and a loss is nobody's orderly end but of those that had already left.
    fn check(cluster: &Cluster) -> Result<(), Stop> {
        let orderly = cluster.crashed.is_none() && !cluster.struck;
        for node in 0..NODES {
            match cluster.ended(node) {
                Some(code) if orderly && code != CODE => {
                    return wrong(Wrong::Law, format!("node {node} ends with {code} though nothing happened"));
                }
                Some(CODE) if node == 0 && cluster.crashed.is_some_and(|lost| lost != 0) && !acked(cluster) => {
                    return wrong(Wrong::Law, "rank 0 ends well before all have agreed");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether all others have been asked to leave, or are gone.
fn acked(cluster: &Cluster) -> bool {
    let left = |node: u16| matches!(cluster.jobs[usize::from(node)].state(), NodeState::Leaving { .. });
    (1..NODES).all(|node| left(node) || cluster.ended(node).is_some())
}

impl Model for Ends {
    type World = Cluster;
    type Move = Step;

    fn start(&mut self) -> Cluster {
        let jobs = (0..NODES).map(|rank| Job::new(Rank(rank), NODES)).collect();
        let nothing = vec![vec![Vec::new(); usize::from(NODES)]; usize::from(NODES)];
        let mut cluster = Cluster { jobs, inbox: nothing, crashed: None, struck: false };
        (0..NODES).for_each(|node| cluster.tell_all(node, Sent::Hello));
        cluster
    }

    fn moves(&mut self, cluster: &mut Cluster, into: &mut Vec<Step>) {
        for node in (0..NODES).filter(|node| cluster.crashed != Some(*node)) {
            for from in 0..NODES {
                let waiting = &cluster.inbox[usize::from(node)][usize::from(from)];
                if !waiting.is_empty() {
                    into.push(Step::Handle { node, from });
                    if cluster.crashed == Some(from) && waiting[waiting.len() - 1] == Sent::Closed && waiting.len() > 1
                    {
                        into.push(Step::Lose { node, from });
                    }
                }
            }
            let state = cluster.jobs[usize::from(node)].state();
            if node == 0 && state == NodeState::Running {
                into.push(Step::MainReturns);
            }
            if !cluster.struck && cluster.crashed.is_none() {
                into.extend([JobEvent::LauncherLost, JobEvent::OutOfMemory].map(|event| Step::Strike(node, event)));
                into.extend((state == NodeState::Joining).then_some(Step::Strike(node, JobEvent::Refused)));
                into.push(Step::Crash(node));
            }
        }
    }

    fn step(&mut self, cluster: &mut Cluster, step: Step) -> Result<(), Stop> {
        match step {
            Step::MainReturns => self.happens(cluster, 0, JobEvent::MainReturned(CODE))?,
            Step::Strike(node, event) => {
                cluster.struck = true;
                self.happens(cluster, node, event)?;
            }
            Step::Crash(node) => {
                cluster.tell_all(node, Sent::Closed);
                cluster.crashed = Some(node);
            }
            Step::Lose { node, from } => {
                let waiting = &mut cluster.inbox[usize::from(node)][usize::from(from)];
                waiting.remove(waiting.len() - 2);
            }
            Step::Handle { node, from } => {
                let what = cluster.inbox[usize::from(node)][usize::from(from)].remove(0);
                let event = match what {
                    Sent::Hello => JobEvent::PeerJoined(Rank(from)),
                    Sent::Leave => JobEvent::LeaveAsked(CODE),
                    Sent::LeaveAck => JobEvent::LeaveAcked(Rank(from)),
                    Sent::Closed => JobEvent::PeerLost(Rank(from), LossCause::Closed),
                };
                self.happens(cluster, node, event)?;
            }
        }
        Self::check(cluster)
    }

    fn depth(&self) -> u32 {
        u32::MAX
    }

    fn looks_for(&self, _: Wrong) -> bool {
        true
    }
}

/// The transitions of a job's life that were taken.
pub fn cover() -> Cover {
    let mut ends = Ends { cover: Cover::new() };
    let found = explore(&mut ends, false);
    println!("the end of a job: {} worlds, depth {}", found.worlds, found.depth);
    if let Some(violation) = found.violation {
        panic!("{} after {:#?}", violation.why, violation.trace);
    }
    assert!(found.depth >= 12 && exit::PEER_LOST != CODE);
    ends.cover
}
