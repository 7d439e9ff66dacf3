//! The receiving end.

use super::{IntoIter, Iter, RecvError, RecvTimeoutError, TryIter, TryRecvError, patience};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Described, Facts, Fixed, Portable, Targets};
use drust_runtime::sharing::channel::{Lack, Patience, close, receive};
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// The receiving end of a [`channel`](super::channel()) or [`sync_channel`](super::sync_channel); it may be sent to any
/// node. 8 bytes.
///
/// Its drop waits until all nodes that have sent know of it, and drops what was not received. A value that holds one
/// comes to the thread that drops it, as one with a user's `Drop`.
///
/// ```
/// use drust::{spawn, sync::mpsc};
/// let (sender, receiver) = mpsc::channel();
/// let sum = spawn!([receiver] || receiver.iter().sum::<u32>());
/// (1..=10).for_each(|number| sender.send(number).unwrap());
/// drop(sender);
/// assert_eq!(sum.join().unwrap(), 55);
/// ```
pub struct Receiver<T: Portable> {
    fixed: Fixed,
    gives: PhantomData<T>,
}

impl<T: Portable> Receiver<T> {
    pub(super) fn new(fixed: Fixed) -> Receiver<T> {
        Receiver { fixed, gives: PhantomData }
    }

    /// Receives the next value, waiting for it, as [`std::sync::mpsc::Receiver::recv`]. At the channel's home this
    /// sends nothing; elsewhere values come ahead of need, each by 1 one-way, or of a bounded channel by 2.
    ///
    /// # Errors
    /// The queue is empty and all senders are gone.
    ///
    /// ```
    /// let (sender, receiver) = drust::sync::mpsc::channel();
    /// sender.send(1).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv(), Ok(1));
    /// assert!(receiver.recv().is_err());
    /// ```
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        receive(self.fixed, Patience::Endless).map_err(|_| RecvError)
    }

    /// Receives the next value if there is one, as [`std::sync::mpsc::Receiver::try_recv`]: if one was sent before, it
    /// is there. Elsewhere than at the channel's home 2 one-ways, if no value has come ahead of need.
    ///
    /// # Errors
    /// The queue is empty, perhaps since all senders are gone.
    ///
    /// ```
    /// use drust::sync::mpsc::{TryRecvError, channel};
    /// let (sender, receiver) = channel();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        receive(self.fixed, Patience::None).map_err(|lack| match lack {
            Lack::Empty => TryRecvError::Empty,
            Lack::Gone => TryRecvError::Disconnected,
        })
    }

    /// As [`Receiver::recv`], for so long. When time is up elsewhere than at the channel's home, 2 one-ways more.
    ///
    /// # Errors
    /// No value came in time, or all senders are gone.
    ///
    /// ```
    /// use drust::sync::mpsc::{RecvTimeoutError, channel};
    /// let (_sender, receiver) = channel::<u8>();
    /// let short = std::time::Duration::from_millis(1);
    /// assert_eq!(receiver.recv_timeout(short), Err(RecvTimeoutError::Timeout));
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_with(patience(timeout))
    }

    /// As [`Receiver::recv_timeout`], until `deadline`; std has it only behind a feature gate.
    ///
    /// # Errors
    /// No value came in time, or all senders are gone.
    ///
    /// ```
    /// use drust::sync::mpsc::{RecvTimeoutError, channel};
    /// use std::time::Instant;
    /// let (sender, receiver) = channel();
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.recv_deadline(Instant::now()), Ok(1));
    /// assert_eq!(receiver.recv_deadline(Instant::now()), Err(RecvTimeoutError::Timeout));
    /// ```
    #[track_caller]
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_with(Patience::Until(deadline))
    }

    #[track_caller]
    fn recv_with(&self, patience: Patience) -> Result<T, RecvTimeoutError> {
        receive(self.fixed, patience).map_err(|lack| match lack {
            Lack::Empty => RecvTimeoutError::Timeout,
            Lack::Gone => RecvTimeoutError::Disconnected,
        })
    }

    /// Receives, value by value, until all senders are gone; each costs what [`Receiver::recv`] does.
    ///
    /// ```
    /// let (sender, receiver) = drust::sync::mpsc::channel();
    /// (0..3).for_each(|number| sender.send(number).unwrap());
    /// drop(sender);
    /// assert!(receiver.iter().eq(0..3));
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// Receives what is there, value by value; each costs what [`Receiver::try_recv`] does.
    ///
    /// ```
    /// let (sender, receiver) = drust::sync::mpsc::channel();
    /// (0..3).for_each(|number| sender.send(number).unwrap());
    /// assert!(receiver.try_iter().eq(0..3));
    /// assert_eq!(receiver.try_iter().next(), None);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

impl<T: Portable> Drop for Receiver<T> {
    fn drop(&mut self) {
        close::<T>(self.fixed);
    }
}

impl<'a, T: Portable> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Portable> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<T: Portable> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

// SAFETY: its only field but the marker is noted, by its own kind.
unsafe impl<T: Portable> Carry for Receiver<T> {
    // Its drop waits, and may drop values: that is nothing for a serving thread.
    const FACTS: Facts = Facts::HANDLE.and(Facts::USER_DROP);

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).fixed }.cast(), &Fixed::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::DESCRIPTOR);
    }
}

// SAFETY: a receiver borrows nothing.
unsafe impl<T: Portable> Argument<'_> for Receiver<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for Receiver<T> {}
