//! The node that has a task: its steps, and how it goes on to another.

use super::home::Left;
use crate::arrival::{Body, unpack};
use crate::cancel;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::pool::Run;
use crate::sharing::Ask;
use crate::task::arrived::pack_end;
use crate::task::panic::{Panicked, caught};
use crate::task::remote::offset_of;
use crate::task::{Candidate, as_task, depart_into};
use drust_fabric::{Lane, Mode, Part, schedule};
use drust_heap::trace::{Image, Refused};
use drust_heap::{Described, Portable};
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::migrate::{End, HomeEvent, Hop, Next, Op, Seat, Wish};
use drust_proto::{Address, Rank, TaskId};
use std::cell::RefCell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::with_exposed_provenance;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a step returns, read as what comes next.
pub trait Says: 'static {
    /// What the task leaves at its end.
    type Result: Portable;

    /// What comes next.
    fn said(self) -> Said<Self::Result>;
}

/// What comes after a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said<R> {
    /// Another step.
    Continue,
    /// Another step, on this node.
    To(Rank),
    /// The task has ended, with this.
    Done(R),
}

/// A task as it travels, but for its state and its code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub(super) task: TaskId,
    /// How many moves brought it where it is.
    pub(super) moves: u64,
    /// Whether its next step is wished for where it is.
    pub(super) wished: bool,
    pub(super) depth: u32,
}

/// What lies before the state in a message: the task's node and number, its moves, and whether it wished for the last.
const HEAD: usize = 32;
/// No honest task moves as often.
const MOST_MOVES: u64 = 1 << 56;
/// States from this size on go by the lane for bulk.
const BULK: usize = 16 << 10;

/// A task that this node has.
pub(super) struct Record {
    post: Post,
    seat: Mutex<Seat>,
    /// How often it has reached for each node since it came.
    accesses: Box<[AtomicU64]>,
}

impl Record {
    pub(super) fn new(node: &Node, post: Post) -> Record {
        let accesses = (0..node.size()).map(|_| AtomicU64::new(0)).collect();
        Record { post, seat: Mutex::new(Seat::new(node.rank(), post.moves, post.wished)), accesses }
    }

    pub(super) fn as_candidate(&self) -> Candidate {
        let counts = self.accesses.iter().map(|count| count.load(Ordering::Relaxed));
        let most = counts.zip((0..).map(Rank)).filter(|(count, _)| *count > 0).max();
        let (accesses, most) = most.map_or((0, None), |(count, rank)| (count, Some(rank)));
        Candidate { task: self.post.task, most, accesses }
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.seat().is_ordered()
    }

    pub(super) fn order(&self, to: Rank) -> bool {
        let known = usize::from(to.0) < self.accesses.len();
        if known {
            self.seat().order(to);
        }
        known
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().expect("no panic under this lock")
    }

    fn next(&self, wish: Wish) -> Next {
        self.seat().next(wish)
    }
}

thread_local! {
    /// The migratable task that this thread runs.
    static COUNTED: RefCell<Option<Arc<Record>>> = const { RefCell::new(None) };
}

