//! The end of a job, explored by itself: three nodes that meet, run and leave, and one at most that crashes, is struck
//! from outside or is accused by another, at any step. Whoever is blamed by anybody is that one.
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
    /// Whom something befell from outside: the launcher, the memory, a refusal, or another that accuses it.
    struck: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Sent {
    Hello,
    Leave,
    LeaveAck,
    /// The sender ends because this node is lost.
    Lost(u16, LossCause),
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Handle {
        node: u16,
        from: u16,
    },
    MainReturns,
    Crash(u16),
    Lose {
        node: u16,
        from: u16,
    },
    Strike(u16, JobEvent),
    /// A node finds that what a peer sent makes no sense.
    Accuse {
        node: u16,
        peer: u16,
    },
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

    /// A node ends, and says of what before its connections close.
    fn end(&mut self, node: u16, of: Option<(u16, LossCause)>) {
        if let Some((culprit, cause)) = of {
            // What others tell of is never an orderly end.
            let cause = if cause == LossCause::Closed { LossCause::Died } else { cause };
            self.tell_all(node, Sent::Lost(culprit, cause));
        }
        self.tell_all(node, Sent::Closed);
    }

    fn culprit(&self) -> Option<u16> {
        self.crashed.or(self.struck)
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
            JobAction::Blame(peer, _) if cluster.culprit() != Some(peer.0) => {
                return wrong(Wrong::Law, format!("node {node} blames {peer} by {event:?}"));
            }
            JobAction::Blame(peer, cause) => cluster.end(node, Some((peer.0, cause))),
            // Who goes in order says farewell first; only the end of rank 0 is a signal.
            JobAction::Exit(CODE) if node == 0 => cluster.end(node, None),
            JobAction::Exit(CODE) => {}
            JobAction::Exit(_) => cluster.end(node, Some((node, LossCause::Died))),
            JobAction::Wait | JobAction::Run => {}
        }
        Ok(())
    }

    /// An orderly end is nobody's loss, and a loss is nobody's orderly end but of those that had already left.
    fn check(cluster: &Cluster) -> Result<(), Stop> {
        let orderly = cluster.culprit().is_none();
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
        let mut cluster = Cluster { jobs, inbox: nothing, crashed: None, struck: None };
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
            if cluster.culprit().is_none() {
                into.extend([JobEvent::LauncherLost, JobEvent::OutOfMemory].map(|event| Step::Strike(node, event)));
                into.extend((state == NodeState::Joining).then_some(Step::Strike(node, JobEvent::Refused)));
                into.push(Step::Crash(node));
                let peers = (0..NODES).filter(|peer| *peer != node);
                into.extend(peers.map(|peer| Step::Accuse { node, peer }));
            }
        }
    }

    fn step(&mut self, cluster: &mut Cluster, step: Step) -> Result<(), Stop> {
        match step {
            Step::MainReturns => self.happens(cluster, 0, JobEvent::MainReturned(CODE))?,
            Step::Strike(node, event) => {
                cluster.struck = Some(node);
                self.happens(cluster, node, event)?;
            }
            Step::Accuse { node, peer } => {
                cluster.struck = Some(peer);
                self.happens(cluster, node, JobEvent::PeerLost(Rank(peer), LossCause::Garbled))?;
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
                    Sent::Lost(culprit, cause) => JobEvent::PeerLost(Rank(culprit), cause),
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
