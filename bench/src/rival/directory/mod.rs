//! A directory protocol with lines of 512 bytes, as GAM has it: Cai and others, "Efficient Distributed Memory
//! Management with RDMA and Caching" (PVLDB 11(11), 2018).
//!
//! Memory is lines, each with a home, where the directory says which nodes have a copy of it, or which one owns it. A
//! node that reads asks the home, is entered as a sharer and keeps its copy; one that writes asks the home, which has
//! all sharers give theirs up, waits for their word, and then makes the writer the owner, who keeps the line until
//! somebody asks. The line of an owner goes straight to whoever asked, and home as well where it was asked for reading.
//! Locks are those of lines: as long as a thread works at a line what others ask of it waits, first come first served,
//! and lock and data travel in one message.
//!
//! Written to be fast: hits take a latch and nothing else; a node asks for a line once, for all of its threads that
//! want it; the threads that waited for it have it before it is given on; a sharer that writes is not sent what it has.
//! Threads that need nothing look from time to time at what other nodes ask, since there is no core for a thread that
//! does nothing else.
//!
//! Left out: eviction (every node has room for all lines), writes that return before they are done (the loads read what
//! they write), objects larger than a line, one-sided writes of RDMA (the line is in the message), and failures.
//!
//! The map is a table of such lines with ten places of 48 bytes in each; what does not fit goes to the line after.

mod home;
mod line;
mod message;
mod table;

use super::Node;
use super::post::Post;
use crate::load::value::{Cell, cell_updates, next, next_cell, updates};
use crate::load::{Load, Op, Run, Share, Subject};
use crate::measure::cpu;
use drust_fabric::Waiter;
use drust_proto::Rank;
use line::{Bytes, Line, Right};
use std::sync::{Arc, Weak};
use std::time::Instant;
use table::{BUCKETS, Bucket, Found};

/// Threads of a node that work.
pub const THREADS: u64 = 4;
/// Operations of a thread between two looks at what other nodes ask.
const LOOK: u64 = 64;

/// The first line of the map, behind those of the locks.
const MAP: u32 = 3;

/// One node.
pub struct Directory {
    post: Arc<Post>,
    lines: Box<[Line]>,
}

impl Directory {
    /// A node with what it is home to.
    pub fn start(post: &Arc<Post>) -> Arc<Directory> {
        let home_of = |line: u32| Rank(line as u16 % post.size());
        let table = table::filled();
        let lines = (0..MAP + BUCKETS).map(|line| match home_of(line) == post.rank() {
            true => Line::at_home(line.checked_sub(MAP).map_or([0; 512], |bucket| table[bucket as usize])),
            false => Line::elsewhere(),
        });
        let node = Arc::new(Directory { post: post.clone(), lines: lines.collect() });
        let own: Weak<Directory> = Arc::downgrade(&node);
        post.attach(move |from, bytes| {
            if let Some(node) = own.upgrade() {
                node.take_in(from, bytes);
            }
        });
        post.progress().start_background(|| ()).expect("the system gives a thread");
        node
    }

    fn home_of(&self, line: u32) -> Rank {
        Rank(line as u16 % self.post.size())
    }

    /// Looks at a line.
    fn read<R>(&self, waiter: &Waiter, line: u32, look: impl FnOnce(&Bytes) -> R) -> R {
        let place = self.lines[line as usize].shared();
        if place.may(Right::Read) {
            return look(place.bytes());
        }
        drop(place);
        self.claim(waiter, line, Right::Read, |bytes| look(bytes))
    }

    /// Changes a line: lock, read, write and unlock.
    fn update<R>(&self, waiter: &Waiter, line: u32, change: impl FnOnce(&mut Bytes) -> R) -> R {
        self.claim(waiter, line, Right::Write, change)
    }

    fn claim<R>(&self, waiter: &Waiter, line: u32, want: Right, work: impl FnOnce(&mut Bytes) -> R) -> R {
        let mut place = self.lines[line as usize].lock();
        if place.may(want) {
            return work(place.bytes_mut());
        }
        waiter.reset();
        place.enqueue(want, waiter);
        self.ask(&mut place, line);
        drop(place);
        self.post.wait(waiter);
        let mut place = self.lines[line as usize].lock();
        let result = work(place.bytes_mut());
        if place.served() {
            self.settle(&mut place, line);
        }
        result
    }

