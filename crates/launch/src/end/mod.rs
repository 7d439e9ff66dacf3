//! How nodes and jobs end: whose end was the first cause, what code the launcher exits with, and in which words.
//!
//! A node that ends because another did says so by its exit code ([`PEER_LOST`], [`LAUNCHER_LOST`]); such an end is
//! *secondary* and never the cause while there is any other. A node that has to be killed at the deadline was stopped
//! or hung; it is the cause where all other ends are secondary. `Trial` collects the ends; it reads no clock.

mod trial;

pub(crate) use trial::Trial;

use drust_proto::Rank;
use drust_proto::job::exit::{BROKEN_RULE, LAUNCHER_LOST, OUT_OF_MEMORY, PEER_LOST, REFUSED};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

const SIGKILL: i32 = 9;

/// How one process ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// It exited with this code.
    Exited(i32),
    /// This signal killed it.
    Killed(i32),
    /// It did not end by itself when the job did, and the launcher killed it.
    Unresponsive,
}

impl End {
    /// The code a shell would give it: the exit code, or 128 and the signal's number.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            End::Exited(code) => code,
            End::Killed(signal) => 128 + signal,
            End::Unresponsive => 128 + SIGKILL,
        }
    }

    /// Whether it ended because something else did.
    #[must_use]
    pub const fn is_secondary(self) -> bool {
        matches!(self, End::Exited(PEER_LOST | LAUNCHER_LOST))
    }
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> End {
        match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, signal) => End::Killed(signal.unwrap_or(0)),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            End::Exited(0) => f.write_str("exited with code 0 before the job was over"),
            End::Exited(PEER_LOST) => write!(f, "lost another node (exit code {PEER_LOST})"),
            End::Exited(LAUNCHER_LOST) => {
                write!(f, "lost the launcher (exit code {LAUNCHER_LOST})")
            }
            End::Exited(REFUSED) => write!(f, "could not join the job (exit code {REFUSED})"),
            End::Exited(OUT_OF_MEMORY) => write!(f, "reached the limit of its heap (exit code {OUT_OF_MEMORY})"),
            End::Exited(BROKEN_RULE) => write!(f, "found a rule broken (exit code {BROKEN_RULE})"),
            End::Exited(code) => write!(f, "exited with code {code}"),
            End::Killed(signal) => match signal_name(signal) {
                Some(name) => write!(f, "was killed by signal {signal} ({name})"),
                None => write!(f, "was killed by signal {signal}"),
            },
            End::Unresponsive => f.write_str("did not respond and was killed by the launcher"),
        }
    }
}

/// The names of the signals that end processes in practice; their numbers agree on x86_64 and aarch64.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return None,
    })
}

/// The node whose end was the first cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Culprit {
    /// Its rank.
    pub rank: Rank,
    /// The host that it ran on.
    pub host: String,
    /// Its process id.
    pub pid: u32,
    /// How it ended.
    pub end: End,
}

impl Culprit {
    /// A process of this host.
    pub(crate) fn here(rank: Rank, pid: u32, end: End) -> Culprit {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Culprit { rank, host, pid, end }
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} (host {}, pid {}) {}", self.rank, self.host, self.pid, self.end)
    }
}

/// How a job ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobEnd {
    /// Who ended it before its time; `None` where rank 0 exited by itself, with whatever code.
    pub culprit: Option<Culprit>,
    /// What the launcher exits with: rank 0's code, or the culprit's (128 and the number for a signal).
    pub code: i32,
    /// What the nodes wrote, by rank; empty unless it was captured.
    pub outputs: Vec<Captured>,
}

/// What one node wrote.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Captured {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

impl fmt::Display for JobEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.culprit {
            Some(culprit) => write!(f, "drust: {culprit}; the job was ended on all nodes"),
            None => write!(f, "drust: the job exited with code {}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::End::{Exited, Killed, Unresponsive};
    use super::*;

    #[test]
    fn ends_are_told_in_words() {
        let culprit = Culprit { rank: Rank(2), host: "here".into(), pid: 123, end: Killed(9) };
        let end = JobEnd { culprit: Some(culprit), code: 137, outputs: vec![] };
        assert_eq!(
            end.to_string(),
            "drust: node 2 (host here, pid 123) was killed by signal 9 (SIGKILL); the job was ended on all nodes"
        );
        assert_eq!(Killed(64).to_string(), "was killed by signal 64");
        assert_eq!(Exited(101).to_string(), "exited with code 101");
        assert_eq!(Unresponsive.to_string(), "did not respond and was killed by the launcher");
        assert_eq!(Exited(113).to_string(), "lost another node (exit code 113)");
    }
}
