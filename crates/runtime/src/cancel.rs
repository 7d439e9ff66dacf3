//! What ends the waits of a task before what they wait for is there: a token that was cancelled, or a time that is up.
//!
//! A token is a number that nothing else bears, and a truth at its home, which the types made of it keep. A node on
//! which tasks run under it has a `Flag` of it, and the threads that run them wait by a `Limit` that knows it. A
//! wait that is given up leaves as one whose time is up does: it takes itself off the list that it is on, so that
//! nothing is lost; then the thread unwinds by `unwind`, which no hook reports. So what is given up is the waiting,
//! never a request: what was asked is answered, and found by whoever ends a borrow (DESIGN rule 7).
//!
//! Contract:
//!
//! 1. A thread unwinds only in [`check`] and `unwind`, which are called where an operation of the user's begins, or
//!    has left its list: never by what serves, ends a value or gives a lock back, and never while the thread unwinds.
//! 2. The truth is stored before the nodes are told, and a task enters its node's flag before it asks for the truth. So
//!    it either finds the truth, or the word of it finds the flag.
//! 3. A waiter is entered in the flag before its thread looks whether that is cancelled; who cancels stores it before
//!    he takes the waiters. So none is left behind.

use crate::failure;
use crate::gate::Gate;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::sharing::{Ask, Table};
use drust_fabric::{Lane, Mode, Waiter, schedule};
use drust_proto::sharing::cancel::{Event, Op, Record, Step};
use drust_proto::sharing::{Family, Illegal};
use drust_proto::{Address, Rank};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Whether a token was cancelled, as its node knows, and the threads to be called then.
#[derive(Default)]
pub(crate) struct Flag {
    cancelled: AtomicBool,
    waiting: Mutex<Vec<Waiter>>,
}

impl Flag {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiter>> {
        self.waiting.lock().expect("no panic under this lock")
    }

    fn cancel(&self, node: &Node) {
        self.cancelled.store(true, Ordering::Release);
        let waiting = std::mem::take(&mut *self.waiting());
        waiting.iter().for_each(|waiter| node.progress().wake(waiter));
    }
}

/// What bounds the waits of a thread.
#[derive(Clone, Default)]
pub(crate) struct Bounds {
    token: Option<Arc<Entered>>,
    deadline: Option<Instant>,
}

impl Bounds {
    fn are_any(&self) -> bool {
        self.token.is_some() || self.deadline.is_some()
    }

    fn is_cancelled(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.flag.is_cancelled())
    }
}

thread_local! {
    static HERE: RefCell<Bounds> = const { RefCell::new(Bounds { token: None, deadline: None }) };
    /// Whether there are any.
    static BOUND: Cell<bool> = const { Cell::new(false) };
}

/// Puts other bounds in the place of this thread's.
pub(crate) fn replace(bounds: Bounds) -> Bounds {
    BOUND.set(bounds.are_any());
    HERE.replace(bounds)
}

/// Other bounds than this thread's own, until it is dropped.
struct Instead(Option<Bounds>);

impl Instead {
    fn of(bounds: Bounds) -> Instead {
        Instead(Some(replace(bounds)))
    }
}

impl Drop for Instead {
    fn drop(&mut self) {
        replace(self.0.take().unwrap_or_default());
    }
}

/// Runs what is to be done whatever bounds this thread's waits.
pub fn unbound<R>(run: impl FnOnce() -> R) -> R {
    let _none = Instead::of(Bounds::default());
    run()
}

/// What a cancelled task unwinds with.
struct Cancelled;

/// What a thread unwinds with whose time was up, which is this.
struct TimeUp(Instant);

/// Whether a panic's payload is that of a task that was cancelled.
pub(crate) fn is_cancellation(payload: &(dyn Any + Send)) -> bool {
    payload.is::<Cancelled>()
}

/// To be called where an operation begins that may wait or ask another node, or has given its wait up: unwinds where
/// this thread's task was cancelled or its time is up, unless it unwinds already. Otherwise one look at a thread-local.
#[inline]
pub fn check() {
    if BOUND.get() && is_due() {
        unwind();
    }
}

