//! What peers say of room and load: answered by the rules, or refused.

use super::*;
use crate::pool::Run;
use crate::serve::handle;
use crate::wire::{Wire, node, node_at};
use drust_proto::balance::Load;
use drust_proto::wire::{Frame, HEADER_MAX};
use std::sync::Arc;

fn share(op: Op, id: u64, a: u64, b: u64, len: usize) -> Frame {
    let (family, op, address) = (Family::Control, op as u16, Address::RESERVED);
    Frame::Share { family, op, number: 0, id, address, a, b, len: len as u64 }
}

fn say(node: &'static Node, wire: &Wire, from: Rank, frame: Frame, body: &[u8]) -> Sense {
    let mut header = [0; HEADER_MAX];
    let len = frame.encode(&mut header);
    wire.show(&[&header[..len], body].concat(), |message| handle(node, from, message))
}

/// What the node sends from now on.
pub(super) fn heard(wire: &Wire) -> Arc<Mutex<Vec<Frame>>> {
    let heard = Arc::<Mutex<Vec<Frame>>>::default();
    let told = heard.clone();
    wire.hear(move |parts| {
        // SAFETY: the node sends initialised bytes here.
        let head = unsafe { parts[0].as_uninit().assume_init_ref() };
        told.lock().unwrap().push(Frame::decode_header(head).unwrap().0);
        None
    });
    heard
}

const FULL: Report = Report { used: 95, limit: 100, cpu: 0, may_go: 0, queued: 0, running: 0, workers: 1 };

#[test]
fn what_makes_no_sense_is_refused() {
    let (node, wire) = node(3);
    let refuses = |from: u16, frame: Frame, body: &[u8], why: &str| {
        let said = say(node, &wire, Rank(from), frame, body).expect_err(why).0;
        assert!(said.contains(why), "{said} instead of {why}");
    };
    refuses(1, share(Op::Report, 0, 0, 0, 3), &[0; 3], "report takes 32 bytes, only 3 came");
    refuses(1, share(Op::Objects, 0, 1, 1, 0), &[], "Objects, which is rank 0's to order");
    refuses(2, share(Op::Give, 0, 1, 1, 0), &[], "Give, which is rank 0's to order");
    refuses(1, share(Op::Room, 0, 1, 0, 0), &[], "a question about room that nobody here answers");
    refuses(1, share(Op::Room, 9, 1, 0, 1), &[0], "ranks that are no whole ones");
    refuses(0, share(Op::Objects, 0, 4, 1, 0), &[], "node 3, which is none of the cluster's");
    refuses(0, share(Op::Give, 0, 1 << 16, 1, 0), &[], "node 65536, which is none of the cluster's");
    refuses(0, share(Op::Give, 0, 0, 1, 0), &[], "tasks for this node itself");
    let none = Frame::Share {
        family: Family::Control,
        op: 99,
        number: 0,
        id: 0,
        address: Address::RESERVED,
        a: 0,
        b: 0,
        len: 0,
    };
    refuses(1, none, &[], "operation 99 of Control, which is none");
}

#[test]
fn a_full_node_is_told_where_its_objects_go() {
    let (node, wire) = node(2);
    let sent = heard(&wire);
    say(node, &wire, Rank(1), share(Op::Report, 0, 0, 0, Report::LEN), &FULL.encode()).unwrap();
    let told: Vec<Frame> = std::mem::take(&mut sent.lock().unwrap());
    assert_eq!(told, [share(Op::Objects, 0, 1, 1, 0)]);
    assert_eq!((node.control().target(), node.counts().one_ways_done), (None, 0));
    say(node, &wire, Rank(0), share(Op::Report, 0, 0, 0, Report::LEN), &FULL.encode()).unwrap();
    let told: Vec<Frame> = std::mem::take(&mut sent.lock().unwrap());
    assert_eq!(told, [share(Op::Objects, 0, 0, 2, 0)], "there is no room anywhere");
}

#[test]
fn who_asks_for_room_is_answered() {
    let (node, wire) = node(3);
    let sent = heard(&wire);
    say(node, &wire, Rank(1), share(Op::Room, 7, 64, 0, 2), &[0, 0]).unwrap();
    let answer = Frame::Shared { outcome: FOUND, number: 0, id: 7, a: 2, b: 1, len: 0 };
    assert_eq!(std::mem::take(&mut *sent.lock().unwrap()), [answer], "node 0 has refused");
    say(node, &wire, Rank(1), share(Op::Room, 8, 64, 0, 4), &[0, 0, 2, 0]).unwrap();
    let answer = Frame::Shared { outcome: 0, number: 0, id: 8, a: 0, b: 0, len: 0 };
    assert_eq!(std::mem::take(&mut *sent.lock().unwrap()), [answer], "there is nobody else");
}

#[test]
fn orders_are_obeyed_in_their_order() {
    let (node, wire) = node(3);
    say(node, &wire, Rank(0), share(Op::Objects, 0, 3, 5, 0), &[]).unwrap();
    assert_eq!(node.control().target(), Some(Rank(2)));
    say(node, &wire, Rank(0), share(Op::Objects, 0, 0, 4, 0), &[]).unwrap();
    assert_eq!(node.control().target(), Some(Rank(2)), "that order is older");
    say(node, &wire, Rank(0), share(Op::Objects, 0, 1, 6, 0), &[]).unwrap();
    assert_eq!(node.control().target(), None, "this node is no other");
}

/// Whether a message is a report.
fn is_report(frame: &Frame) -> bool {
    matches!(frame, Frame::Share { family: Family::Control, op, .. } if *op == Op::Report as u16)
}

#[test]
fn a_report_rides_before_a_message_to_rank_0_and_nothing_counts_it() {
    let (node, wire) = node_at(Rank(1), 3);
    let sent = heard(&wire);
    let told = || std::mem::take(&mut *sent.lock().unwrap());
    let speak = |to| node.tell(to, Frame::Idle { load: Load::new(0, 1) }, &[]);
    let before = node.counts();
    assert!(node.look_at_itself());
    assert!(told().is_empty(), "it waits for a message");
    speak(Rank(2));
    assert_eq!(told().len(), 1, "that is none to rank 0");
    speak(Rank(0));
    let frames = told();
    assert!(frames.len() == 2 && is_report(&frames[0]) && !is_report(&frames[1]), "{frames:?}");
    speak(Rank(0));
    assert_eq!(told().len(), 1, "it was said");
    assert_eq!(node.counts(), before);
}

/// A task that nobody has begun, and whose data is there.
struct Waits(Option<Rank>);

impl Run for Waits {
    fn run(self: Arc<Self>) {
        unreachable!("nobody runs it")
    }

    fn reach(&self) -> Option<Rank> {
        self.0
    }
}

#[test]
fn tasks_that_nobody_has_begun_go_to_where_most_of_their_data_is() {
    let (node, _) = node(4);
    let give = Give { most: 9, to: Rank(1), memory: false, closed: vec![Rank(3)] };
    let tasks = [Some(2), None, Some(3), Some(0)].map(|rank| Arc::new(Waits(rank.map(Rank))) as Task);
    let takers = node.with_takers(&give, tasks.to_vec()).into_iter().map(|(task, to)| (task.reach(), to.0));
    let expected = [(Some(Rank(2)), 2), (None, 1), (Some(Rank(3)), 1), (Some(Rank(0)), 1)];
    assert!(takers.eq(expected), "to where it is, or to whom the order names");
}
