//! The threads that run tasks: as many runnable as there are cores for this node, however many are blocked.
//!
//! Contract of the [`Pool`]:
//!
//! 1. `running` counts pool threads that are neither waiting for work nor blocked in the runtime. A thread takes new
//!    work only while `running <= target`, or when it was called.
//! 2. Tasks wait in the common queue, first in first out, or in the hand of a thread that took some of them at once, so
//!    that short tasks do not make threads fight for the queue. A thread without work takes from others' hands; one
//!    that blocks in the runtime leaves `running` and puts its hand back, and others run in its place.
//! 3. User code also blocks where the runtime cannot see it (`accept`, a std barrier). So while tasks wait and none was
//!    started for 10 ms, the watch calls one more thread, whatever the others do, up to [`MAX_THREADS`]. What is put
//!    first is no task: it is not counted as started, and a thread that ran it may take a task yet, or work that comes
//!    again and again would keep called threads from the tasks.
//! 4. A thread that found no work naps first, polling the wires if nobody else is at it: so a task from another node is
//!    begun by the thread that received it. Then it parks, so that whoever waits for something polls for himself. Naps
//!    are brief: a spawner that makes many short tasks needs not wake it for each. So a thread that takes a task and
//!    leaves others calls one more, if there is room and none naps. Whoever calls a waiting thread takes it from
//!    `waiting` and counts it in `running` itself, and sets its waiter after that; a thread that is out of time leaves
//!    `waiting` itself or finds that it was called.
//! 5. Locks are taken in the order state, hand, a task's own; no task runs and nothing of the user's is dropped under
//!    either.

mod spare;

use crate::node::Node;
use crate::task::discard;
use drust_fabric::{Visible, Waiter, Word, schedule};
use drust_proto::Rank;
use drust_proto::balance::Placement;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Threads that one node's pool may have; at this bound queued tasks wait, and an error event says so. Each task that
/// waits for one of another node has a thread, so this bounds how deep such waits nest: with the four mappings that a
/// thread of std's has, half of what Linux gives a process unless told otherwise (`vm.max_map_count`).
pub const MAX_THREADS: usize = 8192;

/// How long tasks may wait while none is started.
const PATIENCE: Duration = Duration::from_millis(10);
/// Idle looks of the watch before it sleeps until woken.
const WATCH_LOOKS: u32 = 50;
/// How long a thread that found no work sleeps before it looks again, and how often it does so.
const NAP: Duration = Duration::from_micros(50);
const NAPS: u32 = 2;
/// How long a thread without work is kept.
const KEEP: Duration = Duration::from_secs(5);
/// Tasks taken at once.
const HAND: usize = 64;
/// Address space for a stack; memory is taken only as it is used. More than std gives, since a task that is joined
/// before it began runs on top of its joiner.
pub(crate) const STACK: usize = 32 << 20;

/// Something to be run on a pool thread.
pub(crate) trait Run: Send + Sync {
    /// Runs it, unless somebody else has taken it meanwhile. A panic that leaves it was reported, and is forgotten.
    fn run(self: Arc<Self>);

    /// Bytes here of what it works on, if another node may run it, and nobody has begun it.
    fn stake(&self) -> Option<u64> {
        None
    }

    /// The other node where most of what it works on is, if that is known and there is any.
    fn reach(&self) -> Option<Rank> {
        None
    }

    /// Has another node run it, unless somebody has taken it meanwhile. On a thread that may wait.
    fn give(self: Arc<Self>, _: &'static Node, _: Placement) {
        unreachable!("what has no stake stays")
    }
}

pub(crate) type Task = Arc<dyn Run>;

/// What a thread of the pool has: the tasks that it has taken and not begun, and what it waits on.
#[derive(Default)]
struct Hand {
    tasks: Mutex<VecDeque<Task>>,
    started: AtomicU64,
    /// Whether what it took last was put first, so that it may take a task yet.
    owed: AtomicBool,
    waiter: Waiter,
    /// Whether the thread waits without polling: on `called`, which a call then bumps.
    parks: AtomicBool,
    called: Word,
}

impl Hand {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Task>> {
        self.tasks.lock().expect("no panic under this lock")
    }

    fn pop(&self) -> Option<Task> {
        let task = self.lock().pop_front()?;
        self.started.fetch_add(1, Ordering::Relaxed);
        Some(task)
    }
}

