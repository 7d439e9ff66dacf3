//! What parallel iterators end in.

use super::code::Code;
use super::run::Finish;
use super::stage::{Of, Stage};
use crate::vec::Vec;
use drust_heap::Portable;
use drust_macros::Portable;
use std::iter::{Product, Sum};

/// Contract of what holds a [`Code`]: it was made of a function of the type that it is taken for below.
#[derive(Portable)]
pub(super) struct ForEach(pub(super) Code);

#[derive(Portable)]
pub(super) struct ForEachWith<A>(pub(super) A, pub(super) Code);

#[derive(Portable)]
pub(super) struct Count;

#[derive(Portable)]
pub(super) struct Total<O>(pub(super) O);

#[derive(Portable)]
pub(super) struct Multiplied<O>(pub(super) O);

#[derive(Portable)]
pub(super) struct Reduce<O> {
    pub(super) identity: Code,
    pub(super) function: Code,
    pub(super) of: O,
}

#[derive(Portable)]
pub(super) struct ReduceWith<O> {
    pub(super) function: Code,
    pub(super) of: O,
}

/// Whether a function says `MET` of one.
#[derive(Portable)]
pub(super) struct Meets<const MET: bool>(pub(super) Code);

#[derive(Portable)]
pub(super) struct Collect;

impl<S: Stage> Finish<S> for ForEach {
    const NAME: &'static str = "for_each";
    type Out = ();

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) {
        // SAFETY: by the contract.
        let function: for<'b> fn(S::Item<'b>) = unsafe { self.0.get() };
        items.for_each(function);
    }

    fn merge(&self, (): (), (): ()) {}
}

impl<S: Stage, A: Portable> Finish<S> for ForEachWith<A> {
    const NAME: &'static str = "for_each_with";
    type Out = ();

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) {
        // SAFETY: by the contract.
        let function: for<'b, 'c> fn(&'c A, S::Item<'b>) = unsafe { self.1.get() };
        items.for_each(|item| function(&self.0, item));
    }

    fn merge(&self, (): (), (): ()) {}
}

impl<S: Stage> Finish<S> for Count {
    const NAME: &'static str = "count";
    type Out = usize;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> usize {
        items.count()
    }

    fn merge(&self, left: usize, right: usize) -> usize {
        left + right
    }
}

impl<S: Stage, R: Portable + Sum<R> + for<'a> Sum<S::Item<'a>>> Finish<S> for Total<Of<R>> {
    const NAME: &'static str = "sum";
    type Out = R;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> R {
        items.sum()
    }

    fn merge(&self, left: R, right: R) -> R {
        [left, right].into_iter().sum()
    }
}

impl<S: Stage, R: Portable + Product<R> + for<'a> Product<S::Item<'a>>> Finish<S> for Multiplied<Of<R>> {
    const NAME: &'static str = "product";
    type Out = R;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> R {
        items.product()
    }

    fn merge(&self, left: R, right: R) -> R {
        [left, right].into_iter().product()
    }
}

impl<U: Portable, S: for<'a> Stage<Item<'a> = U>> Finish<S> for Reduce<Of<U>> {
    const NAME: &'static str = "reduce";
    type Out = U;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> U {
        // SAFETY: by the contract.
        let identity: fn() -> U = unsafe { self.identity.get() };
        // SAFETY: by the contract.
        let function: fn(U, U) -> U = unsafe { self.function.get() };
        items.fold(identity(), function)
    }

    fn merge(&self, left: U, right: U) -> U {
        // SAFETY: by the contract.
        let function: fn(U, U) -> U = unsafe { self.function.get() };
        function(left, right)
    }
}

impl<U: Portable, S: for<'a> Stage<Item<'a> = U>> Finish<S> for ReduceWith<Of<U>> {
    const NAME: &'static str = "reduce_with";
    type Out = Option<U>;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Option<U> {
        // SAFETY: by the contract.
        let function: fn(U, U) -> U = unsafe { self.function.get() };
        items.reduce(function)
    }

    fn merge(&self, left: Option<U>, right: Option<U>) -> Option<U> {
        // SAFETY: by the contract.
        let function: fn(U, U) -> U = unsafe { self.function.get() };
        left.into_iter().chain(right).reduce(function)
    }
}

impl<S: Stage, const MET: bool> Finish<S> for Meets<MET> {
    const NAME: &'static str = if MET { "any" } else { "all" };
    type Out = bool;

    fn piece<'a>(&self, mut items: impl Iterator<Item = S::Item<'a>>) -> bool {
        // SAFETY: by the contract.
        let function: for<'b> fn(S::Item<'b>) -> bool = unsafe { self.0.get() };
        items.any(|item| function(item) == MET)
    }

    fn merge(&self, left: bool, right: bool) -> bool {
        left || right
    }
}

impl<U: Portable, S: for<'a> Stage<Item<'a> = U>> Finish<S> for Collect {
    const NAME: &'static str = "collect";
    // Each piece becomes a chunk: one that was put together would be copied.
    const MERGES: bool = false;
    type Out = Vec<U>;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Vec<U> {
        items.collect()
    }

    fn merge(&self, mut left: Vec<U>, mut right: Vec<U>) -> Vec<U> {
        left.append(&mut right);
        left
    }
}
