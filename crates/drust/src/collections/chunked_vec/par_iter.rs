//! `ParIter`: all values, looked at where they live.

use super::code::Code;
use super::finish::{Collect, Count, ForEach, ForEachWith, Meets, Multiplied, Reduce, ReduceWith, Total};
use super::run::{Finish, Group, pieces_of, run};
use super::stage::{All, Enumerate, Of, Stage};
use super::stages::{Cloned, Filter, FilterMap, FilterWith, FlatMapIter, Fold, FoldWith, Map, MapWith};
use super::{Chunk, ChunkedVec};
use drust_heap::Portable;
use std::fmt;
use std::iter::{Product, Sum};
use std::marker::PhantomData;

/// The values of a [`ChunkedVec`], or what is made of them, on the nodes where they live; with the names of rayon's
/// parallel iterators.
///
/// Nothing happens before one of the methods is called that end it. Each of these costs 1 request and 1 reply for each
/// other node that has values, which run as one task there; functions run on that node's workers.
///
/// Functions are `fn`s. Items are by reference, as those of a slice's iterator, until an adapter makes others of them.
/// What ends in items ([`reduce`](ParIter::reduce), [`min`](ParIter::min), [`collect`](ParIter::collect)) wants them
/// not to be references: see [`cloned`](ParIter::cloned).
///
/// ```
/// use drust::collections::ChunkedVec;
/// let words: ChunkedVec<drust::String> = ["to", "be", "or", "not"].map(drust::String::from).into();
/// let letters = words.par_iter().map(|word| word.len()).filter(|len| *len > 2).sum::<usize>();
/// assert_eq!(letters, 3);
/// ```
#[must_use = "a parallel iterator is lazy"]
pub struct ParIter<'v, S: Stage> {
    chunks: &'v [Chunk<S::Value>],
    stage: S,
}

impl<T: Portable> ChunkedVec<T> {
    /// All values, to be looked at where they live.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().sum::<i32>(), 6);
    /// ```
    #[track_caller]
    pub fn par_iter(&self) -> ParIter<'_, All<T>> {
        ParIter { chunks: &self.chunks, stage: All(PhantomData) }
    }
}

/// The chunks that a stage makes of pieces, where these are.
#[track_caller]
pub(super) fn collected<U: Portable, S>(stage: S, groups: Vec<Group<'_, S::Value>>) -> ChunkedVec<U>
where
    S: for<'a> Stage<Item<'a> = U>,
{
    ChunkedVec::of(run(stage, Collect, groups).1)
}

impl<'v, T: Portable> ParIter<'v, All<T>> {
    /// The values with their indices.
    ///
    /// ```
    /// let letters = drust::collections::ChunkedVec::from(['a', 'b', 'c']);
    /// let at_b = letters.par_iter().enumerate().filter(|(_, c)| **c == 'b').map(|(index, _)| index).sum::<usize>();
    /// assert_eq!(at_b, 1);
    /// ```
    pub fn enumerate(self) -> ParIter<'v, Enumerate<T>> {
        ParIter { chunks: self.chunks, stage: Enumerate(PhantomData) }
    }
}

