//! Messages between nodes in one process: order, size, back-pressure, overflow, accounts.

use crate::support::cluster;
use drust_fabric::{Fabric, Lane, Message, Mode, Part, Role, Sent};
use drust_proto::Rank;
use std::sync::atomic::{AtomicBool, Ordering};

const ZERO: Rank = Rank(0);
const ONE: Rank = Rank(1);

fn bytes(message: &Message<'_>) -> Vec<u8> {
    // SAFETY: every message of these tests is sent from initialised bytes.
    unsafe { message.initialised(0..message.len()) }.to_vec()
}

/// Polls until `count` messages have come.
fn receive(node: &dyn Fabric, count: usize) -> Vec<(Rank, Lane, Vec<u8>)> {
    let mut got = Vec::new();
    while got.len() < count {
        if node.poll(&mut |from, lane, message| got.push((from, lane, bytes(&message)))) == 0 {
            std::thread::yield_now();
        }
    }
    assert_eq!(got.len(), count);
    got
}

fn pattern(len: usize, seed: u64) -> Vec<u8> {
    (0..len as u64).map(|at| (at.wrapping_mul(0x9e37_79b9) ^ seed).to_le_bytes()[1]).collect()
}

#[test]
fn parts_arrive_as_one_aligned_message() {
    let nodes = cluster(2);
    let parts = [&b"one "[..], b"", b"message of ", b"parts"].map(Part::from);
    nodes[0].send(ONE, Lane::Small, &parts, Mode::Block).unwrap();
    nodes[0].send(ONE, Lane::Bulk, &[], Mode::Block).unwrap();
    let mut seen = Vec::new();
    nodes[1].poll(&mut |from, lane, message| {
        assert!(message.as_uninit().as_ptr().addr().is_multiple_of(16));
        assert_eq!(message.is_empty(), lane == Lane::Bulk);
        let text = bytes(&message);
        assert_eq!(message.into_buffer().len(), text.len());
        seen.push((from, lane, text));
    });
    assert_eq!(seen, [(ZERO, Lane::Small, b"one message of parts".to_vec()), (ZERO, Lane::Bulk, Vec::new())]);
}

#[test]
fn each_lane_keeps_its_order() {
    let nodes = cluster(3);
    let count = 5000_u32;
    std::thread::scope(|scope| {
        for node in &nodes[1..] {
            scope.spawn(|| {
                for at in 0..count {
                    let filler = pattern((at % 97) as usize, 1);
                    let lane = Lane::ALL[at as usize % 2];
                    let at = at.to_le_bytes();
                    let parts = [Part::from(&at), Part::from(&filler[..])];
                    node.send(ZERO, lane, &parts, Mode::Block).unwrap();
                }
            });
        }
        let mut next = [[0, 1]; 3];
        for (from, lane, message) in receive(&nodes[0], 2 * count as usize) {
            let at = u32::from_le_bytes(*message.first_chunk().unwrap());
            let expected = &mut next[usize::from(from.0)][lane as usize];
            assert_eq!(at, *expected);
            assert_eq!(message[4..], pattern((at % 97) as usize, 1));
            *expected += 2;
        }
    });
}

#[test]
fn threads_of_one_node_share_a_lane() {
    let nodes = cluster(2);
    let (threads, count) = (4_u8, 800_u32);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let node = &nodes[0];
            scope.spawn(move || {
                for at in 0..count {
                    let long = pattern(if at % 50 == 0 { 9000 } else { 8 }, u64::from(thread));
                    let mode = if at % 3 == 0 { Mode::Defer } else { Mode::Block };
                    let (name, at) = ([thread], at.to_le_bytes());
                    let parts = [Part::from(&name), Part::from(&at), Part::from(&long[..])];
                    node.send(ONE, Lane::Small, &parts, mode).unwrap();
                }
            });
        }
        let mut next = vec![0; usize::from(threads)];
        let mut got = 0;
        while got < usize::from(threads) * count as usize {
            nodes[0].poll(&mut |_, _, _| ());
            got += nodes[1].poll(&mut |_, _, message| {
                let message = bytes(&message);
                let (thread, at) = (message[0], u32::from_le_bytes(*message[1..].first_chunk().unwrap()));
                assert_eq!(at, next[usize::from(thread)], "thread {thread}");
                next[usize::from(thread)] += 1;
                assert_eq!(message[5..], pattern(message.len() - 5, u64::from(thread)));
            });
        }
    });
}

#[test]
fn a_message_larger_than_its_ring_is_put_together() {
    let nodes = cluster(2);
    let long = pattern(10_000_000, 5);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (head, tail) = long.split_at(1_234_567);
            nodes[0].send(ONE, Lane::Bulk, &[Part::from(head), Part::from(tail)], Mode::Block).unwrap();
            nodes[0].send(ONE, Lane::Bulk, &[Part::from(b"after")], Mode::Block).unwrap();
        });
        let got = receive(&nodes[1], 2);
        assert!(got[0].2 == long, "the long message came changed");
        assert_eq!(got[1].2, b"after");
    });
}

