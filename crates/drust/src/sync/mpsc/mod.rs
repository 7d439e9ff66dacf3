//! Queues of values from many senders to one receiver, as [`std::sync::mpsc`]; each end may be on any node, and move.
//!
//! A channel's queue is at its home, the node that made it, wherever the ends are. A value moves: it leaves its sender
//! as an image, as a task's arguments do, is queued as it came, and lands where it is received. Between ends at home it
//! stays what it is.
//!
//! | operation | messages |
//! |---|---|
//! | `send` and `recv` at home | 0, and 1 one-way for each value that goes to a receiver elsewhere |
//! | [`Sender::send`] elsewhere | 1 one-way or less: see below; a node's first to a channel, and one that fails, 2 |
//! | [`Receiver::recv`] elsewhere | 1 one-way a value, which comes ahead of need, and 1 for each 64 KiB of them |
//! | [`SyncSender::send`], and `recv` of such a channel, elsewhere | 2 one-ways: the home alone knows of room |
//! | `try_recv` and `recv_timeout` elsewhere, where there is nothing | 2 one-ways more |
//! | moving an end | 0; a receiver's first `recv` on another node 2 one-ways, and 1 a value that had come too early |
//! | clone of a sender | 0; through a copy of it 1 request, 1 reply |
//! | drop of a sender | 1 one-way; of the last one, and of the receiver, 2 for each node that has sent |
//!
//! Values that are sent from elsewhere in quick succession leave together: the first at once, those after it when they
//! are 4 KiB, when a thread of the node is about to wait or to let others go on, or within a millisecond.
//!
//! What a node has sent and the home not yet seen is bounded (256 KiB), and so is what comes ahead of a receiver's
//! need: a sender that is faster than the network waits. The queue of a [`channel()`] itself has no bound, as in std.
//! The capacity of a [`sync_channel`] is that of the whole cluster.
//!
//! When a [`Receiver`]'s drop has returned, every send fails, on whichever node. Values that hold handles or a user's
//! `Drop` come to the thread that drops the receiver, and are dropped there.
//!
//! What differs from std: ends are `Sync`, since what lives in the heap may be looked at from anywhere; so threads may
//! receive at the same time, through borrows of one [`Receiver`], and each value goes to one of them. `send_timeout`
//! and `recv_deadline` are there without a feature gate.
//!
//! ```
//! use drust::{node, spawn, sync::mpsc};
//! let (sender, receiver) = mpsc::channel();
//! for node in node::all() {
//!     let sender = sender.clone();
//!     spawn!(on node; [sender, node] || sender.send(node.index()).unwrap());
//! }
//! drop(sender);
//! let mut nodes: Vec<usize> = receiver.iter().collect();
//! nodes.sort();
//! assert_eq!(nodes, (0..node::count()).collect::<Vec<_>>());
//! ```

mod error;
mod iter;
mod receiver;
mod sender;

pub use error::SendTimeoutError;
pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use sender::{Sender, SyncSender};
/// Why [`Receiver::recv`] returned nothing: all senders are gone. std's own.
///
/// ```
/// use drust::sync::mpsc::{RecvError, channel};
/// let (sender, receiver) = channel::<u8>();
/// drop(sender);
/// assert_eq!(receiver.recv(), Err(RecvError));
/// ```
pub use std::sync::mpsc::RecvError;
/// Why [`Receiver::recv_timeout`] returned nothing. std's own.
///
/// ```
/// use drust::sync::mpsc::{RecvTimeoutError, channel};
/// let (sender, receiver) = channel::<u8>();
/// let short = std::time::Duration::from_millis(1);
/// assert_eq!(receiver.recv_timeout(short), Err(RecvTimeoutError::Timeout));
/// drop(sender);
/// assert_eq!(receiver.recv_timeout(short), Err(RecvTimeoutError::Disconnected));
/// ```
pub use std::sync::mpsc::RecvTimeoutError;
/// The value that could not be sent: the receiver is gone. std's own.
///
/// ```
/// use drust::sync::mpsc::{SendError, channel};
/// let (sender, receiver) = channel();
/// drop(receiver);
/// assert_eq!(sender.send(5), Err(SendError(5)));
/// ```
pub use std::sync::mpsc::SendError;
/// Why [`Receiver::try_recv`] returned nothing. std's own.
///
/// ```
/// use drust::sync::mpsc::{TryRecvError, channel};
/// let (sender, receiver) = channel::<u8>();
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
/// drop(sender);
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
/// ```
pub use std::sync::mpsc::TryRecvError;
/// The value that [`SyncSender::try_send`] did not send, and why. std's own.
///
/// ```
/// use drust::sync::mpsc::{TrySendError, sync_channel};
/// let (sender, receiver) = sync_channel(1);
/// sender.try_send(1).unwrap();
/// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
/// drop(receiver);
/// assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
/// ```
pub use std::sync::mpsc::TrySendError;

use drust_heap::Portable;
use drust_runtime::sharing::channel::{self, Patience};
use std::time::{Duration, Instant};

/// A channel without bound: sends wait for nobody but the network. Its queue stays on this node; sends nothing.
///
/// ```
/// let (sender, receiver) = drust::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// sender.send(2).unwrap();
/// assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Ok(2)));
/// ```
#[must_use]
pub fn channel<T: Portable>() -> (Sender<T>, Receiver<T>) {
    let (source, sink) = channel::make::<T>(None);
    (Sender::new(source), Receiver::new(sink))
}

/// A channel with room for `bound` values, over all nodes: who sends more waits. With no room at all a sender waits
/// until its value is received. Its queue stays on this node; sends nothing.
///
/// ```
/// use drust::{spawn, sync::mpsc};
/// let (sender, receiver) = mpsc::sync_channel(0);
/// let sends = spawn!([sender] || sender.send('m').is_ok());
/// assert_eq!(receiver.recv(), Ok('m'));
/// assert!(sends.join().unwrap());
/// ```
#[must_use]
pub fn sync_channel<T: Portable>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (source, sink) = channel::make::<T>(Some(bound));
    (SyncSender::new(source), Receiver::new(sink))
}

/// The patience of who waits for so long: for ever, where no clock goes so far.
fn patience(time: Duration) -> Patience {
    now().checked_add(time).map_or(Patience::Endless, Patience::Until)
}

fn now() -> Instant {
    drust_runtime::node::now()
}
