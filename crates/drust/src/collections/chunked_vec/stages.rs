//! The stages that adapters of a parallel iterator put behind one another.
//!
//! Contract: a `Code` in a stage was made of a function of the very type that the stage's `over` takes it for; only the
//! constructors beside make stages.

use super::code::Code;
use super::stage::{Of, Stage};
use drust_heap::Portable;
use drust_macros::Portable;

/// What a function makes of each; see [`ParIter::map`](super::ParIter::map).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, Map, Of, ParIter};
/// let numbers = ChunkedVec::from([1_u8, 2]);
/// let texts: ParIter<'_, Map<All<u8>, Of<String>>> = numbers.par_iter().map(|n| n.to_string());
/// assert_eq!(texts.map(|text| text.len()).sum::<usize>(), 2);
/// ```
#[derive(Portable)]
pub struct Map<S, O> {
    before: S,
    function: Code,
    out: O,
}

impl<S: Stage, U: 'static> Map<S, Of<U>> {
    pub(super) fn new(before: S, function: for<'a> fn(S::Item<'a>) -> U) -> Self {
        // SAFETY: it is a function pointer.
        Map { before, function: unsafe { Code::of(function) }, out: Of::IT }
    }
}

impl<S: Stage, U: 'static> Stage for Map<S, Of<U>> {
    type Value = S::Value;
    type Item<'a> = U;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b> fn(S::Item<'b>) -> U = unsafe { self.function.get() };
        self.before.over(start, values).map(function)
    }
}

/// What a function makes of arguments and each; see [`ParIter::map_with`](super::ParIter::map_with).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, MapWith, Of, ParIter};
/// let numbers = ChunkedVec::from([1_u8, 2]);
/// let more: ParIter<'_, MapWith<All<u8>, u8, Of<u8>>> = numbers.par_iter().map_with(10, |more, n| n + more);
/// assert_eq!(more.sum::<u8>(), 23);
/// ```
#[derive(Portable)]
pub struct MapWith<S, A, O> {
    before: S,
    args: A,
    function: Code,
    out: O,
}

impl<S: Stage, A: Portable, U: 'static> MapWith<S, A, Of<U>> {
    pub(super) fn new(before: S, args: A, function: for<'a, 'b> fn(&'b A, S::Item<'a>) -> U) -> Self {
        // SAFETY: it is a function pointer.
        MapWith { before, args, function: unsafe { Code::of(function) }, out: Of::IT }
    }
}

impl<S: Stage, A: Portable, U: 'static> Stage for MapWith<S, A, Of<U>> {
    type Value = S::Value;
    type Item<'a> = U;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b, 'c> fn(&'c A, S::Item<'b>) -> U = unsafe { self.function.get() };
        self.before.over(start, values).map(move |item| function(&self.args, item))
    }
}

/// What a function makes of some; see [`ParIter::filter_map`](super::ParIter::filter_map).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, FilterMap, Of, ParIter};
/// let letters = ChunkedVec::from(['1', 'a', '3']);
/// let digits: ParIter<'_, FilterMap<All<char>, Of<u32>>> = letters.par_iter().filter_map(|c| c.to_digit(10));
/// assert_eq!(digits.sum::<u32>(), 4);
/// ```
#[derive(Portable)]
pub struct FilterMap<S, O> {
    before: S,
    function: Code,
    out: O,
}

impl<S: Stage, U: 'static> FilterMap<S, Of<U>> {
    pub(super) fn new(before: S, function: for<'a> fn(S::Item<'a>) -> Option<U>) -> Self {
        // SAFETY: it is a function pointer.
        FilterMap { before, function: unsafe { Code::of(function) }, out: Of::IT }
    }
}

impl<S: Stage, U: 'static> Stage for FilterMap<S, Of<U>> {
    type Value = S::Value;
    type Item<'a> = U;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b> fn(S::Item<'b>) -> Option<U> = unsafe { self.function.get() };
        self.before.over(start, values).filter_map(function)
    }
}

/// All that a function makes of each; see [`ParIter::flat_map_iter`](super::ParIter::flat_map_iter).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, FlatMapIter, Of, ParIter};
/// use std::ops::Range;
/// let numbers = ChunkedVec::from([1_u8, 3]);
/// let below: ParIter<'_, FlatMapIter<All<u8>, Of<Range<u8>>>> = numbers.par_iter().flat_map_iter(|n| 0..*n);
/// assert_eq!(below.count(), 4);
/// ```
#[derive(Portable)]
pub struct FlatMapIter<S, O> {
    before: S,
    function: Code,
    out: O,
}

impl<S: Stage, U: IntoIterator + 'static> FlatMapIter<S, Of<U>> {
    pub(super) fn new(before: S, function: for<'a> fn(S::Item<'a>) -> U) -> Self {
        // SAFETY: it is a function pointer.
        FlatMapIter { before, function: unsafe { Code::of(function) }, out: Of::IT }
    }
}

impl<S: Stage, U: IntoIterator + 'static> Stage for FlatMapIter<S, Of<U>> {
    type Value = S::Value;
    type Item<'a> = U::Item;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b> fn(S::Item<'b>) -> U = unsafe { self.function.get() };
        self.before.over(start, values).flat_map(function)
    }
}

/// Those for which a function says so; see [`ParIter::filter`](super::ParIter::filter).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, Filter, ParIter};
/// let numbers = ChunkedVec::from([1, 2, 3]);
/// let odd: ParIter<'_, Filter<All<i32>>> = numbers.par_iter().filter(|n| **n % 2 == 1);
/// assert_eq!(odd.count(), 2);
/// ```
#[derive(Portable)]
pub struct Filter<S> {
    before: S,
    function: Code,
}

