//! Nodes that are started one by one, without a launcher: by hand over tcp, or with this process in a launcher's place.

use crate::process::{BOUND, Process, code};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the nodes of a cluster find each other.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// At an address.
    Tcp(&'a str),
    /// On this host.
    Shm,
}

/// Jobs of this process so far.
static JOBS: AtomicU32 = AtomicU32::new(0);

/// A cluster, and the file with its token.
pub struct Hand {
    nodes: Vec<Option<Process>>,
    token: PathBuf,
}

/// A port of loopback that is kept for node 0 of one cluster: this binds it, so that the system gives it to nobody who
/// asks for any, and who asks for it and says `SO_REUSEADDR`, too, may listen on it.
pub struct Port(OwnedFd);

impl Port {
    pub fn reserve() -> Port {
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None);
        let socket = socket.expect("there are sockets");
        sockopt::set_socket_reuseaddr(&socket, true).expect("it is an option of sockets");
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("loopback has ports");
        Port(socket)
    }

    pub fn address(&self) -> String {
        let address = getsockname(&self.0).expect("it is bound");
        SocketAddr::try_from(address).expect("an address of the internet").to_string()
    }
}

impl Hand {
    /// Starts the busy program on so many nodes, each by the command that `start` makes for it, and waits until all
    /// work.
    pub fn start(name: &str, size: u16, place: Place<'_>, start: impl Fn(u16) -> Command) -> Hand {
        let token = std::env::temp_dir().join(format!("drust-{name}-{}", std::process::id()));
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&token).expect("a new file");
        file.write_all("5a".repeat(32).as_bytes()).expect("there is room");
        let mut hand = Hand { nodes: Vec::new(), token };
        let own = std::process::id();
        let job = format!("{own:08x}{:08x}", JOBS.fetch_add(1, Ordering::Relaxed));
        for rank in 0..size {
            let mut command = start(rank);
            for name in ["DRUST_JOB", "DRUST_TOKEN", "DRUST_LAUNCHER", "DRUST_NODES", "DRUST_CARRIER"] {
                command.env_remove(name);
            }
            command.env("DRUST_RANK", rank.to_string()).env("DRUST_SIZE", size.to_string());
            match place {
                Place::Tcp(address) => command.env("DRUST_COORDINATOR", address).env("DRUST_TOKEN_FILE", &hand.token),
                Place::Shm => command
                    .envs([("DRUST_JOB", job.clone()), ("DRUST_TOKEN", "5a".repeat(32))])
                    .env("DRUST_LAUNCHER", own.to_string()),
            };
            command.env("DRUST_HEARTBEAT", "1").env("DRUST_HEAP", "64M").env("RUST_BACKTRACE", "0");
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            hand.nodes.push(Some(Process::start(&mut command)));
        }
        hand.await_ready();
        hand
    }

    fn await_ready(&mut self) {
        let stdout = self.nodes[0].as_mut().and_then(|first| first.child().stdout.take()).expect("it is piped");
        let timeout = Timespec::try_from(BOUND).expect("a short time");
        let ready = poll(&mut [PollFd::new(&stdout, PollFlags::IN)], Some(&timeout));
        let mut line = String::new();
        if ready == Ok(1) {
            BufReader::new(stdout).read_line(&mut line).expect("it says text");
        }
        if line != "ready\n" {
            let all = self.nodes.iter_mut().filter_map(Option::take);
            let said: Vec<String> = all
                .map(|mut node| {
                    let _ = node.child().kill();
                    node.end().1
                })
                .collect();
            panic!("the nodes did not get ready: {said:?}");
        }
    }

    pub fn pid(&self, rank: usize) -> u32 {
        self.nodes[rank].as_ref().expect("it was not waited for").id()
    }

    pub fn signal(&self, rank: usize, signal: Signal) {
        let pid = Pid::from_raw(self.pid(rank) as i32).expect("a process id");
        kill_process(pid, signal).expect("it was not waited for");
    }

    /// Waits for a node: its exit code, and its last line.
    pub fn end(&mut self, rank: usize) -> (i32, String) {
        let (status, said) = self.nodes[rank].take().expect("it was not waited for").end();
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("drust: ")).collect();
        assert!(lines.len() <= 1, "more than a last line: {lines:?}");
        (code(status), lines.first().map(|&line| line.to_owned()).unwrap_or_default())
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.nodes.clear();
        // Nothing is left to do where it is gone.
        let _ = fs::remove_file(&self.token);
    }
}