/// Notes that this thread reaches for another node. What runs inside of a migratable task on its thread, as a task that
/// it joins, is its own.
pub(crate) fn accessed(home: Rank) {
    let _ = COUNTED.try_with(|counted| {
        if let Some(count) = counted.borrow().as_ref().and_then(|record| record.accesses.get(usize::from(home.0))) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
}

/// The time in which a thread's accesses are a task's; what was before comes back also by a panic.
struct Counting(Option<Arc<Record>>);

impl Counting {
    fn of(record: &Arc<Record>) -> Counting {
        Counting(COUNTED.replace(Some(record.clone())))
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        COUNTED.set(self.0.take());
    }
}

/// Code made for each pair of state and what steps say: lands the state, and goes on with it.
type Trampoline = unsafe fn(&'static Node, usize, &[MaybeUninit<u8>], &Arc<Record>) -> Result<(), Refused>;

/// # Errors
/// The state ends early; nothing was called.
///
/// # Safety
/// `step` is the address of a `fn(&mut S) -> V`, and `image` holds an `S` packed by a process of this build.
unsafe fn land_and_go<S: Portable, V: Says>(
    node: &'static Node,
    step: usize,
    image: &[MaybeUninit<u8>],
    record: &Arc<Record>,
) -> Result<(), Refused> {
    let mut no_guests = Vec::new();
    // SAFETY: the caller's promise.
    let (step, state) = unsafe {
        let step = std::mem::transmute::<*const (), fn(&mut S) -> V>(with_exposed_provenance(step));
        (step, unpack::<S>(image, &mut no_guests)?)
    };
    go_on(node, record, state, step);
    Ok(())
}

/// A task that begins on the node that spawned it.
struct Fresh<S, V> {
    record: Arc<Record>,
    work: Mutex<Work<S, V>>,
}

/// A state and its step, until they are taken.
type Work<S, V> = Option<(S, fn(&mut S) -> V)>;

impl<S: Portable, V: Says> Run for Fresh<S, V> {
    fn run(self: Arc<Self>) {
        let node = node::here();
        let Some((state, step)) = self.work.lock().expect("no panic under this lock").take() else { return };
        node.count(|counters| &counters.tasks, 1);
        go_on(node, &self.record, state, step);
    }
}

/// Queues a task that begins here.
pub(super) fn start<S: Portable, V: Says>(node: &'static Node, post: Post, state: S, step: fn(&mut S) -> V) {
    let record = node.moves().seat(node, post).expect("a number is used once");
    node.pool().push(node, Arc::new(Fresh { record, work: Mutex::new(Some((state, step))) }));
}

/// A task that came.
struct Arrived {
    from: Rank,
    record: Arc<Record>,
    trampoline: Trampoline,
    step: usize,
    body: Mutex<Option<Body>>,
}

impl Run for Arrived {
    fn run(self: Arc<Self>) {
        let node = node::here();
        let Some(body) = self.body.lock().expect("no panic under this lock").take() else { return };
        if self.record.post.moves == 0 {
            node.task_began(self.from);
            node.count(|counters| &counters.tasks, 1);
        }
        // SAFETY: trampoline and step were sent together, for the type of the state in the body.
        let went = unsafe { (self.trampoline)(node, self.step, &body.bytes()[HEAD..], &self.record) };
        let task = self.record.post.task;
        went.unwrap_or_else(|refused| node.refuse(self.from, format!("the state of task {task}: {refused}")));
    }
}

/// Queues a task that came.
///
/// # Errors
/// It cannot have come from there, it is here already, or its code is not in this program.
pub(super) fn arrive(node: &'static Node, from: Rank, ask: Ask, body: Body) -> Sense {
    let [rank, seq, moves, wished] = head_of(&body).ok_or("a task without a name")?;
    let rank = u16::try_from(rank).ok().filter(|rank| *rank < node.size()).ok_or("a task of no node")?;
    let task = TaskId { rank: Rank(rank), seq };
    if moves >= MOST_MOVES || (moves == 0 && task.rank != from) {
        return Err(format!("task {task}, which begins elsewhere").into());
    }
    let (Some(trampoline), Some(step)) = (node.image().at(ask.a), node.image().at(ask.b)) else {
        return Err("a task whose code lies outside the program".into());
    };
    // SAFETY: the peer is authenticated and of the same build, and took this offset from a `Trampoline` (DESIGN
    // section 5).
    let trampoline = unsafe { std::mem::transmute::<*const (), Trampoline>(with_exposed_provenance(trampoline)) };
    if task.rank == node.rank() {
        let hop = Hop { number: moves, by: from, to: node.rank() };
        let noted = node.moves().hear(node, task, HomeEvent::Moved(hop), None);
        noted.map_err(|why| format!("task {task}: {}", why.0))?;
    }
    let record = node.moves().seat(node, Post { task, moves, wished: wished != 0, depth: ask.number });
    let record = record.ok_or_else(|| format!("task {task}, which is here"))?;
    // One that moves has begun, and whoever sent it on may wait for nobody.
    if moves == 0 {
        node.task_arrived(from);
    }
    node.pool().push_now(node, Arc::new(Arrived { from, record, trampoline, step, body: Mutex::new(Some(body)) }));
    Ok(())
}

fn head_of(body: &Body) -> Option<[u64; 4]> {
    let head = body.bytes().get(..HEAD)?;
    // SAFETY: the names of tasks are sent from initialised bytes.
    let bytes = unsafe { head.assume_init_ref() };
    let (words, []) = bytes.as_chunks::<8>() else { unreachable!("four words") };
    words.iter().map(|word| u64::from_le_bytes(*word)).collect::<Vec<_>>().try_into().ok()
}

/// How a task's stay on a node ended.
enum Stay<S, R> {
    Left { state: S, to: Rank, number: u64, wished: bool },
    Ended(R),
}

/// Takes steps until the task leaves or has ended, and does what is then to be done.
fn go_on<S: Portable, V: Says>(node: &'static Node, record: &Arc<Record>, state: S, step: fn(&mut S) -> V) {
    let stay = {
        let _counting = Counting::of(record);
        as_task(record.post.depth, || catch_unwind(AssertUnwindSafe(|| stay(record, state, step))))
    };
    match stay {
        Ok(Stay::Left { state, to, number, wished }) => {
            let post = Post { moves: number, wished, ..record.post };
            leave(node, post, to, state, step);
        }
        Ok(Stay::Ended(result)) => end(node, record, Ok(result)),
        Err(payload) => end::<V::Result>(node, record, Err(caught(payload))),
    }
}

/// Takes steps. A state that has no more to take is dropped here.
fn stay<S: Portable, V: Says>(record: &Record, mut state: S, step: fn(&mut S) -> V) -> Stay<S, V::Result> {
    let mut wish = Wish::GoOn;
    loop {
        match record.next(wish) {
            Next::Step => {}
            Next::Leave { to, number, wished } => return Stay::Left { state, to, number, wished },
            Next::End { .. } => unreachable!("it does not wish that here"),
        }
        schedule::pass();
        wish = match step(&mut state).said() {
            Said::Continue => Wish::GoOn,
            Said::To(to) => {
                let nodes = record.accesses.len();
                assert!(usize::from(to.0) < nodes, "node {to} is not in this cluster of {nodes}");
                Wish::To(to)
            }
            Said::Done(result) => {
                // It is done, and what ends now is not cut short.
                cancel::unbound(move || drop(state));
                return Stay::Ended(result);
            }
        };
    }
}

/// Sends the task on, and tells its home, unless that is this node or the next.
fn leave<S: Portable, V: Says>(node: &'static Node, post: Post, to: Rank, state: S, step: fn(&mut S) -> V) {
    let (task, here) = (post.task, node.rank());
    node.moves().unseat(task);
    node.count(|counters| &counters.tasks_moved, 1);
    if task.rank == here {
        let hop = Hop { number: post.moves, by: here, to };
        node.moves().note(node, task, HomeEvent::Moved(hop), None);
    }
    send(node, to, post, state, step);
    if task.rank != here && task.rank != to {
        tell(node, task, Op::Moved, u32::from(to.0), post.moves, &Image::new());
    }
}

/// Packs the state, which this node gives up, and sends it. Waits where the other node's inbox is full.
pub(super) fn send<S: Portable, V: Says>(node: &'static Node, to: Rank, post: Post, state: S, step: fn(&mut S) -> V) {
    let state = ManuallyDrop::new(state);
    let mut image = Image::new();
    // SAFETY: the state is given up here; what is Portable borrows nothing.
    let lent = unsafe { depart_into(node, &mut image, (&raw const *state).cast_mut().cast(), S::DESCRIPTOR, 1) };
    debug_assert!(lent.is_empty(), "what is Portable borrows nothing");
    node.await_one_ways();
    let (a, b) = code_of(node, step);
    let words = [u64::from(post.task.rank.0), post.task.seq, post.moves, u64::from(post.wished)];
    let mut head = [0; HEAD];
    for (bytes, word) in head.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    let ask = ask_about(Op::Move, post.depth, a, b);
    node.tell_share(to, lane_for(&image), ask, &[Part::from(&head), image.bytes().into()], Mode::Block);
}

/// A step as it can cross, behind the code that lands its state.
pub(super) fn code_of<S: Portable, V: Says>(node: &Node, step: fn(&mut S) -> V) -> (u64, u64) {
    let trampoline: Trampoline = land_and_go::<S, V>;
    (offset_of(node, trampoline as usize), offset_of(node, step as usize))
}

/// Ends the task, whose state is no more.
fn end<R: Portable>(node: &'static Node, record: &Record, ended: Result<R, Panicked>) {
    let Next::End { moves } = record.next(Wish::End) else { unreachable!("no order is for a task that ends") };
    let task = record.post.task;
    node.moves().unseat(task);
    if task.rank == node.rank() {
        node.await_one_ways();
        let event = HomeEvent::Ended(End { by: node.rank(), moves });
        return node.moves().note(node, task, event, Some(Left::Here(Box::new(ended))));
    }
    let (outcome, image) = pack_end(ended);
    node.await_fetches(Ending::Completion);
    node.await_one_ways();
    tell(node, task, Op::Done, outcome as u32, moves, &image);
}

/// Tells a task's home what has become of it.
fn tell(node: &'static Node, task: TaskId, op: Op, number: u32, moves: u64, image: &Image) {
    let ask = ask_about(op, number, task.seq, moves);
    node.tell_share(task.rank, lane_for(image), ask, &[image.bytes().into()], Mode::Block);
}

fn ask_about(op: Op, number: u32, a: u64, b: u64) -> Ask {
    Ask { family: Family::Migrate, op: op as u16, number, id: 0, address: Address::RESERVED, a, b }
}

fn lane_for(image: &Image) -> Lane {
    if image.len() < BULK { Lane::Small } else { Lane::Bulk }
}
