//! The threads that run tasks: as many runnable as there are cores for this node, however many are blocked.
//!
//! Contract of the [`Pool`]:
//!
//! 1. `running` counts pool threads that are neither idle nor blocked in the runtime. A thread takes a task only while
//!    `running <= target`, or with a ticket from the watch.
//! 2. A thread that blocks in the runtime leaves `running`, and the next queued task gets a thread in its place.
//! 3. User code also blocks where the runtime cannot see it (`accept`, a std barrier). So while tasks wait and none was
//!    started for 10 ms, the watch gives one more a thread, whatever the others do, up to [`MAX_THREADS`].
//! 4. Whoever makes an idle thread run moves it from `idle` to `running` itself and leaves it a ticket, so that nobody
//!    else counts on it.

use crate::node::Node;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Threads that one node's pool may have; at this bound queued tasks wait, and an error event says so.
pub const MAX_THREADS: usize = 4096;

/// How long tasks may wait while none is started.
const PATIENCE: Duration = Duration::from_millis(10);
/// Idle looks of the watch before it sleeps until woken.
const WATCH_LOOKS: u32 = 50;
/// How long a thread without work is kept.
const KEEP: Duration = Duration::from_secs(5);
const STACK: usize = 8 << 20;

/// Something to be run on a pool thread.
pub(crate) trait Run: Send + Sync {
    /// Runs it, unless somebody else has taken it meanwhile.
    fn run(self: Arc<Self>);
}

/// A node's threads; see the module.
pub(crate) struct Pool {
    target: usize,
    state: Mutex<State>,
    work: Condvar,
    watch: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arc<dyn Run>>,
    running: usize,
    idle: usize,
    tickets: usize,
    threads: usize,
    started: u64,
    watching: bool,
    watch_sleeps: bool,
}

thread_local! {
    static IN_POOL: Cell<bool> = const { Cell::new(false) };
}

impl Pool {
    pub(crate) fn new(target: usize) -> Pool {
        Pool { target, state: Mutex::default(), work: Condvar::new(), watch: Condvar::new() }
    }

    /// Threads that may run at once.
    pub(crate) fn target(&self) -> usize {
        self.target
    }

    /// Tasks that wait or run here.
    pub(crate) fn load(&self) -> usize {
        let state = self.lock();
        state.queue.len() + state.running
    }

    /// Queues a task.
    pub(crate) fn push(&self, node: &'static Node, task: Arc<dyn Run>) {
        let mut state = self.lock();
        state.queue.push_back(task);
        if state.running < self.target {
            self.employ(node, &mut state);
        }
        if state.watch_sleeps || !state.watching {
            self.call_watch(node, &mut state);
        }
    }

    /// Runs `wait`, with this thread's place in the pool given to another.
    pub(crate) fn blocking<R>(&self, node: &'static Node, wait: impl FnOnce() -> R) -> R {
        let host = node.fabric().host();
        host.leave();
        let in_pool = IN_POOL.get();
        if in_pool {
            let mut state = self.lock();
            state.running -= 1;
            if !state.queue.is_empty() && state.running < self.target {
                self.employ(node, &mut state);
            }
        }
        let result = wait();
        if in_pool {
            self.lock().running += 1;
        }
        host.enter();
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under this lock")
    }

    /// Sets one more thread to work: an idle one, else a new one.
    fn employ(&self, node: &'static Node, state: &mut State) {
        if state.idle > 0 {
            state.idle -= 1;
            state.running += 1;
            state.tickets += 1;
            self.work.notify_one();
            return;
        }
        if state.threads >= MAX_THREADS {
            tracing::error!(target: "drust::pool", threads = state.threads, "no more threads: queued tasks must wait");
            return;
        }
        let name = format!("drust-{}-{}", node.rank(), state.threads);
        let spawned = std::thread::Builder::new().name(name).stack_size(STACK).spawn(move || work(node));
        match spawned {
            Ok(_) => {
                state.threads += 1;
                state.running += 1;
            }
            Err(error) => tracing::error!(target: "drust::pool", %error, "no new thread: queued tasks must wait"),
        }
    }

    /// The next task for a thread that counts as running, or none when it should end.
    fn next(&self) -> Option<Arc<dyn Run>> {
        let mut state = self.lock();
        loop {
            if state.running <= self.target
                && let Some(task) = state.queue.pop_front()
            {
                state.started += 1;
                return Some(task);
            }
            state.running -= 1;
            state.idle += 1;
            loop {
                let (locked, timeout) = self.work.wait_timeout(state, KEEP).expect("no panic under this lock");
                state = locked;
                if state.tickets > 0 {
                    state.tickets -= 1;
                    break;
                }
                if timeout.timed_out() && state.idle > 0 {
                    state.idle -= 1;
                    state.threads -= 1;
                    return None;
                }
            }
            // Whoever left the ticket wants a task started even if the pool is full meanwhile.
            if let Some(task) = state.queue.pop_front() {
                state.started += 1;
                return Some(task);
            }
        }
    }

    fn call_watch(&self, node: &'static Node, state: &mut State) {
        if state.watching {
            state.watch_sleeps = false;
            self.watch.notify_one();
            return;
        }
        let name = format!("drust-{}-watch", node.rank());
        match std::thread::Builder::new().name(name).stack_size(256 << 10).spawn(move || node.pool().keep_watch(node)) {
            Ok(_) => state.watching = true,
            Err(error) => tracing::error!(target: "drust::pool", %error, "no watch: blocked tasks may hold up others"),
        }
    }

    /// Gives waiting tasks a thread when none was started for a while.
    fn keep_watch(&self, node: &'static Node) {
        let mut state = self.lock();
        let mut quiet = 0;
        let mut seen = state.started;
        while !node.has_ended() {
            if quiet >= WATCH_LOOKS {
                state.watch_sleeps = true;
                state = self.watch.wait_while(state, |state| state.watch_sleeps).expect("no panic under this lock");
                quiet = 0;
                seen = state.started;
            }
            state = self.watch.wait_timeout(state, PATIENCE).expect("no panic under this lock").0;
            quiet = if state.queue.is_empty() { quiet + 1 } else { 0 };
            if !state.queue.is_empty() && state.started == seen {
                self.employ(node, &mut state);
            }
            seen = state.started;
        }
    }
}

/// The life of a pool thread.
fn work(node: &'static Node) {
    IN_POOL.set(true);
    node.enter();
    let host = node.fabric().host();
    host.enter();
    while let Some(task) = node.pool().next() {
        task.run();
    }
    host.leave();
}
