//! Iterators that receive.

use super::Receiver;
use drust_heap::Portable;
use std::fmt;

/// Receives until all senders are gone; made by [`Receiver::iter`].
///
/// ```
/// let (sender, receiver) = drust::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// let mut values: drust::sync::mpsc::Iter<'_, i32> = receiver.iter();
/// assert_eq!(values.next(), Some(1));
/// ```
pub struct Iter<'a, T: Portable> {
    pub(super) receiver: &'a Receiver<T>,
}

/// Receives what is there; made by [`Receiver::try_iter`].
///
/// ```
/// let (_sender, receiver) = drust::sync::mpsc::channel::<u8>();
/// let mut values: drust::sync::mpsc::TryIter<'_, u8> = receiver.try_iter();
/// assert_eq!(values.next(), None);
/// ```
pub struct TryIter<'a, T: Portable> {
    pub(super) receiver: &'a Receiver<T>,
}

/// Receives until all senders are gone, and owns the receiver; made by its `into_iter`.
///
/// ```
/// let (sender, receiver) = drust::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// let mut values: drust::sync::mpsc::IntoIter<i32> = receiver.into_iter();
/// assert_eq!(values.next(), Some(1));
/// ```
pub struct IntoIter<T: Portable> {
    pub(super) receiver: Receiver<T>,
}

impl<T: Portable> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T: Portable> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T: Portable> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T: Portable> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("receiver", self.receiver).finish()
    }
}

impl<T: Portable> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").field("receiver", self.receiver).finish()
    }
}

impl<T: Portable> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("receiver", &self.receiver).finish()
    }
}