/// A node's threads; see the module.
pub(crate) struct Pool {
    target: usize,
    /// Tasks that wait, in the queue and in hands.
    queued: AtomicUsize,
    /// Tasks that run and are not blocked: fewer than `running`, which counts threads that were called for a task.
    busy: AtomicUsize,
    state: Mutex<State>,
    /// Bumped to have the watch look on.
    watch: Word,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Task>,
    /// Short work that goes before all tasks, and is none.
    firsts: VecDeque<Task>,
    hands: Vec<Arc<Hand>>,
    running: usize,
    /// Threads that wait for a call, of which the napping ones look for themselves soon.
    waiting: Vec<Arc<Hand>>,
    napping: usize,
    /// Tasks started by threads that have ended.
    started: u64,
    watching: bool,
    watch_sleeps: bool,
}

impl State {
    fn started(&self) -> u64 {
        self.hands.iter().fold(self.started, |sum, hand| sum + hand.started.load(Ordering::Relaxed))
    }

    fn has_queued(&self) -> bool {
        !self.queue.is_empty() || !self.firsts.is_empty()
    }

    /// Takes a waiting thread to be called: the calling one itself if it waits, which is cheapest, else the last to
    /// have begun waiting.
    fn wake_up(&mut self) -> Option<Arc<Hand>> {
        let own = MINE.with_borrow(|mine| {
            let mine = mine.as_ref()?;
            self.waiting.iter().rposition(|hand| Arc::ptr_eq(hand, mine))
        });
        match own {
            Some(index) => Some(self.waiting.swap_remove(index)),
            None => self.waiting.pop(),
        }
    }

    /// Leaves the waiting threads; false where the thread was called before it could.
    fn stop_waiting(&mut self, hand: &Arc<Hand>) -> bool {
        let index = self.waiting.iter().position(|other| Arc::ptr_eq(other, hand));
        index.map(|index| self.waiting.swap_remove(index)).is_some()
    }

    /// Puts work into `hand`: what was put first, one at a time; from the queue, else half of the fullest other hand;
    /// returns the first of it.
    fn deal(&mut self, hand: &Arc<Hand>) -> Option<Task> {
        let first = self.firsts.pop_front();
        hand.owed.store(first.is_some(), Ordering::Relaxed);
        if first.is_some() {
            return first;
        }
        let mut taken = VecDeque::new();
        if self.queue.is_empty() {
            for other in self.hands.iter().filter(|other| !Arc::ptr_eq(other, hand)) {
                let mut tasks = other.lock();
                let keep = tasks.len() / 2;
                taken = tasks.split_off(keep);
                if !taken.is_empty() {
                    break;
                }
            }
        } else {
            let count = self.queue.len().div_ceil(2).min(HAND);
            taken.extend(self.queue.drain(..count));
        }
        let first = taken.pop_front()?;
        hand.started.fetch_add(1, Ordering::Relaxed);
        if !taken.is_empty() {
            hand.lock().append(&mut taken);
        }
        Some(first)
    }
}

thread_local! {
    static MINE: RefCell<Option<Arc<Hand>>> = const { RefCell::new(None) };
}

/// Whether the calling thread runs tasks, and so has the stack for many of them.
pub(crate) fn is_of_a_pool() -> bool {
    MINE.with_borrow(Option::is_some)
}

impl Pool {
    pub(crate) fn new(target: usize) -> Pool {
        Pool {
            target,
            queued: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            state: Mutex::default(),
            watch: Word::default(),
        }
    }

    /// Threads that may run at once.
    pub(crate) fn target(&self) -> usize {
        self.target
    }

    /// Tasks that wait or run here.
    pub(crate) fn load(&self) -> usize {
        self.busy.load(Ordering::Relaxed) + self.queued.load(Ordering::Relaxed)
    }

