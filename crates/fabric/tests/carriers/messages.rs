//! Messages: order, wholeness, lanes, back-pressure, overflow, accounts; and the partitions beside them.

use crate::harness::{Cluster, PARTITION, a_while, bytes, receive};
use drust_fabric::{Lane, Message, Mode, Part, Sent, schedule};
use drust_proto::Rank;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const ZERO: Rank = Rank(0);
const ONE: Rank = Rank(1);

on_every_carrier! {
    3 nodes: each_lane_keeps_its_order,
    2 nodes: threads_of_one_node_share_a_lane,
    2 nodes: a_long_message_is_put_together,
    2 nodes: every_length_arrives,
    2 nodes: a_full_lane_holds_its_sender_back,
    2 nodes: a_full_lane_leaves_the_other_free,
    2 nodes: deferred_messages_keep_their_order_and_nothing_overtakes_them,
    2 nodes: a_sink_answers,
    2 nodes: a_panicking_sink_loses_its_message_and_nothing_else,
    3 nodes: sends_are_counted_by_receiver,
}

/// Carriers that map the peers' partitions.
mod mapping {
    use super::*;
    on_carrier! { shm Shm: 2 partitions_are_mapped_and_the_host_is_shared, }
    on_carrier! { sim Sim: 2 partitions_are_mapped_and_the_host_is_shared, }
}

on_one_node! {
    parts_arrive_as_one_aligned_message,
    a_node_is_all_there_is,
    one_thread_polls_at_a_time,
    a_panicking_sink_ends_its_poll,
    a_rank_outside_the_cluster_is_refused,
}

fn pattern(len: usize, seed: u64) -> Vec<u8> {
    (0..len as u64).map(|at| (at.wrapping_mul(0x9e37_79b9) ^ seed).to_le_bytes()[1]).collect()
}

fn parts_arrive_as_one_aligned_message(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let parts = [&b"one "[..], b"", b"message of ", b"parts"].map(Part::from);
    node.send(ZERO, Lane::Small, &parts, Mode::Block).unwrap();
    node.send(ZERO, Lane::Bulk, &[], Mode::Defer).unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        node.poll(&mut |from, lane, message| {
            assert!(message.as_uninit().as_ptr().addr().is_multiple_of(16));
            assert_eq!(message.is_empty(), lane == Lane::Bulk);
            let text = bytes(&message);
            assert_eq!(message.into_buffer().len(), text.len());
            seen.push((from, lane as usize, text));
        });
        schedule::yield_now();
    }
    seen.sort();
    assert_eq!(seen, [(ZERO, 0, b"one message of parts".to_vec()), (ZERO, 1, Vec::new())]);
}

fn a_node_is_all_there_is(cluster: &mut Cluster) {
    let node = cluster.node(0);
    assert_eq!((node.rank(), node.size()), (ZERO, 1));
    assert_eq!(node.lost(), []);
    assert_eq!(node.sent(ZERO), Sent::default());
    assert_eq!(node.poll(&mut |_, _, _| panic!("nobody sent anything")), 0);
    for at in 0..200_u32 {
        node.send(ZERO, Lane::Small, &[Part::from(&at.to_le_bytes())], Mode::Defer).unwrap();
    }
    let got = receive(&*node, 200);
    assert!(got.iter().zip(0_u32..).all(|(got, at)| got.2 == at.to_le_bytes()));
    assert_eq!(node.sent(ZERO), Sent { messages: 200, bytes: 800, calls: 0 });
}

fn each_lane_keeps_its_order(cluster: &mut Cluster) {
    let count = 1000_u32;
    let senders = [1, 2].map(|rank| {
        cluster.start(rank, move |node| {
            for at in 0..count {
                let filler = pattern((at % 97) as usize, 1);
                let (lane, at) = (Lane::ALL[at as usize % 2], at.to_le_bytes());
                let parts = [Part::from(&at), Part::from(&filler[..])];
                node.send(ZERO, lane, &parts, Mode::Block).unwrap();
            }
        })
    });
    let mut next = [[0, 1]; 3];
    for (from, lane, message) in receive(&*cluster.node(0), 2 * count as usize) {
        let at = u32::from_le_bytes(*message.first_chunk().unwrap());
        let expected = &mut next[usize::from(from.0)][lane as usize];
        assert_eq!(at, *expected);
        assert_eq!(message[4..], pattern((at % 97) as usize, 1));
        *expected += 2;
    }
    senders.into_iter().for_each(|sender| sender.join());
}