impl<S: Stage> Filter<S> {
    pub(super) fn new(before: S, function: for<'a, 'b> fn(&'b S::Item<'a>) -> bool) -> Self {
        // SAFETY: it is a function pointer.
        Filter { before, function: unsafe { Code::of(function) } }
    }
}

impl<S: Stage> Stage for Filter<S> {
    type Value = S::Value;
    type Item<'a> = S::Item<'a>;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b, 'c> fn(&'c S::Item<'b>) -> bool = unsafe { self.function.get() };
        self.before.over(start, values).filter(function)
    }
}

/// Those for which a function of arguments says so; see [`ParIter::filter_with`](super::ParIter::filter_with).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, FilterWith, ParIter};
/// let numbers = ChunkedVec::from([1, 2, 3]);
/// let small: ParIter<'_, FilterWith<All<i32>, i32>> = numbers.par_iter().filter_with(3, |limit, n| *n < limit);
/// assert_eq!(small.count(), 2);
/// ```
#[derive(Portable)]
pub struct FilterWith<S, A> {
    before: S,
    args: A,
    function: Code,
}

impl<S: Stage, A: Portable> FilterWith<S, A> {
    pub(super) fn new(before: S, args: A, function: for<'a, 'b> fn(&'b A, &'b S::Item<'a>) -> bool) -> Self {
        // SAFETY: it is a function pointer.
        FilterWith { before, args, function: unsafe { Code::of(function) } }
    }
}

impl<S: Stage, A: Portable> Stage for FilterWith<S, A> {
    type Value = S::Value;
    type Item<'a> = S::Item<'a>;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b, 'c> fn(&'c A, &'c S::Item<'b>) -> bool = unsafe { self.function.get() };
        self.before.over(start, values).filter(move |item| function(&self.args, item))
    }
}

/// One value for each piece; see [`ParIter::fold`](super::ParIter::fold).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, Fold, Of, ParIter};
/// let numbers = ChunkedVec::from([1, 2, 3]);
/// let sums: ParIter<'_, Fold<All<i32>, Of<i32>>> = numbers.par_iter().fold(|| 0, |sum, n| sum + n);
/// assert_eq!(sums.sum::<i32>(), 6);
/// ```
#[derive(Portable)]
pub struct Fold<S, O> {
    before: S,
    identity: Code,
    function: Code,
    out: O,
}

impl<S: Stage, U: 'static> Fold<S, Of<U>> {
    pub(super) fn new(before: S, identity: fn() -> U, function: for<'a> fn(U, S::Item<'a>) -> U) -> Self {
        // SAFETY: they are function pointers.
        let (identity, function) = unsafe { (Code::of(identity), Code::of(function)) };
        Fold { before, identity, function, out: Of::IT }
    }
}

impl<S: Stage, U: 'static> Stage for Fold<S, Of<U>> {
    type Value = S::Value;
    type Item<'a> = U;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let identity: fn() -> U = unsafe { self.identity.get() };
        // SAFETY: as above.
        let function: for<'b> fn(U, S::Item<'b>) -> U = unsafe { self.function.get() };
        std::iter::once_with(move || self.before.over(start, values).fold(identity(), function))
    }
}

/// One value for each piece; see [`ParIter::fold_with`](super::ParIter::fold_with).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, FoldWith, ParIter};
/// let numbers = ChunkedVec::from([1, 2, 3]);
/// let sums: ParIter<'_, FoldWith<All<i32>, i32>> = numbers.par_iter().fold_with(0, |sum, n| sum + n);
/// assert_eq!(sums.sum::<i32>(), 6);
/// ```
#[derive(Portable)]
pub struct FoldWith<S, U> {
    before: S,
    first: U,
    function: Code,
}

impl<S: Stage, U: Portable + Clone> FoldWith<S, U> {
    pub(super) fn new(before: S, first: U, function: for<'a> fn(U, S::Item<'a>) -> U) -> Self {
        // SAFETY: it is a function pointer.
        FoldWith { before, first, function: unsafe { Code::of(function) } }
    }
}

impl<S: Stage, U: Portable + Clone> Stage for FoldWith<S, U> {
    type Value = S::Value;
    type Item<'a> = U;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = Self::Item<'a>> {
        // SAFETY: by the contract of this module.
        let function: for<'b> fn(U, S::Item<'b>) -> U = unsafe { self.function.get() };
        std::iter::once_with(move || self.before.over(start, values).fold(self.first.clone(), function))
    }
}

/// Clones of what comes by reference; see [`ParIter::cloned`](super::ParIter::cloned).
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, Cloned, ParIter};
/// let numbers = ChunkedVec::from([1, 2, 3]);
/// let cloned: ParIter<'_, Cloned<All<i32>>> = numbers.par_iter().cloned();
/// assert_eq!(cloned.max(), Some(3));
/// ```
#[derive(Portable)]
pub struct Cloned<S>(pub(super) S);

impl<S: Stage, U: Clone + 'static> Stage for Cloned<S>
where
    S: for<'a> Stage<Item<'a> = &'a U>,
{
    type Value = S::Value;
    type Item<'a> = U;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [S::Value]) -> impl Iterator<Item = U> {
        self.0.over(start, values).cloned()
    }
}

/// Implements `Debug` without what the function is.
macro_rules! shows {
    ($($name:ident<$($parameter:ident),*>),* $(,)?) => {$(
        impl<$($parameter),*> std::fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(std::any::type_name::<Self>())
            }
        }
    )*};
}

shows!(
    Map<S, O>,
    MapWith<S, A, O>,
    FilterMap<S, O>,
    FlatMapIter<S, O>,
    Filter<S>,
    FilterWith<S, A>,
    Fold<S, O>,
    FoldWith<S, U>,
    Cloned<S>,
);
