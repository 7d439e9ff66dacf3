//! A job of two: an honest node in a process of its own, and the attacker, which joins it as the other node.

use crate::start::{Plan, Wires, build, start, wait};
use drust_fabric::{Fabric, JoinError, shm, tcp};
use drust_proto::Rank;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::MemfdFlags;
use std::io::Read;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

/// The word on the command line that makes this program the honest node.
pub const VICTIM: &str = "victim";
/// The attacker's rank.
pub const FAKE: Rank = Rank(1);
/// Nodes of the job.
pub const NODES: u16 = 2;
/// Bytes of the attacker's partition.
pub const PARTITION: usize = 1 << 16;
/// For how long an honest node may take to end once there is a reason.
const PATIENCE: Duration = Duration::from_secs(20);

/// An honest node.
pub struct Victim {
    process: Child,
    plan: Plan,
}

/// How an honest node ended.
#[derive(Debug)]
pub struct End {
    /// Its exit code, or the signal that ended it.
    pub status: ExitStatus,
    /// What it wrote to stderr.
    pub said: String,
}

impl Victim {
    /// Starts an honest node, of rank 0.
    pub fn start(wires: Wires) -> Result<Victim, String> {
        let plan = Plan::new(NODES, wires)?;
        Ok(Victim { process: start(&mut plan.node(VICTIM, 0))?, plan })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Where it listens, over tcp.
    pub fn port(&self) -> u16 {
        self.plan.port
    }

    /// The job's secret.
    pub fn token(&self) -> [u8; 32] {
        self.plan.token.0
    }

    /// Joins its job as the other node.
    pub fn join(&self) -> Result<Arc<dyn Fabric>, String> {
        let joined = match self.plan.wires {
            Wires::Shm => self.join_shm()?,
            Wires::Tcp { encrypt } => self.join_tcp(encrypt)?,
        };
        joined.map_err(|error| format!("joining the honest node: {error}"))
    }

    fn join_shm(&self) -> Result<Result<Arc<dyn Fabric>, JoinError>, String> {
        let partition = partition()?;
        let config = shm::Config {
            rank: FAKE,
            size: NODES,
            job: self.plan.job.to_string(),
            token: self.plan.token.0,
            build: build(VICTIM)?,
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

    fn join_tcp(&self, encrypt: bool) -> Result<Result<Arc<dyn Fabric>, JoinError>, String> {
        let config = tcp::Config {
            rank: FAKE,
            size: NODES,
            token: self.plan.token.0,
            build: build(VICTIM)?,
            coordinator: ("127.0.0.1".into(), self.plan.port),
            listen: None,
            reserved: false,
            encrypt,
            heartbeat: tcp::Config::HEARTBEAT,
            timeout: PATIENCE,
            launcher: None,
            most: 1 << 30,
            partition: (PARTITION, PARTITION),
        };
        Ok(tcp::join(&config).map(|tcp| Arc::new(tcp) as Arc<dyn Fabric>))
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
        let status = wait(&mut self.process, PATIENCE)?;
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

fn partition() -> Result<OwnedFd, String> {
    let make = || {
        let file = rustix::fs::memfd_create("drust-fuzz", MemfdFlags::CLOEXEC)?;
        rustix::fs::ftruncate(&file, PARTITION as u64)?;
        Ok(file)
    };
    make().map_err(|error: rustix::io::Errno| format!("memory for a partition: {error}"))
}
