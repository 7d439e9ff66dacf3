//! A node's life: starting alone, starting a job on this host, joining one, leaving in order, and ending when it must.

use crate::code::Image;
use crate::connect;
use crate::failure;
use crate::node::{self, Node};
use crate::plan::Plan;
use crate::sharing::rwlock;
use crate::task::watch_panics;
use crate::{serve, simulation};
use drust_fabric::{Cause, Fabric, Lost, Progress, schedule};
use drust_heap::space::Space;
use drust_heap::vault::Vault;
use drust_launch::{Carrier, Launch, Membership, Settings, launch_local};
use drust_proto::job::{Job, JobAction, JobEvent, LossCause, NodeState, UnexpectedEvent};
use drust_proto::wire::Frame;
use drust_proto::{Rank, StampLeases};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// The exit code of a `main` that panicked, as std's.
const PANICKED: i32 = 101;

/// What a program asks of its cluster; what is `None` comes from the environment, or else from this host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Nodes on this host.
    pub nodes: Option<u16>,
    /// Bytes that each node's partition may take.
    pub heap: Option<u64>,
    /// Threads that each node runs tasks on.
    pub workers: Option<u32>,
    /// Bytes that copies without pins may take on each node.
    pub copies: Option<u64>,
    /// Bytes that all copies may take on each node, those that are read included; the node's share of the host, if
    /// nothing is said.
    pub pinned: Option<u64>,
    /// Whether rank 0 says on stderr what still lives in the heap when `main` has returned.
    pub report_leaks: bool,
}

/// Runs `main` on rank 0 of the cluster that the wishes and the environment describe.
///
/// In the process that the user started for several nodes this starts them, waits for their end and exits with the
/// job's code; on the other ranks it serves until the job ends and exits.
///
/// # Panics
/// Where `main` does, after the job has been ended in order.
pub fn run<R>(wishes: Wishes, main: impl FnOnce() -> R) -> R {
    let settings = settings();
    let Some(membership) = settings.membership.clone() else {
        let nodes = wishes.nodes.or(settings.nodes).unwrap_or(1);
        if settings.carrier == Some(Carrier::Sim) {
            return simulation::run(&settings, wishes, nodes, main);
        }
        if nodes > 1 {
            launch(nodes, settings.carrier.unwrap_or(Carrier::Shm));
        }
        return lead(start(settings, wishes, None), wishes, main);
    };
    let node = start(settings, wishes, Some(&membership));
    if membership.rank == Rank(0) { lead(node, wishes, main) } else { follow(node) }
}

/// The one node of a program that uses drust without having said how: a cluster of its own.
pub(crate) fn start_alone() -> &'static Node {
    make(&settings(), Wishes::default(), None)
}

fn settings() -> Settings {
    match Settings::from_env() {
        Ok((settings, warnings)) => {
            for warning in warnings {
                tracing::warn!(target: "drust::launch", "{warning}");
            }
            settings
        }
        Err(error) => failure::exit_saying(2, &error.to_string()),
    }
}

fn launch(nodes: u16, carrier: Carrier) -> ! {
    match launch_local(Launch { carrier, ..Launch::this_program(nodes) }) {
        Ok(end) => match end.culprit {
            Some(_) => failure::exit_with(end.code, &end),
            None => schedule::exit(end.code),
        },
        Err(error) => failure::exit_saying(1, &error.to_string()),
    }
}

fn start(settings: Settings, wishes: Wishes, membership: Option<&Membership>) -> &'static Node {
    let node = make(&settings, wishes, membership);
    if !node::settle(node) {
        failure::end(
            "drust was used before `main` was handed to its Builder: make nothing in drust's heap before that",
        );
    }
    node.enter();
    node.fabric().host().enter();
    node
}

fn make(settings: &Settings, wishes: Wishes, membership: Option<&Membership>) -> &'static Node {
    let size = membership.map_or(1, |member| member.size);
    // Nodes that were started by hand are each alone on their host, for all that is known.
    let here = membership.filter(|member| member.launcher.is_some()).map_or(1, |member| member.size);
    let plan = Plan::new(settings, wishes, here);
    let image = find_image();
    let space = plan.partition(connect::backing(membership));
    let fabric = connect::connect(settings, membership, &space, &image);
    let node = assemble(&plan, space, fabric, image);
    if size > 1 {
        connected(node);
    }
    node
}

pub(crate) fn find_image() -> Image {
    Image::find().unwrap_or_else(|error| failure::end(&format!("this program's image: {error}")))
}

/// A node of a partition and the wires that connect it to the others.
pub(crate) fn assemble(plan: &Plan, space: Space, fabric: Arc<dyn Fabric>, image: Image) -> &'static Node {
    watch_panics();
    let (rank, size) = (fabric.rank(), fabric.size());
    let copies = plan.copies();
    let vault = Vault::new(rank, space, copies, StampLeases::new(rank, size));
    let place = Arc::new(OnceLock::<&'static Node>::new());
    let sink_place = place.clone();
    let progress = Progress::new(
        fabric,
        Arc::new(move |from, lane, message| serve::serve(sink_place.wait(), from, lane, message)),
    );
    let node = Node::new(vault, progress, image, plan.workers, met_all(rank, size));
    let _ = place.set(node);
    node
}

