//! How servers end, and what hostile clients get.

mod common;

use common::{Servers, WAYS};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

/// What comes back of some bytes, until the server ends the connection.
fn answer(servers: &Servers, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(servers.addresses[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer.escape_ascii().to_string()
}

#[test]
fn hostile_requests_are_told_and_hurt_nobody_else() {
    let servers = Servers::start(&["--nodes", "1", "--clients", "3"]);
    let cases: [(&[u8], &str); 5] = [
        (b"*9999999999\r\n", "-ERR Protocol error: invalid multibulk length\\r\\n"),
        (b"PING\r\n*1\r\nx", "+PONG\\r\\n-ERR Protocol error: expected \\'$\\', got \\'x\\'\\r\\n"),
        (b"*1\r\n$-5\r\n", "-ERR Protocol error: invalid bulk length\\r\\n"),
        (b"SET \"a\r\n", "-ERR Protocol error: unbalanced quotes in request\\r\\n"),
        (b"QUIT\r\nPING\r\n", "+OK\\r\\n"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(answer(&servers, bytes), expected);
    }
    // Half a request takes a place, and no more than that.
    let mut held: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(servers.addresses[0]).unwrap()).collect();
    for stream in &mut held {
        stream.write_all(b"PING\r\n*2\r\n$536870912\r\nabc").unwrap();
        let mut pong = [0; 7];
        stream.read_exact(&mut pong).unwrap();
        assert_eq!(&pong, b"+PONG\r\n");
    }
    assert_eq!(answer(&servers, b""), "-ERR max number of clients reached\\r\\n");
    drop(held.pop());
    let freed = (0..2000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        answer(&servers, b"QUIT\r\n") == "+OK\\r\\n"
    });
    assert!(freed);
    assert!(servers.shut_down().success());
}

#[test]
fn clients_that_wait_do_not_keep_servers_from_ending() {
    for (name, way) in WAYS {
        let servers = Servers::start(way);
        let mut idle = TcpStream::connect(*servers.addresses.last().unwrap()).unwrap();
        idle.write_all(b"PING\r\n").unwrap();
        let mut pong = [0; 7];
        idle.read_exact(&mut pong).unwrap();
        assert!(servers.shut_down().success(), "{name}");
        assert_eq!(idle.read(&mut pong).unwrap(), 0, "{name}");
    }
}

/// The process of a node, which need not be the one that was started.
fn process_of(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"INFO server\r\nQUIT\r\n").unwrap();
    let mut info = String::new();
    stream.read_to_string(&mut info).unwrap();
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    id.expect("the server tells its process").to_string()
}

#[test]
fn a_signal_to_any_node_ends_all_in_order() {
    for (name, way) in WAYS {
        let mut servers = Servers::start(way);
        let id = process_of(*servers.addresses.last().unwrap());
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(servers.wait().success(), "{name}");
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for twin in [&["--twin"][..], &[]] {
        let started = Command::new(env!("CARGO_BIN_EXE_kv")).args(["serve", "--port", &port]).args(twin).output();
        let output = started.unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains("node 0 cannot listen"), "{error}");
    }
}
