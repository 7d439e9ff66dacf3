//! Delegation of every access to the home, as Grappa has it: Nelson and others, "Latency-Tolerant Software Distributed
//! Shared Memory" (USENIX ATC 2015).
//!
//! Nothing is cached. Each access, and each critical section, is a small function that the home carries out for whoever
//! asks, one after the other, on the one thread that it has for everything: so there are no locks. A node has hundreds
//! of light tasks; one that has asked waits while others go on, and what they ask of one node goes there in one
//! message, as do the answers.
//!
//! Written to be fast: a light task is a future, whose switch is a call; what is at home is done without a message;
//! messages leave when they are full or no task can go on, so none waits for a timer.
//!
//! Left out: several such threads a node (there are fewer cores than nodes), moving tasks between nodes, and failures.
//! Functions are known by a number instead of an address, and what they need is sent along in the same way.

mod call;
mod tasks;

use super::Node;
use super::post::Post;
use crate::load::value::{Cell, Key, Value, cell_updates, key, next, next_cell, updates, value};
use crate::load::{KEYS, Load, Op, Run, Share, Subject};
use crate::measure::cpu;
use call::{Call, Record, Reply};
use drust_fabric::Waiter;
use drust_proto::Rank;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

/// Light tasks of a node.
pub const TASKS: usize = 256;
/// Bytes from which on a message does not wait for more.
const FULL: usize = 8 << 10;

/// The homes of what is behind the two locks, if there are so many nodes.
const MUTEX: u16 = 0;
const RWLOCK: u16 = 1;

/// One node.
pub struct Delegation {
    post: Arc<Post>,
    core: Mutex<Core>,
    waiter: Waiter,
}

/// What the node's one thread works at; the lock is there for the compiler, nobody ever waits for it.
struct Core {
    memory: Memory,
    /// What is to be sent to each node.
    out: Vec<Vec<u8>>,
    /// What each task is answered.
    replies: Vec<Reply>,
    /// Tasks that can go on.
    ready: VecDeque<usize>,
}

/// What the node is home to.
struct Memory {
    mutex: Cell,
    rwlock: Cell,
    map: HashMap<Key, Value, BuildHasherDefault<Folded>>,
}

/// Keys are scattered already: their words only have to be brought together.
#[derive(Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks_exact(8) {
            self.write_u64(u64::from_le_bytes(*word.first_chunk().expect("eight bytes")));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
}

impl Memory {
    /// Carries a call out.
    fn carry_out(&mut self, call: Call) -> Reply {
        match call {
            Call::Look(Subject::Mutex) => Reply::Cell(self.mutex),
            Call::Look(_) => Reply::Cell(self.rwlock),
            Call::Advance(Subject::Mutex) => advance(&mut self.mutex),
            Call::Advance(_) => advance(&mut self.rwlock),
            Call::Get(key) => Reply::Value(*self.map.get(&key).expect("every key is in the map")),
            Call::Replace(key) => {
                let value = self.map.get_mut(&key).expect("every key is in the map");
                *value = next(value);
                Reply::Done(value[1])
            }
        }
    }
}

fn advance(cell: &mut Cell) -> Reply {
    *cell = next_cell(cell);
    Reply::Done(cell[0])
}

