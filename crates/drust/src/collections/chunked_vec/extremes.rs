//! The least and the greatest of what a parallel iterator gives.

use super::code::Code;
use super::par_iter::ParIter;
use super::run::Finish;
use super::stage::{Of, Stage};
use drust_heap::Portable;
use drust_macros::Portable;
use std::cmp::Ordering;

#[derive(Portable)]
struct Least;

#[derive(Portable)]
struct Greatest;

/// As a function compares them. Contract: the code is that of a `fn(&U, &U) -> Ordering` for an `Of<U>`.
#[derive(Portable)]
struct ExtremeBy<O, const GREATEST: bool> {
    function: Code,
    of: O,
}

/// By what a function makes of them. Contract: the code is that of a `fn(&U) -> K` for an `Of<(U, K)>`.
#[derive(Portable)]
struct ExtremeByKey<O, const GREATEST: bool> {
    function: Code,
    of: O,
}

impl<U: 'static, const GREATEST: bool> ExtremeBy<Of<U>, GREATEST> {
    fn new(function: fn(&U, &U) -> Ordering) -> Self {
        // SAFETY: it is a function pointer.
        ExtremeBy { function: unsafe { Code::of(function) }, of: Of::IT }
    }

    fn among(&self, items: impl Iterator<Item = U>) -> Option<U> {
        // SAFETY: by the contract.
        let function: fn(&U, &U) -> Ordering = unsafe { self.function.get() };
        if GREATEST { items.max_by(function) } else { items.min_by(function) }
    }
}

impl<U: 'static, K: Ord + 'static, const GREATEST: bool> ExtremeByKey<Of<(U, K)>, GREATEST> {
    fn new(function: fn(&U) -> K) -> Self {
        // SAFETY: it is a function pointer.
        ExtremeByKey { function: unsafe { Code::of(function) }, of: Of::IT }
    }

    fn among(&self, items: impl Iterator<Item = U>) -> Option<U> {
        // SAFETY: by the contract.
        let function: fn(&U) -> K = unsafe { self.function.get() };
        if GREATEST { items.max_by_key(function) } else { items.min_by_key(function) }
    }
}

impl<U: Portable + Ord, S: for<'a> Stage<Item<'a> = U>> Finish<S> for Least {
    const NAME: &'static str = "min";
    type Out = Option<U>;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Option<U> {
        items.min()
    }

    fn merge(&self, left: Option<U>, right: Option<U>) -> Option<U> {
        left.into_iter().chain(right).min()
    }
}

impl<U: Portable + Ord, S: for<'a> Stage<Item<'a> = U>> Finish<S> for Greatest {
    const NAME: &'static str = "max";
    type Out = Option<U>;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Option<U> {
        items.max()
    }

    fn merge(&self, left: Option<U>, right: Option<U>) -> Option<U> {
        left.into_iter().chain(right).max()
    }
}

impl<U: Portable, S: for<'a> Stage<Item<'a> = U>, const GREATEST: bool> Finish<S> for ExtremeBy<Of<U>, GREATEST> {
    const NAME: &'static str = if GREATEST { "max_by" } else { "min_by" };
    type Out = Option<U>;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Option<U> {
        self.among(items)
    }

    fn merge(&self, left: Option<U>, right: Option<U>) -> Option<U> {
        self.among(left.into_iter().chain(right))
    }
}

impl<U, K, S, const GREATEST: bool> Finish<S> for ExtremeByKey<Of<(U, K)>, GREATEST>
where
    U: Portable,
    K: Ord + 'static,
    S: for<'a> Stage<Item<'a> = U>,
{
    const NAME: &'static str = if GREATEST { "max_by_key" } else { "min_by_key" };
    type Out = Option<U>;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Option<U> {
        self.among(items)
    }

    fn merge(&self, left: Option<U>, right: Option<U>) -> Option<U> {
        self.among(left.into_iter().chain(right))
    }
}

/// The items at the ends of an order, which leave their node.
impl<U: Portable, S> ParIter<'_, S>
where
    S: for<'a> Stage<Item<'a> = U>,
{
    /// The least; of several the first.
    ///
    /// ```
    /// assert_eq!(drust::collections::ChunkedVec::from([2, 1, 3]).par_iter().copied().min(), Some(1));
    /// ```
    #[track_caller]
    pub fn min(self) -> Option<U>
    where
        U: Ord,
    {
        self.finish(Least).flatten()
    }

    /// The greatest; of several the last.
    ///
    /// ```
    /// assert_eq!(drust::collections::ChunkedVec::from([2, 1, 3]).par_iter().copied().max(), Some(3));
    /// ```
    #[track_caller]
    pub fn max(self) -> Option<U>
    where
        U: Ord,
    {
        self.finish(Greatest).flatten()
    }

    /// The least as `compare` says; of several the first.
    ///
    /// # Panics
    /// Where `compare` does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([2.0, 0.5, 3.0]);
    /// assert_eq!(numbers.par_iter().copied().min_by(f64::total_cmp), Some(0.5));
    /// ```
    #[track_caller]
    pub fn min_by(self, compare: fn(&U, &U) -> Ordering) -> Option<U> {
        self.finish(ExtremeBy::<_, false>::new(compare)).flatten()
    }

    /// The greatest as `compare` says; of several the last.
    ///
    /// # Panics
    /// Where `compare` does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([2.0, 0.5, 3.0]);
    /// assert_eq!(numbers.par_iter().copied().max_by(f64::total_cmp), Some(3.0));
    /// ```
    #[track_caller]
    pub fn max_by(self, compare: fn(&U, &U) -> Ordering) -> Option<U> {
        self.finish(ExtremeBy::<_, true>::new(compare)).flatten()
    }

    /// The one of which `key` makes the least; of several the first.
    ///
    /// # Panics
    /// Where `key` or comparing keys does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([2, -1, 3]);
    /// assert_eq!(numbers.par_iter().copied().min_by_key(|n: &i32| n.abs()), Some(-1));
    /// ```
    #[track_caller]
    pub fn min_by_key<K: Ord + 'static>(self, key: fn(&U) -> K) -> Option<U> {
        self.finish(ExtremeByKey::<Of<(U, K)>, false>::new(key)).flatten()
    }

    /// The one of which `key` makes the greatest; of several the last.
    ///
    /// # Panics
    /// Where `key` or comparing keys does.
    ///
    /// ```
    /// let numbers = drust::collections::ChunkedVec::from([2, -5, 3]);
    /// assert_eq!(numbers.par_iter().copied().max_by_key(|n: &i32| n.abs()), Some(-5));
    /// ```
    #[track_caller]
    pub fn max_by_key<K: Ord + 'static>(self, key: fn(&U) -> K) -> Option<U> {
        self.finish(ExtremeByKey::<Of<(U, K)>, true>::new(key)).flatten()
    }
}