fn threads_of_one_node_share_a_lane(cluster: &mut Cluster) {
    let (threads, count) = (4_u8, 300_u32);
    let senders: Vec<_> = (0..threads)
        .map(|thread| {
            cluster.start(0, move |node| {
                for at in 0..count {
                    let long = pattern(if at % 50 == 0 { 9000 } else { 8 }, u64::from(thread));
                    let mode = if at % 3 == 0 { Mode::Defer } else { Mode::Block };
                    let (name, at) = ([thread], at.to_le_bytes());
                    let parts = [Part::from(&name), Part::from(&at), Part::from(&long[..])];
                    node.send(ONE, Lane::Small, &parts, mode).unwrap();
                }
            })
        })
        .collect();
    let (sender, receiver) = (cluster.node(0), cluster.node(1));
    let mut next = vec![0; usize::from(threads)];
    let mut got = 0;
    while got < usize::from(threads) * count as usize {
        sender.poll(&mut |_, _, _| ());
        got += receiver.poll(&mut |_, _, message| {
            let message = bytes(&message);
            let (thread, at) = (message[0], u32::from_le_bytes(*message[1..].first_chunk().unwrap()));
            assert_eq!(at, next[usize::from(thread)], "thread {thread}");
            next[usize::from(thread)] += 1;
            assert_eq!(message[5..], pattern(message.len() - 5, u64::from(thread)));
        });
        schedule::yield_now();
    }
    senders.into_iter().for_each(|sender| sender.join());
}

fn a_long_message_is_put_together(cluster: &mut Cluster) {
    let sender = cluster.start(0, |node| {
        let long = pattern(10_000_000, 5);
        let (head, tail) = long.split_at(1_234_567);
        node.send(ONE, Lane::Bulk, &[Part::from(head), Part::from(tail)], Mode::Block).unwrap();
        node.send(ONE, Lane::Bulk, &[Part::from(b"after")], Mode::Block).unwrap();
    });
    let got = receive(&*cluster.node(1), 2);
    assert!(got[0].2 == pattern(10_000_000, 5), "the long message came changed");
    assert_eq!(got[1].2, b"after");
    sender.join();
}

fn every_length_arrives(cluster: &mut Cluster) {
    let mut lengths: Vec<usize> = (0..70).collect();
    lengths.extend([1007, 1008, 1009, 1023, 1024, 2047, 4079, 4080, 4096, 5000, 16384, 65536, 65537]);
    let sent = lengths.clone();
    let sender = cluster.start(0, move |node| {
        for (at, &len) in sent.iter().enumerate() {
            node.send(ONE, Lane::ALL[at % 2], &[Part::from(&pattern(len, 3)[..])], Mode::Block).unwrap();
        }
    });
    let got = receive(&*cluster.node(1), lengths.len());
    for lane in Lane::ALL {
        let lengths = lengths.iter().skip(lane as usize).step_by(2);
        let got = got.iter().filter(|got| got.1 == lane);
        assert!(got.zip(lengths).all(|((_, _, message), &len)| *message == pattern(len, 3)));
    }
    sender.join();
}

fn a_full_lane_holds_its_sender_back(cluster: &mut Cluster) {
    let (count, len) = (1000, cluster.ample());
    let sender = cluster.start(0, move |node| {
        for at in 0..count {
            node.send(ONE, Lane::Small, &[Part::from(&vec![at as u8; len][..])], Mode::Block).unwrap();
        }
    });
    let node = cluster.node(0);
    while node.sent(ONE).messages < 30 {
        schedule::yield_now();
    }
    a_while();
    assert!(!sender.is_over());
    assert!(node.sent(ONE).messages < count);
    // What is deferred meanwhile goes without its sender waiting.
    node.send(ONE, Lane::Small, &[Part::from(b"deferred")], Mode::Defer).unwrap();
    let got = receive(&*cluster.node(1), count as usize + 1);
    let blocked: Vec<u8> = got.iter().filter(|got| got.2.len() == len).map(|got| got.2[0]).collect();
    assert!(blocked.iter().copied().eq((0..count).map(|at| at as u8)));
    sender.join();
}

