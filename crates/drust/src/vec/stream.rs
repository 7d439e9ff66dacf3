//! Iterating over values of another node without having them all here: run by run, fetched ahead.

use super::Vec;
use crate::reference::{Fetch, Ref};
use drust_heap::Portable;
use drust_runtime::memory::{self, Ahead, Arrived, Values};
use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Deref, RangeBounds};

/// Bytes of a run, unless one value is larger: enough that a message costs little beside them, and few enough that they
/// are still in the processor's cache when they are used.
const RUN: usize = 256 << 10;
/// Runs that are on their way while one is used.
const AHEAD: usize = 4;

impl<T: Portable> Vec<T> {
    /// Fetches the values in `range`, without the others. 0 messages at home or where the vector pins a copy, else one
    /// fetch, whose copy is given back when the guard is dropped.
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// use drust::{Vec, vec};
    /// let numbers: Vec<u64> = (0..1000).collect();
    /// assert_eq!(*numbers.fetch(10..13), [10, 11, 12]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn fetch(&self, range: impl RangeBounds<usize>) -> Ref<'_, [T]> {
        Ref::new(self).fetch(range)
    }

    /// Begins to fetch the values in `range`, to be awaited later; see [`Fetch`]. Costs as [`Vec::fetch`].
    ///
    /// # Panics
    /// Where `range` does not lie inside the vector.
    ///
    /// ```
    /// use drust::Vec;
    /// let numbers: Vec<u64> = (0..1000).collect();
    /// let (low, high) = (numbers.ahead(..10), numbers.ahead(990..)); // both under way
    /// assert_eq!(low.wait()[9] + high.wait()[0], 999);
    /// ```
    #[track_caller]
    pub fn ahead(&self, range: impl RangeBounds<usize>) -> Fetch<'_, [T]> {
        Ref::ahead(Ref::new(self).part(range))
    }

    /// Begins to fetch all values, since they are likely to be looked at soon; a hint. 1 request and 1 reply, or
    /// nothing where they are here, on their way, or more than 64 KiB.
    #[inline]
    #[track_caller]
    pub(crate) fn prefetch(&self) {
        // Looked at here, so that a lookup in what is here pays no call.
        if self.handle.peek().is_null() {
            memory::prefetch(&self.handle, self.shape());
        }
    }

    /// The values in order, run by run, fetched ahead of their use with bounded memory; see [`Stream`].
    ///
    /// ```
    /// let numbers: drust::Vec<u64> = (0..100_000).collect();
    /// let sum: u64 = numbers.stream().map(|run| run.iter().sum::<u64>()).sum();
    /// assert_eq!(sum, (0..100_000).sum::<u64>());
    /// ```
    pub fn stream(&self) -> Stream<'_, T> {
        Ref::new(self).stream()
    }
}

/// The values of a [`Vec`], or of a borrowed slice, in order, as [`Run`]s of some of them.
///
/// Values of another node come in one fetch a run, and the next few runs are on their way while one is used. So a walk
/// over more values than fit this node's memory goes at the speed of the network, and holds at most these few runs: by
/// default about 1.3 MiB. Runs stay out of the table of copies: a second walk fetches them again. (Of values with
/// pointers in them, runs are copies like any other, given back after use.)
///
/// | where the values are | messages a run |
/// |---|---|
/// | at home, or all in a copy that is pinned | 0 |
/// | on a node of this host over `shm` | 0: values without pointers are read where they lie |
/// | elsewhere | 1 request, 1 reply |
///
/// Runs on their way when the stream is dropped are awaited by whatever ends the borrow.
///
/// ```
/// use drust::{Ref, node, thread};
/// let numbers: drust::Vec<u32> = (0..200_000).collect();
/// let far = node::all().last().unwrap();
/// let even = thread::scope(|s| {
///     let count = s.spawn_on(far, (Ref::new(&numbers),), |(numbers,)| {
///         numbers.stream().values().filter(|n| n % 2 == 0).count()
///     });
///     count.join().unwrap()
/// });
/// assert_eq!(even, 100_000);
/// ```
#[must_use = "a stream is lazy"]
pub struct Stream<'a, T: Portable> {
    source: Ref<'a, [T]>,
    /// Values given out.
    given: usize,
    /// Values given out or asked for.
    asked: usize,
    run: usize,
    runs_ahead: usize,
    coming: VecDeque<Option<Ahead>>,
}

