//! Fetches that are begun now and awaited later, and hints of what is about to be read.

use super::{Lend, Ref};
use drust_heap::Pointee;
use drust_proto::Address;
use drust_runtime::memory::{self, Ahead};
use drust_runtime::node;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Begins to fetch what each of these owns, since it is about to be read: all requests leave before any answer is
/// waited for, those to one node together.
///
/// It takes anything that lists references to boxes, vectors and strings: a slice of them, one of references, the
/// children of a node. They are then read as always; what is on its way is waited for, not asked for again. So a walk
/// that names its next steps as it goes waits for several of them at once.
///
/// Costs 1 request and 1 reply for each value of another node that is neither here nor on its way; nothing over `shm`,
/// where a fetch has no latency to hide. It is a hint: of one node at most 4096 values and 16 MiB are on their way or
/// kept unread, and what goes beyond is fetched when it is read.
///
/// ```
/// use drust::{Box, prefetch};
/// let boxes: Vec<Box<u64>> = (0..16).map(Box::new).collect();
/// prefetch(&boxes);
/// assert_eq!(boxes.iter().map(|number| **number).sum::<u64>(), 120);
/// let (a, b) = (Box::new(1), Box::new(2));
/// prefetch([&a, &b]);
/// assert_eq!(*a + *b, 3);
/// ```
#[track_caller]
pub fn prefetch<'a, L: Lend + ?Sized + 'a>(objects: impl IntoIterator<Item = &'a L>) {
    let lent: Vec<Ref<'a, L::Target>> = objects.into_iter().map(Lend::lend).collect();
    memory::together(&mut || lent.iter().for_each(Ref::hint));
}

/// A fetch under way: a future, of any executor, of the borrow that [`Box::read`](crate::Box::read) returns.
///
/// The request has left when this is made, and an executor or this thread may do something else until the value is
/// needed. Its waker is called by a thread of this node's pool. Dropping it, or forgetting it, waits for nothing: the
/// answer is awaited by whatever ends the borrow.
///
/// ```
/// use drust::{Box, Fetch, thread};
/// let boxes: Vec<Box<u64>> = (0..16).map(Box::new).collect();
/// let fetches: Vec<Fetch<'_, u64>> = boxes.iter().map(Box::fetch).collect(); // 16 outstanding
/// let sum = thread::block_on(async {
///     let mut sum = 0;
///     for fetch in fetches {
///         sum += *fetch.await;
///     }
///     sum
/// });
/// assert_eq!(sum, 120);
/// ```
#[must_use = "what is fetched is fetched to be used"]
pub struct Fetch<'a, T: ?Sized + Pointee> {
    /// None when it was given out.
    borrow: Option<Ref<'a, T>>,
    /// None where the value is here, or reached without a message.
    ahead: Option<Ahead>,
}

impl<'a, T: ?Sized + Pointee> Ref<'a, T> {
    /// Begins to fetch what this borrows; the borrow comes back with the value. 1 request and 1 reply, nothing where
    /// the value is here, on its way to this node by [`prefetch`], or reached without a message.
    ///
    /// ```
    /// use drust::{Ref, vec};
    /// let numbers = vec![1, 2, 3, 4];
    /// let (first, second) = (Ref::new(&numbers).part(..2), Ref::new(&numbers).part(2..));
    /// let (first, second) = (Ref::ahead(first), Ref::ahead(second)); // both under way
    /// assert_eq!(first.wait().iter().chain(second.wait().iter()).sum::<i32>(), 10);
    /// ```
    #[track_caller]
    pub fn ahead(this: Ref<'a, T>) -> Fetch<'a, T> {
        let ahead = this.absent().and_then(|(address, stamp)| {
            // SAFETY: the values are borrowed for `'a`, and what is returned lives beside a borrow of that length.
            unsafe { Ahead::find(address, stamp, this.shape(), this.extent) }
        });
        Fetch { borrow: Some(this), ahead }
    }

    /// Begins to fetch what this borrows, as a hint.
    #[track_caller]
    fn hint(&self) {
        if let Some((address, stamp)) = self.absent() {
            // SAFETY: the values are borrowed.
            unsafe { memory::hint(address, stamp, self.shape(), self.extent) }
        }
    }

    /// Where the values are to be fetched from, unless they are here.
    pub(super) fn absent(&self) -> Option<(Address, drust_proto::Stamp)> {
        let stamp = self.stamp.filter(|_| self.is_absent())?;
        Some((Address::inside(self.address), stamp))
    }
}

impl<'a, T: ?Sized + Pointee> Fetch<'a, T> {
    /// Waits for the value on this thread, whose place in the pool is another's meanwhile.
    ///
    /// ```
    /// use drust::Box;
    /// let boxed = Box::new(7);
    /// assert_eq!(*Box::fetch(&boxed).wait(), 7);
    /// ```
    #[track_caller]
    pub fn wait(mut self) -> Ref<'a, T> {
        self.take()
    }

    /// As [`Fetch::wait`], for at most so long.
    ///
    /// # Errors
    /// Time is up: the fetch is given back.
    ///
    /// ```
    /// use drust::Box;
    /// use std::time::Duration;
    /// let boxed = Box::new(7);
    /// assert_eq!(*Box::fetch(&boxed).wait_timeout(Duration::from_secs(60)).expect("it is here"), 7);
    /// ```
    #[expect(clippy::result_large_err, reason = "it is the fetch itself, which goes on")]
    #[track_caller]
    pub fn wait_timeout(mut self, timeout: Duration) -> Result<Ref<'a, T>, Fetch<'a, T>> {
        let deadline = node::now().checked_add(timeout);
        let here = self.ahead.as_mut().is_none_or(|ahead| ahead.wait_deadline(deadline));
        if here { Ok(self.take()) } else { Err(self) }
    }

    /// Whether the value can be had without waiting for a message.
    ///
    /// ```
    /// assert!(drust::Box::fetch(&drust::Box::new(7)).is_ready());
    /// ```
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ahead.as_ref().is_none_or(Ahead::is_answered)
    }

    /// The borrow, and what was begun for it.
    pub(crate) fn into_parts(self) -> (Ref<'a, T>, Option<Ahead>) {
        (self.borrow.expect("a fetch is not used after it was ready"), self.ahead)
    }

    #[track_caller]
    fn take(&mut self) -> Ref<'a, T> {
        let borrow = self.borrow.take().expect("a fetch is not polled after it was ready");
        match self.ahead.take() {
            // SAFETY: the pin is on the values that were asked for by this borrow's own address, stamp and length.
            Some(ahead) => unsafe { borrow.found(ahead.pin()) },
            None => {
                borrow.look();
                borrow
            }
        }
    }
}

impl<'a, T: ?Sized + Pointee> Future for Fetch<'a, T> {
    type Output = Ref<'a, T>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ref<'a, T>> {
        let here = self.ahead.as_mut().is_none_or(|ahead| ahead.watch(context.waker()));
        if here { Poll::Ready(self.take()) } else { Poll::Pending }
    }
}

impl<T: ?Sized + Pointee> Unpin for Fetch<'_, T> {}

impl<T: ?Sized + Pointee> fmt::Debug for Fetch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("ready", &self.is_ready()).finish_non_exhaustive()
    }
}
