//! The kinds of death, what each does to whom, and what must be said and returned after it.

use super::{Ended, HEARTBEAT, Job, cut};
use rustix::process::{Signal, kill_process, kill_process_group};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

/// The code of a node that lost another.
const PEER_LOST: i32 = 113;

/// What happens to a job.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A node is killed.
    Kill,
    /// A node is stopped, for longer than its peers wait.
    Stop,
    /// A node is asked to end.
    Terminate,
    /// A node aborts.
    Abort,
    /// A node touches what is not there.
    Fault,
    /// The launcher is killed.
    KillLauncher,
    /// The launcher is asked to end.
    TerminateLauncher,
    /// Ctrl-C: launcher and nodes are interrupted.
    Interrupt,
    /// One connection of a node closes.
    Disconnect,
    /// A node is killed while the nodes join each other.
    KillEarly,
    /// The launcher is killed when a node is stopped.
    KillLauncherOfStopped,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Kill => "SIGKILL of a node",
            Kind::Stop => "SIGSTOP of a node",
            Kind::Terminate => "SIGTERM of a node",
            Kind::Abort => "SIGABRT of a node",
            Kind::Fault => "SIGSEGV of a node",
            Kind::KillLauncher => "SIGKILL of the launcher",
            Kind::TerminateLauncher => "SIGTERM of the launcher",
            Kind::Interrupt => "SIGINT to all",
            Kind::Disconnect => "end of a connection",
            Kind::KillEarly => "SIGKILL while joining",
            Kind::KillLauncherOfStopped => "SIGKILL, a node stopped",
        })
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 11] = [
        Kind::Kill,
        Kind::Stop,
        Kind::Terminate,
        Kind::Abort,
        Kind::Fault,
        Kind::KillLauncher,
        Kind::TerminateLauncher,
        Kind::Interrupt,
        Kind::Disconnect,
        Kind::KillEarly,
        Kind::KillLauncherOfStopped,
    ];

    /// Whether it happens before the nodes are ready.
    #[must_use]
    pub fn is_early(self) -> bool {
        self == Kind::KillEarly
    }

    /// Whether this machine lets it be done.
    #[must_use]
    pub fn is_permitted(self) -> bool {
        self != Kind::Disconnect || cut::is_permitted()
    }

    /// How long after it has happened the others can know.
    #[must_use]
    pub fn delay(self) -> Duration {
        if self == Kind::Stop { Duration::from_secs(HEARTBEAT) } else { Duration::ZERO }
    }

    /// The signal that a node gets, if it is a node that suffers.
    fn signal(self) -> Option<Signal> {
        match self {
            Kind::Kill | Kind::KillEarly => Some(Signal::KILL),
            Kind::Stop => Some(Signal::STOP),
            Kind::Terminate => Some(Signal::TERM),
            Kind::Abort => Some(Signal::ABORT),
            Kind::Fault => Some(Signal::SEGV),
            Kind::KillLauncher
            | Kind::KillLauncherOfStopped
            | Kind::TerminateLauncher
            | Kind::Interrupt
            | Kind::Disconnect => None,
        }
    }

    /// Lets it happen; when it did.
    ///
    /// # Errors
    /// Whom it should happen to is gone already.
    pub fn befall(self, job: &Job, victim: usize) -> Result<Instant, String> {
        let at = Instant::now();
        let gone = |error| format!("the launcher is gone: {error}");
        match (self, self.signal()) {
            (Kind::KillLauncher, _) => kill_process(job.launcher(), Signal::KILL).map_err(gone)?,
            (Kind::KillLauncherOfStopped, _) => {
                job.signal(victim, Signal::STOP)?;
                kill_process(job.launcher(), Signal::KILL).map_err(gone)?;
            }
            (Kind::TerminateLauncher, _) => kill_process(job.launcher(), Signal::TERM).map_err(gone)?,
            (Kind::Interrupt, _) => kill_process_group(job.launcher(), Signal::INT).map_err(gone)?,
            (Kind::Fault, _) => {
                // The first ends std's watch for stack overflows, which takes it for a fault that will come again.
                job.signal(victim, Signal::SEGV)?;
                std::thread::sleep(Duration::from_millis(20));
                job.signal(victim, Signal::SEGV)?;
            }
            (Kind::Disconnect, _) => job.disconnect(victim)?,
            (_, Some(signal)) => job.signal(victim, signal)?,
            (_, None) => unreachable!("each kind is somebody's"),
        }
        Ok(at)
    }

    /// Whether launcher and nodes said and returned what they must.
    ///
    /// # Errors
    /// What they did not.
    pub fn judge(self, ended: &Ended, pids: &[i32], victim: usize) -> Result<(), String> {
        let Ended { status, stderr } = ended;
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        match self {
            Kind::KillLauncher | Kind::KillLauncherOfStopped | Kind::TerminateLauncher => {
                let signal = if self == Kind::TerminateLauncher { Signal::TERM } else { Signal::KILL };
                want(code == 128 + signal.as_raw(), || format!("the launcher ended with {status}"))?;
                (0..pids.len()).try_for_each(|rank| {
                    let line = last_line(stderr, rank, pids[rank])?;
                    want(line.ends_with("): its launcher died"), || format!("node {rank} blamed another: `{line}`"))
                })
            }
            Kind::Interrupt => want(code == 128 + Signal::INT.as_raw(), || format!("the launcher ended with {status}")),
            Kind::Disconnect => judge_disconnected(code, stderr, pids, victim),
            _ => self.judge_node(code, stderr, pids, victim),
        }
    }

    fn judge_node(self, code: i32, stderr: &str, pids: &[i32], victim: usize) -> Result<(), String> {
        let pid = pids[victim];
        let seen = if self == Kind::Stop { "nothing was heard of it for 1s" } else { "its connection closed" };
        let words = format!("node {victim} (host ");
        // Who has not joined yet says that, or that somebody went away.
        let witnesses = (0..pids.len()).filter(|&rank| rank != victim && self != Kind::KillEarly);
        for rank in witnesses {
            let line = last_line(stderr, rank, pids[rank])?;
            let named = line.contains(&words) && line.contains(&format!(", pid {pid}) was lost: {seen}"));
            want(named, || format!("node {rank} did not blame node {victim} but said `{line}`"))?;
        }
        // The launcher has to kill a stopped node, since it cannot end by itself.
        let signal = if self == Kind::Stop { Signal::KILL } else { self.signal().unwrap_or(Signal::KILL) }.as_raw();
        want(code == 128 + signal, || format!("the job ended with {code} instead of {}", 128 + signal))?;
        let cause = match self {
            Kind::Stop => "did not respond and was killed by the launcher;".to_owned(),
            _ => format!("was killed by signal {signal} "),
        };
        let lines: Vec<_> = stderr.lines().filter(|line| line.ends_with("; the job was ended on all nodes")).collect();
        let (node, process) = (format!("drust: {words}"), format!(", pid {pid}) {cause}"));
        let right = lines.len() == 1 && lines[0].starts_with(&node) && lines[0].contains(&process);
        want(right, || format!("the launcher did not blame node {victim} but said {lines:?}"))
    }
}