impl<'a, T: Portable> Stream<'a, T> {
    pub(crate) fn new(source: Ref<'a, [T]>) -> Stream<'a, T> {
        let run = (RUN / size_of::<T>().max(1)).max(1);
        Stream { source, given: 0, asked: 0, run, runs_ahead: AHEAD, coming: VecDeque::new() }
    }

    /// Sets how many values a run has, at least 1; the last one may have fewer. For streams that have not begun.
    ///
    /// ```
    /// let numbers: drust::Vec<u8> = (0..10).collect();
    /// let lengths: Vec<_> = numbers.stream().with_run_len(4).map(|run| run.len()).collect();
    /// assert_eq!(lengths, [4, 4, 2]);
    /// ```
    pub fn with_run_len(mut self, values: usize) -> Stream<'a, T> {
        if self.asked == 0 {
            self.run = values.max(1);
        }
        self
    }

    /// Sets how many runs are on their way while one is used; with 0 each is fetched when it is asked for.
    ///
    /// ```
    /// let numbers: drust::Vec<u8> = (0..10).collect();
    /// assert_eq!(numbers.stream().with_ahead(1).count(), 1);
    /// ```
    pub fn with_ahead(mut self, runs: usize) -> Stream<'a, T> {
        self.runs_ahead = runs;
        self
    }

    /// Clones of the values, one after the other.
    ///
    /// ```
    /// let numbers: drust::Vec<u8> = (0..10).collect();
    /// assert!(numbers.stream().values().eq(0..10));
    /// ```
    pub fn values(self) -> StreamValues<'a, T>
    where
        T: Clone,
    {
        StreamValues { stream: self, run: None, next: 0 }
    }

    /// The values of the next run that begins at `start`.
    fn part(&self, start: usize) -> Ref<'a, [T]> {
        self.source.part(start..self.source.len().min(start.saturating_add(self.run)))
    }

    /// Asks for runs until as many are on their way as may be.
    #[track_caller]
    fn ask(&mut self, runs: usize) {
        while self.coming.len() < runs && self.asked < self.source.len() {
            let part = self.part(self.asked);
            self.asked += part.len();
            self.coming.push_back(part.begin());
        }
    }
}

impl<'a, T: Portable> Iterator for Stream<'a, T> {
    type Item = Run<'a, T>;

    #[track_caller]
    fn next(&mut self) -> Option<Run<'a, T>> {
        self.ask(1);
        let ahead = self.coming.pop_front()?;
        let part = self.part(self.given);
        self.given += part.len();
        self.ask(self.runs_ahead);
        Some(Run::of(part, ahead))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.source.len() - self.given).div_ceil(self.run);
        (left, Some(left))
    }
}

impl<T: Portable> ExactSizeIterator for Stream<'_, T> {}
impl<T: Portable> FusedIterator for Stream<'_, T> {}

impl<T: Portable> fmt::Debug for Stream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, given) = (self.source.len(), self.given);
        f.debug_struct("Stream").field("len", &len).field("given", &given).finish_non_exhaustive()
    }
}

/// Some values of a [`Stream`], or of a [`Fetch`] by [`Fetch::into_run`], here for as long as this lives. It
/// dereferences to a slice.
///
/// ```
/// let numbers: drust::Vec<u8> = (0..10).collect();
/// let run = numbers.stream().next().unwrap();
/// assert_eq!(run[..3], [0, 1, 2]);
/// ```
pub struct Run<'a, T: Portable>(Kept<'a, T>);

