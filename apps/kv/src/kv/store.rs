//! The map, and the words by which the nodes know of each other.

use super::answer::Answer;
use super::bytes::Bytes;
use super::change::{Change, Done, Order, carry_out};
use super::clock::now;
use super::item::Item;
use super::look::{Look, Question, ask};
use super::node::Node;
use super::{AtomicVec, HashMap, Ordering, Sent, nodes};

data! {
    /// What all nodes share.
    pub struct Store {
        map: HashMap<Bytes, Item>,
        words: AtomicVec<i64>,
    }
}

/// What each node counts.
#[derive(Clone, Copy, Debug)]
pub enum Counter {
    /// Bytes that its changes have taken, less those that they have given back.
    Used,
    /// Clients that are connected.
    Clients,
    /// Clients that ever were.
    Connections,
    /// Commands.
    Commands,
    /// Reads that found their key.
    Hits,
    /// Reads that did not.
    Misses,
    /// Keys that had expired when they were next looked for, or swept.
    Expired,
}

impl Counter {
    /// How many there are.
    pub const COUNT: usize = Counter::Expired as usize + 1;
}

const STOP: usize = 0;
const LIMIT: usize = 1;
const INSERTED: usize = 2;
/// The words of the first node.
const FIRST: usize = 3;

/// The words as they were at one time.
pub struct Heard(std::vec::Vec<i64>);

impl Heard {
    /// What all nodes have counted.
    pub fn sum(&self, counter: Counter) -> i64 {
        self.0[FIRST + counter as usize..].iter().step_by(Counter::COUNT).sum()
    }

    /// What one node has counted.
    pub fn of(&self, node: usize, counter: Counter) -> i64 {
        self.0[FIRST + node * Counter::COUNT + counter as usize]
    }

    /// Bytes that all values may take.
    pub fn limit(&self) -> u64 {
        self.0[LIMIT] as u64
    }

    /// Whether somebody has said so.
    pub fn is_stopping(&self) -> bool {
        self.0[STOP] != 0
    }
}

impl Store {
    /// An empty one, whose values may take so many bytes; 0 is no limit.
    pub fn new(limit: u64) -> Store {
        let store = Store { map: HashMap::new(), words: AtomicVec::new(FIRST + nodes() * Counter::COUNT) };
        store.set_limit(limit);
        store
    }

    /// Keys, those among them that have expired and nobody has looked for.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Asks a key.
    pub fn look(&self, node: &Node, key: &[u8], look: Look) -> Answer {
        let absent = look.of_nothing();
        let answer = self.map.get_with(key, Question { look, now: now() }, ask);
        node.add(if answer.is_some() { Counter::Hits } else { Counter::Misses }, 1);
        answer.unwrap_or(absent)
    }

    /// Asks many keys, by a message a node.
    pub fn look_each(&self, node: &Node, looks: std::vec::Vec<(&[u8], Look)>) -> std::vec::Vec<Answer> {
        let (now, absent) = (now(), looks.iter().map(|(_, look)| look.of_nothing()).collect::<std::vec::Vec<_>>());
        let questions = looks.into_iter().map(|(key, look)| (key, Question { look, now }));
        let answers = self.map.get_each(questions, ask);
        let hits = answers.iter().flatten().count();
        node.add(Counter::Hits, hits as i64);
        node.add(Counter::Misses, (answers.len() - hits) as i64);
        answers.into_iter().zip(absent).map(|(answer, absent)| answer.unwrap_or(absent)).collect()
    }

    /// Changes a key, and counts what that takes.
    pub fn change(&self, node: &Node, key: Bytes, change: Change) -> Answer {
        let order = Order { change, now: now(), key: key.weight() };
        count(node, self.map.alter(key, order, carry_out))
    }

    /// Changes many keys, by a message a node.
    pub fn change_each(&self, node: &Node, changes: std::vec::Vec<(Bytes, Change)>) -> std::vec::Vec<Answer> {
        let now = now();
        let orders = changes.into_iter().map(|(key, change)| {
            let weight = key.weight();
            (key, Order { change, now, key: weight })
        });
        self.map.alter_each(orders, carry_out).into_iter().map(|done| count(node, done)).collect()
    }

    /// About so many keys from a cursor on that are wanted, and the next cursor.
    pub fn page<A: Sent, R: Sent>(
        &self,
        cursor: u64,
        count: usize,
        args: A,
        wanted: fn(&Bytes, &Item, &A) -> Option<R>,
    ) -> (u64, std::vec::Vec<R>) {
        self.map.scan(cursor, count, args, wanted)
    }

    /// Has all servers end.
    pub fn stop(&self) {
        self.words.store(STOP, 1, Ordering::SeqCst);
    }

    /// Whether somebody has said so.
    pub fn is_stopping(&self) -> bool {
        self.words.load(STOP, Ordering::SeqCst) != 0
    }

    /// Sets how many bytes all values may take.
    pub fn set_limit(&self, limit: u64) {
        self.words.store(LIMIT, i64::try_from(limit).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Takes so many numbers of records of a workload; the first of them.
    pub fn take_records(&self, count: u64) -> u64 {
        self.words.fetch_add(INSERTED, count as i64, Ordering::SeqCst) as u64
    }

    /// Numbers of records that were taken.
    pub fn records(&self) -> u64 {
        self.words.load(INSERTED, Ordering::SeqCst) as u64
    }

    /// Tells what a node has counted.
    pub fn publish(&self, node: usize, counter: usize, value: i64) {
        self.words.store(FIRST + node * Counter::COUNT + counter, value, Ordering::SeqCst);
    }

    /// What the nodes have told.
    pub fn heard(&self) -> Heard {
        Heard(self.words.to_vec())
    }
}

fn count(node: &Node, done: Done) -> Answer {
    node.add(Counter::Used, done.grown);
    if done.expired {
        node.add(Counter::Expired, 1);
    }
    done.answer
}
