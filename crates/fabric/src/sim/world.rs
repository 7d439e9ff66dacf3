//! The world that simulated nodes live in: their threads pass one baton, and their clock is a number.
//!
//! Every thread of every node is a thread of the system, but only the one that holds the baton runs. It may pass the
//! baton on wherever the runtime says so (`Seat::pass`), and must where it waits (`Seat::wait`); who is next, and
//! how far the clock goes meanwhile, the seed decides. So a run is a function of its seed.
//!
//! # Contract
//!
//! 1. `running` names the thread that holds the baton; nobody else changes the state, but for a thread that comes back
//!    from outside, or begins, which only queues itself, and the sentry.
//! 2. A thread sleeps on its own condition variable, with the state's lock, until `running` names it. Who hands the
//!    baton on sets `running` before it notifies, so no hand-over is missed.
//! 3. Alarms run on the thread that hands the baton on, which may be none of the world's any more, without the lock:
//!    they may wake by the world and set alarms, and never wait.
//! 4. No lock of drust is held where the baton is passed: the threads of a node would wait for each other outside.
//! 5. A thread that waits where the world cannot see it (a lock of the user's) keeps the baton. The sentry, a thread
//!    outside, notices that it sleeps and takes the baton from it; when it comes back it queues again. What it does
//!    meanwhile may make others ready, or send; where nobody has the baton then, the sentry gives it to them. The run
//!    goes on and is right, but the system's scheduler had a part in it. Meanwhile the clock makes no leaps, and where
//!    nobody else can run it goes as the real one does.
#![allow(clippy::disallowed_methods, reason = "the simulated world is made of real threads")]

use super::random::Random;
use super::seat::sit;
use super::sentry;
use drust_proto::Rank;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far the clock may leap while a thread is outside.
const LEAP: Duration = Duration::from_millis(1);

/// What is done at a time, on whichever thread has the baton then.
pub(super) type Alarm = Box<dyn FnOnce() + Send>;

/// How a world ended before `main` did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Every node has ended: the first that did, and what each ended with (`None`: killed), in that order.
    Lost(Vec<(Rank, Option<i32>)>),
    /// Every thread waits, and nothing will ever wake one, or the run had more steps than allowed; who waits.
    Stuck(String),
}

/// Told once, when a world ends before its `main` does.
pub type OnEnding = Box<dyn Fn(Ending) + Send + Sync>;

/// How often the baton goes, and how time passes: chosen by the seed, so that some runs are calm and some are wild.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The baton goes to anybody once in so many times that it might.
    pub(super) switch: usize,
    /// The most that the clock goes on between two steps.
    pub(super) tick: Duration,
    /// The usual most that a message takes.
    pub(super) delay: Duration,
    /// Whether nodes read each other's partitions in place, as on `shm`, or ask by messages, as over a network.
    pub(super) direct: bool,
}

/// A simulated world. There is one in a process, and it stays.
pub(crate) struct World {
    state: Mutex<State>,
    pub(super) epoch: Instant,
    on_ending: OnEnding,
    on_exit: Box<dyn Fn(Rank) + Send + Sync>,
}