    /// Tasks that wait, and tasks that run.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.queued.load(Ordering::Relaxed), self.lock().running)
    }

    /// Queues a task of this node's own.
    pub(crate) fn push(&self, node: &'static Node, task: Task) {
        let mut state = self.lock();
        self.enqueue(&mut state, task);
        let wanted = state.running < self.target && state.napping == 0;
        self.staff(node, state, wanted);
    }

    /// Queues a task that another node waits for: a napping thread is woken.
    pub(crate) fn push_now(&self, node: &'static Node, task: Task) {
        let mut state = self.lock();
        self.enqueue(&mut state, task);
        let wanted = state.running < self.target;
        self.staff(node, state, wanted);
    }

    /// Queues short work that somebody waits for before all else.
    pub(crate) fn push_first(&self, node: &'static Node, work: Task) {
        let mut state = self.lock();
        self.queued.fetch_add(1, Ordering::Relaxed);
        state.firsts.push_back(work);
        let wanted = state.running < self.target;
        self.staff(node, state, wanted);
    }

    fn enqueue(&self, state: &mut State, task: Task) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        state.queue.push_back(task);
    }

    /// Calls one more thread if `wanted`, and sees to it that the watch looks on while there is work.
    fn staff(&self, node: &'static Node, mut state: MutexGuard<'_, State>, wanted: bool) {
        let called = if wanted { self.call(node, &mut state) } else { Ok(()) };
        let watched = self.call_watch(node, &mut state);
        let spare = self.spare() > 0;
        drop(state);
        tell(called.and(watched));
        if spare {
            node.giver().spare(node);
        }
    }

    /// Runs `wait`, with this thread's place in the pool given to another.
    pub(crate) fn blocking<R>(&self, node: &'static Node, wait: impl FnOnce() -> R) -> R {
        /// The thread's return, also when the wait unwinds.
        struct Back<'a>(&'a Pool, &'static Node, bool);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                if self.2 {
                    self.0.lock().running += 1;
                    self.0.busy.fetch_add(1, Ordering::Relaxed);
                }
                self.1.fabric().host().enter();
            }
        }
        node.fabric().host().leave();
        let mine = MINE.with_borrow(Clone::clone);
        if let Some(hand) = &mine {
            self.step_aside(node, hand);
        }
        let _back = Back(self, node, mine.is_some());
        wait()
    }

    /// Gives up this thread's place and the tasks in its hand.
    fn step_aside(&self, node: &'static Node, hand: &Hand) {
        let mut state = self.lock();
        let back = std::mem::take(&mut *hand.lock());
        for task in back.into_iter().rev() {
            state.queue.push_front(task);
        }
        state.running -= 1;
        self.busy.fetch_sub(1, Ordering::Relaxed);
        let wanted = state.has_queued() && state.running < self.target;
        let called = if wanted { self.call(node, &mut state) } else { Ok(()) };
        drop(state);
        tell(called);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under this lock")
    }

    /// Sets one more thread to work: a waiting one, else a new one.
    fn call(&self, node: &'static Node, state: &mut State) -> Result<(), Shortage> {
        if let Some(hand) = state.wake_up() {
            state.running += 1;
            node.progress().wake(&hand.waiter);
            if hand.parks.load(Ordering::Relaxed) {
                hand.called.bump();
                hand.called.wake_all();
            }
            return Ok(());
        }
        let threads = state.hands.len();
        if threads >= MAX_THREADS {
            return Err(Shortage::Bound);
        }
        let hand = Arc::<Hand>::default();
        let mine = hand.clone();
        let name = format!("drust-{}-{threads}", node.rank());
        node.start_thread(Some(name), Some(STACK), move || work(node, mine)).map_err(Shortage::System)?;
        state.hands.push(hand);
        state.running += 1;
        Ok(())
    }

    /// The next task for a thread that counts as running, or none when it should end.
    fn next(&self, node: &'static Node, hand: &Arc<Hand>) -> Option<Task> {
        if let Some(task) = hand.pop() {
            self.begun();
            return Some(task);
        }
        let mut state = self.lock();
        let mut naps = 0;
        loop {
            if (state.running <= self.target || hand.owed.load(Ordering::Relaxed))
                && let Some(task) = state.deal(hand)
            {
                return Some(self.begin(node, state, hand, task));
            }
            let napping = naps < NAPS;
            naps += 1;
            state.running -= 1;
            state.napping += usize::from(napping);
            hand.waiter.reset();
            hand.parks.store(!napping, Ordering::Relaxed);
            state.waiting.push(hand.clone());
            drop(state);
            if !napping {
                node.tell_of_room();
            }
            wait(node, hand, napping);
            state = self.lock();
            state.napping -= usize::from(napping);
            if !state.stop_waiting(hand) {
                // Whoever called wants a task begun even if the pool is full meanwhile, and counted this thread in.
                naps = 0;
                if let Some(task) = state.deal(hand) {
                    return Some(self.begin(node, state, hand, task));
                }
                continue;
            }
            if !napping {
                state.started += hand.started.load(Ordering::Relaxed);
                state.hands.retain(|other| !Arc::ptr_eq(other, hand));
                return None;
            }
            state.running += 1;
        }
    }

    /// A task that waited runs.
    fn begun(&self) {
        self.busy.fetch_add(1, Ordering::Relaxed);
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    /// Leaves with `task`, and calls one more thread where others wait and there is room for it: who queued them may
    /// have called nobody, trusting in this thread's nap to end.
    fn begin(&self, node: &'static Node, mut state: MutexGuard<'_, State>, hand: &Hand, task: Task) -> Task {
        self.begun();
        let more = state.has_queued() || !hand.lock().is_empty();
        let wanted = more && state.running < self.target && state.napping == 0;
        let called = if wanted { self.call(node, &mut state) } else { Ok(()) };
        let spare = self.spare() > 0;
        drop(state);
        tell(called);
        if spare {
            node.giver().spare(node);
        }
        task
    }

    /// Has the watch look on, though nothing is queued.
    pub(crate) fn look_on(&self, node: &'static Node) {
        let watched = self.call_watch(node, &mut self.lock());
        tell(watched);
    }

    fn call_watch(&self, node: &'static Node, state: &mut State) -> Result<(), Shortage> {
        if state.watching {
            if state.watch_sleeps {
                state.watch_sleeps = false;
                self.watch.bump();
                self.watch.wake_all();
            }
            return Ok(());
        }
        let name = format!("drust-{}-watch", node.rank());
        let watch = node.start_thread(Some(name), Some(256 << 10), move || node.pool().keep_watch(node));
        watch.map_err(Shortage::System)?;
        state.watching = true;
        Ok(())
    }

    /// The watch's sleep, without the lock.
    fn sleep<'a>(&'a self, state: MutexGuard<'a, State>, timeout: Option<Duration>) -> MutexGuard<'a, State> {
        let seen = self.watch.load();
        drop(state);
        self.watch.wait(seen, timeout);
        self.lock()
    }

    /// Gives waiting tasks a thread when none was started for a while, and looks how the node stands.
    fn keep_watch(&self, node: &'static Node) {
        let mut state = self.lock();
        let mut quiet = 0;
        let mut seen = state.started();
        while !node.has_ended() {
            if quiet >= WATCH_LOOKS {
                state.watch_sleeps = true;
                while state.watch_sleeps {
                    state = self.sleep(state, None);
                }
                quiet = 0;
                seen = state.started();
            }
            state = self.sleep(state, Some(PATIENCE));
            drop(state);
            let changes = node.look_at_itself();
            state = self.lock();
            let waiting = self.queued.load(Ordering::Relaxed) > 0;
            let works = waiting || changes && state.running > 0;
            quiet = if works || node.control().reports.is_full() { 0 } else { quiet + 1 };
            let started = state.started();
            if waiting && started == seen {
                let called = self.call(node, &mut state);
                drop(state);
                if called.is_err() {
                    node.lift_queues();
                }
                tell(called);
                node.giver().spare(node);
                state = self.lock();
            }
            seen = started;
        }
    }
}

