//! Joining: who fits, who does not, and what both sides say of it.

use crate::support::{config, join_all, reserve};
use drust_fabric::tcp::{self, Config};
use drust_fabric::{Cause, Fabric, JoinError, Lane, Lost, Mismatch, Mode, Part, Process};
use drust_proto::Rank;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::Duration;

/// How both of two nodes refuse each other where node 1 is changed.
fn refusals(change: fn(&mut Config)) -> [Mismatch; 2] {
    let nodes = join_all(2, |config| {
        if config.rank == Rank(1) {
            change(config);
        }
        config.timeout = Duration::from_secs(2);
    });
    let refusal = |node: Result<tcp::Tcp, JoinError>| match node {
        Err(JoinError::Refused { mismatch, .. }) => mismatch,
        other => panic!("not refused: {:?}", other.map(|node| node.size())),
    };
    let nodes: Vec<Mismatch> = nodes.into_iter().map(refusal).collect();
    nodes.try_into().expect("two nodes")
}

#[test]
fn other_builds_are_refused_by_both() {
    let expected =
        [Mismatch::Build { ours: [3; 32], theirs: [4; 32] }, Mismatch::Build { ours: [4; 32], theirs: [3; 32] }];
    assert_eq!(refusals(|config| config.build = [4; 32]), expected);
}

#[test]
fn other_sizes_are_refused_by_both() {
    let expected = [Mismatch::Size { ours: 2, theirs: 3 }, Mismatch::Size { ours: 3, theirs: 2 }];
    assert_eq!(refusals(|config| config.size = 3), expected);
}

#[test]
fn who_alone_encrypts_is_refused_by_both() {
    let expected = [Mismatch::Encryption { ours: false }, Mismatch::Encryption { ours: true }];
    assert_eq!(refusals(|config| config.encrypt = true), expected);
}

#[test]
fn another_token_is_refused_and_told_when_nobody_else_came() {
    let nodes = join_all(2, |config| {
        config.token = [config.rank.0 as u8; 32];
        config.timeout = Duration::from_secs(1);
    });
    let errors: Vec<String> = nodes.into_iter().map(|node| node.expect_err("refused").to_string()).collect();
    // Who holds no token can be anybody, and does not end the job.
    assert!(errors[0].contains("rank 1 did not come within 1s; a connection from 127.0.0.1:"), "{}", errors[0]);
    assert!(errors[0].contains("it holds another token"), "{}", errors[0]);
    assert_eq!(errors[1], "node 0 does not fit this one: it holds another token: start all nodes with the same token");
}

#[test]
fn a_rank_that_is_taken_is_refused() {
    let nodes = join_all(3, |config| {
        config.rank = Rank(config.rank.0.min(1));
        config.timeout = Duration::from_secs(2);
    });
    let refused = nodes.iter().filter_map(|node| match node {
        Err(JoinError::Refused { mismatch: Mismatch::Unwanted(why), .. }) => Some(why.as_str()),
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), ["this rank is connected already"]);
    let Err(missing) = &nodes[0] else { panic!("joined without rank 2") };
    assert!(missing.to_string().contains("rank 2 did not come within 2s"), "{missing}");
    assert!(missing.to_string().contains("as rank 1 was refused: this rank is connected already"), "{missing}");
}

#[test]
fn who_does_not_come_is_named() {
    let reserved = reserve(Ipv4Addr::LOCALHOST.into());
    let one = Config { timeout: Duration::from_millis(200), ..config(reserved.port, 0, 3) };
    let error = tcp::join(&one).expect_err("nobody came").to_string();
    assert_eq!(error, "rank 1, 2 did not come within 200ms");
    let error = tcp::join(&Config { rank: Rank(2), ..one }).expect_err("nobody listens").to_string();
    let expected = format!("cannot reach rank 0 at 127.0.0.1:{} within 200ms: Connection refused", reserved.port);
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn addresses_that_cannot_be_used_are_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = tcp::join(&Config { reserved: false, ..config(port, 0, 2) }).err().unwrap().to_string();
    assert!(error.starts_with(&format!("cannot listen at 127.0.0.1:{port}: Address already in use")), "{error}");
    let unknown = Config { coordinator: ("no such host".into(), 1), ..config(1, 0, 2) };
    let error = tcp::join(&unknown).err().unwrap().to_string();
    assert!(error.starts_with("the host `no such host` is not known"), "{error}");
}

#[test]
fn nodes_join_over_ipv6_and_know_each_other() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        println!("skipped: this machine has no IPv6 on loopback");
        return;
    }
    let reserved = reserve(Ipv6Addr::LOCALHOST.into());
    let nodes = join_all(3, |config| config.coordinator = ("::1".into(), reserved.port));
    let nodes: Vec<_> = nodes.into_iter().map(|node| node.expect("joined")).collect();
    assert_eq!(nodes[2].process(Rank(1)), Process::own());
    nodes[1].send(Rank(2), Lane::Bulk, &[Part::from(b"over v6")], Mode::Block).unwrap();
    while nodes[2].poll(&mut |from, _, message| assert_eq!((from, message.len()), (Rank(1), 7))) == 0 {
        std::thread::yield_now();
    }
}

#[test]
fn a_node_listens_where_it_is_told() {
    let (first, second) = (reserve(Ipv4Addr::LOCALHOST.into()), reserve(Ipv4Addr::LOCALHOST.into()));
    let any = || Ipv4Addr::UNSPECIFIED.to_string();
    let nodes = join_all(3, |config| {
        config.coordinator.1 = first.port;
        config.listen = match config.rank {
            Rank(0) => Some((any(), 0)),
            Rank(1) => Some((any(), second.port)),
            _ => None,
        };
    });
    assert!(nodes.iter().all(Result::is_ok));
}

#[test]
fn a_dead_launcher_ends_the_joining() {
    let reserved = reserve(Ipv4Addr::LOCALHOST.into());
    let stranger = Config { launcher: Some(std::process::id()), ..config(reserved.port, 0, 2) };
    let error = tcp::join(&stranger).expect_err("this process is not its own parent");
    assert!(matches!(error, JoinError::LauncherGone { pid } if pid == std::process::id()), "{error}");
}

#[test]
fn a_message_longer_than_any_may_be_is_its_senders_loss() {
    let nodes = join_all(2, |config| config.most = 1000);
    let nodes: Vec<_> = nodes.into_iter().map(|node| node.expect("joined")).collect();
    nodes[1].send(Rank(0), Lane::Small, &[Part::from(&[1; 1001])], Mode::Block).unwrap();
    while nodes[0].lost().is_empty() {
        nodes[0].poll(&mut |_, _, _| panic!("it is refused"));
    }
    let cause = Cause::Broken("a message longer than any may be".into());
    assert_eq!(nodes[0].lost(), [Lost::seen(Rank(1), cause)]);
}
