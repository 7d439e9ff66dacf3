//! What a parallel iterator does with the values of a piece, as a value that goes to where the piece is.

use super::code::Code;
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_macros::Portable;
use std::fmt;
use std::marker::PhantomData;

/// The steps of a [`ParIter`](super::ParIter): what its adapters have put together.
///
/// ```
/// use drust::collections::chunked_vec::{ChunkedVec, ParIter, Stage};
/// fn how_many(iter: ParIter<'_, impl Stage>) -> usize {
///     iter.count()
/// }
/// let numbers = ChunkedVec::from([1, 2, 3]);
/// assert_eq!(how_many(numbers.par_iter().filter(|n| **n > 1)), 2);
/// ```
pub trait Stage: Portable {
    /// The values of the vector.
    type Value: Portable;
    /// What comes out.
    type Item<'a>;

    /// What comes out for some of the values, the first of which has the index `start`.
    #[doc(hidden)]
    fn over<'a>(&'a self, start: usize, values: &'a [Self::Value]) -> impl Iterator<Item = Self::Item<'a>>;
}

/// Stands for a type that a function returns, and has nothing of it.
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, Map, Of, ParIter};
/// let numbers = ChunkedVec::from([1_u8, 2]);
/// let doubled: ParIter<'_, Map<All<u8>, Of<u16>>> = numbers.par_iter().map(|n| u16::from(*n) * 2);
/// assert_eq!(doubled.sum::<u16>(), 6);
/// ```
pub struct Of<U>(PhantomData<fn() -> U>);

impl<U> Of<U> {
    pub(super) const IT: Of<U> = Of(PhantomData);
}

impl<U> fmt::Debug for Of<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<U>())
    }
}

// SAFETY: no bytes at all.
unsafe impl<U> Carry for Of<U> {
    const FACTS: Facts = Facts::NONE;
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}
// SAFETY: there is nothing in it.
unsafe impl<U> Argument<'_> for Of<U> {}
// SAFETY: as above; what it stands for borrows nothing.
unsafe impl<U: 'static> Portable for Of<U> {}

/// All values, as [`ChunkedVec::par_iter`](super::ChunkedVec::par_iter) gives them.
///
/// ```
/// use drust::collections::chunked_vec::{All, ChunkedVec, ParIter};
/// let numbers = ChunkedVec::from([1, 2]);
/// let all: ParIter<'_, All<i32>> = numbers.par_iter();
/// assert_eq!(all.count(), 2);
/// ```
#[derive(Portable)]
pub struct All<T: Portable>(pub(super) PhantomData<T>);

impl<T: Portable> Stage for All<T> {
    type Value = T;
    type Item<'a> = &'a T;

    #[inline]
    fn over<'a>(&'a self, _: usize, values: &'a [T]) -> impl Iterator<Item = &'a T> {
        values.iter()
    }
}

/// All values with their indices; see [`ParIter::enumerate`](super::ParIter::enumerate).
///
/// ```
/// use drust::collections::chunked_vec::{ChunkedVec, Enumerate, ParIter};
/// let letters = ChunkedVec::from(['a', 'b']);
/// let numbered: ParIter<'_, Enumerate<char>> = letters.par_iter().enumerate();
/// assert_eq!(numbered.count(), 2);
/// ```
#[derive(Portable)]
pub struct Enumerate<T: Portable>(pub(super) PhantomData<T>);

impl<T: Portable> Stage for Enumerate<T> {
    type Value = T;
    type Item<'a> = (usize, &'a T);

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [T]) -> impl Iterator<Item = (usize, &'a T)> {
        (start..).zip(values)
    }
}

/// Values made of indices: the stage of [`ChunkedVec::from_fn`](super::ChunkedVec::from_fn), over values without bytes.
#[derive(Portable)]
pub(super) struct Made<A, O> {
    args: A,
    function: Code,
    made: O,
}

impl<A: Portable, T> Made<A, Of<T>> {
    pub(super) fn new(args: A, function: fn(&A, usize) -> T) -> Self {
        // SAFETY: it is a function pointer.
        Made { args, function: unsafe { Code::of(function) }, made: Of::IT }
    }
}

impl<A: Portable, T: 'static> Stage for Made<A, Of<T>> {
    type Value = ();
    type Item<'a> = T;

    #[inline]
    fn over<'a>(&'a self, start: usize, values: &'a [()]) -> impl Iterator<Item = T> {
        // SAFETY: the function was put there with this type.
        let function: fn(&A, usize) -> T = unsafe { self.function.get() };
        (start..start + values.len()).map(move |index| function(&self.args, index))
    }
}

impl<T: Portable> fmt::Debug for All<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("All")
    }
}

impl<T: Portable> fmt::Debug for Enumerate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enumerate")
    }
}
