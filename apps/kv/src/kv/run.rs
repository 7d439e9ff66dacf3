//! Runs: operations of one kind that came one after the other, and go to the nodes together.

use super::answer::Answer;
use super::bytes::Bytes;
use super::change::Change;
use super::command::{OneOrMany, Plan, Shape};
use super::look::Look;
use super::node::Node;
use super::store::Store;
use crate::resp::Replies;

/// Operations that go together at most.
const MOST: usize = 4096;

/// Operations whose clients have not been told.
#[derive(Default)]
pub struct Run<'a> {
    looks: Vec<(&'a [u8], Look)>,
    changes: Vec<(Bytes, Change)>,
    /// How each command is told, and how many operations it is.
    shapes: Vec<(Shape, usize)>,
    bytes: u64,
}

impl<'a> Run<'a> {
    /// Bytes of the requests that are in it.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether a plan cannot come before what is in it has been done.
    pub fn is_before(&self, plan: &Plan<'_>) -> bool {
        let full = self.looks.len() + self.changes.len() >= MOST;
        match plan {
            Plan::Look(..) => full || !self.changes.is_empty(),
            Plan::Change(..) => full || !self.looks.is_empty(),
            Plan::Other => !self.shapes.is_empty(),
        }
    }

    /// Adds a plan, of a request of so many bytes.
    pub fn push(&mut self, plan: Plan<'a>, bytes: u64) {
        self.bytes += bytes;
        match plan {
            Plan::Look(looks, shape) => self.shapes.push((shape, append(&mut self.looks, looks))),
            Plan::Change(changes, shape) => self.shapes.push((shape, append(&mut self.changes, changes))),
            Plan::Other => {}
        }
    }

    /// Does what is in it, and tells the clients.
    pub fn finish(&mut self, store: &Store, node: &Node, replies: &mut Replies) {
        if self.shapes.is_empty() {
            return;
        }
        self.bytes = 0;
        let mut answers = self.answers(store, node).into_iter();
        for (shape, count) in self.shapes.drain(..) {
            tell(shape, answers.by_ref().take(count), count, replies);
        }
    }

    fn answers(&mut self, store: &Store, node: &Node) -> Vec<Answer> {
        if self.looks.is_empty() {
            let mut changes = std::mem::take(&mut self.changes);
            return match (changes.pop(), changes.is_empty()) {
                (Some((key, change)), true) => vec![store.change(node, key, change)],
                (last, _) => {
                    changes.extend(last);
                    store.change_each(node, changes)
                }
            };
        }
        let mut looks = std::mem::take(&mut self.looks);
        match (looks.pop(), looks.is_empty()) {
            (Some((key, look)), true) => vec![store.look(node, key, look)],
            (last, _) => {
                looks.extend(last);
                store.look_each(node, looks)
            }
        }
    }
}

fn append<T>(all: &mut Vec<T>, more: OneOrMany<T>) -> usize {
    let before = all.len();
    match more {
        OneOrMany::One(one) => all.push(one),
        OneOrMany::Many(many) => all.extend(many),
    }
    all.len() - before
}

fn tell(shape: Shape, answers: impl Iterator<Item = Answer>, count: usize, replies: &mut Replies) {
    match shape {
        Shape::One => answers.for_each(|answer| answer.write(replies)),
        Shape::Values => {
            replies.array(count);
            answers.for_each(|answer| match answer {
                Answer::Refused(_) => replies.null(),
                answer => answer.write(replies),
            });
        }
        Shape::Sum => {
            let number = |answer| if let Answer::Integer(number) = answer { number } else { 0 };
            replies.integer(answers.map(number).sum());
        }
        Shape::Done => {
            answers.for_each(drop);
            replies.simple("OK");
        }
    }
}