/// The nodes on both ends lose each other; which of them is the first to say so cannot be known.
fn judge_disconnected(code: i32, stderr: &str, pids: &[i32], victim: usize) -> Result<(), String> {
    want(code == PEER_LOST, || format!("the job ended with {code} instead of {PEER_LOST}"))?;
    let mut blamed = Vec::new();
    for (rank, &pid) in pids.iter().enumerate() {
        let line = last_line(stderr, rank, pid)?;
        want(line.contains("its connection closed"), || format!("node {rank} said `{line}`"))?;
        blamed.extend(line.contains("gave this node up").then_some(rank));
        let lost = |&other: &usize| line.contains(&format!(", pid {}) was lost", pids[other]));
        blamed.extend((0..pids.len()).find(lost));
    }
    want(blamed.len() == pids.len(), || format!("{blamed:?} are blamed"))?;
    blamed.retain(|&rank| rank != victim);
    blamed.dedup();
    want(blamed.len() <= 1, || format!("{blamed:?} are blamed beside {victim}"))
}

/// A node's last line, which is its only one.
fn last_line(stderr: &str, rank: usize, pid: i32) -> Result<&str, String> {
    let (node, process) = (format!("drust: node {rank} (host "), format!(", pid {pid}): "));
    let mut lines = stderr.lines().filter(|line| line.starts_with(&node) && line.contains(&process));
    match (lines.next(), lines.next()) {
        (Some(line), None) => Ok(line),
        (None, _) => Err(format!("node {rank} said nothing in the end")),
        (Some(first), Some(second)) => Err(format!("node {rank} said `{first}` and `{second}`")),
    }
}

fn want(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
