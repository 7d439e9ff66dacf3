//! Rule 9, explored by itself: before a task releases anything, its one-way operations with observable effect are
//! acknowledged.
//!
//! Two tasks on one node add to a count at its home, told one way and batched; each then ends, which is a release, and
//! `main` on a third node, which sees the end, reads the count. Messages of one lane of a pair keep their order; the
//! ends take another lane, and may be there first. The fences are the frames of the wire, encoded and decoded.

use crate::explore::{Found, Model, explore};
use crate::fault::{Stop, Wrong, wrong};
use drust_proto::wire::{Frame, HEADER_MAX};

const TASKS: usize = 2;
const ADDS: u8 = 2;

/// What is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// A task ends without a fence.
    NoFence,
    /// The fence goes before what waits to be batched.
    FenceFirst,
    /// A task takes the acknowledgement of another's fence for its own.
    AnyAck,
    /// The home acknowledges a fence when it comes, with operations before it still to be done.
    AckOnArrival,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Sent {
    Add(u8),
    Frame(Frame),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
enum Stage {
    #[default]
    Running,
    Fencing,
    /// The end is on its way.
    Ended,
    /// `main` has seen it.
    Joined,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Task {
    stage: Stage,
    added: u8,
    /// Its additions that the home has done.
    done: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Nodes {
    tasks: [Task; TASKS],
    outbox: Vec<Sent>,
    /// From the tasks' node to the home, in order; what has come and waits there; and back.
    there: Vec<Sent>,
    at_home: Vec<Sent>,
    back: Vec<Frame>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Add(usize),
    Flush,
    Fence(usize),
    Arrive,
    Do,
    Ack,
    Join(usize),
    ReadCount,
}

struct Fences(Fault);

fn through_the_wire(frame: Frame) -> Frame {
    let mut bytes = [0; HEADER_MAX];
    let len = frame.encode(&mut bytes);
    Frame::decode(&bytes[..len]).expect("what was encoded is decoded").0
}

impl Nodes {
    fn flush(&mut self) {
        self.there.append(&mut self.outbox);
    }

    fn end(&mut self, task: usize) {
        self.tasks[task].stage = Stage::Ended;
    }

    /// The home does what it was told, or answers a fence.
    fn perform(&mut self, sent: Sent) -> Result<(), Stop> {
        match sent {
            Sent::Add(task) => self.tasks[usize::from(task)].done += 1,
            Sent::Frame(Frame::Fence { id }) => self.back.push(through_the_wire(Frame::FenceAck { id })),
            Sent::Frame(other) => return wrong(Wrong::Law, format!("a home gets {other:?}")),
        }
        Ok(())
    }

    fn acknowledged(&mut self, fault: Fault) {
        let Frame::FenceAck { id } = self.back.remove(0) else { unreachable!("only acknowledgements come back") };
        for task in 0..TASKS {
            let own = id == task as u64 || fault == Fault::AnyAck;
            if self.tasks[task].stage == Stage::Fencing && own {
                self.end(task);
            }
        }
    }
}

impl Model for Fences {
    type World = Nodes;
    type Move = Step;

    fn start(&mut self) -> Nodes {
        Nodes::default()
    }

    fn moves(&mut self, nodes: &mut Nodes, into: &mut Vec<Step>) {
        for (task, own) in nodes.tasks.iter().enumerate() {
            match own.stage {
                Stage::Running => {
                    into.extend((own.added < ADDS).then_some(Step::Add(task)));
                    into.push(Step::Fence(task));
                }
                Stage::Ended => into.push(Step::Join(task)),
                Stage::Fencing | Stage::Joined => {}
            }
        }
        into.extend((!nodes.outbox.is_empty()).then_some(Step::Flush));
        into.extend((!nodes.there.is_empty()).then_some(Step::Arrive));
        into.extend((!nodes.at_home.is_empty()).then_some(Step::Do));
        into.extend((!nodes.back.is_empty()).then_some(Step::Ack));
        into.push(Step::ReadCount);
    }

    fn step(&mut self, nodes: &mut Nodes, step: Step) -> Result<(), Stop> {
        match step {
            Step::Add(task) => {
                nodes.tasks[task].added += 1;
                nodes.outbox.push(Sent::Add(task as u8));
            }
            Step::Flush => nodes.flush(),
            Step::Fence(task) => {
                if self.0 == Fault::NoFence {
                    nodes.end(task);
                    return Ok(());
                }
                if self.0 != Fault::FenceFirst {
                    nodes.flush();
                }
                nodes.tasks[task].stage = Stage::Fencing;
                nodes.there.push(Sent::Frame(through_the_wire(Frame::Fence { id: task as u64 })));
            }
            Step::Arrive => {
                let sent = nodes.there.remove(0);
                if self.0 == Fault::AckOnArrival && matches!(sent, Sent::Frame(_)) {
                    return nodes.perform(sent);
                }
                nodes.at_home.push(sent);
            }
            Step::Do => {
                let sent = nodes.at_home.remove(0);
                nodes.perform(sent)?;
            }
            Step::Ack => nodes.acknowledged(self.0),
            Step::Join(task) => nodes.tasks[task].stage = Stage::Joined,
            Step::ReadCount => {
                let joined = |task: &&Task| task.stage == Stage::Joined;
                if let Some(task) = nodes.tasks.iter().filter(joined).find(|task| task.done < task.added) {
                    return wrong(Wrong::Read, format!("{} of {} additions are seen", task.done, task.added));
                }
            }
        }
        Ok(())
    }

    fn depth(&self) -> u32 {
        u32::MAX
    }

    fn looks_for(&self, _: Wrong) -> bool {
        true
    }
}

fn explored(fault: Fault) -> Found<Step> {
    let found = explore(&mut Fences(fault), false);
    println!("{fault:?}: {} worlds, depth {}, {:?}", found.worlds, found.depth, found.violation);
    found
}

#[test]
fn rule_9_whoever_sees_a_release_sees_what_was_told_before_it() {
    let found = explored(Fault::None);
    assert!(found.violation.is_none() && found.depth >= 12, "{:?}", found.violation);
}

#[track_caller]
fn caught(fault: Fault, step: Step) {
    let violation = explored(fault).violation.expect("the planted fault is noticed");
    assert_eq!(violation.how, Wrong::Read, "{}", violation.why);
    assert!(violation.trace.contains(&step), "{:?}", violation.trace);
}

#[test]
fn rule_9_an_end_without_a_fence() {
    caught(Fault::NoFence, Step::ReadCount);
}

#[test]
fn rule_9_a_fence_that_leaves_before_what_is_batched() {
    caught(Fault::FenceFirst, Step::Ack);
}

#[test]
fn rule_9_an_acknowledgement_taken_for_ones_own() {
    caught(Fault::AnyAck, Step::Ack);
}

#[test]
fn rule_9_a_fence_acknowledged_before_what_came_first_is_done() {
    caught(Fault::AckOnArrival, Step::Arrive);
}
