//! Why a node could not join.

use crate::Mismatch;
use drust_proto::Rank;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why a node could not join a cluster, and what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// The system refused something.
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// Another process on this host is this rank of this job already.
    Taken {
        /// This node's rank.
        rank: Rank,
        /// The job.
        job: String,
    },
    /// Some ranks never came.
    Missing {
        /// Who.
        ranks: Vec<Rank>,
        /// How long this node waited.
        waited: Duration,
        /// Connections that were refused meanwhile, and why: perhaps theirs.
        refused: Vec<String>,
    },
    /// The name of a host has no address.
    Unknown {
        /// The name.
        host: String,
        /// What the system said.
        error: io::Error,
    },
    /// This node cannot listen where it should.
    Listen {
        /// Where.
        at: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// A node could not be reached.
    Unreachable {
        /// Who.
        peer: Rank,
        /// Where it was sought.
        at: String,
        /// How long.
        waited: Duration,
        /// What the system said last.
        error: io::Error,
    },
    /// Another node and this one do not fit together.
    Refused {
        /// The other node, by its own word or by where it was sought.
        peer: Rank,
        /// Why.
        mismatch: Mismatch,
    },
    /// A node went away in the middle of the handshake.
    Died {
        /// Who.
        peer: Rank,
        /// What the system said.
        error: io::Error,
    },
    /// The launcher died before this node had joined.
    LauncherGone {
        /// Its process id.
        pid: u32,
    },
}

impl JoinError {
    pub(crate) fn system(doing: &'static str) -> impl FnOnce(io::Error) -> JoinError {
        move |error| JoinError::System { doing, error }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::System { doing, error } => write!(f, "cannot join the cluster: {doing}: {error}"),
            JoinError::Taken { rank, job } => {
                write!(f, "rank {rank} of job {job} runs already on this host: give each job its own DRUST_JOB")
            }
            JoinError::Missing { ranks, waited, refused } => {
                let ranks: Vec<String> = ranks.iter().map(Rank::to_string).collect();
                write!(f, "rank {} did not come within {waited:?}", ranks.join(", "))?;
                refused.iter().try_for_each(|refused| write!(f, "; {refused}"))
            }
            JoinError::Unknown { host, error } => {
                write!(f, "the host `{host}` is not known: {error}; correct DRUST_COORDINATOR or DRUST_LISTEN")
            }
            JoinError::Listen { at, error } => {
                write!(f, "cannot listen at {at}: {error}; it must be an address of this host and a free port")
            }
            JoinError::Unreachable { peer, at, waited, error } => {
                write!(f, "cannot reach rank {peer} at {at} within {waited:?}: {error}; ")?;
                write!(f, "is it started, and does nothing between the hosts keep this port closed?")
            }
            JoinError::Refused { peer, mismatch } => write!(f, "node {peer} does not fit this one: {mismatch}"),
            JoinError::Died { peer, error } => write!(f, "node {peer} went away while joining: {error}"),
            JoinError::LauncherGone { pid } => write!(f, "the launcher (process {pid}) is gone"),
        }
    }
}

impl std::error::Error for JoinError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            JoinError::System { error, .. }
            | JoinError::Died { error, .. }
            | JoinError::Unknown { error, .. }
            | JoinError::Listen { error, .. }
            | JoinError::Unreachable { error, .. } => Some(error),
            _ => None,
        }
    }
}
