//! The error of `send_timeout`, which std has only behind a feature gate.

use std::error::Error;
use std::fmt;

/// The value that [`SyncSender::send_timeout`](super::SyncSender::send_timeout) did not send, and why.
///
/// ```
/// use drust::sync::mpsc::{SendTimeoutError, sync_channel};
/// use std::time::Duration;
/// let (sender, receiver) = sync_channel(0);
/// assert_eq!(sender.send_timeout(5, Duration::from_millis(1)), Err(SendTimeoutError::Timeout(5)));
/// drop(receiver);
/// assert_eq!(sender.send_timeout(5, Duration::MAX), Err(SendTimeoutError::Disconnected(5)));
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub enum SendTimeoutError<T> {
    /// There was no room in time.
    Timeout(T),
    /// The receiver is gone.
    Disconnected(T),
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendTimeoutError::Timeout(..) => "Timeout(..)",
            SendTimeoutError::Disconnected(..) => "Disconnected(..)",
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendTimeoutError::Timeout(..) => "timed out waiting on send operation",
            SendTimeoutError::Disconnected(..) => "sending on a disconnected channel",
        })
    }
}

impl<T> Error for SendTimeoutError<T> {}
