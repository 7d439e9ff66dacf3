//! What is told to who called the program.

use std::fmt;

/// Why there is no product: what happened, to what, and what to do about it.
///
/// ```
/// let error = drust_gemm::Error::new("there is no such matrix");
/// assert_eq!(error.to_string(), "there is no such matrix");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error(String);

/// What may fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of these words.
    pub fn new(message: impl Into<String>) -> Error {
        Error(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