/// Whether [`check`] would unwind.
#[must_use]
pub fn is_due() -> bool {
    let due = |bounds: &Bounds| {
        let late = |deadline| schedule::now() >= deadline;
        bounds.is_cancelled() || bounds.deadline.is_some_and(late)
    };
    BOUND.get() && !std::thread::panicking() && HERE.with_borrow(due)
}

/// Ends what this thread does, which is bounded, and whose wait was given up.
#[cold]
pub(crate) fn unwind() -> ! {
    let (cancelled, deadline) = HERE.with_borrow(|bounds| (bounds.is_cancelled(), bounds.deadline));
    match deadline {
        Some(deadline) if !cancelled => resume_unwind(Box::new(TimeUp(deadline))),
        _ => resume_unwind(Box::new(Cancelled)),
    }
}

/// Runs something for at most so long: a wait in it that would last longer, or an operation that begins later, unwinds
/// to here.
///
/// # Errors
/// Time was up, and what ran noticed.
pub fn within<R>(deadline: Instant, run: impl FnOnce() -> R) -> Result<R, TimeIsUp> {
    let Bounds { token, deadline: outer } = HERE.with_borrow(Clone::clone);
    let deadline = outer.map_or(deadline, |outer| outer.min(deadline));
    let ran = {
        let _within = Instead::of(Bounds { token, deadline: Some(deadline) });
        catch_unwind(AssertUnwindSafe(run))
    };
    ran.or_else(|payload| match payload.downcast::<TimeUp>() {
        Ok(up) if up.0 >= deadline && outer.is_none_or(|outer| outer > deadline) => Err(TimeIsUp),
        Ok(up) => resume_unwind(up),
        Err(other) => resume_unwind(other),
    })
}

/// A time was up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeIsUp;

impl fmt::Display for TimeIsUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("time is up")
    }
}

impl std::error::Error for TimeIsUp {}

/// Until when a thread waits, and what else ends its wait.
pub(crate) struct Limit {
    deadline: Option<Instant>,
    flag: Option<Arc<Flag>>,
}

impl Limit {
    /// A wait that is not given up.
    pub(crate) const NONE: Limit = Limit { deadline: None, flag: None };

    /// A wait until then, whatever bounds the thread.
    pub(crate) fn at(deadline: Option<Instant>) -> Limit {
        Limit { deadline, flag: None }
    }

    /// A wait until then, and within what bounds the calling thread, unless that unwinds.
    pub(crate) fn of_thread(deadline: Option<Instant>) -> Limit {
        if !BOUND.get() || std::thread::panicking() {
            return Limit::at(deadline);
        }
        HERE.with_borrow(|bounds| Limit {
            deadline: deadline.into_iter().chain(bounds.deadline).min(),
            flag: bounds.token.as_ref().map(|token| token.flag.clone()),
        })
    }

    /// Whether the wait may end before what it waits for is there.
    pub(crate) fn is_one(&self) -> bool {
        self.deadline.is_some() || self.flag.is_some()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether it was cancelled; that its time is up, the wait knows itself.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.flag.as_ref().is_some_and(|flag| flag.is_cancelled())
    }

    /// Has a waiter called where it is cancelled, as long as what is returned lives.
    pub(crate) fn call<'a>(&'a self, waiter: &'a Waiter) -> Called<'a> {
        if let Some(flag) = &self.flag {
            flag.waiting().push(waiter.clone());
        }
        Called { limit: self, waiter }
    }
}

/// See [`Limit::call`].
pub(crate) struct Called<'a> {
    limit: &'a Limit,
    waiter: &'a Waiter,
}

impl Drop for Called<'_> {
    fn drop(&mut self) {
        if let Some(flag) = &self.limit.flag {
            flag.waiting().retain(|other| !other.same(self.waiter));
        }
    }
}

/// What a node knows of tokens under which tasks run on it.
#[derive(Default)]
pub(crate) struct Flags(Table<Known>);

#[derive(Default)]
struct Known {
    record: Record,
    flag: Arc<Flag>,
}

impl Flags {
    /// Has what is known of a token take a step, and the tasks be told where that is to be.
    ///
    /// # Errors
    /// No task runs here with it.
    fn step(&self, node: &Node, number: u64, event: Event) -> Result<(), Illegal> {
        let (step, flag) = self.0.with(number, |known| {
            let known = known.as_mut().ok_or(Illegal("a token that is not known"))?;
            Ok((known.record.step(event)?, known.flag.clone()))
        })?;
        if step == Step::Cancel {
            flag.cancel(node);
        }
        Ok(())
    }
}

