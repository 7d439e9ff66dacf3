//! Joining: who is refused, by both sides and with both values, and who is waited for.

use crate::support::{config, job, join_all, partition};
use drust_fabric::JoinError;
use drust_fabric::shm::{self, Config, RingSizes};
use drust_fabric::{Fabric, Mismatch};
use drust_proto::Rank;
use drust_proto::wire::WIRE_VERSION;
use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Duration;

/// Joins two nodes, the second changed, and returns why each refused the other.
fn refusals(change: impl Fn(&mut Config<'_>) + Sync) -> [Mismatch; 2] {
    let outcomes = join_all(2, |config| {
        if config.rank == Rank(1) {
            change(config);
        }
    });
    let mut at = 0;
    let mut one = || {
        at += 1;
        match &outcomes[at - 1] {
            Err(JoinError::Refused { peer, mismatch }) => {
                assert_eq!(*peer, Rank(2 - at as u16));
                mismatch.clone()
            }
            Err(other) => panic!("another error: {other}"),
            Ok(_) => panic!("joined"),
        }
    };
    [one(), one()]
}

#[test]
fn another_token_is_refused_by_both() {
    assert_eq!(refusals(|config| config.token[31] ^= 1), [Mismatch::Token, Mismatch::Token]);
}

#[test]
fn another_build_is_refused_by_both() {
    let (ours, theirs) = ([3; 32], [4; 32]);
    let expected = [Mismatch::Build { ours, theirs }, Mismatch::Build { ours: theirs, theirs: ours }];
    assert_eq!(refusals(|config| config.build = [4; 32]), expected);
}

#[test]
fn another_size_is_refused_by_both() {
    let expected = [Mismatch::Size { ours: 2, theirs: 3 }, Mismatch::Size { ours: 3, theirs: 2 }];
    assert_eq!(refusals(|config| config.size = 3), expected);
}

#[test]
fn other_rings_are_refused_by_both() {
    let (tiny, large) = ((4096, 16384), (8192, 16384));
    let expected = [Mismatch::Rings { ours: tiny, theirs: large }, Mismatch::Rings { ours: large, theirs: tiny }];
    assert_eq!(refusals(|config| config.rings = Some(RingSizes { small: 8192, bulk: 16384 })), expected);
}

/// Connects to rank 0 of `job` as soon as it listens.
fn knock(job: &str) -> UnixStream {
    let name = SocketAddr::from_abstract_name(format!("drust-{job}-0")).unwrap();
    loop {
        match UnixStream::connect_addr(&name) {
            Ok(socket) => return socket,
            Err(_) => std::thread::yield_now(),
        }
    }
}

#[test]
fn another_version_is_refused_and_told_ours() {
    let (job, partition) = (job(), partition(1));
    std::thread::scope(|scope| {
        let node = scope.spawn(|| shm::join(&config(&job, 0, 2, &partition)));
        let mut socket = knock(&job);
        let mut hello = [0; 128];
        hello[..8].copy_from_slice(b"drust/hi");
        hello[8..18].copy_from_slice(&[77, 0, 0, 0, 1, 0, 1, 0, 2, 0]);
        socket.write_all(&hello).unwrap();
        let mut answer = [0; 128];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!((&answer[..8], &answer[8..12]), (&b"drust/hi"[..], &WIRE_VERSION.to_le_bytes()[..]));
        assert_eq!(answer[12..18], [1, 0, 0, 0, 2, 0]);
        let Err(JoinError::Refused { mismatch, .. }) = node.join().unwrap() else { panic!("joined") };
        assert_eq!(mismatch, Mismatch::Version { ours: WIRE_VERSION, theirs: 77 });
    });
}

#[test]
fn strangers_are_ignored() {
    let (job, partition) = (job(), partition(1));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| shm::join(&config(&job, 0, 2, &partition)).map(|node| node.size()));
        knock(&job).write_all(&[b'x'; 128]).unwrap();
        drop(knock(&job));
        let second = scope.spawn(|| shm::join(&config(&job, 1, 2, &partition)).map(|node| node.size()));
        assert_eq!(first.join().unwrap().unwrap(), 2);
        assert_eq!(second.join().unwrap().unwrap(), 2);
    });
}

#[test]
fn ranks_that_never_come_are_named() {
    let (job, partition) = (job(), partition(1));
    let short = |rank| {
        let mut config = config(&job, rank, 4, &partition);
        config.timeout = Duration::from_millis(50);
        shm::join(&config).err().map(|error| error.to_string())
    };
    assert_eq!(short(0).unwrap(), "rank 1, 2, 3 did not come within 50ms");
    assert_eq!(short(3).unwrap(), "rank 0 did not come within 50ms");
}

#[test]
fn a_rank_is_taken_once() {
    let (job, partition) = (job(), partition(1));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| shm::join(&config(&job, 0, 2, &partition)).is_ok());
        drop(knock(&job));
        let error = shm::join(&config(&job, 0, 2, &partition)).err().unwrap();
        assert!(matches!(error, JoinError::Taken { rank: Rank(0), .. }), "{error}");
        assert!(shm::join(&config(&job, 1, 2, &partition)).is_ok());
        assert!(first.join().unwrap());
    });
}

#[test]
fn a_launcher_that_is_not_the_parent_is_gone() {
    let (job, partition) = (job(), partition(1));
    let mut config = config(&job, 0, 1, &partition);
    config.launcher = Some(std::process::id());
    let error = shm::join(&config).err().unwrap();
    assert!(matches!(error, JoinError::LauncherGone { pid } if pid == std::process::id()), "{error}");
}
