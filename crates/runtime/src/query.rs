//! Asking the other nodes: counters, what lives in their heaps, whether all one-ways are done.

use crate::asked::Asked;
use crate::counters::Counts;
use crate::node::Node;
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode, Part};
use drust_heap::{Descriptor, space};
use drust_proto::wire::{Frame, HEADER_MAX, Question};
use drust_proto::{DescriptorId, Rank};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

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
                words([counts.one_ways, counts.one_ways_done])
            }
            Question::Live => words(self.live_here().into_iter().flat_map(|(id, count, bytes)| [id, count, bytes])),
        }
    }

    /// The types that hold most of this node's partition, at most so many, and what of each lives there.
    pub(crate) fn largest_types(&self, most: usize) -> impl Iterator<Item = (&'static str, space::Live)> {
        let live = self.vault().space.live();
        let mut types: Vec<_> =
            live.into_iter().filter_map(|(tag, live)| Some((NonZeroU32::new(tag)?, live))).collect();
        types.sort_by_key(|(tag, live)| (Reverse(live.bytes), *tag));
        // SAFETY: the tags were stored by this node's own allocations.
        types.into_iter().take(most).map(|(tag, live)| (unsafe { Descriptor::from_id(DescriptorId(tag)) }.name(), live))
    }

    /// What lives in this node's partition: descriptor, objects, bytes.
    fn live_here(&'static self) -> Vec<(u64, u64, u64)> {
        let live = self.vault().space.live();
        live.into_iter().map(|(tag, live)| (u64::from(tag), live.count as u64, live.bytes as u64)).collect()
    }

    /// Asks every node, this one included, and reads each answer; a peer whose answer makes no sense is refused.
    fn ask_all<A>(&'static self, what: Question, read: impl Fn(&'static Node, &[u64]) -> Sense<A>) -> Vec<A> {
        let peers = (0..self.size()).map(Rank).filter(|&rank| rank != self.rank());
        let asked: Vec<_> = peers.map(|rank| (rank, self.ask(rank, what))).collect();
        let own = from_words(&self.answer_to(what)).and_then(|words| read(self, &words));
        let own = own.unwrap_or_else(|nonsense| self.refuse(self.rank(), nonsense));
        let mut answers: Vec<A> = asked
            .into_iter()
            .map(|(rank, asked)| {
                let answer = match asked.wait(self, &format_args!("the answer of node {rank} about its {what:?}")) {
                    // SAFETY: answers are sent from initialised bytes.
                    (Frame::Answer { .. }, answer) => from_words(unsafe { answer.bytes().assume_init_ref() }),
                    (other, _) => Err(format!("a Query was answered by {}", other.name()).into()),
                };
                answer.and_then(|words| read(self, &words)).unwrap_or_else(|nonsense| self.refuse(rank, nonsense))
            })
            .collect();
        answers.insert(usize::from(self.rank().0), own);
        answers
    }

    fn ask(&'static self, to: Rank, what: Question) -> Asked {
        let (id, asked) = self.queries().ask(to);
        self.tell(to, Frame::Query { id, what }, &[]);
        asked
    }

    /// Waits until every one-way sent by anybody before has been carried out, and those that it caused.
    ///
    /// Meant for statistics: 2 messages a peer and round, at least two rounds.
    pub fn quiesce(&'static self) {
        let mut before = None;
        loop {
            let answers = self.ask_all(Question::Quiesce, |_, answer| match *answer {
                [one_ways, done] => Ok((one_ways, done)),
                _ => Err("an answer about its one-ways of another length".into()),
            });
            let sums = answers.iter().fold((0_u64, 0_u64), |(told, carried_out), (one_ways, done)| {
                (told.wrapping_add(*one_ways), carried_out.wrapping_add(*done))
            });
            if sums.0 == sums.1 && before == Some(sums) {
                return;
            }
            before = Some(sums);
        }
    }

    /// What each node has counted since its start, by rank.
    pub fn counts_of_all(&'static self) -> Vec<Counts> {
        let read = |_, words: &[u64]| Ok(Counts::from_words(words).ok_or("counters of another number")?);
        self.ask_all(Question::Counters, read)
    }

    /// What lives in the cluster's heap, by node and type, once all one-ways are done.
    pub fn live(&'static self) -> Vec<Live> {
        self.quiesce();
        let mut live = BTreeMap::<(Rank, &'static str), (u64, u64)>::new();
        for (rank, answer) in self.ask_all(Question::Live, types).into_iter().enumerate() {
            for (name, count, bytes) in answer {
                let entry = live.entry((Rank(rank as u16), name)).or_default();
                entry.0 = entry.0.wrapping_add(count);
                entry.1 = entry.1.wrapping_add(bytes);
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

/// The types that live in a heap, by name, with objects and bytes.
fn types(node: &'static Node, words: &[u64]) -> Sense<Vec<(&'static str, u64, u64)>> {
    let (types, []) = words.as_chunks::<3>() else { return Err("an answer about its heap of another length".into()) };
    let named = types.iter().map(|&[tag, count, bytes]| {
        let tag = u32::try_from(tag).ok().and_then(NonZeroU32::new);
        let descriptor = tag.and_then(|tag| node.image().descriptor(DescriptorId(tag)));
        Ok((descriptor.ok_or("an answer about its heap with what is no type")?.name(), count, bytes))
    });
    named.collect()
}

fn words(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

fn from_words(bytes: &[u8]) -> Sense<Vec<u64>> {
    let (words, []) = bytes.as_chunks::<8>() else { return Err("an answer that is no whole words".into()) };
    Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}
