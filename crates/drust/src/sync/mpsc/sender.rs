//! The sending ends.

use super::{SendError, SendTimeoutError, TrySendError, patience};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_runtime::sharing::channel::{Patience, Refusal, Source, send};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A sending end of a [`channel`](super::channel()): cloned for each who sends, and sent to any node. 16 bytes.
///
/// ```
/// use drust::{spawn, sync::mpsc};
/// let (sender, receiver) = mpsc::channel();
/// spawn!([sender] || sender.send(drust::vec![1, 2, 3]).unwrap());
/// assert_eq!(receiver.recv().unwrap().len(), 3);
/// assert!(receiver.recv().is_err(), "the one sender has ended with its task");
/// ```
pub struct Sender<T: Portable> {
    source: Source,
    takes: PhantomData<T>,
}

/// A sending end of a [`sync_channel`](super::sync_channel): cloned for each who sends, and sent to any node. 16 bytes.
///
/// ```
/// use drust::{spawn, sync::mpsc};
/// let (sender, receiver) = mpsc::sync_channel(1);
/// let sends = spawn!([sender] || (0..100).all(|number| sender.send(number).is_ok()));
/// assert!(receiver.iter().eq(0..100));
/// assert!(sends.join().unwrap());
/// ```
pub struct SyncSender<T: Portable> {
    source: Source,
    takes: PhantomData<T>,
}

const _: () = assert!(size_of::<Sender<u8>>() == 16 && size_of::<Option<SyncSender<u8>>>() == 16);

impl<T: Portable> Sender<T> {
    pub(super) fn new(source: Source) -> Sender<T> {
        Sender { source, takes: PhantomData }
    }

    /// Sends a value, as [`std::sync::mpsc::Sender::send`]. At the channel's home it waits for nobody; elsewhere only
    /// where 256 KiB of what this node has sent were not seen by the home. 1 one-way then, or less where more is sent
    /// at once; 2 of a node's first send to this channel, and where it fails.
    ///
    /// # Errors
    /// The receiver is gone: the value comes back.
    ///
    /// ```
    /// let (sender, receiver) = drust::sync::mpsc::channel();
    /// assert_eq!(sender.send(1), Ok(()));
    /// assert_eq!(receiver.recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn send(&self, t: T) -> Result<(), SendError<T>> {
        send(&self.source, false, t, Patience::Endless).map_err(|(_, value)| SendError(value))
    }

    /// As [`Sender::send`], for at most so long. Costs as that.
    ///
    /// # Errors
    /// The home has not seen what was sent before in time, or the receiver is gone: the value comes back.
    ///
    /// ```
    /// let (sender, receiver) = drust::sync::mpsc::channel();
    /// assert_eq!(sender.send_timeout(1, std::time::Duration::ZERO), Ok(()));
    /// assert_eq!(receiver.recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn send_timeout(&self, t: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        send(&self.source, false, t, patience(timeout)).map_err(timed)
    }
}

impl<T: Portable> SyncSender<T> {
    pub(super) fn new(source: Source) -> SyncSender<T> {
        SyncSender { source, takes: PhantomData }
    }

    /// Sends a value, as [`std::sync::mpsc::SyncSender::send`]: waits for room, or where the bound is 0 until it is
    /// received. 2 one-ways from elsewhere than the channel's home.
    ///
    /// # Errors
    /// The receiver is gone: the value comes back.
    ///
    /// ```
    /// let (sender, receiver) = drust::sync::mpsc::sync_channel(1);
    /// assert_eq!(sender.send(1), Ok(()));
    /// assert_eq!(receiver.recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn send(&self, t: T) -> Result<(), SendError<T>> {
        send(&self.source, true, t, Patience::Endless).map_err(|(_, value)| SendError(value))
    }

    /// Sends a value if there is room now, or where the bound is 0 if a receiver waits. 2 one-ways from elsewhere than
    /// the channel's home.
    ///
    /// # Errors
    /// There is no room, or no receiver: the value comes back.
    ///
    /// ```
    /// use drust::sync::mpsc::{TrySendError, sync_channel};
    /// let (sender, _receiver) = sync_channel(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// ```
    #[track_caller]
    pub fn try_send(&self, t: T) -> Result<(), TrySendError<T>> {
        send(&self.source, true, t, Patience::None).map_err(|(why, value)| match why {
            Refusal::Full => TrySendError::Full(value),
            Refusal::Gone => TrySendError::Disconnected(value),
        })
    }

    /// As [`SyncSender::send`], for so long. 2 one-ways from elsewhere than the channel's home, 3 when time is up.
    ///
    /// # Errors
    /// There was no room in time, or there is no receiver: the value comes back.
    ///
    /// ```
    /// use drust::sync::mpsc::{SendTimeoutError, sync_channel};
    /// let (sender, _receiver) = sync_channel(1);
    /// let short = std::time::Duration::from_millis(1);
    /// assert_eq!(sender.send_timeout(1, short), Ok(()));
    /// assert_eq!(sender.send_timeout(2, short), Err(SendTimeoutError::Timeout(2)));
    /// ```
    #[track_caller]
    pub fn send_timeout(&self, t: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        send(&self.source, true, t, patience(timeout)).map_err(timed)
    }
}

fn timed<T>((why, value): (Refusal, T)) -> SendTimeoutError<T> {
    match why {
        Refusal::Full => SendTimeoutError::Timeout(value),
        Refusal::Gone => SendTimeoutError::Disconnected(value),
    }
}

/// What both have from std, and how they travel.
macro_rules! sender {
    ($name:ident) => {
        impl<T: Portable> Clone for $name<T> {
            #[track_caller]
            fn clone(&self) -> Self {
                $name::new(self.source.clone())
            }
        }

        impl<T: Portable> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        // SAFETY: its only field but the marker is noted, by its own kind.
        unsafe impl<T: Portable> Carry for $name<T> {
            const FACTS: Facts = Facts::COUNTED;

            unsafe fn trace(this: *const Self, found: &mut Found) {
                // SAFETY: the field lies inside the value the caller vouches for.
                found.note(unsafe { &raw const (*this).source }.cast(), &Source::KIND);
            }

            fn targets(_: &mut Targets) {}
        }

        // SAFETY: a sender borrows nothing.
        unsafe impl<T: Portable> Argument<'_> for $name<T> {}
        // SAFETY: as above.
        unsafe impl<T: Portable> Portable for $name<T> {}
    };
}

sender!(Sender);
sender!(SyncSender);
