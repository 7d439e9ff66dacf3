//! Asking the other nodes: counters, what lives in their heaps, whether all one-ways are done.

use crate::arrival::Body;
use crate::counters::Counts;
use crate::failure;
use crate::gate::Gate;
use crate::node::Node;
use drust_fabric::{Lane, Mode, Part};
use drust_heap::Descriptor;
use drust_proto::wire::{Frame, HEADER_MAX, Question};
use drust_proto::{DescriptorId, Rank};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The questions that this node has asked others and waits for, whatever they are about.
#[derive(Default)]
pub(crate) struct Queries {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Asked>>>,
}

/// A question under way.
#[derive(Default)]
pub(crate) struct Asked {
    answer: Mutex<Option<(Frame, Body)>>,
    done: Gate,
}

impl Asked {
    /// Waits for the message that answers. To be called once.
    pub(crate) fn wait(&self, node: &'static Node) -> (Frame, Body) {
        self.done.wait(node);
        self.answer.lock().expect("no panic under this lock").take().expect("an answer is taken once")
    }
}

/// Live objects of one type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Live {
    /// The node that homes them.
    pub node: Rank,
    /// The type's name; for slices and strings the name of their items' type.
    pub type_name: String,
    /// Objects.
    pub count: u64,
    /// Bytes of their slots.
    pub bytes: u64,
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} holds {} of {} ({} bytes)", self.node, self.count, self.type_name, self.bytes)
    }
}

impl Queries {
    /// A number for a question, and what its asker waits for.
    pub(crate) fn open(&self) -> (u64, Arc<Asked>) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let asked = Arc::<Asked>::default();
        self.open.lock().expect("no panic under this lock").insert(id, asked.clone());
        (id, asked)
    }

    /// Takes the answer to a question of this node.
    pub(crate) fn answered(&self, node: &'static Node, id: u64, frame: Frame, body: Body) {
        let Some(asked) = self.open.lock().expect("no panic under this lock").remove(&id) else {
            failure::end("a peer answered a question that this node did not ask")
        };
        *asked.answer.lock().expect("no panic under this lock") = Some((frame, body));
        asked.done.open(node);
    }
}

impl Node {
    /// Sends a message that no counter counts: what drust asks for its own ends.
    pub(crate) fn tell(&self, to: Rank, frame: Frame, body: &[u8]) {
        let mut header = [0; HEADER_MAX];
        let len = frame.encode(&mut header);
        // A lost peer ends the job by way of the watcher.
        let _ = self.send(to, Lane::Small, &[Part::from(&header[..len]), body.into()], Mode::Defer);
    }

    /// Answers a peer's question about this node.
    pub(crate) fn answer(&'static self, from: Rank, id: u64, what: Question) {
        let answer = self.answer_to(what);
        self.tell(from, Frame::Answer { id, len: answer.len() as u64 }, &answer);
    }

    fn answer_to(&'static self, what: Question) -> Vec<u8> {
        match what {
            Question::Counters => words(self.counts().to_words()),
            Question::Quiesce => {
                self.flush();
                let counts = self.counts();
                words([counts.one_ways, counts.frees_done])
            }
            Question::Live => words(self.live_here().into_iter().flat_map(|(id, count, bytes)| [id, count, bytes])),
        }
    }

    /// What lives in this node's partition: descriptor, objects, bytes.
    fn live_here(&'static self) -> Vec<(u64, u64, u64)> {
        let live = self.vault().space.live();
        live.into_iter().map(|(tag, live)| (u64::from(tag), live.count as u64, live.bytes as u64)).collect()
    }

    /// Asks every node, this one included.
    fn ask_all(&'static self, what: Question) -> Vec<Vec<u64>> {
        let peers = (0..self.size()).map(Rank).filter(|&rank| rank != self.rank());
        let asked: Vec<_> = peers.map(|rank| (rank, self.ask(rank, what))).collect();
        let mut answers = vec![from_words(&self.answer_to(what)); usize::from(self.size())];
        for (rank, asked) in asked {
            let (_, answer) = asked.wait(self);
            // SAFETY: answers are sent from initialised bytes.
            answers[usize::from(rank.0)] = from_words(unsafe { answer.bytes().assume_init_ref() });
        }
        answers
    }

    fn ask(&self, to: Rank, what: Question) -> Arc<Asked> {
        let (id, asked) = self.queries().open();
        self.tell(to, Frame::Query { id, what }, &[]);
        asked
    }

    /// Waits until every one-way sent by anybody before has been carried out, and those that it caused.
    ///
    /// Meant for statistics: 2 messages a peer and round, at least two rounds.
    pub fn quiesce(&'static self) {
        let mut before = None;
        loop {
            let sums = self.ask_all(Question::Quiesce).iter().fold((0, 0), |(told, done), answer| match answer[..] {
                [one_ways, frees] => (told + one_ways, done + frees),
                _ => failure::end("a peer's answer about its one-ways makes no sense"),
            });
            if sums.0 == sums.1 && before == Some(sums) {
                return;
            }
            before = Some(sums);
        }
    }

    /// What each node has counted since its start, by rank.
    pub fn counts_of_all(&'static self) -> Vec<Counts> {
        let answers = self.ask_all(Question::Counters);
        let read = |words: Vec<u64>| {
            Counts::from_words(&words).unwrap_or_else(|| failure::end("a peer's counters make no sense"))
        };
        answers.into_iter().map(read).collect()
    }

    /// What lives in the cluster's heap, by node and type, once all one-ways are done.
    pub fn live(&'static self) -> Vec<Live> {
        self.quiesce();
        let mut live = BTreeMap::<(Rank, &'static str), (u64, u64)>::new();
        for (rank, answer) in self.ask_all(Question::Live).iter().enumerate() {
            for object in answer.chunks_exact(3) {
                let name = type_name(object[0]);
                let entry = live.entry((Rank(rank as u16), name)).or_default();
                entry.0 += object[1];
                entry.1 += object[2];
            }
        }
        let named = |((node, name), (count, bytes)): ((Rank, &str), (u64, u64))| Live {
            node,
            type_name: name.to_owned(),
            count,
            bytes,
        };
        live.into_iter().map(named).collect()
    }
}

fn type_name(tag: u64) -> &'static str {
    match u32::try_from(tag).ok().and_then(NonZeroU32::new) {
        // SAFETY: the tag was stored by an allocation in a process of this build, where ids mean the same.
        Some(tag) => unsafe { Descriptor::from_id(DescriptorId(tag)) }.name(),
        None => failure::end("a peer's answer about its heap makes no sense"),
    }
}

fn words(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

fn from_words(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect()
}