fn a_full_lane_leaves_the_other_free(cluster: &mut Cluster) {
    let receiver = cluster.node(1);
    let len = cluster.ample();
    for full in Lane::ALL {
        let other = Lane::ALL[1 - full as usize];
        let node = cluster.node(0);
        let before = node.sent(ONE).messages;
        let sender = cluster.start(0, move |node| {
            (0..1000).for_each(|_| node.send(ONE, full, &[Part::from(&vec![1; len][..])], Mode::Block).unwrap());
        });
        while node.sent(ONE).messages < before + 30 {
            schedule::yield_now();
        }
        a_while();
        // Would wait until somebody polls, were it behind the others.
        node.send(ONE, other, &[Part::from(b"aside")], Mode::Block).unwrap();
        assert!(!sender.is_over());
        let got = receive(&*receiver, 1001);
        assert_eq!(got.iter().filter(|got| got.1 == other).count(), 1);
        sender.join();
    }
}

fn deferred_messages_keep_their_order_and_nothing_overtakes_them(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let lens: Vec<usize> = (0..300).map(|at| if at % 40 == 7 { 6000 } else { at % 200 }).collect();
    for &len in &lens {
        node.send(ONE, Lane::Small, &[Part::from(&pattern(len, 2)[..])], Mode::Defer).unwrap();
    }
    let total: usize = lens.iter().sum();
    let sent = node.sent(ONE);
    assert_eq!((sent.messages, sent.bytes), (300, total as u64));
    let last = cluster.start(0, |node| {
        node.send(ONE, Lane::Small, &[Part::from(b"the last")], Mode::Block).unwrap();
    });
    let receiver = cluster.node(1);
    let mut got = Vec::new();
    while got.len() < lens.len() + 1 {
        receiver.poll(&mut |_, _, message| got.push(bytes(&message)));
        node.poll(&mut |_, _, _| panic!("nobody sends to node 0"));
        schedule::yield_now();
    }
    assert_eq!(got.pop().unwrap(), b"the last");
    assert!(got.iter().zip(&lens).all(|(message, &len)| *message == pattern(len, 2)));
    last.join();
}

fn a_sink_answers(cluster: &mut Cluster) {
    let (node, receiver) = (cluster.node(0), cluster.node(1));
    node.send(ZERO, Lane::Small, &[Part::from(b"self")], Mode::Block).unwrap();
    let mut answer = |from: Rank, _: Lane, message: Message<'_>| {
        assert_eq!(node.poll(&mut |_, _, _| ()), 0, "a poll inside the sink");
        node.send(ONE, Lane::Small, &[Part::from(message.as_uninit())], Mode::Defer).unwrap();
        assert_eq!(from, ZERO);
    };
    while node.poll(&mut answer) == 0 {
        schedule::yield_now();
    }
    assert_eq!(receive(&*receiver, 1)[0].2, b"self");
}

fn one_thread_polls_at_a_time(cluster: &mut Cluster) {
    const POLLING: u32 = 1;
    const LOOKED: u32 = 2;
    let (node, stage) = (cluster.node(0), Arc::new(AtomicU32::new(0)));
    (0..2).for_each(|_| node.send(ZERO, Lane::Small, &[], Mode::Block).unwrap());
    let until = |stage: &AtomicU32, is: u32| {
        while stage.load(Ordering::SeqCst) != is {
            schedule::yield_now();
        }
    };
    let there = stage.clone();
    let other = cluster.start(0, move |node| {
        until(&there, POLLING);
        assert_eq!(node.poll(&mut |_, _, _| ()), 0);
        there.store(LOOKED, Ordering::SeqCst);
    });
    let mut got = 0;
    while got < 2 {
        got += node.poll(&mut |_, _, _| {
            if stage.load(Ordering::SeqCst) != LOOKED {
                stage.store(POLLING, Ordering::SeqCst);
                until(&stage, LOOKED);
            }
        });
        schedule::yield_now();
    }
    other.join();
}