#[test]
fn every_length_around_the_limits_arrives() {
    let nodes = cluster(2);
    let mut lengths: Vec<usize> = (0..70).collect();
    lengths.extend([1007, 1008, 1009, 1023, 1024, 2047, 4079, 4080, 4096, 5000, 16384]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for &len in &lengths {
                nodes[0].send(ONE, Lane::Small, &[Part::from(&pattern(len, 3)[..])], Mode::Block).unwrap();
            }
        });
        let got = receive(&nodes[1], lengths.len());
        for ((_, _, message), &len) in got.iter().zip(&lengths) {
            assert_eq!(*message, pattern(len, 3));
        }
    });
}

#[test]
fn a_full_ring_holds_its_sender_back() {
    let nodes = cluster(2);
    let done = AtomicBool::new(false);
    let count = 200;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for at in 0..count {
                nodes[0].send(ONE, Lane::Small, &[Part::from(&[at as u8; 100])], Mode::Block).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        // 200 records of 128 bytes are more than the ring holds, so the sender cannot finish before anybody reads.
        while nodes[0].sent(ONE).messages < 33 {
            std::thread::yield_now();
        }
        assert!(!done.load(Ordering::SeqCst));
        // A message that is deferred meanwhile comes without its sender waiting.
        nodes[0].send(ONE, Lane::Small, &[Part::from(b"deferred")], Mode::Defer).unwrap();
        let got = receive(&nodes[1], count + 1);
        let blocked: Vec<u8> = got.iter().filter(|got| got.2.len() == 100).map(|got| got.2[0]).collect();
        assert!(blocked.iter().copied().eq((0..count).map(|at| at as u8)));
    });
    assert!(done.load(Ordering::SeqCst));
}

#[test]
fn deferred_messages_keep_their_order_and_nothing_overtakes_them() {
    let nodes = cluster(2);
    let lens: Vec<usize> = (0..300).map(|at| if at % 40 == 7 { 6000 } else { at % 200 }).collect();
    for &len in &lens {
        nodes[0].send(ONE, Lane::Small, &[Part::from(&pattern(len, 2)[..])], Mode::Defer).unwrap();
    }
    let total: usize = lens.iter().sum();
    assert_eq!(nodes[0].sent(ONE), Sent { messages: 300, bytes: total as u64 });
    std::thread::scope(|scope| {
        scope.spawn(|| nodes[0].send(ONE, Lane::Small, &[Part::from(b"the last")], Mode::Block).unwrap());
        let mut got = Vec::new();
        while got.len() < lens.len() + 1 {
            nodes[1].poll(&mut |_, _, message| got.push(bytes(&message)));
            nodes[0].poll(&mut |_, _, _| panic!("nobody sends to node 0"));
        }
        assert_eq!(got.pop().unwrap(), b"the last");
        assert!(got.iter().zip(&lens).all(|(message, &len)| *message == pattern(len, 2)));
    });
}

#[test]
fn overflow_moves_on_without_further_sends() {
    let nodes = cluster(2);
    for at in 0..500_u32 {
        nodes[0].send(ONE, Lane::Small, &[Part::from(&at.to_le_bytes()), Part::from(&[0; 60])], Mode::Defer).unwrap();
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let ticket = nodes[0].ticket(Role::Background);
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                nodes[0].poll(&mut |_, _, _| ());
                if nodes[0].arm(Role::Background) {
                    nodes[0].doze(Role::Background, ticket, None);
                }
            }
        });
        let got = receive(&nodes[1], 500);
        stop.store(true, Ordering::SeqCst);
        nodes[0].wake(Role::Background);
        assert!(got.iter().zip(0_u32..).all(|(got, at)| got.2[..4] == at.to_le_bytes()));
    });
}

#[test]
fn a_node_sends_to_itself_and_from_its_sink() {
    let nodes = cluster(2);
    nodes[0].send(ZERO, Lane::Small, &[Part::from(b"self")], Mode::Block).unwrap();
    let answer = |from: Rank, _: Lane, message: Message<'_>| {
        assert_eq!(nodes[0].poll(&mut |_, _, _| ()), 0, "a poll inside the sink");
        nodes[0].send(ONE, Lane::Small, &[Part::from(message.as_uninit())], Mode::Defer).unwrap();
        assert_eq!(from, ZERO);
    };
    assert_eq!(nodes[0].poll(&mut { answer }), 1);
    assert_eq!(receive(&nodes[1], 1)[0].2, b"self");
}

#[test]
fn partitions_are_mapped_and_the_host_is_shared() {
    let nodes = cluster(2);
    let mapping = nodes[0].direct(ONE).unwrap();
    assert_eq!((mapping.len, mapping.origin), (crate::support::PARTITION, 0x20_0000));
    // SAFETY: node 1's partition is mapped here while `nodes` lives, and nobody writes it.
    assert_eq!(unsafe { mapping.base.read() }, 2);
    assert_eq!(nodes[1].direct(ONE).unwrap().base.addr(), 0x20_0000);
    nodes[0].host().enter();
    assert_eq!(nodes[1].host().active(), 1);
    nodes[1].host().leave();
    assert_eq!(nodes[0].host().active(), 0);
}
