//! Releases of a node whose peers are the test.

use super::*;
use crate::stub::node;
use drust_proto::wire::HEADER_MAX;
use std::sync::Arc;

/// The fences that the node sends from now on, each acknowledged at once if `answer` says so.
fn fences(wire: &crate::stub::Wire, answer: bool) -> Arc<Mutex<Vec<u64>>> {
    let sent: Arc<Mutex<Vec<u64>>> = Arc::default();
    let fences = sent.clone();
    wire.hear(move |parts| {
        // SAFETY: the first part of each message is its header, whose bytes are initialised.
        let header = unsafe { parts[0].as_uninit().assume_init_ref() };
        let Ok((Frame::Fence { id }, _)) = Frame::decode(header) else { return None };
        fences.lock().expect("no panic under this lock").push(id);
        let mut ack = [0; HEADER_MAX];
        let len = Frame::FenceAck { id }.encode(&mut ack);
        answer.then(|| ack[..len].to_vec())
    });
    sent
}

#[test]
fn a_release_of_nothing_says_nothing() {
    let (node, wire) = node();
    let sent = fences(&wire, true);
    node.await_one_ways();
    assert!(sent.lock().unwrap().is_empty());
}

#[test]
fn a_release_sends_one_fence_to_each_peer_that_was_told_something() {
    let (node, wire) = node();
    let sent = fences(&wire, true);
    for peer in [1, 2, 1, 1] {
        node.observed_by(Rank(peer));
    }
    node.await_one_ways();
    assert_eq!(*sent.lock().unwrap(), [3, 1]);
    node.await_one_ways();
    node.observed_by(Rank(2));
    node.await_one_ways();
    assert_eq!(*sent.lock().unwrap(), [3, 1, 2]);
    assert_eq!(node.fences().owing.load(Ordering::Relaxed), 0);
}

#[test]
fn fences_follow_unasked_and_tellers_wait_for_room() {
    let (node, wire) = node();
    let sent = fences(&wire, true);
    for _ in 0..PACE.window {
        node.observed_by(Rank(1));
    }
    assert_eq!(sent.lock().unwrap().len() as u64, PACE.window / PACE.every);
    node.await_room(Rank(1));
    assert!(node.fences().peer(Rank(1)).state().tab.is_done(1));
    node.await_one_ways();
    assert_eq!(sent.lock().unwrap().len() as u64, PACE.window / PACE.every);
}

#[test]
fn acknowledgements_of_what_was_not_told_make_no_sense() {
    let (node, wire) = node();
    fences(&wire, false);
    assert!(node.acknowledged(Rank(1), 1).is_err());
    node.observed_by(Rank(1));
    assert!(node.acknowledged(Rank(1), 1).is_err(), "no fence was sent");
    assert_eq!(node.fence_at(Rank(1)), Some(1));
    assert!(node.acknowledged(Rank(2), 1).is_err(), "it was sent to another");
    assert!(node.acknowledged(Rank(1), 2).is_err());
    node.acknowledged(Rank(1), 1).unwrap();
    assert!(node.acknowledged(Rank(1), 1).is_err());
    node.await_one_ways();
}