fn a_panicking_sink_ends_its_poll(cluster: &mut Cluster) {
    let node = cluster.node(0);
    node.send(ZERO, Lane::Small, &[Part::from(b"lost")], Mode::Block).unwrap();
    node.send(ZERO, Lane::Small, &[Part::from(b"kept")], Mode::Block).unwrap();
    let panic = loop {
        let polled = catch_unwind(AssertUnwindSafe(|| node.poll(&mut |_, _, _| panic!("planted"))));
        match polled {
            Ok(_) => schedule::yield_now(),
            Err(panic) => break panic,
        }
    };
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"planted"));
    assert_eq!(receive(&*node, 1)[0].2, b"kept");
}

fn a_panicking_sink_loses_its_message_and_nothing_else(cluster: &mut Cluster) {
    let nodes = [cluster.node(0), cluster.node(1)];
    for text in [b"lost", b"kept", b"also"] {
        nodes[1].send(ZERO, Lane::Small, &[Part::from(text)], Mode::Defer).unwrap();
    }
    nodes[1].flush();
    // It answers, then panics: the answer goes out all the same.
    let mut answer = |from, lane, _: Message<'_>| {
        nodes[0].send(from, lane, &[Part::from(b"answer")], Mode::Defer).unwrap();
        panic!("planted");
    };
    while catch_unwind(AssertUnwindSafe(|| nodes[0].poll(&mut answer))).is_ok() {
        schedule::yield_now();
    }
    assert_eq!(receive(&*nodes[1], 1)[0].2, b"answer");
    nodes[1].send(ZERO, Lane::Small, &[Part::from(b"next")], Mode::Block).unwrap();
    nodes[1].flush();
    let mut got = Vec::new();
    while got.len() < 3 {
        nodes[0].poll(&mut |_, _, message| got.push(bytes(&message)));
        assert!(nodes[0].lost().is_empty());
        schedule::yield_now();
    }
    assert_eq!(got, [b"kept", b"also", b"next"]);
}

fn a_rank_outside_the_cluster_is_refused(cluster: &mut Cluster) {
    let node = cluster.node(0);
    for mode in [Mode::Block, Mode::Defer] {
        let sent = catch_unwind(AssertUnwindSafe(|| node.send(ONE, Lane::Small, &[], mode)));
        let message = sent.unwrap_err();
        let message = message.downcast_ref::<String>().expect("a message");
        assert!(message.contains("no rank 1"), "{message}");
    }
    node.send(ZERO, Lane::Small, &[], Mode::Block).unwrap();
    assert_eq!(receive(&*node, 1).len(), 1);
}

fn sends_are_counted_by_receiver(cluster: &mut Cluster) {
    let node = cluster.node(0);
    for (to, messages) in [(ZERO, 3_u64), (ONE, 5), (Rank(2), 0)] {
        for at in 0..messages {
            let mode = if at % 2 == 0 { Mode::Block } else { Mode::Defer };
            node.send(to, Lane::ALL[at as usize % 2], &[Part::from(&[0; 7]), Part::from(&[1; 4])], mode).unwrap();
        }
        let sent = node.sent(to);
        assert_eq!((sent.messages, sent.bytes), (messages, 11 * messages));
    }
    assert_eq!(cluster.node(1).sent(ZERO), Sent::default());
}

fn partitions_are_mapped_and_the_host_is_shared(cluster: &mut Cluster) {
    let nodes = [cluster.node(0), cluster.node(1)];
    for home in [ZERO, ONE] {
        let own = nodes[usize::from(home.0)].direct(home).unwrap();
        assert_eq!((own.len, own.origin), (PARTITION, own.base.addr()));
        let mapping = nodes[1 - usize::from(home.0)].direct(home).unwrap();
        assert_eq!((mapping.len, mapping.origin), (PARTITION, own.origin));
        // SAFETY: the partition is mapped here while `nodes` lives, and nobody writes it.
        assert_eq!(u16::from(unsafe { mapping.base.read() }), home.0 + 1);
    }
    nodes[0].host().enter();
    assert_eq!(nodes[1].host().active(), 1);
    nodes[1].host().leave();
    assert_eq!(nodes[0].host().active(), 0);
}