/// Begins to serve the other nodes, and to watch them.
pub(crate) fn connected(node: &'static Node) {
    node.fabric().on_lost(Box::new(move |lost| lose(node, lost)));
    let started = node.progress().start_background(move || {
        node.adopt();
        node.flush();
        rwlock::hear_put_off(node);
    });
    started.unwrap_or_else(|error| failure::end(&format!("no background thread: {error}")));
}

/// The carrier has connected this node to all others before it returns.
fn met_all(rank: Rank, size: u16) -> Job {
    let mut job = Job::new(rank, size);
    for peer in (0..size).map(Rank).filter(|&peer| peer != rank) {
        let _ = job.step(JobEvent::PeerJoined(peer));
    }
    job
}

pub(crate) fn lead<R>(node: &'static Node, wishes: Wishes, main: impl FnOnce() -> R) -> R {
    let result = catch_unwind(AssertUnwindSafe(main));
    if wishes.report_leaks {
        report_leaks(node);
    }
    let code = if result.is_ok() { 0 } else { PANICKED };
    step(node, JobEvent::MainReturned(code)).unwrap_or_else(|unexpected| failure::end(&unexpected.to_string()));
    node.left().wait(node, &"the other nodes to agree that the job ends");
    node.end();
    result.unwrap_or_else(|panic| resume(panic))
}

/// What still lives when `main` has returned, by type, on stderr: asked for, and part of the exit.
fn report_leaks(node: &'static Node) {
    for live in node.live() {
        tracing::warn!(target: "drust::leaks", node = live.node.0, live.type_name, live.count, live.bytes);
        failure::say(&format_args!("drust: leak: {live}"));
    }
}

fn resume(panic: Box<dyn Any + Send>) -> ! {
    std::panic::resume_unwind(panic)
}

/// The process ends with the job. This thread does not wait as others do: it would take the lead in polling, and a task
/// that arrives would have to wake another thread.
#[expect(clippy::disallowed_methods, reason = "a simulated node has no main thread of its own")]
fn follow(node: &'static Node) -> ! {
    node.fabric().host().leave();
    loop {
        std::thread::park();
    }
}

/// Takes a loss that the carrier tells of, or that what a peer sent amounts to.
pub(crate) fn lose(node: &'static Node, lost: Lost) {
    node.adopt();
    let cause = match lost.cause {
        // Whether its own launcher lives, a node knows better than others.
        Cause::LauncherGone if lost.rank == node.rank() && lost.by.is_none() => {
            let stepped = step(node, JobEvent::LauncherLost);
            return stepped.unwrap_or_else(|unexpected| failure::end(&unexpected.to_string()));
        }
        Cause::Broken(_) => LossCause::Garbled,
        Cause::Silent(_) => LossCause::Silent,
        // Only a connection of this node's own may close in order, and only once the job is over.
        Cause::Closed | Cause::Departed if lost.by.is_none() => LossCause::Closed,
        _ => LossCause::Died,
    };
    match advance(node, JobEvent::PeerLost(lost.rank, cause)) {
        (Ok(JobAction::Blame(..)), NodeState::Ended { code }) => failure::lose(node, code, &lost),
        (Ok(JobAction::Exit(code)), _) => leave(node, code),
        (Ok(_), _) => {}
        (Err(unexpected), _) => failure::end(&unexpected.to_string()),
    }
}

/// What follows from an event in the life of the job, and where the node stands then.
fn advance(node: &'static Node, event: JobEvent) -> (Result<JobAction, UnexpectedEvent>, NodeState) {
    let mut job = node.job().lock().expect("no panic under this lock");
    (job.step(event), job.state())
}

/// Takes a step in the life of the job and does what follows from it.
///
/// # Errors
/// The event cannot happen now; nothing has changed.
pub(crate) fn step(node: &'static Node, event: JobEvent) -> Result<(), UnexpectedEvent> {
    match advance(node, event).0? {
        JobAction::Wait | JobAction::Run => {}
        JobAction::SendLeave(_) => {
            for peer in (1..node.size()).map(Rank) {
                // What `main` returned is rank 0's to exit with; the others have done their part.
                node.tell(peer, Frame::Leave { code: 0 }, &[]);
            }
        }
        JobAction::SendLeaveAck => {
            node.end();
            node.tell(Rank(0), Frame::LeaveAck, &[]);
        }
        JobAction::Blame(..) => unreachable!("only a loss is blamed on somebody"),
        JobAction::Exit(_) if node.rank() == Rank(0) && ended_in_order(event) => node.left().open(node),
        JobAction::Exit(code) if event == JobEvent::LauncherLost => failure::exit_saying(code, "its launcher died"),
        JobAction::Exit(code) => leave(node, code),
    }
    Ok(())
}

/// The end in order of a node that is not the first to go.
fn leave(node: &'static Node, code: i32) -> ! {
    node.fabric().farewell();
    schedule::exit(code)
}

/// Rank 0 returns from its `main` with whatever it returned; all other ends are exits.
fn ended_in_order(event: JobEvent) -> bool {
    matches!(event, JobEvent::MainReturned(_) | JobEvent::LeaveAcked(_))
}