    fn cell(&self, waiter: &Waiter, line: u32, op: Op) {
        match op {
            Op::Read(_) => {
                self.read(waiter, line, |bytes| cell_updates(&cell_of(bytes)));
            }
            Op::Update(_) => self.update(waiter, line, |bytes| {
                let after = next_cell(&cell_of(bytes));
                put_words(bytes, 0, &after);
            }),
        }
    }

    fn get(&self, waiter: &Waiter, number: u64) -> u64 {
        table::probe(number, |bucket, key| {
            self.read(waiter, MAP + bucket, |bytes| match Bucket(bytes).find(key) {
                Found::At(place) => Some(updates(number, &Bucket(bytes).value(place))),
                Found::Absent => panic!("key {number} is not in the map"),
                Found::Elsewhere => None,
            })
        })
    }

    fn replace(&self, waiter: &Waiter, number: u64) {
        table::probe(number, |bucket, key| {
            self.update(waiter, MAP + bucket, |bytes| match Bucket(bytes).find(key) {
                Found::At(place) => {
                    let after = next(&Bucket(bytes).value(place));
                    put_words(bytes, table::value_at(place), &after);
                    Some(())
                }
                Found::Absent => panic!("key {number} is not in the map"),
                Found::Elsewhere => None,
            })
        });
    }

    fn work_alone(&self, load: &Load, worker: u64) -> crate::load::Tally {
        let waiter = Waiter::new();
        let mut run = Run::new(load, worker);
        let mut done = 0_u64;
        while let Some(job) = run.draw() {
            match (lock_line(load.subject), job.op) {
                (Some(line), op) => self.cell(&waiter, line, op),
                (None, Op::Read(key)) => {
                    self.get(&waiter, key);
                }
                (None, Op::Update(key)) => self.replace(&waiter, key),
            }
            run.count(job);
            done += 1;
            if done.is_multiple_of(LOOK) {
                self.post.progress().poll();
            }
        }
        run.tally()
    }
}

impl Node for Directory {
    fn work(&self, load: &Load) -> Share {
        let (wall, busy, sent) = (Instant::now(), cpu(), self.post.sent());
        let mut share = Share::default();
        let first = u64::from(self.post.rank().0) * THREADS;
        std::thread::scope(|scope| {
            let work = |worker| scope.spawn(move || self.post.running(|| self.work_alone(load, worker)));
            let threads: Vec<_> = (first..first + THREADS).map(work).collect();
            threads.into_iter().for_each(|thread| share.tally.add(&thread.join().expect("no panic")));
        });
        share.wall = wall.elapsed().as_nanos() as f64;
        share.cpu = cpu() - busy;
        share.messages = self.post.sent() - sent;
        share
    }

    fn updates(&self, subject: Subject) -> u64 {
        let waiter = Waiter::new();
        let own = |line: u32| self.home_of(line) == self.post.rank();
        self.post.running(|| match lock_line(subject) {
            Some(line) if own(line) => self.read(&waiter, line, |bytes| cell_updates(&cell_of(bytes))),
            Some(_) => 0,
            None => {
                let buckets = (MAP..MAP + BUCKETS).filter(|&line| own(line));
                buckets.map(|line| self.read(&waiter, line, |bytes| Bucket(bytes).updates())).sum()
            }
        })
    }
}

/// The line of what is behind a lock. A critical section is carried out where the thread is that wants it: that is what
/// lines move for.
fn lock_line(subject: Subject) -> Option<u32> {
    match subject {
        Subject::Mutex => Some(0),
        Subject::Section => Some(1),
        Subject::Rwlock => Some(2),
        Subject::Map => None,
    }
}

fn cell_of(bytes: &Bytes) -> Cell {
    std::array::from_fn(|index| word(bytes, index))
}

/// The word with this number.
fn word(bytes: &[u8], index: usize) -> u64 {
    u64::from_le_bytes(*bytes[8 * index..].first_chunk().expect("eight bytes"))
}

/// Writes words from the one with this number on.
fn put_words(bytes: &mut [u8], first: usize, words: &[u64]) {
    for (index, word) in words.iter().enumerate() {
        bytes[8 * (first + index)..][..8].copy_from_slice(&word.to_le_bytes());
    }
}