pub(super) struct State {
    pub(super) random: Random,
    pub(super) pace: Pace,
    pub(super) now: Duration,
    pub(super) steps: u64,
    pub(super) most_steps: u64,
    pub(super) running: Option<usize>,
    pub(super) threads: Vec<Thread>,
    alarms: BTreeMap<(Duration, u64), Alarm>,
    alarms_set: u64,
    nodes: Vec<Node>,
    ended: Vec<(Rank, Option<i32>)>,
    /// Somebody looks for who is next; alarms run meanwhile, without the lock.
    handing_on: bool,
    over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Node {
    Runs,
    Stopped { until: Duration },
    Ended,
}

pub(super) struct Thread {
    name: String,
    pub(super) node: Rank,
    pub(super) phase: Phase,
    pub(super) turn: Arc<Condvar>,
    system_id: i32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Ready,
    Waiting { word: usize, until: Option<Duration> },
    Outside,
    Over,
}

impl World {
    /// A world of `nodes` nodes. `on_ending` is told where it ends before `main`, `on_exit` when a node has ended.
    pub(super) fn new(
        seed: u64,
        nodes: u16,
        most_steps: u64,
        on_ending: OnEnding,
        on_exit: Box<dyn Fn(Rank) + Send + Sync>,
    ) -> &'static World {
        let mut random = Random::new(seed);
        let pace = Pace {
            switch: random.choose(&[1, 2, 5, 20]),
            tick: Duration::from_nanos(random.choose(&[50, 500, 5000])),
            delay: Duration::from_nanos(random.choose(&[100, 10_000, 300_000])),
            direct: random.once_in(2),
        };
        let state = State {
            random,
            pace,
            now: Duration::ZERO,
            steps: 0,
            most_steps,
            running: None,
            threads: Vec::new(),
            alarms: BTreeMap::new(),
            alarms_set: 0,
            nodes: vec![Node::Runs; usize::from(nodes)],
            ended: Vec::new(),
            handing_on: false,
            over: false,
        };
        let world = World { state: Mutex::new(state), epoch: Instant::now(), on_ending, on_exit };
        Box::leak(Box::new(world))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // No step under the lock leaves the state half changed where it panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `main` as the first thread of the world, on node 0; when it returns nothing of the world runs any more.
    pub(super) fn run<R>(&'static self, main: impl FnOnce() -> R) -> R {
        /// The world's end, also by a panic.
        struct End(&'static World);
        impl Drop for End {
            fn drop(&mut self) {
                let mut state = self.0.lock();
                (state.over, state.running) = (true, None);
                sit(None);
            }
        }
        let id = self.lock().admit("main".into(), Rank(0));
        self.lock().running = Some(id);
        self.settle_in(id);
        let _end = End(self);
        sentry::start(self);
        main()
    }

    pub(super) fn settle_in(&'static self, id: usize) {
        self.lock().threads[id].system_id = sentry::own_id();
        sit(Some((self, id)));
    }

    /// What the clock shows: time since the world began.
    pub(super) fn now(&self) -> Duration {
        self.lock().now
    }

    /// Steps taken, and what the clock shows.
    pub(super) fn progress(&self) -> (u64, Duration) {
        let state = self.lock();
        (state.steps, state.now)
    }

    /// Has `alarm` run when the clock shows `at`.
    pub(super) fn set_alarm(&self, at: Duration, alarm: impl FnOnce() + Send + 'static) {
        self.lock().set_alarm(at, Box::new(alarm));
    }

    /// Lets no thread of `node` run until the clock shows `until`, or a later time that it is stopped to already.
    pub(super) fn stop(&self, node: Rank, until: Duration) {
        let place = &mut self.lock().nodes[usize::from(node.0)];
        *place = match *place {
            Node::Runs => Node::Stopped { until },
            Node::Stopped { until: already } => Node::Stopped { until: already.max(until) },
            Node::Ended => Node::Ended,
        };
    }

    /// Ends a node at once, as `kill -9` does: no code, no farewell.
    pub(super) fn kill(&self, node: Rank) {
        self.end_node(node, None);
    }

    pub(super) fn end_node(&self, node: Rank, code: Option<i32>) {
        let mut state = self.lock();
        let place = &mut state.nodes[usize::from(node.0)];
        if *place == Node::Ended {
            return;
        }
        *place = Node::Ended;
        state.ended.push((node, code));
        drop(state);
        (self.on_exit)(node);
    }

    /// Has every thread that sleeps on `word` go on.
    pub(super) fn wake(&self, word: usize) {
        for thread in &mut self.lock().threads {
            if matches!(thread.phase, Phase::Waiting { word: on, .. } if on == word) {
                thread.phase = Phase::Ready;
            }
        }
    }

    /// What the sentry watches: who has the baton, its thread in the system, and how many steps were taken.
    pub(super) fn watched(&self) -> Option<(usize, i32, u64)> {
        let state = self.lock();
        let id = state.running.filter(|&id| state.threads[id].system_id != 0)?;
        Some((id, state.threads[id].system_id, state.steps))
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().over
    }

    /// Where nobody has the baton, lets as much time pass as has passed outside, and gives it away: a thread outside
    /// may have woken somebody, or sent something.
    pub(super) fn idle_for(&self, time: Duration) {
        let mut state = self.lock();
        if state.running.is_none() && !state.handing_on && !state.over {
            state.now += time;
            state.expire();
            drop(self.hand_on(state));
        }
    }

    /// Takes the baton from a thread that still has it after `steps` steps, and gives it to another.
    pub(super) fn take_from(&self, id: usize, steps: u64) {
        let mut state = self.lock();
        if state.running != Some(id) || state.steps != steps {
            return;
        }
        tracing::warn!(target: "drust::sim", thread = state.threads[id].name, "waits outside the simulated world");
        state.threads[id].phase = Phase::Outside;
        drop(self.hand_on(state));
    }

    /// Gives the baton to whoever is ready, letting time pass until somebody is; nobody, where only threads outside are
    /// left to wait for. Where nobody ever will be, the world ends.
    pub(super) fn hand_on<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if state.handing_on || state.over {
            // Whoever is at it finds all that are ready; nobody is, where the world has ended.
            return state;
        }
        state.handing_on = true;
        loop {
            state = self.ring(state);
            state.running = None;
            if let Some(ending) = state.ending() {
                state.over = true;
                drop(state);
                (self.on_ending)(ending);
                return self.lock();
            }
            if let Some(next) = state.pick() {
                state.running = Some(next);
                state.threads[next].turn.notify_one();
                break;
            }
            if !state.skip_ahead() {
                break;
            }
        }
        state.handing_on = false;
        state
    }

