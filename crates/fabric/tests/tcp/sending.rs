//! What goes out together, and how little is held for who promises much.

use crate::support::join_all;
use drust_fabric::{Fabric, Lane, Mode, Part};
use drust_proto::Rank;

const ONE: Rank = Rank(1);

#[test]
fn a_burst_goes_out_in_few_system_calls() {
    let nodes: Vec<_> = join_all(2, |_| ()).into_iter().map(|node| node.expect("joined")).collect();
    let (len, count) = (48, 1000);
    for _ in 0..count {
        nodes[0].send(ONE, Lane::Small, &[Part::from(&[1; 48])], Mode::Block).unwrap();
    }
    nodes[0].flush();
    let sent = nodes[0].sent(ONE);
    assert_eq!((sent.messages, sent.bytes), (count, count * len));
    // The first goes at once, the others in batches of 16 KiB, each with its header of 16 bytes.
    let batches = (count * (len + 16)).div_ceil(16 << 10);
    assert!(sent.calls <= 1 + batches + 1, "{} calls for {batches} batches", sent.calls);
    let mut got = 0;
    while got < count {
        got += nodes[1].poll(&mut |_, _, message| assert_eq!(message.len(), 48)) as u64;
    }
}

#[test]
fn answers_to_what_one_poll_found_go_out_together() {
    let nodes: Vec<_> = join_all(2, |_| ()).into_iter().map(|node| node.expect("joined")).collect();
    for _ in 0..100 {
        nodes[1].send(Rank(0), Lane::Small, &[Part::from(&[1; 48])], Mode::Block).unwrap();
    }
    nodes[1].flush();
    let mut polls = 0;
    while nodes[0].sent(ONE).messages < 100 {
        let mut answer = |from, lane, _: drust_fabric::Message<'_>| {
            nodes[0].send(from, lane, &[Part::from(b"answer")], Mode::Defer).unwrap();
        };
        polls += u64::from(nodes[0].poll(&mut answer) > 0);
    }
    assert!(nodes[0].sent(ONE).calls <= polls, "{} calls after {polls} polls", nodes[0].sent(ONE).calls);
}
