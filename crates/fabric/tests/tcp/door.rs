//! Strangers at the door, while the nodes join and afterwards: none of them does the job any harm.

use crate::support::{Reserved, config, reserve};
use drust_fabric::tcp::{self, Config, Tcp};
use drust_fabric::{Fabric, Lane, Mode, Part};
use drust_proto::Rank;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Two nodes, joined while `meanwhile` knocks at rank 0's door.
fn joined(meanwhile: impl FnOnce(u16)) -> (Vec<Tcp>, Reserved) {
    let reserved = reserve(Ipv4Addr::LOCALHOST.into());
    let port = reserved.port;
    let nodes = std::thread::scope(|scope| {
        let first = scope.spawn(move || tcp::join(&config(port, 0, 2)));
        meanwhile(port);
        let second = scope.spawn(move || tcp::join(&config(port, 1, 2)));
        [first, second].map(|node| node.join().unwrap().expect("joined")).into()
    });
    (nodes, reserved)
}

fn knock(port: u16) -> TcpStream {
    loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(socket) => return socket,
            Err(_) => std::thread::yield_now(),
        }
    }
}

/// Whether the node sends this connection away, within a bounded time.
fn sent_away(mut socket: TcpStream) -> bool {
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    match socket.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn work(nodes: &[Tcp]) {
    nodes[0].send(Rank(1), Lane::Small, &[Part::from(b"unharmed")], Mode::Block).unwrap();
    while nodes[1].poll(&mut |_, _, message| assert_eq!(message.len(), 8)) == 0 {
        std::thread::yield_now();
    }
    assert!(nodes.iter().all(|node| node.lost().is_empty()));
}

#[test]
fn garbage_is_sent_away_while_the_nodes_join_and_later() {
    let garbage = |port| {
        let mut socket = knock(port);
        socket.write_all(&[b'x'; 4096]).unwrap();
        assert!(sent_away(socket));
    };
    let (nodes, reserved) = joined(garbage);
    garbage(reserved.port);
    work(&nodes);
}

#[test]
fn who_leaves_or_says_nothing_holds_nobody_up() {
    let (nodes, reserved) = joined(|port| {
        drop(knock(port));
        std::mem::forget(knock(port));
    });
    work(&nodes);
    // It is half a hello for as long as a stranger may take, and then sent away.
    let mut half = knock(reserved.port);
    half.write_all(b"drust/hi").unwrap();
    assert!(sent_away(half));
    work(&nodes);
}

#[test]
fn a_flood_of_the_silent_keeps_nobody_out() {
    let mut flood = Vec::new();
    let (nodes, _reserved) = joined(|port| flood.extend((0..300).map(|_| knock(port))));
    work(&nodes);
}

#[test]
fn a_proven_node_that_comes_late_is_told_why_it_is_not_wanted() {
    let (nodes, reserved) = joined(|_| ());
    for rank in [1, 2] {
        let late = Config { timeout: Duration::from_secs(5), ..config(reserved.port, rank, 2 + rank / 2) };
        let error = tcp::join(&late).expect_err("the cluster is whole").to_string();
        let expected = ["this rank is connected already", "it was told of 2 nodes, this node of 3"];
        assert!(error.contains(expected[usize::from(rank) - 1]), "{error}");
    }
    work(&nodes);
}
