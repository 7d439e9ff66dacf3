//! What a space says when it has no memory to give.

use std::{error, fmt, io};

/// Why there was no memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The space would commit more than its limit.
    Limit,
    /// No run of free addresses is long enough.
    Reserve,
    /// The system refused memory, with this error number.
    System(i32),
    /// The layout asks an alignment above 2 MiB.
    Alignment,
}

/// There is no memory for a request: what was asked, used and allowed, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfMemory {
    /// Name of the space.
    pub space: &'static str,
    /// Bytes asked for.
    pub asked: usize,
    /// Bytes in use, whole pages counted.
    pub used: usize,
    /// Bytes the space may commit.
    pub limit: usize,
    /// Bytes of addresses reserved.
    pub reserve: usize,
    /// What stood in the way.
    pub cause: Cause,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OutOfMemory { space, asked, used, limit, reserve, cause } = self;
        write!(f, "out of memory in the {space}: asked for {asked} bytes, {used} of {limit} allowed are in use")?;
        match cause {
            Cause::Limit => write!(f, "; raise its limit"),
            Cause::Reserve => write!(f, "; no run of addresses of that length is free in the {reserve} reserved"),
            Cause::System(code) => write!(f, "; the system refused: {}", io::Error::from_raw_os_error(*code)),
            Cause::Alignment => write!(f, "; alignments above 2 MiB are not served"),
        }
    }
}

impl error::Error for OutOfMemory {}
