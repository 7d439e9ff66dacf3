//! Why a job could not be run, and what to do.

use drust_proto::Rank;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A job that could not be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum LaunchError {
    /// The system gave no random numbers for the job's token.
    Random(io::Error),
    /// No port of this machine could be kept for the job.
    Port(io::Error),
    /// A node could not be started.
    Start {
        /// The first that could not.
        rank: Rank,
        /// What was to be started.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A node could not be bound to its launcher's life.
    Bond(io::Error),
    /// The launcher of this node died before the node had become its program.
    Orphan {
        /// Its process id.
        launcher: u32,
    },
    /// The nodes could not be waited for.
    Wait(io::Error),
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LaunchError::Random(_) => f.write_str("cannot read random numbers for the job's token from /dev/urandom"),
            LaunchError::Port(_) => f.write_str("cannot keep a port of 127.0.0.1 for the job"),
            LaunchError::Start { rank, program, source } => {
                let program = program.display();
                match source.kind() {
                    io::ErrorKind::NotFound => write!(
                        f,
                        "cannot start {program}: there is no such program; \
                         give its path (./{program} for one in this folder), or put its folder into PATH"
                    ),
                    io::ErrorKind::PermissionDenied => {
                        write!(f, "cannot start {program}: it is not executable (chmod +x would make it so)")
                    }
                    _ => write!(f, "cannot start {program} as node {rank}"),
                }
            }
            LaunchError::Bond(_) => f.write_str("cannot bind this node to the life of its launcher"),
            LaunchError::Orphan { launcher } => write!(f, "the launcher (process {launcher}) is gone"),
            LaunchError::Wait(_) => {
                f.write_str("cannot wait for the nodes (this needs Linux 5.3 or newer); they were ended")
            }
        }
    }
}

impl std::error::Error for LaunchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LaunchError::Random(source)
            | LaunchError::Port(source)
            | LaunchError::Bond(source)
            | LaunchError::Wait(source) => Some(source),
            LaunchError::Start { source, .. } => Some(source),
            LaunchError::Orphan { .. } => None,
        }
    }
}
