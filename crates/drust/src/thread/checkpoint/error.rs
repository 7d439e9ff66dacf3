//! What may be wrong with a file that a task is to begin with.

use std::error::Error;
use std::{fmt, io};

/// Why a task cannot begin with a file.
///
/// ```
/// use drust::thread::{CheckpointError, Step, restart_from};
/// let path = std::env::temp_dir().join(format!("drust-no-checkpoint-{}", std::process::id()));
/// std::fs::write(&path, "Dear diary, today I wrote no checkpoint").unwrap();
/// let error = restart_from(&path, |n: &mut u32| Step::Done(*n)).unwrap_err();
/// assert!(matches!(error, CheckpointError::Foreign));
/// assert_eq!(error.to_string(), "the file is no checkpoint of drust");
/// # std::fs::remove_file(path).unwrap();
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It cannot be read.
    Io(io::Error),
    /// It does not begin as a checkpoint does.
    Foreign,
    /// It is of a version of the format that this build does not know.
    Version(u32),
    /// It ends before what it says it holds.
    Truncated {
        /// Bytes that there should be.
        needed: u64,
        /// Bytes that there are.
        len: u64,
    },
    /// It goes on after what it says it holds, for so many bytes.
    Trailing(u64),
    /// It is not as it was written: the checksum differs.
    Damaged,
    /// It holds a state of another type.
    Type {
        /// What it holds.
        found: String,
        /// What the step takes.
        expected: &'static str,
    },
    /// The type's `Deserialize` refuses what its `Serialize` wrote, in a build with another form of the type perhaps.
    State(Box<dyn Error + Send + Sync>),
    /// The file is right, and the task cannot be started, as [`Builder::spawn`](crate::thread::Builder::spawn) says.
    Start(io::Error),
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::Io(error) => write!(f, "the checkpoint cannot be read: {error}"),
            CheckpointError::Foreign => f.write_str("the file is no checkpoint of drust"),
            CheckpointError::Version(found) => write!(f, "the checkpoint is of version {found}, which is not known"),
            CheckpointError::Truncated { needed, len } => {
                write!(f, "the checkpoint ends early: it has {len} bytes of {needed}")
            }
            CheckpointError::Trailing(extra) => write!(f, "{extra} bytes follow the checkpoint's end"),
            CheckpointError::Damaged => f.write_str("the checkpoint is damaged: it is not what was written"),
            CheckpointError::Type { found, expected } => {
                write!(f, "the checkpoint holds a state of type {found}, where {expected} is expected")
            }
            CheckpointError::State(error) => write!(f, "the checkpoint's state cannot be read: {error}"),
            CheckpointError::Start(error) => write!(f, "the checkpoint's task cannot be started: {error}"),
        }
    }
}

impl Error for CheckpointError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CheckpointError::Io(error) | CheckpointError::Start(error) => Some(error),
            CheckpointError::State(error) => Some(&**error),
            _ => None,
        }
    }
}
