//! Jobs whose nodes are processes of this program, started as a launcher starts them.

use drust_launch::environment::{
    CARRIER, COORDINATOR, COPIES, ENCRYPT, HEAP, JOB, LAUNCHER, RANK, SIZE, TOKEN, WORKERS,
};
use drust_launch::{Job, Token};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// What connects the nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wires {
    /// Shared memory.
    Shm,
    /// The network, encrypted or not.
    Tcp {
        /// Whether it is.
        encrypt: bool,
    },
}

/// What the nodes of a job have in common.
pub struct Plan {
    /// The job's number.
    pub job: Job,
    /// The job's secret.
    pub token: Token,
    /// Where rank 0 listens, on a network.
    pub port: u16,
    /// What connects them.
    pub wires: Wires,
    /// How many they are.
    pub size: u16,
    /// The port is kept for the job, as a launcher keeps it.
    _reserved: OwnedFd,
}

impl Plan {
    /// A new job.
    pub fn new(size: u16, wires: Wires) -> Result<Plan, String> {
        let make = || {
            let (job, token) = (Job::random()?, Token::random()?);
            let (reserved, port) = reserve()?;
            Ok(Plan { job, token, port, wires, size, _reserved: reserved })
        };
        make().map_err(|error: io::Error| format!("planning a job: {error}"))
    }

    /// What starts a node, as what the word says; nothing is read or printed by it unless that is changed.
    pub fn node(&self, word: &str, rank: u16) -> Command {
        let mut command = Command::new("/proc/self/exe");
        command.arg(word).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env(RANK, rank.to_string()).env(SIZE, self.size.to_string());
        command.env(JOB, self.job.to_string()).env(TOKEN, self.token.to_hex());
        command.env(LAUNCHER, std::process::id().to_string());
        // Few copies, so that what is kept on purpose is soon all there.
        command.env(HEAP, "64M").env(COPIES, "1M").env(WORKERS, "1").env("RUST_BACKTRACE", "0");
        if let Wires::Tcp { encrypt } = self.wires {
            command.env(CARRIER, "tcp").env(COORDINATOR, format!("127.0.0.1:{}", self.port));
            command.env(ENCRYPT, u8::from(encrypt).to_string());
        }
        command
    }
}

/// A port of this machine.
fn reserve() -> io::Result<(OwnedFd, u16)> {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let port = std::net::SocketAddr::try_from(getsockname(&socket)?)?.port();
    Ok((socket, port))
}

/// Starts a process.
pub fn start(command: &mut Command) -> Result<Child, String> {
    command.spawn().map_err(|error| format!("cannot start a node: {error}"))
}

/// Waits for a process's end.
///
/// # Errors
/// It does not end in time.
pub fn wait(process: &mut Child, patience: Duration) -> Result<ExitStatus, String> {
    let deadline = Instant::now() + patience;
    loop {
        match process.try_wait().map_err(|error| error.to_string())? {
            Some(status) => return Ok(status),
            None if Instant::now() > deadline => return Err("a node does not end".into()),
            None => thread::sleep(Duration::from_micros(200)),
        }
    }
}

/// The hash of this program, as its nodes tell it: it stands in the hello that a node says before anything is proven.
/// `word` makes this program a node.
pub fn build(word: &str) -> Result<[u8; 32], String> {
    static BUILD: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(build) = BUILD.get() {
        return Ok(*build);
    }
    let plan = Plan::new(2, Wires::Shm)?;
    let listen = || {
        let name = SocketAddr::from_abstract_name(format!("drust-{}-0", plan.job))?;
        UnixListener::bind_addr(&name)
    };
    let listener = listen().map_err(|error| format!("listening to a hello: {error}"))?;
    let mut teller = start(&mut plan.node(word, 1))?;
    let hear = || {
        let (mut socket, _) = listener.accept()?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut hello = [0; 128];
        socket.read_exact(&mut hello)?;
        Ok(hello)
    };
    let heard = hear().map_err(|error: io::Error| format!("listening to a hello: {error}"));
    let _ = teller.kill();
    let _ = teller.wait();
    let mut build = [0; 32];
    build.copy_from_slice(&heard?[32..64]);
    Ok(*BUILD.get_or_init(|| build))
}
