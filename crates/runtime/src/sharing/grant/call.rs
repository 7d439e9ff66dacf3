//! Calls: functions of the program that run on another node, with what they are given and what they return.

use super::{Front, Landed, Parcel, expect_outside};
use crate::arrival::Body;
use crate::asked::Asked;
use crate::cancel;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::pool::Run;
use crate::sharing::Ask;
use crate::task::{Panicked, caught};
use drust_fabric::{Lane, Mode};
use drust_heap::Fixed;
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::grant::Op;
use drust_proto::wire::Frame;
use drust_proto::{Address, Rank};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::with_exposed_provenance;
use std::sync::{Arc, Mutex};

/// What a call calls: takes what came out of the one, and packs what goes back into the other.
pub type Service = fn(&mut Landed<'_>, &mut Parcel);

/// Parcels from this size on go by the lane for bulk.
const BULK: usize = 16 << 10;
const RETURNED: u8 = 0;
const PANICKED: u8 = 1;

fn lane_for(parcel: &Parcel) -> Lane {
    if parcel.image.len() < BULK { Lane::Small } else { Lane::Bulk }
}

/// A call under way, and the right to its answer.
///
/// What is lent to it is borrowed until it has been answered, and so is what its function uses. So where it is dropped
/// instead, by a panic of what its caller does meanwhile, that waits for the answer, too.
#[must_use = "somebody is to wait for the answer"]
pub struct Call {
    /// Absent once it is waited for.
    asked: Option<Asked>,
    to: Rank,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("to", &self.to).finish_non_exhaustive()
    }
}

impl Call {
    /// Has a function run on another node, by a thread of its pool. 1 request; [`Call::wait`] has its 1 reply.
    pub fn run(to: Rank, service: Service, parcel: &Parcel) -> Call {
        Call::begin(to, Op::Run, Address::RESERVED, service, parcel)
    }

    /// Has a function run where a resident lives, when it is its turn to use it. Costs as [`Call::run`].
    ///
    /// What was packed would be lost with a thread that unwinds here, so who is cancelled is so before he packs: by
    /// [`Resident::enter`](super::Resident::enter).
    ///
    /// # Panics
    /// As [`expect_outside`].
    #[track_caller]
    pub fn using(resident: Fixed, service: Service, parcel: &Parcel) -> Call {
        expect_outside(resident);
        let address = resident.address();
        Call::begin(address.home(), Op::Use, address, service, parcel)
    }

    /// As [`Call::using`], of a function that neither waits nor runs code of the user's: where nobody uses the resident
    /// it is run at once, by the thread that serves.
    pub fn looking(resident: Fixed, service: Service, parcel: &Parcel) -> Call {
        cancel::check();
        let address = resident.address();
        Call::begin(address.home(), Op::Look, address, service, parcel)
    }

    fn begin(to: Rank, op: Op, address: Address, service: Service, parcel: &Parcel) -> Call {
        let node = node::here();
        // What this thread has done so far is done for whoever uses the resident after it.
        node.await_one_ways();
        let offset = node.image().offset(service as usize).expect("a service lies in the program's own image");
        let (id, asked) = node.queries().ask(to);
        node.count(|counters| &counters.requests, 1);
        let ask = Ask { family: Family::Grant, op: op as u16, number: 0, id, address, a: offset, b: 0 };
        node.send_share(to, lane_for(parcel), ask, &[parcel.image.bytes().into()], Mode::Block);
        Call { asked: Some(asked), to }
    }

    /// Waits for the function's end.
    ///
    /// # Panics
    /// Where the function did.
    #[track_caller]
    pub fn wait(mut self, what: &dyn fmt::Display) -> Answer {
        self.end(what).unwrap_or_else(|panicked| panic!("{}", panicked.into_error()))
    }

    /// As [`Call::wait`], of whoever unwinds and has to see to what is in the answer. There is none where the function
    /// panicked, or the job has ended.
    #[must_use]
    pub fn wait_unwinding(mut self, what: &dyn fmt::Display) -> Option<Answer> {
        if node::here().has_ended() { None } else { self.end(what).ok() }
    }