    /// Runs the alarms that are due.
    pub(super) fn ring<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        while let Some(alarm) = state.due() {
            drop(state);
            alarm();
            state = self.lock();
        }
        state
    }
}

impl State {
    pub(super) fn admit(&mut self, name: String, node: Rank) -> usize {
        let turn = Arc::default();
        self.threads.push(Thread { name, node, phase: Phase::Ready, turn, system_id: 0 });
        self.threads.len() - 1
    }

    fn set_alarm(&mut self, at: Duration, alarm: Alarm) {
        self.alarms_set += 1;
        self.alarms.insert((at, self.alarms_set), alarm);
    }

    /// The alarm that is due, if one is.
    fn due(&mut self) -> Option<Alarm> {
        let first = self.alarms.first_entry()?;
        (first.key().0 <= self.now).then(|| first.remove())
    }

    pub(super) fn step(&mut self) {
        self.steps += 1;
        self.now += self.random.time(self.pace.tick);
        self.expire();
    }

    /// Ends the waits and the stops whose time has come.
    fn expire(&mut self) {
        for thread in &mut self.threads {
            if matches!(thread.phase, Phase::Waiting { until: Some(until), .. } if until <= self.now) {
                thread.phase = Phase::Ready;
            }
        }
        for node in &mut self.nodes {
            if matches!(*node, Node::Stopped { until } if until <= self.now) {
                *node = Node::Runs;
            }
        }
    }

    pub(super) fn may_run(&self, thread: &Thread) -> bool {
        thread.phase == Phase::Ready && self.nodes[usize::from(thread.node.0)] == Node::Runs
    }

    /// Any thread that may run.
    fn pick(&mut self) -> Option<usize> {
        if self.over {
            return None;
        }
        let ready = self.threads.iter().filter(|thread| self.may_run(thread)).count();
        if ready == 0 {
            return None;
        }
        let nth = self.random.below(ready);
        (0..self.threads.len()).filter(|&id| self.may_run(&self.threads[id])).nth(nth)
    }

    /// Lets the clock go on to the next time at which something happens; false where that may be never, or where a
    /// thread outside, which lives in real time, may come back before.
    fn skip_ahead(&mut self) -> bool {
        let lives = |thread: &&Thread| self.nodes[usize::from(thread.node.0)] != Node::Ended;
        let waits = self.threads.iter().filter(lives).filter_map(|thread| match thread.phase {
            Phase::Waiting { until, .. } => until,
            _ => None,
        });
        let stops = self.nodes.iter().filter_map(|node| match node {
            Node::Stopped { until } => Some(*until),
            _ => None,
        });
        let alarm = self.alarms.first_key_value().map(|(key, _)| key.0);
        let Some(next) = waits.chain(stops).chain(alarm).min() else { return false };
        let soon = self.now + LEAP;
        let mut outside = self.threads.iter().filter(lives).filter(|thread| thread.phase == Phase::Outside);
        if self.over || next > soon && outside.next().is_some() {
            return false;
        }
        self.steps += 1;
        self.now = self.now.max(next);
        self.expire();
        true
    }

    /// Whether the world has ended.
    fn ending(&self) -> Option<Ending> {
        if self.over {
            return None;
        }
        if self.ended.len() == self.nodes.len() {
            return Some(Ending::Lost(self.ended.clone()));
        }
        let hopeless = self.alarms.is_empty() && self.threads.iter().all(|thread| self.never_runs(thread));
        (hopeless || self.steps >= self.most_steps).then(|| Ending::Stuck(self.describe()))
    }

    /// Whether nothing but another thread can ever have this one run.
    fn never_runs(&self, thread: &Thread) -> bool {
        self.nodes[usize::from(thread.node.0)] == Node::Ended
            || matches!(thread.phase, Phase::Waiting { until: None, .. } | Phase::Over)
    }

    fn describe(&self) -> String {
        let mut text = format!("at {:?}, after {} steps:", self.now, self.steps);
        for thread in self.threads.iter().filter(|thread| thread.phase != Phase::Over) {
            let doing = match thread.phase {
                Phase::Ready => "is ready",
                Phase::Waiting { until: None, .. } => "waits",
                Phase::Waiting { .. } => "waits for a time",
                Phase::Outside => "is outside",
                Phase::Over => "is over",
            };
            let node = self.nodes[usize::from(thread.node.0)];
            let _ = write!(text, "\n  node {} ({node:?}): thread {} {doing}", thread.node, thread.name);
        }
        text
    }
}