impl<'v, S: Stage> ParIter<'v, S> {
    fn then<N: Stage<Value = S::Value>>(self, next: impl FnOnce(S) -> N) -> ParIter<'v, N> {
        ParIter { chunks: self.chunks, stage: next(self.stage) }
    }

    /// What `function` makes of each.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().map(|n| n * n).sum::<i32>(), 14);
    /// ```
    pub fn map<U: 'static>(self, function: for<'a> fn(S::Item<'a>) -> U) -> ParIter<'v, Map<S, Of<U>>> {
        self.then(|before| Map::new(before, function))
    }

    /// What `function` makes of `args` and each; `args` go along to each node, and are the same for all values: `&A`,
    /// where rayon's has a clone of them for each piece, as `&mut`.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().map_with(10, |factor, n| n * factor).sum::<i32>(), 60);
    /// ```
    pub fn map_with<A: Portable, U: 'static>(
        self,
        args: A,
        function: for<'a, 'b> fn(&'b A, S::Item<'a>) -> U,
    ) -> ParIter<'v, MapWith<S, A, Of<U>>> {
        self.then(|before| MapWith::new(before, args, function))
    }

    /// Those for which `function` says so.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().filter(|n| **n != 2).sum::<i32>(), 4);
    /// ```
    pub fn filter(self, function: for<'a, 'b> fn(&'b S::Item<'a>) -> bool) -> ParIter<'v, Filter<S>> {
        self.then(|before| Filter::new(before, function))
    }

    /// Those for which `function` says so when it is given `args`, which go along to each node.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().filter_with(2, |least, n| *n >= least).sum::<i32>(), 5);
    /// ```
    pub fn filter_with<A: Portable>(
        self,
        args: A,
        function: for<'a, 'b> fn(&'b A, &'b S::Item<'a>) -> bool,
    ) -> ParIter<'v, FilterWith<S, A>> {
        self.then(|before| FilterWith::new(before, args, function))
    }

    /// What `function` makes of those of which it makes something.
    ///
    /// ```
    /// let texts = drust::collections::ChunkedVec::from(["1", "b", "3"].map(drust::String::from));
    /// assert_eq!(texts.par_iter().filter_map(|text| text.parse::<u32>().ok()).sum::<u32>(), 4);
    /// ```
    pub fn filter_map<U: 'static>(
        self,
        function: for<'a> fn(S::Item<'a>) -> Option<U>,
    ) -> ParIter<'v, FilterMap<S, Of<U>>> {
        self.then(|before| FilterMap::new(before, function))
    }

    /// All that `function` makes of each, one after the other.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().flat_map_iter(|n| 0..*n).count(), 6);
    /// ```
    pub fn flat_map_iter<U: IntoIterator + 'static>(
        self,
        function: for<'a> fn(S::Item<'a>) -> U,
    ) -> ParIter<'v, FlatMapIter<S, Of<U>>> {
        self.then(|before| FlatMapIter::new(before, function))
    }

    /// One value for each piece of work, of which there are several a worker: what `function` makes of one that
    /// `identity` made and each item in turn. To be put together by what follows.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// let sum = numbers.par_iter().fold(|| 0, |sum, n| sum + n).reduce(|| 0, |a, b| a + b);
    /// assert_eq!(sum, 6);
    /// ```
    pub fn fold<U: 'static>(
        self,
        identity: fn() -> U,
        function: for<'a> fn(U, S::Item<'a>) -> U,
    ) -> ParIter<'v, Fold<S, Of<U>>> {
        self.then(|before| Fold::new(before, identity, function))
    }

    /// As [`ParIter::fold`], beginning with a clone of `first` for each piece.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// let seen = numbers.par_iter().fold_with(drust::vec![false; 5], |mut seen, n| {
    ///     seen[*n] = true;
    ///     seen
    /// });
    /// let all = seen.reduce_with(|a, b| a.iter().zip(&b).map(|(a, b)| a | b).collect()).unwrap();
    /// assert_eq!(all, [false, true, true, true, false]);
    /// ```
    pub fn fold_with<U: Portable + Clone>(
        self,
        first: U,
        function: for<'a> fn(U, S::Item<'a>) -> U,
    ) -> ParIter<'v, FoldWith<S, U>> {
        self.then(|before| FoldWith::new(before, first, function))
    }

    /// The results of the pieces, put together as far as they are on one node.
    #[track_caller]
    fn run<F: Finish<S>>(self, finish: F) -> (F, Vec<F::Out>) {
        let values = self.chunks.last().map_or(0, |last| last.start + last.values.len());
        run(self.stage, finish, Group::all(self.chunks, pieces_of(values)))
    }

    /// The results of all pieces put together; `None` where there are no values.
    #[track_caller]
    pub(super) fn finish<F: Finish<S>>(self, finish: F) -> Option<F::Out> {
        let (finish, results) = self.run(finish);
        results.into_iter().reduce(|left, right| finish.merge(left, right))
    }

    /// Calls `function` with each.
    ///
    /// # Panics
    /// Where `function` does.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let numbers = ChunkedVec::from([1, 2, 3]);
    /// numbers.par_iter().for_each(|n| assert!((1..4).contains(n)));
    /// ```
    #[track_caller]
    pub fn for_each(self, function: for<'a> fn(S::Item<'a>)) {
        // SAFETY: it is a function pointer.
        self.finish(ForEach(unsafe { Code::of(function) }));
    }

    /// Calls `function` with `args`, which go along to each node, and each.
    ///
    /// # Panics
    /// Where `function` does.
    ///
    /// ```
    /// use drust::collections::{AtomicVec, ChunkedVec};
    /// use drust::sync::Arc;
    /// let numbers = ChunkedVec::from([1, 2, 2]);
    /// let counts = Arc::new(AtomicVec::<u64>::new(3));
    /// numbers.par_iter().for_each_with(counts.clone(), |counts, n| counts.add(*n, 1));
    /// assert_eq!(counts.to_vec(), [0, 1, 2]);
    /// ```
    #[track_caller]
    pub fn for_each_with<A: Portable>(self, args: A, function: for<'a, 'b> fn(&'b A, S::Item<'a>)) {
        // SAFETY: it is a function pointer.
        self.finish(ForEachWith(args, unsafe { Code::of(function) }));
    }

    /// How many there are.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().filter(|n| **n > 1).count(), 2);
    /// ```
    #[track_caller]
    pub fn count(self) -> usize {
        self.finish(Count).unwrap_or(0)
    }

    /// Their sum.
    ///
    /// # Panics
    /// Where adding does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// assert_eq!(numbers.par_iter().sum::<i32>(), 6);
    /// ```
    #[track_caller]
    pub fn sum<R: Portable + Sum<R> + for<'a> Sum<S::Item<'a>>>(self) -> R {
        self.finish(Total(Of::<R>::IT)).unwrap_or_else(|| std::iter::empty::<R>().sum())
    }

    /// Their product.
    ///
    /// # Panics
    /// Where multiplying does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([2, 3, 4]);
    /// assert_eq!(numbers.par_iter().product::<i32>(), 24);
    /// ```
    #[track_caller]
    pub fn product<R: Portable + Product<R> + for<'a> Product<S::Item<'a>>>(self) -> R {
        self.finish(Multiplied(Of::<R>::IT)).unwrap_or_else(|| std::iter::empty::<R>().product())
    }

    /// Whether `function` says so of one; a piece ends with the first.
    ///
    /// # Panics
    /// Where `function` does.
    ///
    /// ```
    /// assert!(drust::collections::ChunkedVec::from([1, 2, 3]).par_iter().any(|n| *n == 2));
    /// ```
    #[track_caller]
    pub fn any(self, function: for<'a> fn(S::Item<'a>) -> bool) -> bool {
        // SAFETY: it is a function pointer.
        self.finish(Meets::<true>(unsafe { Code::of(function) })).unwrap_or(false)
    }

    /// Whether `function` says so of all; a piece ends with the first of which it does not.
    ///
    /// # Panics
    /// Where `function` does.
    ///
    /// ```
    /// assert!(!drust::collections::ChunkedVec::from([1, 2, 3]).par_iter().all(|n| *n == 2));
    /// ```
    #[track_caller]
    pub fn all(self, function: for<'a> fn(S::Item<'a>) -> bool) -> bool {
        // SAFETY: it is a function pointer.
        !self.finish(Meets::<false>(unsafe { Code::of(function) })).unwrap_or(false)
    }
}