impl Delegation {
    /// A node with what it is home to.
    pub fn start(post: &Arc<Post>) -> Arc<Delegation> {
        let size = post.size();
        let keys = (0..KEYS).filter(|&number| home_of(&key(number), size) == post.rank());
        let map = keys.map(|number| (key(number), value(number, 0))).collect();
        let core = Core {
            memory: Memory { mutex: [0; 8], rwlock: [0; 8], map },
            out: (0..size).map(|_| Vec::with_capacity(2 * FULL)).collect(),
            replies: vec![Reply::Done(0); TASKS],
            ready: VecDeque::with_capacity(TASKS),
        };
        let node = Arc::new(Delegation { post: post.clone(), core: Mutex::new(core), waiter: Waiter::new() });
        let own: Weak<Delegation> = Arc::downgrade(&node);
        post.attach(move |from, bytes| {
            if let Some(node) = own.upgrade() {
                node.take_in(from, bytes);
            }
        });
        node
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        // A panic under it ends the bench.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node that carries a call out.
    fn home(&self, call: &Call) -> Rank {
        let size = self.post.size();
        match call {
            Call::Look(Subject::Mutex) | Call::Advance(Subject::Mutex) => Rank(MUTEX % size),
            Call::Look(_) | Call::Advance(_) => Rank(RWLOCK % size),
            Call::Get(key) | Call::Replace(key) => home_of(key, size),
        }
    }

    /// Has the home carry a call out; `task` can go on when that is done.
    fn issue(&self, task: usize, call: Call) {
        let home = self.home(&call);
        let mut core = self.core();
        if home == self.post.rank() {
            core.replies[task] = core.memory.carry_out(call);
            core.ready.push_back(task);
            return;
        }
        let out = &mut core.out[usize::from(home.0)];
        Record::Call(task, call).append(out);
        if out.len() >= FULL {
            self.send(home, out);
        }
    }

    /// Sends everything that waits for more.
    fn send_all(&self) {
        let mut core = self.core();
        for (rank, out) in (0..).map(Rank).zip(&mut core.out) {
            self.send(rank, out);
        }
        drop(core);
        self.post.flush();
    }

    fn send(&self, to: Rank, out: &mut Vec<u8>) {
        if !out.is_empty() {
            self.post.send(to, &[out]);
            out.clear();
        }
    }

    /// Carries out all calls of a message and answers them with one, together with what is to go there anyway.
    fn take_in(&self, from: Rank, message: &[u8]) {
        let mut core = self.core();
        let Core { memory, out, replies, ready } = &mut *core;
        let out = &mut out[usize::from(from.0)];
        let mut called = false;
        for record in Record::all(message) {
            match record {
                Record::Call(task, call) => {
                    called = true;
                    Record::Reply(task, memory.carry_out(call)).append(out);
                }
                Record::Reply(task, reply) => {
                    replies[task] = reply;
                    ready.push_back(task);
                }
            }
        }
        if called {
            self.send(from, out);
        }
    }

    /// Does one thing after the other until the time is over.
    async fn light_task(&self, task: usize, subject: Subject, run: &RefCell<Run>) {
        loop {
            let Some(job) = run.borrow_mut().draw() else { return };
            let call = match (subject, job.op) {
                (Subject::Map, Op::Read(number)) => Call::Get(key(number)),
                (Subject::Map, Op::Update(number)) => Call::Replace(key(number)),
                (lock, Op::Read(_)) => Call::Look(lock),
                (lock, Op::Update(_)) => Call::Advance(lock),
            };
            match (self.delegate(task, call).await, job.op) {
                (Reply::Cell(cell), Op::Read(_)) => assert!(cell_updates(&cell) < u64::MAX),
                (Reply::Value(value), Op::Read(number)) => assert!(updates(number, &value) < u64::MAX),
                (Reply::Done(count), Op::Update(_)) => assert!(count > 0),
                (reply, op) => panic!("{op:?} was answered {reply:?}"),
            }
            run.borrow_mut().count(job);
        }
    }
}

impl Node for Delegation {
    fn work(&self, load: &Load) -> Share {
        let (wall, busy, sent) = (Instant::now(), cpu(), self.post.sent());
        let run = RefCell::new(Run::new(load, u64::from(self.post.rank().0)));
        self.post.running(|| {
            self.execute((0..TASKS).map(|task| self.light_task(task, load.subject, &run)).collect());
        });
        Share {
            tally: run.into_inner().tally(),
            wall: wall.elapsed().as_nanos() as f64,
            cpu: cpu() - busy,
            messages: self.post.sent() - sent,
        }
    }

    fn updates(&self, subject: Subject) -> u64 {
        let memory = &self.core().memory;
        match subject {
            Subject::Mutex => cell_updates(&memory.mutex),
            Subject::Rwlock => cell_updates(&memory.rwlock),
            Subject::Map => memory.map.iter().map(|(key, value)| updates(key[1], value)).sum(),
        }
    }
}

fn home_of(key: &Key, size: u16) -> Rank {
    Rank((key[0] % u64::from(size)) as u16)
}