    fn end(&mut self, what: &dyn fmt::Display) -> Result<Answer, Panicked> {
        let (node, to) = (node::here(), self.to);
        let asked = self.asked.take().expect("a call is waited for once");
        let (outcome, body) = match asked.wait(node, what) {
            (Frame::Shared { outcome, .. }, body) => (outcome, body),
            (other, _) => node.refuse(to, format!("a call was answered by {}", other.name())),
        };
        if outcome == RETURNED {
            return Ok(Answer { node, from: to, body });
        }
        // SAFETY: what is told of a panic is initialised bytes.
        let panicked = Panicked::from_bytes(unsafe { body.bytes().assume_init_ref() }, node.size());
        Err(panicked.unwrap_or_else(|| node.refuse(to, "a panic that cannot be read")))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let node = node::here();
        if let Some(asked) = self.asked.take()
            && !node.has_ended()
        {
            drop(asked.wait(node, &"the end of a function that was sent, and of what is lent to it"));
        }
    }
}

/// What a call returned.
pub struct Answer {
    node: &'static Node,
    from: Rank,
    body: Body,
}

impl Answer {
    /// What is in it.
    #[must_use]
    pub fn landed(&self) -> Landed<'_> {
        Landed::new(self.node, self.from, Address::RESERVED, &self.body)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A call that came.
pub(super) struct Job {
    from: Rank,
    id: u64,
    address: Address,
    service: Service,
    body: Body,
}

impl Job {
    /// # Errors
    /// Nobody waits for it, or its function lies outside the program.
    pub(super) fn new(node: &Node, from: Rank, ask: Ask, body: Body) -> Sense<Job> {
        if ask.id == 0 {
            return Err("a call that nobody waits for".into());
        }
        let service = node.image().at(ask.a).ok_or("a call of what lies outside the program")?;
        // SAFETY: the peer is authenticated and of the same build, and took this offset from a `Service` (DESIGN
        // section 5).
        let service = unsafe { std::mem::transmute::<*const (), Service>(with_exposed_provenance(service)) };
        Ok(Job { from, id: ask.id, address: ask.address, service, body })
    }

    /// Runs what neither waits nor runs code of the user's.
    fn run_at_once(self, node: &'static Node) -> Finished {
        let mut parcel = Parcel::new();
        (self.service)(&mut Landed::new(node, self.from, self.address, &self.body), &mut parcel);
        Finished { to: self.from, id: self.id, outcome: RETURNED, parcel }
    }

    /// Runs it, on a thread of the pool.
    pub(super) fn run(self, node: &'static Node) -> Finished {
        let mut parcel = Parcel::new();
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let mut landed = Landed::new(node, self.from, self.address, &self.body);
            (self.service)(&mut landed, &mut parcel);
        }));
        let outcome = match ran {
            Ok(()) => RETURNED,
            Err(payload) => {
                parcel = Parcel::new();
                let bytes = caught(payload).to_bytes();
                let at = parcel.image.grow(bytes.len(), 1);
                // SAFETY: `grow` made room for the bytes.
                unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
                PANICKED
            }
        };
        node.await_fetches(Ending::Completion);
        node.await_one_ways();
        Finished { to: self.from, id: self.id, outcome, parcel }
    }
}

/// A call that has run, to be answered.
pub(super) struct Finished {
    to: Rank,
    id: u64,
    outcome: u8,
    parcel: Parcel,
}

impl Finished {
    /// Sends the answer, from a thread of the pool.
    pub(super) fn send(self, node: &Node) {
        self.send_by(node, Mode::Block);
    }

    fn send_by(self, node: &Node, mode: Mode) {
        let (Finished { to, id, outcome, .. }, image) = (&self, &self.parcel.image);
        let frame = Frame::Shared { outcome: *outcome, number: 0, id: *id, a: 0, b: 0, len: image.len() as u64 };
        node.count(|counters| &counters.replies, 1);
        node.send_frame(*to, lane_for(&self.parcel), frame, &[image.bytes().into()], mode);
    }
}

/// A call that needs no turn.
struct Alone(Mutex<Option<Job>>);

impl Run for Alone {
    fn run(self: Arc<Self>) {
        let node = node::here();
        if let Some(job) = self.0.lock().expect("no panic under this lock").take() {
            job.run(node).send(node);
        }
    }
}

/// Queues a call that came, for its turn where it needs one.
pub(super) fn arrive(node: &'static Node, front: Option<&'static Front>, job: Job) {
    match front {
        Some(front) => front.turn.arrive(node, front, job),
        None => node.pool().push_now(node, Arc::new(Alone(Mutex::new(Some(job))))),
    }
}

/// Runs a call that came at once, if nobody has the turn; else it is queued as others are.
pub(super) fn look(node: &'static Node, front: &'static Front, job: Job) {
    if !front.turn.try_enter() {
        return front.turn.arrive(node, front, job);
    }
    let finished = job.run_at_once(node);
    // Who asked may end the resident as soon as he is answered.
    front.turn.leave(node, front);
    finished.send_by(node, Mode::Defer);
}