/// A step of this node's own that the rules refuse is drust's own mistake.
fn own<R>(stepped: Result<R, Illegal>) -> R {
    stepped.unwrap_or_else(|illegal| failure::end(&format!("a token of this node's tasks: {illegal}")))
}

/// One more task of this thread's node under a token, while it lives.
pub(crate) struct Entered {
    node: &'static Node,
    number: u64,
    flag: Arc<Flag>,
    /// Whether the truth is to be asked for.
    asks: bool,
}

impl Entered {
    fn new(node: &'static Node, number: u64) -> Entered {
        let (flag, step) = node.flags().0.with(number, |known| {
            let known = known.get_or_insert_default();
            (known.flag.clone(), known.record.step(Event::Enter))
        });
        Entered { node, number, flag, asks: own(step) == Step::Ask }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let step = self.node.flags().0.with(self.number, |known| {
            let step = known.as_mut().map_or(Ok(Step::Nothing), |known| known.record.step(Event::Leave));
            known.take_if(|_| step == Ok(Step::Forget));
            step
        });
        own(step);
    }
}

/// What bounds a task under a token, whose truth is asked for where no other task of this node is under it.
fn enter(number: u64, is_cancelled: impl FnOnce() -> bool) -> Bounds {
    let node = node::here();
    let entered = Entered::new(node, number);
    if entered.asks {
        own(node.flags().step(node, number, Event::Truth(is_cancelled())));
    }
    Bounds { token: Some(Arc::new(entered)), deadline: None }
}

/// Runs a task under the token of this number, where it was not cancelled; `is_cancelled` asks for the truth.
pub fn under<R>(number: u64, is_cancelled: impl FnOnce() -> bool, run: impl FnOnce() -> R) -> R {
    let _bounds = Instead::of(enter(number, is_cancelled));
    check();
    run()
}

/// Has what the calling task does from now on, as long as it stays on this node, be under the token of this number. To
/// be called by each step of a task that moves: only the first after it came asks for the truth.
pub fn stay_under(number: u64, is_cancelled: impl FnOnce() -> bool) {
    let entered = |bounds: &Bounds| bounds.token.as_ref().is_some_and(|token| token.number == number);
    if !HERE.with_borrow(entered) {
        replace(enter(number, is_cancelled));
    }
    check();
}

/// Whether the token of this number was cancelled, if this node knows that without asking.
#[must_use]
pub fn is_known(number: u64) -> bool {
    node::here().flags().0.with(number, |known| known.as_ref().is_some_and(|known| known.record.is_cancelled()))
}

/// Ends the waits of all tasks under the token of this number, whose truth was stored before. 1 one-way to each other
/// node.
pub fn tell(number: u64) {
    let node = node::here();
    cancel_here(node, number);
    for peer in (0..node.size()).map(Rank).filter(|peer| *peer != node.rank()) {
        let (family, op, address) = (Family::Cancel, Op::Cancel as u16, Address::RESERVED);
        let ask = Ask { family, op, number: 0, id: 0, address, a: number, b: 0 };
        node.tell_share(peer, Lane::Small, ask, &[], Mode::Block);
        node.observed_by(peer);
    }
}

/// Tells the tasks of this node; where there are none, there is nothing to do.
fn cancel_here(node: &Node, number: u64) {
    let _ = node.flags().step(node, number, Event::Told);
}

/// Does what a peer says about a token.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, ask: Ask) -> Sense {
    match Op::from_u16(ask.op) {
        Some(Op::Cancel) if ask.id == 0 => cancel_here(node, ask.a),
        _ => return Err("word of a token that there is not".into()),
    }
    Ok(())
}

/// As std's, within what bounds this thread.
pub fn sleep(time: Duration) {
    if !BOUND.get() || std::thread::panicking() {
        return schedule::sleep(time);
    }
    check();
    let limit = Limit::of_thread(schedule::now().checked_add(time));
    Gate::new().wait_limited(node::here(), &"the end of a sleep", &limit);
    check();
}