enum Kept<'a, T: Portable> {
    /// In a copy, or at home.
    Borrowed(Ref<'a, [T]>),
    /// At their home, in this process's mapping of it.
    Mapped(&'a [T]),
    /// In the message that brought them; how many.
    Message(Values, usize),
}

impl<'a, T: Portable> Run<'a, T> {
    #[track_caller]
    fn of(part: Ref<'a, [T]>, ahead: Option<Ahead>) -> Run<'a, T> {
        Run(match ahead.map(Ahead::wait) {
            Some(Arrived::Message(values)) => Kept::Message(values, part.len()),
            // SAFETY: the values are those that were asked for by this part's own address, stamp and length.
            Some(Arrived::Copy(place)) => Kept::Borrowed(unsafe { part.found(place) }),
            None => match part.here().is_none().then(|| part.mapped()).flatten() {
                Some(values) => Kept::Mapped(values),
                None => Kept::Borrowed(part.fetch(..)),
            },
        })
    }
}

impl<'a, T: Portable> Fetch<'a, [T]> {
    /// Waits for the values on this thread, as [`Fetch::wait`] does, and leaves them where they are: in the message
    /// that brought them, or over `shm` at their home. No copy is made and filed, so this is for large values that are
    /// looked at once; another reader of this node fetches them again. (Values with pointers in them are filed as
    /// always.)
    ///
    /// ```
    /// let numbers: drust::Vec<u64> = (0..1000).collect();
    /// let (low, high) = (numbers.ahead(..500), numbers.ahead(500..)); // both under way
    /// assert_eq!(low.into_run()[0] + high.into_run()[0], 500);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_run(self) -> Run<'a, T> {
        let (values, ahead) = self.into_parts();
        Run::of(values, ahead)
    }
}

impl<T: Portable> Deref for Run<'_, T> {
    type Target = [T];

    #[inline]
    #[track_caller]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Kept::Borrowed(values) => values,
            Kept::Mapped(values) => values,
            // SAFETY: the message has so many values of this type, aligned, without handles, and lives with this run.
            Kept::Message(values, len) => unsafe { std::slice::from_raw_parts(values.place().cast(), *len) },
        }
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Run<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Clones of the values of a [`Stream`]; see [`Stream::values`].
///
/// ```
/// use drust::vec::StreamValues;
/// let values = drust::vec![1, 2, 3];
/// let streamed: StreamValues<'_, u32> = values.stream().values();
/// assert_eq!(streamed.sum::<u32>(), 6);
/// ```
pub struct StreamValues<'a, T: Portable + Clone> {
    stream: Stream<'a, T>,
    run: Option<Run<'a, T>>,
    /// The next value in the run.
    next: usize,
}

impl<T: Portable + Clone> Iterator for StreamValues<'_, T> {
    type Item = T;

    #[inline]
    #[track_caller]
    fn next(&mut self) -> Option<T> {
        loop {
            if let Some(value) = self.run.as_ref().and_then(|run| run.get(self.next)) {
                self.next += 1;
                return Some(value.clone());
            }
            self.run = None;
            self.run = Some(self.stream.next()?);
            self.next = 0;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.run.as_ref().map_or(0, |run| run.len() - self.next);
        let left = here + (self.stream.source.len() - self.stream.given);
        (left, Some(left))
    }

    #[track_caller]
    fn fold<B, F: FnMut(B, T) -> B>(mut self, first: B, mut add: F) -> B {
        let mut sum = first;
        if let Some(run) = self.run.take() {
            sum = run[self.next..].iter().cloned().fold(sum, &mut add);
        }
        self.stream.fold(sum, |sum, run| run.iter().cloned().fold(sum, &mut add))
    }
}

impl<T: Portable + Clone> ExactSizeIterator for StreamValues<'_, T> {}
impl<T: Portable + Clone> FusedIterator for StreamValues<'_, T> {}

impl<T: Portable + Clone> fmt::Debug for StreamValues<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamValues").field("stream", &self.stream).finish_non_exhaustive()
    }
}
