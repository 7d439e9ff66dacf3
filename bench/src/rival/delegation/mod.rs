//! Delegation of every access to the home, as Grappa has it: Nelson and others, "Latency-Tolerant Software Distributed
//! Shared Memory" (USENIX ATC 2015).
//!
//! Nothing is cached. Each access, and each critical section, is a small function that the home carries out for whoever
//! asks, one after the other, on the one thread that it has for everything: so there are no locks. A node has hundreds
//! of light tasks; one that has asked waits while others go on, and what they ask of one node goes there in one
//! message, as do the answers. A mutex that is to be held nevertheless is a queue of tasks at its home; what is behind
//! it comes with it, and goes back with it.
//!
//! Written to be fast: a light task is a future, whose switch is a call; what is at home is done without a message;
//! messages leave when they are full or no task can go on, so none waits for a timer.
//!
//! Left out: several such threads a node (there are fewer cores than nodes), moving tasks between nodes, and failures.
//! Functions are known by a number instead of an address, and what they need is sent along in the same way.

mod call;
mod held;
mod tasks;

use super::Node;
use super::post::Post;
use crate::load::value::{Cell, Key, Value, cell_updates, key, next, next_cell, updates, value};
use crate::load::{KEYS, Load, Op, Run, Share, Subject};
use crate::measure::cpu;
use call::{Call, Lock, Record, Reply};
use drust_fabric::Waiter;
use drust_proto::Rank;
use held::Held;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

/// Light tasks of a node.
pub const TASKS: usize = 256;
/// Bytes from which on a message does not wait for more.
const FULL: usize = 8 << 10;

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
    mutex: Held,
    section: Cell,
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
    fn behind(&mut self, lock: Lock) -> &mut Cell {
        match lock {
            Lock::Section => &mut self.section,
            Lock::Rwlock => &mut self.rwlock,
        }
    }

    /// Carries a call out for a task of a node.
    fn carry_out(&mut self, by: (Rank, usize), call: Call) -> Carried {
        let reply = match call {
            Call::Acquire => return Carried { reply: self.mutex.acquire(by).map(Reply::Cell), next: None },
            Call::Release(cell) => {
                let next = self.mutex.release(cell).map(|next| (next, Reply::Cell(cell)));
                return Carried { reply: Some(Reply::Done(cell_updates(&cell))), next };
            }
            Call::Look(lock) => Reply::Cell(*self.behind(lock)),
            Call::Advance(lock) => {
                let cell = self.behind(lock);
                *cell = next_cell(cell);
                Reply::Done(cell[0])
            }
            Call::Get(key) => Reply::Value(*self.map.get(&key).expect("every key is in the map")),
            Call::Replace(key) => {
                let value = self.map.get_mut(&key).expect("every key is in the map");
                *value = next(value);
                Reply::Done(value[1])
            }
        };
        Carried { reply: Some(reply), next: None }
    }
}

/// What came of a call: a reply, unless it comes later, and one for another task that waited for this.
struct Carried {
    reply: Option<Reply>,
    next: Option<((Rank, usize), Reply)>,
}

impl Core {
    /// Has a task of a node go on with a reply.
    fn reply(&mut self, own: Rank, (rank, task): (Rank, usize), reply: Reply) {
        if rank == own {
            self.replies[task] = reply;
            self.ready.push_back(task);
        } else {
            Record::Reply(task, reply).append(&mut self.out[usize::from(rank.0)]);
        }
    }

    /// Carries a call out and replies; which other node is to be told of it.
    fn serve(&mut self, own: Rank, by: (Rank, usize), call: Call) -> Option<Rank> {
        let carried = self.memory.carry_out(by, call);
        if let Some(reply) = carried.reply {
            self.reply(own, by, reply);
        }
        let (next, reply) = carried.next?;
        self.reply(own, next, reply);
        Some(next.0)
    }
}

impl Delegation {
    /// A node with what it is home to.
    pub fn start(post: &Arc<Post>) -> Arc<Delegation> {
        let size = post.size();
        let keys = (0..KEYS).filter(|&number| home_of(&key(number), size) == post.rank());
        let map = keys.map(|number| (key(number), value(number, 0))).collect();
        let core = Core {
            memory: Memory { mutex: Held::default(), section: [0; 8], rwlock: [0; 8], map },
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
            Call::Acquire | Call::Release(_) => Rank(0),
            Call::Look(lock) | Call::Advance(lock) => Rank(*lock as u16 % size),
            Call::Get(key) | Call::Replace(key) => home_of(key, size),
        }
    }

    /// Has the home carry a call out; `task` can go on when that is done.
    fn issue(&self, task: usize, call: Call) {
        let home = self.home(&call);
        let mut core = self.core();
        if home == self.post.rank() {
            core.serve(home, (home, task), call);
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
        let own = self.post.rank();
        let mut core = self.core();
        let mut called = false;
        for record in Record::all(message) {
            match record {
                Record::Call(task, call) => {
                    called = true;
                    if let Some(other) = core.serve(own, (from, task), call)
                        && other != from
                    {
                        self.send(other, &mut core.out[usize::from(other.0)]);
                    }
                }
                Record::Reply(task, reply) => core.reply(own, (own, task), reply),
            }
        }
        if called {
            self.send(from, &mut core.out[usize::from(from.0)]);
        }
    }

    /// Does one thing after the other until the time is over.
    async fn light_task(&self, task: usize, subject: Subject, run: &RefCell<Run>) {
        loop {
            let Some(job) = run.borrow_mut().draw() else { return };
            let call = match (subject, job.op) {
                (Subject::Map, Op::Read(number)) => Call::Get(key(number)),
                (Subject::Map, Op::Update(number)) => Call::Replace(key(number)),
                (Subject::Mutex, _) => match self.delegate(task, Call::Acquire).await {
                    Reply::Cell(cell) => Call::Release(next_cell(&cell)),
                    reply => panic!("a mutex came with {reply:?}"),
                },
                (Subject::Section, Op::Read(_)) => Call::Look(Lock::Section),
                (Subject::Section, Op::Update(_)) => Call::Advance(Lock::Section),
                (Subject::Rwlock, Op::Read(_)) => Call::Look(Lock::Rwlock),
                (Subject::Rwlock, Op::Update(_)) => Call::Advance(Lock::Rwlock),
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
            Subject::Mutex => cell_updates(memory.mutex.free()),
            Subject::Section => cell_updates(&memory.section),
            Subject::Rwlock => cell_updates(&memory.rwlock),
            Subject::Map => memory.map.iter().map(|(key, value)| updates(key[1], value)).sum(),
        }
    }
}

fn home_of(key: &Key, size: u16) -> Rank {
    Rank((key[0] % u64::from(size)) as u16)
}
