//! How nodes and jobs end: whose end was the first cause, what code the launcher exits with, and in which words.
//!
//! A node that ends because another did says so by its exit code ([`PEER_LOST`], [`LAUNCHER_LOST`]); such an end is
//! *secondary* and never the cause while there is any other. `Trial` collects the ends in the order seen; it reads no
//! clock.

use drust_proto::Rank;
use drust_proto::job::exit::{BROKEN_RULE, LAUNCHER_LOST, OUT_OF_MEMORY, PEER_LOST, REFUSED};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// How one process ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// It exited with this code.
    Exited(i32),
    /// This signal killed it.
    Killed(i32),
}

impl End {
    /// The code a shell would give it: the exit code, or 128 and the signal's number.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            End::Exited(code) => code,
            End::Killed(signal) => 128 + signal,
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Culprit {
    /// Its rank.
    pub rank: Rank,
    /// Its process id.
    pub pid: u32,
    /// How it ended.
    pub end: End,
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} (pid {}) {}", self.rank, self.pid, self.end)
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

/// The ends seen so far, in their order, and what follows from them.
pub(crate) struct Trial {
    seen: Vec<Culprit>,
    /// When the remaining nodes are killed; set by the first end that ends the job.
    deadline: Option<Instant>,
    /// Set once a primary end has fixed the deadline.
    decided: bool,
    grace: Duration,
}

/// How long a secondary end waits for the one that caused it.
const PRIMARY_WAIT: Duration = Duration::from_secs(1);

impl Trial {
    pub(crate) fn new(grace: Duration) -> Trial {
        Trial { seen: Vec::new(), deadline: None, decided: false, grace }
    }

    /// Takes note of an end that nobody here caused.
    pub(crate) fn ended(&mut self, node: Culprit, now: Instant) {
        self.seen.push(node);
        let over = node.rank == Rank(0) || node.end != End::Exited(0);
        if !over || self.decided {
            return;
        }
        if !node.end.is_secondary() {
            self.decided = true;
            self.deadline = Some(now + self.grace);
        } else if self.deadline.is_none() {
            self.deadline = Some(now + PRIMARY_WAIT + self.grace);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The culprit, if any, and the job's code.
    pub(crate) fn verdict(&self) -> (Option<Culprit>, i32) {
        let mut primary = self.seen.iter().filter(|node| !node.end.is_secondary());
        let first = primary.clone().find(|n| n.rank == Rank(0) || n.end != End::Exited(0));
        match first {
            Some(Culprit { rank: Rank(0), end: End::Exited(0), .. }) => {
                let later = self.seen.iter().find(|n| !n.end.is_secondary() && n.end.code() != 0);
                later.map_or((None, 0), |node| (Some(*node), node.end.code()))
            }
            Some(Culprit { rank: Rank(0), end: End::Exited(code), .. }) => (None, *code),
            Some(node) => (Some(*node), node.end.code()),
            // Only secondary ends, and nodes that left with code 0 while the others still ran.
            None => {
                let culprit = primary.next().or(self.seen.first()).copied();
                (culprit, self.seen.iter().map(|n| n.end.code()).find(|c| *c != 0).unwrap_or(PEER_LOST))
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "ends are ordered by real times")]
mod tests {
    use super::*;

    fn verdict(ends: &[(u16, End)]) -> (Option<u16>, i32) {
        let now = Instant::now();
        let mut trial = Trial::new(Duration::ZERO);
        for (rank, end) in ends {
            trial.ended(Culprit { rank: Rank(*rank), pid: 100 + u32::from(*rank), end: *end }, now);
        }
        let (culprit, code) = trial.verdict();
        (culprit.map(|node| node.rank.0), code)
    }

    use End::{Exited, Killed};

    #[test]
    fn rank_0_decides_when_all_went_well() {
        assert_eq!(verdict(&[(1, Exited(0)), (0, Exited(0)), (2, Exited(0))]), (None, 0));
        assert_eq!(verdict(&[(0, Exited(7)), (1, Exited(0))]), (None, 7));
    }

    #[test]
    fn rank_0_may_leave_without_saying_so() {
        assert_eq!(verdict(&[(0, Exited(0)), (1, Exited(PEER_LOST))]), (None, 0));
        assert_eq!(verdict(&[(1, Exited(PEER_LOST)), (0, Exited(3))]), (None, 3));
    }

    #[test]
    fn the_first_primary_end_is_the_culprit() {
        let lost = Exited(PEER_LOST);
        assert_eq!(verdict(&[(0, lost), (2, Killed(9)), (1, Exited(101))]), (Some(2), 137));
        assert_eq!(verdict(&[(1, Exited(101)), (0, lost)]), (Some(1), 101));
        assert_eq!(verdict(&[(0, Killed(11)), (1, lost)]), (Some(0), 139));
        assert_eq!(verdict(&[(0, Exited(0)), (1, Killed(6))]), (Some(1), 134));
    }

    #[test]
    fn secondary_ends_blame_an_early_leaver_or_the_first_of_them() {
        let lost = Exited(PEER_LOST);
        assert_eq!(verdict(&[(0, lost), (1, Exited(0)), (2, lost)]), (Some(1), 113));
        assert_eq!(verdict(&[(1, Exited(LAUNCHER_LOST)), (0, lost)]), (Some(1), 114));
    }

    #[test]
    fn a_secondary_end_waits_longer_for_its_cause() {
        let (start, grace) = (Instant::now(), Duration::from_secs(2));
        let node = |rank, end| Culprit { rank: Rank(rank), pid: 1, end };
        let mut trial = Trial::new(grace);
        trial.ended(node(1, Exited(0)), start);
        assert_eq!(trial.deadline(), None);
        trial.ended(node(2, Exited(PEER_LOST)), start);
        assert_eq!(trial.deadline(), Some(start + PRIMARY_WAIT + grace));
        let later = start + Duration::from_millis(300);
        trial.ended(node(3, Killed(9)), later);
        trial.ended(node(0, Exited(5)), later + grace);
        assert_eq!(trial.deadline(), Some(later + grace));
    }

    #[test]
    fn ends_are_told_in_words() {
        let culprit = Culprit { rank: Rank(2), pid: 123, end: Killed(9) };
        let end = JobEnd { culprit: Some(culprit), code: 137, outputs: vec![] };
        assert_eq!(
            end.to_string(),
            "drust: node 2 (pid 123) was killed by signal 9 (SIGKILL); the job was ended on all nodes"
        );
        assert_eq!(Killed(64).to_string(), "was killed by signal 64");
        assert_eq!(Exited(101).to_string(), "exited with code 101");
        assert_eq!(Exited(113).to_string(), "lost another node (exit code 113)");
    }
}
