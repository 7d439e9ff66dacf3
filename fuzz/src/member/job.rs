//! A job of two: an honest node in a process of its own, and the attacker, which joins it as the other node.

use drust_fabric::{Fabric, JoinError, shm, tcp};
use drust_launch::environment::{CARRIER, COORDINATOR, ENCRYPT, HEAP, JOB, LAUNCHER, RANK, SIZE, TOKEN, WORKERS};
use drust_launch::{Job, Token};
use drust_proto::Rank;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::MemfdFlags;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// The word on the command line that makes this program the honest node.
pub const VICTIM: &str = "victim";
/// The attacker's rank.
pub const FAKE: Rank = Rank(1);
/// Nodes of the job.
const NODES: u16 = 2;
/// Bytes of the attacker's partition.
pub const PARTITION: usize = 1 << 16;
/// For how long an honest node may take to end once there is a reason.
const PATIENCE: Duration = Duration::from_secs(20);

/// What connects the two.
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

/// An honest node.
pub struct Victim {
    process: Child,
    job: Job,
    token: Token,
    wires: Wires,
    port: Port,
}

/// How an honest node ended.
#[derive(Debug)]
pub struct End {
    /// Its exit code, or the signal that ended it.
    pub status: ExitStatus,
    /// What it wrote to stderr.
    pub said: String,
}

fn random<T>(drawn: std::io::Result<T>) -> Result<T, String> {
    drawn.map_err(|error| format!("random numbers: {error}"))
}

impl Victim {
    /// Starts an honest node under a rank.
    pub fn start(rank: u16, wires: Wires) -> Result<Victim, String> {
        let (job, token) = (random(Job::random())?, random(Token::random())?);
        let port = Port::reserve().map_err(|error| format!("no port: {error}"))?;
        let mut command = Command::new("/proc/self/exe");
        command.arg(VICTIM).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut set = |name: &str, value: String| {
            command.env(name, value);
        };
        set(RANK, rank.to_string());
        set(SIZE, NODES.to_string());
        set(JOB, job.to_string());
        set(TOKEN, token.to_hex());
        set(LAUNCHER, std::process::id().to_string());
        set(HEAP, "64M".into());
        set(WORKERS, "1".into());
        set("RUST_BACKTRACE", "0".into());
        if let Wires::Tcp { encrypt } = wires {
            set(CARRIER, "tcp".into());
            set(COORDINATOR, format!("127.0.0.1:{}", port.number));
            set(ENCRYPT, u8::from(encrypt).to_string());
        }
        let process = command.spawn().map_err(|error| format!("cannot start an honest node: {error}"))?;
        Ok(Victim { process, job, token, wires, port })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Joins its job as the other node.
    pub fn join(&self) -> Result<Arc<dyn Fabric>, String> {
        let joined = match self.wires {
            Wires::Shm => self.join_shm()?,
            Wires::Tcp { encrypt } => {
                let config = tcp::Config {
                    rank: FAKE,
                    size: NODES,
                    token: self.token.0,
                    build: build()?,
                    coordinator: ("127.0.0.1".into(), self.port.number),
                    listen: None,
                    reserved: false,
                    encrypt,
                    heartbeat: tcp::Config::HEARTBEAT,
                    timeout: PATIENCE,
                    launcher: None,
                    most: 1 << 30,
                    partition: (PARTITION, PARTITION),
                };
                tcp::join(&config).map(|tcp| Arc::new(tcp) as Arc<dyn Fabric>)
            }
        };
        joined.map_err(|error| format!("joining the honest node: {error}"))
    }

    fn join_shm(&self) -> Result<Result<Arc<dyn Fabric>, JoinError>, String> {
        let partition = partition()?;
        let config = shm::Config {
            rank: FAKE,
            size: NODES,
            job: self.job.to_string(),
            token: self.token.0,
            build: build()?,
            partition: partition.as_fd(),
            partition_len: PARTITION,
            partition_base: PARTITION,
            timeout: PATIENCE,
            heartbeat: shm::Config::HEARTBEAT,
            launcher: None,
            rings: None,
        };
        Ok(shm::join(&config).map(|shm| Arc::new(shm) as Arc<dyn Fabric>))
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub fn end(mut self) -> Result<End, String> {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.process.try_wait().map_err(|error| error.to_string())? {
                Some(status) => break status,
                None if Instant::now() > deadline => return Err("the honest node does not end".into()),
                None => thread::sleep(Duration::from_micros(200)),
            }
        };
        let mut said = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            stderr.read_to_string(&mut said).map_err(|error| error.to_string())?;
        }
        Ok(End { status, said })
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of this machine that is kept for one job, as a launcher keeps it.
struct Port {
    number: u16,
    _socket: OwnedFd,
}

impl Port {
    fn reserve() -> std::io::Result<Port> {
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_reuseport(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let number = std::net::SocketAddr::try_from(getsockname(&socket)?)?.port();
        Ok(Port { number, _socket: socket })
    }
}

fn partition() -> Result<OwnedFd, String> {
    let make = || {
        let file = rustix::fs::memfd_create("drust-fuzz", MemfdFlags::CLOEXEC)?;
        rustix::fs::ftruncate(&file, PARTITION as u64)?;
        Ok(file)
    };
    make().map_err(|error: rustix::io::Errno| format!("memory for a partition: {error}"))
}

/// The hash of this program, as its nodes tell it: it stands in the hello that a node says before anything is proven.
fn build() -> Result<[u8; 32], String> {
    static BUILD: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(build) = BUILD.get() {
        return Ok(*build);
    }
    let teller = Victim::start(1, Wires::Shm)?;
    let listen = || {
        let name = SocketAddr::from_abstract_name(format!("drust-{}-0", teller.job))?;
        let (mut socket, _) = UnixListener::bind_addr(&name)?.accept()?;
        let mut hello = [0; 128];
        socket.read_exact(&mut hello)?;
        Ok(hello)
    };
    let hello = listen().map_err(|error: std::io::Error| format!("listening to a hello: {error}"))?;
    let mut build = [0; 32];
    build.copy_from_slice(&hello[32..64]);
    Ok(*BUILD.get_or_init(|| build))
}
