//! The job under attack: three honest nodes over tcp, watched by who attacks them.

use super::guard::LOGGED;
use crate::memory::Resident;
use crate::start::{Plan, Wires, start, wait};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The word on the command line that makes this program an honest node.
pub const GUARD: &str = "guard";
/// Nodes of the job.
pub const NODES: u16 = 3;
/// For how long the nodes may take to meet, to go on, or to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// Rounds of work after which a node has what it keeps on purpose.
const WARM: u64 = 500;
/// Lines that a node may say without being asked.
const LINES: usize = 20;

/// An honest node.
pub struct Node {
    process: Child,
    /// Where it listens.
    pub port: u16,
    told: Arc<Told>,
}

/// What a node has written to stderr.
#[derive(Default)]
struct Told {
    /// Connections of whose end it told.
    refused: AtomicU64,
    /// Everything else.
    other: Mutex<Vec<String>>,
}

/// The job.
pub struct Job {
    /// What its nodes have in common.
    pub plan: Plan,
    /// Its nodes by rank.
    pub nodes: Vec<Node>,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Job {
    /// Starts a job, and waits until it works.
    pub fn start(encrypt: bool) -> Result<Job, String> {
        let plan = Plan::new(NODES, Wires::Tcp { encrypt })?;
        let mut nodes = Vec::new();
        let mut pipes = (None, None);
        for rank in 0..NODES {
            let mut command = plan.node(GUARD, rank);
            if rank == 0 {
                command.stdin(Stdio::piped()).stdout(Stdio::piped());
            }
            let mut process = start(&mut command)?;
            if rank == 0 {
                pipes = (process.stdin.take(), process.stdout.take());
            }
            let told = Arc::<Told>::default();
            if let Some(stderr) = process.stderr.take() {
                let told = told.clone();
                thread::spawn(move || told.read(stderr));
            }
            nodes.push(Node { process, port: 0, told });
        }
        let (ask, Some(answers)) = pipes else { return Err("node 0 has no pipes".into()) };
        let mut job = Job { plan, nodes, ask, answers: BufReader::new(answers) };
        job.goes_on(WARM)?;
        for node in &mut job.nodes {
            node.port = port_of(node.process.id()).ok_or("a node listens nowhere")?;
        }
        Ok(job)
    }

    /// Waits until the job has done so much more than before.
    ///
    /// # Errors
    /// It does not.
    pub fn goes_on(&mut self, rounds: u64) -> Result<(), String> {
        let before = self.rounds()?;
        let begun = Instant::now();
        while self.rounds()? < before + rounds {
            if begun.elapsed() > PATIENCE {
                return Err(format!("the job stands still: {}", self.said()));
            }
            thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Rounds of work so far.
    pub fn rounds(&mut self) -> Result<u64, String> {
        let mut line = String::new();
        let asked = self.ask.as_mut().map(|ask| writeln!(ask));
        let told = self.answers.read_line(&mut line);
        match (asked, told, line.trim().parse()) {
            (Some(Ok(())), Ok(_), Ok(rounds)) => Ok(rounds),
            _ => Err(format!("the job has ended: {}", self.said())),
        }
    }

    /// Connections of whose end the nodes told.
    pub fn refused(&self) -> u64 {
        self.nodes.iter().map(|node| node.told.refused.load(Ordering::Relaxed)).sum()
    }

    /// Private memory of the nodes.
    pub fn memory(&self) -> u64 {
        let of = |node: &Node| Resident::of(node.process.id()).unwrap_or_default().private;
        self.nodes.iter().map(of).sum()
    }

    /// Open files of the nodes.
    pub fn files(&self) -> usize {
        let of = |node: &Node| fs::read_dir(format!("/proc/{}/fd", node.process.id())).map_or(0, Iterator::count);
        self.nodes.iter().map(of).sum()
    }

    /// Whatever the nodes said beside the ends of connections.
    fn said(&self) -> String {
        let of = |node: &Node| node.told.other.lock().map_or(String::new(), |lines| lines.join("\n"));
        self.nodes.iter().map(of).collect::<Vec<_>>().join("\n")
    }

    /// Ends the job in order.
    ///
    /// # Errors
    /// It does not end so.
    pub fn end(mut self) -> Result<(), String> {
        self.ask = None;
        for rank in 0..self.nodes.len() {
            let status = wait(&mut self.nodes[rank].process, PATIENCE)?;
            if status.code() != Some(0) {
                return Err(format!("node {rank} ended with {status}: {}", self.said()));
            }
        }
        Ok(())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.process.kill();
            let _ = node.process.wait();
        }
    }
}

impl Told {
    fn read(&self, stderr: ChildStderr) {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if line.starts_with(LOGGED) && line.contains("a connection ") {
                self.refused.fetch_add(1, Ordering::Relaxed);
            } else if let Ok(mut other) = self.other.lock()
                && other.len() < LINES
            {
                other.push(line);
            }
        }
    }
}

/// Where a process listens, as the kernel tells it.
fn port_of(pid: u32) -> Option<u16> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let inode = |link: &str| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    let sockets: BTreeSet<String> = links.filter_map(|link| inode(link.to_str()?)).collect();
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let listens = *state == "0A" && sockets.contains(*inode);
        u16::from_str_radix(local.rsplit(':').next()?, 16).ok().filter(|_| listens)
    })
}