/// Waits for a call, or until it is time to look again. A thread that naps polls the wires, if nobody else is at it;
/// one that has long had nothing to do leaves that to those who wait for something.
fn wait(node: &'static Node, hand: &Hand, napping: bool) {
    let host = node.fabric().host();
    host.leave();
    if napping {
        node.progress().wait(&hand.waiter, Some(schedule::now() + NAP));
    } else {
        let until = schedule::now() + KEEP;
        loop {
            let seen = hand.called.load();
            let left = until.saturating_duration_since(schedule::now());
            if hand.waiter.is_set() || left.is_zero() {
                break;
            }
            hand.called.wait(seen, Some(left));
        }
    }
    host.enter();
}

/// Why a task must wait for a thread that is there already.
enum Shortage {
    Bound,
    System(io::Error),
}

/// Tells of a shortage; never under a lock, since whoever listens is foreign code.
fn tell(staffed: Result<(), Shortage>) {
    let Err(shortage) = staffed else { return };
    Visible::tell(|| match shortage {
        Shortage::Bound => {
            tracing::error!(target: "drust::pool", MAX_THREADS, "no more threads allowed: queued tasks must wait");
        }
        Shortage::System(error) => {
            tracing::error!(target: "drust::pool", %error, "no new thread: queued tasks must wait");
        }
    });
}

/// The life of a pool thread.
fn work(node: &'static Node, hand: Arc<Hand>) {
    MINE.set(Some(hand.clone()));
    let host = node.fabric().host();
    host.enter();
    while let Some(task) = node.pool().next(node, &hand) {
        // What unwinds here is the drop of a result that nobody took; the hook reported it, and this thread goes on.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task.run())) {
            discard(payload);
        }
        node.pool().busy.fetch_sub(1, Ordering::Relaxed);
    }
    // It has left `running`, and what it may yet wait for, at its very end, must not take it off again.
    MINE.set(None);
    host.leave();
}