/// What takes references: they do not leave their node, but clones do.
impl<'v, S, U: Clone + 'static> ParIter<'v, S>
where
    S: for<'a> Stage<Item<'a> = &'a U>,
{
    /// Clones of them.
    ///
    /// ```
    /// let texts = drust::collections::ChunkedVec::from(["a", "b"].map(drust::String::from));
    /// assert_eq!(texts.par_iter().cloned().max().unwrap(), "b");
    /// ```
    pub fn cloned(self) -> ParIter<'v, Cloned<S>> {
        self.then(Cloned)
    }

    /// Copies of them.
    ///
    /// ```
    /// assert_eq!(drust::collections::ChunkedVec::from([1, 3, 2]).par_iter().copied().max(), Some(3));
    /// ```
    pub fn copied(self) -> ParIter<'v, Cloned<S>>
    where
        U: Copy,
    {
        self.then(Cloned)
    }
}

/// What ends in items, which leave their node.
impl<U: Portable, S> ParIter<'_, S>
where
    S: for<'a> Stage<Item<'a> = U>,
{
    /// What `function` makes of all, two at a time and in order, and of some that `identity` makes, at least one.
    ///
    /// # Panics
    /// Where one of the functions does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 5, 3]);
    /// assert_eq!(numbers.par_iter().copied().reduce(|| 0, i32::max), 5);
    /// ```
    #[track_caller]
    pub fn reduce(self, identity: fn() -> U, function: fn(U, U) -> U) -> U {
        // SAFETY: they are function pointers.
        let (first, then) = unsafe { (Code::of(identity), Code::of(function)) };
        self.finish(Reduce { identity: first, function: then, of: Of::<U>::IT }).unwrap_or_else(identity)
    }

    /// What `function` makes of all, two at a time and in order; `None` where there are none.
    ///
    /// # Panics
    /// Where `function` does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([1, 5, 3]);
    /// assert_eq!(numbers.par_iter().copied().reduce_with(|a, b| a * b), Some(15));
    /// ```
    #[track_caller]
    pub fn reduce_with(self, function: fn(U, U) -> U) -> Option<U> {
        // SAFETY: it is a function pointer.
        let function = unsafe { Code::of(function) };
        self.finish(ReduceWith { function, of: Of::<U>::IT }).flatten()
    }

    /// All of them, in order, as a [`ChunkedVec`] whose chunks live where the items were made, or what can be made of
    /// such a one.
    ///
    /// ```
    /// use drust::collections::ChunkedVec;
    /// let numbers = ChunkedVec::from([1, 2, 3]);
    /// let squares: ChunkedVec<i32> = numbers.par_iter().map(|n| n * n).collect();
    /// let here: Vec<i32> = squares.par_iter().copied().collect();
    /// assert_eq!(here, [1, 4, 9]);
    /// ```
    #[track_caller]
    pub fn collect<C: From<ChunkedVec<U>>>(self) -> C {
        C::from(ChunkedVec::of(self.run(Collect).1))
    }
}

impl<S: Stage> fmt::Debug for ParIter<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParIter").field("chunks", &self.chunks.len()).finish_non_exhaustive()
    }
}
