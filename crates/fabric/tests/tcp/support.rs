//! Clusters over loopback inside one process, for the tests.
#![allow(clippy::disallowed_methods, reason = "nodes join each other on real threads")]

use drust_fabric::JoinError;
use drust_fabric::tcp::{self, Config, Tcp};
use drust_proto::Rank;
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType, sockopt};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The length of every partition in these tests.
pub const PARTITION: usize = 1 << 16;

/// A free port, kept for who asks to share it as long as this lives.
pub struct Reserved {
    pub port: u16,
    _socket: OwnedFd,
}

/// Reserves a port of an address of this host.
pub fn reserve(ip: IpAddr) -> Reserved {
    let family = if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket(family, SocketType::STREAM, None).expect("a socket");
    sockopt::set_socket_reuseport(&socket, true).expect("a shared port");
    rustix::net::bind(&socket, &SocketAddr::new(ip, 0)).expect("a free port");
    let address = rustix::net::getsockname(&socket).expect("its address");
    let port = SocketAddr::try_from(address).expect("an address of the internet").port();
    Reserved { port, _socket: socket }
}

/// What node `rank` of a job brings, unless a test changes it.
pub fn config(port: u16, rank: u16, size: u16) -> Config {
    // Its first byte tells whose it is; it stays, as a node's does.
    let partition = Vec::leak(vec![0_u8; PARTITION]);
    partition[0] = rank as u8 + 1;
    Config {
        rank: Rank(rank),
        size,
        token: [7; 32],
        build: [3; 32],
        coordinator: (Ipv4Addr::LOCALHOST.to_string(), port),
        listen: None,
        reserved: true,
        encrypt: false,
        heartbeat: Config::HEARTBEAT,
        timeout: Duration::from_secs(20),
        launcher: None,
        most: 1 << 30,
        partition: (partition.as_mut_ptr().expose_provenance(), PARTITION),
    }
}

/// Joins nodes, each on a thread of its own.
pub fn join_all(size: u16, change: impl Fn(&mut Config) + Sync) -> Vec<Result<Tcp, JoinError>> {
    let reserved = reserve(Ipv4Addr::LOCALHOST.into());
    let (port, change) = (reserved.port, &change);
    std::thread::scope(|scope| {
        let one = |rank: u16| {
            scope.spawn(move || {
                let mut config = config(port, rank, size);
                change(&mut config);
                tcp::join(&config)
            })
        };
        let nodes: Vec<_> = (0..size).map(one).collect();
        nodes.into_iter().map(|node| node.join().expect("joining does not panic")).collect()
    })
}
