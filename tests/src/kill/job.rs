//! A job under the launcher: found in `/proc`, waited for, and looked after whatever becomes of it.

use super::{cut, proc};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// For how long a job may get ready.
const START: Duration = Duration::from_secs(60);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(2);

/// A command that runs a program of so many nodes in one of its ways, with nothing of this process's own job.
#[must_use]
pub fn command(program: &Path, way: &str, nodes: u16) -> Command {
    let mut command = Command::new(program);
    for name in ["DRUST_RANK", "DRUST_SIZE", "DRUST_JOB", "DRUST_TOKEN", "DRUST_LAUNCHER", "DRUST_COORDINATOR"] {
        command.env_remove(name);
    }
    command.arg(way).env("DRUST_NODES", nodes.to_string()).env("DRUST_HEAP", "64M").env("RUST_BACKTRACE", "0");
    command
}

/// A running job. Its launcher leads a process group, which is killed when this is dropped before the end.
#[derive(Debug)]
pub struct Job {
    launcher: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    id: String,
    pids: Vec<i32>,
    ports: Vec<u16>,
}

/// How a job ended.
#[derive(Debug)]
pub struct Ended {
    /// The launcher's end.
    pub status: ExitStatus,
    /// What all its processes said.
    pub stderr: String,
}

impl Job {
    /// Starts a job of so many nodes and waits until it says that it is ready.
    ///
    /// # Errors
    /// It cannot be started, or does not get ready.
    pub fn start(command: &mut Command, nodes: usize) -> Result<Job, String> {
        let mut job = Job::launch(command)?;
        job.await_ready()?;
        job.find(nodes)?;
        Ok(job)
    }

    /// The same, but waits only until there is a process for each node, which may not have joined the others yet.
    ///
    /// # Errors
    /// It cannot be started, or does not start its nodes.
    pub fn start_early(command: &mut Command, nodes: usize) -> Result<Job, String> {
        let mut job = Job::launch(command)?;
        job.find(nodes)?;
        Ok(job)
    }

    fn launch(command: &mut Command) -> Result<Job, String> {
        let command = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut launcher = command.spawn().map_err(|error| format!("{command:?} cannot be started: {error}"))?;
        let (Some(stdout), Some(stderr)) = (launcher.stdout.take(), launcher.stderr.take()) else {
            unreachable!("both are piped");
        };
        let stdout = BufReader::new(stdout);
        Ok(Job { launcher, stdout, stderr, id: String::new(), pids: Vec::new(), ports: Vec::new() })
    }

    /// Finds the processes of all nodes, as soon as there are so many.
    fn find(&mut self, nodes: usize) -> Result<(), String> {
        let deadline = Instant::now() + START;
        let launcher = self.launcher.id().to_string();
        let mut found: Vec<(u16, i32)> = Vec::new();
        while found.len() != nodes {
            if Instant::now() >= deadline {
                return Err(format!("of {nodes} nodes there are {found:?}"));
            }
            let rank = |pid| Some((proc::variable(pid, "DRUST_RANK")?.parse().ok()?, pid));
            found = proc::with_variable("DRUST_LAUNCHER", &launcher).into_iter().filter_map(rank).collect();
        }
        found.sort_unstable();
        self.pids = found.into_iter().map(|(_, pid)| pid).collect();
        let first = self.pids[0];
        self.id = proc::variable(first, "DRUST_JOB").ok_or("node 0 has no job")?;
        let coordinator = proc::variable(first, "DRUST_COORDINATOR").unwrap_or_default();
        self.ports.extend(coordinator.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()));
        Ok(())
    }

    fn await_ready(&mut self) -> Result<(), String> {
        let timeout = Timespec::try_from(START).map_err(|error| error.to_string())?;
        let ready = poll(&mut [PollFd::new(self.stdout.get_ref(), PollFlags::IN)], Some(&timeout));
        let mut line = String::new();
        if ready == Ok(1) {
            self.stdout.read_line(&mut line).map_err(|error| format!("its output cannot be read: {error}"))?;
        }
        if line == "ready\n" {
            return Ok(());
        }
        // Only where a start fails: it may have ended already.
        let _ = kill_process_group(self.launcher(), Signal::KILL);
        let mut said = String::new();
        let _ = self.stderr.read_to_string(&mut said);
        Err(format!("it did not get ready but said {line:?}\n{said}"))
    }

    /// The processes of its nodes, by rank.
    #[must_use]
    pub fn pids(&self) -> &[i32] {
        &self.pids
    }

    /// The launcher, which leads the job's process group.
    #[must_use]
    pub fn launcher(&self) -> Pid {
        Pid::from_child(&self.launcher)
    }

    /// Sends a signal to a node.
    ///
    /// # Errors
    /// It is gone already.
    pub fn signal(&self, rank: usize, signal: Signal) -> Result<(), String> {
        let pid = Pid::from_raw(self.pids[rank]).ok_or("no process id")?;
        kill_process(pid, signal).map_err(|error| format!("node {rank} cannot be sent {signal:?}: {error}"))
    }

    /// Closes one of a node's connections to others.
    ///
    /// # Errors
    /// The machine does not permit it, or there is none.
    pub fn disconnect(&self, rank: usize) -> Result<(), String> {
        let pid = Pid::from_raw(self.pids[rank]).ok_or("no process id")?;
        let all = cut::connections(pid)?;
        all.first().ok_or(format!("node {rank} has no connections"))?.close()
    }

    /// Waits for the end of all processes until a deadline, and looks for what they left.
    ///
    /// # Errors
    /// Who has not ended by then, or what is left behind.
    pub fn end(mut self, deadline: Instant) -> Result<Ended, String> {
        let status = loop {
            match self.launcher.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK),
                Ok(None) => return Err("the launcher has not ended in time".into()),
                Err(error) => return Err(format!("the launcher cannot be waited for: {error}")),
            }
        };
        while let Some(left) = self.left_behind() {
            if Instant::now() >= deadline {
                return Err(format!("{left} is left behind"));
            }
            std::thread::sleep(LOOK);
        }
        let mut stderr = String::new();
        let read = self.stderr.read_to_string(&mut stderr);
        read.map_err(|error| format!("what it said cannot be read: {error}"))?;
        Ok(Ended { status, stderr })
    }
}

impl Job {
    /// A process of the job, a node or not, or else a trace of it.
    fn left_behind(&self) -> Option<String> {
        let alive = |&&pid: &&i32| proc::lives(pid);
        let pid = self.pids.iter().find(alive).copied();
        let pid = pid.or_else(|| proc::with_variable("DRUST_JOB", &self.id).first().copied());
        let process = pid.map(|pid| format!("process {pid}"));
        process.or_else(|| proc::left_behind(&self.id, &self.ports).into_iter().next())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.pids.iter().any(|&pid| proc::lives(pid)) || matches!(self.launcher.try_wait(), Ok(None)) {
            // Only where something failed. The group has this number as long as one of its processes lives.
            let _ = kill_process_group(self.launcher(), Signal::KILL);
        }
        let _ = self.launcher.wait();
    }
}
