//! `ParIterMut`: all values, changed where they live.
//!
//! The chunks of a node are lent to one task there, which lends pieces of them to others. They are put back when it has
//! ended, also where it panicked.

use super::code::Code;
use super::progress::{Progress, Telling};
use super::run::{first_of, pieces_of};
use super::{Chunk, ChunkedVec};
use crate::node;
use crate::reference::{Ref, RefMut};
use crate::string::String;
use crate::thread;
use drust_heap::Portable;
use drust_macros::Portable;
use drust_runtime::cancel;
use std::fmt;

/// The values of a [`ChunkedVec`], to be changed where they live, made by [`ChunkedVec::par_iter_mut`].
///
/// ```
/// use drust::collections::chunked_vec::{ChunkedVec, ParIterMut};
/// let mut numbers = ChunkedVec::from([1, 2]);
/// let all: ParIterMut<'_, i32> = numbers.par_iter_mut();
/// all.for_each(|n| *n += 1);
/// assert_eq!(numbers, [2, 3]);
/// ```
#[must_use = "a parallel iterator is lazy"]
pub struct ParIterMut<'v, T: Portable>(&'v mut ChunkedVec<T>);

/// The values with their indices, made by [`ParIterMut::enumerate`].
///
/// ```
/// use drust::collections::chunked_vec::{ChunkedVec, EnumerateMut};
/// let mut numbers = ChunkedVec::from([1, 2]);
/// let all: EnumerateMut<'_, usize> = numbers.par_iter_mut().enumerate();
/// all.for_each(|(index, n)| *n += index);
/// assert_eq!(numbers, [1, 3]);
/// ```
#[must_use = "a parallel iterator is lazy"]
pub struct EnumerateMut<'v, T: Portable>(&'v mut ChunkedVec<T>);

/// What is done with a piece.
trait Alter<T: Portable>: Portable {
    fn alter(&self, start: usize, values: &mut [T]);
}

/// Contract: the code is that of the function whose type `alter` takes it for.
#[derive(Portable)]
struct Each(Code);

/// As [`Each`].
#[derive(Portable)]
struct EachWith<A>(A, Code);

/// As [`Each`].
#[derive(Portable)]
struct Numbered(Code);

/// As [`Each`].
#[derive(Portable)]
struct NumberedWith<A>(A, Code);

impl<T: Portable> Alter<T> for Each {
    fn alter(&self, _: usize, values: &mut [T]) {
        // SAFETY: by the contract.
        let function: fn(&mut T) = unsafe { self.0.get() };
        values.iter_mut().for_each(function);
    }
}

impl<T: Portable, A: Portable> Alter<T> for EachWith<A> {
    fn alter(&self, _: usize, values: &mut [T]) {
        // SAFETY: by the contract.
        let function: fn(&A, &mut T) = unsafe { self.1.get() };
        values.iter_mut().for_each(|value| function(&self.0, value));
    }
}

impl<T: Portable> Alter<T> for Numbered {
    fn alter(&self, start: usize, values: &mut [T]) {
        // SAFETY: by the contract.
        let function: fn((usize, &mut T)) = unsafe { self.0.get() };
        (start..).zip(values).for_each(function);
    }
}

impl<T: Portable, A: Portable> Alter<T> for NumberedWith<A> {
    fn alter(&self, start: usize, values: &mut [T]) {
        // SAFETY: by the contract.
        let function: fn(&A, (usize, &mut T)) = unsafe { self.1.get() };
        (start..).zip(values).for_each(|item| function(&self.0, item));
    }
}

impl<T: Portable> ChunkedVec<T> {
    /// All values, to be changed where they live.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// numbers.par_iter_mut().for_each(|n| *n *= 2);
    /// assert_eq!(numbers, [2, 4, 6]);
    /// ```
    #[track_caller]
    pub fn par_iter_mut(&mut self) -> ParIterMut<'_, T> {
        ParIterMut(self)
    }
}

impl<'v, T: Portable> ParIterMut<'v, T> {
    /// The values with their indices.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([0; 3]);
    /// numbers.par_iter_mut().enumerate().for_each(|(index, n)| *n = index);
    /// assert_eq!(numbers, [0, 1, 2]);
    /// ```
    pub fn enumerate(self) -> EnumerateMut<'v, T> {
        EnumerateMut(self.0)
    }

    /// Calls `function` with each. 1 request and 1 reply for each other node that has values.
    ///
    /// # Panics
    /// Where `function` does; the values are as it left them.
    ///
    /// ```
    /// let mut texts = drust::collections::ChunkedVec::from(["a", "b"].map(drust::String::from));
    /// texts.par_iter_mut().for_each(|text| text.push('!'));
    /// assert_eq!(texts[1], "b!");
    /// ```
    #[track_caller]
    pub fn for_each(self, function: fn(&mut T)) {
        // SAFETY: it is a function pointer.
        run(self.0, Each(unsafe { Code::of(function) }));
    }

    /// As [`ParIterMut::for_each`], with `args`, which go along to each node.
    ///
    /// # Panics
    /// Where `function` does; the values are as it left them.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([1, 2, 3]);
    /// numbers.par_iter_mut().for_each_with(10, |more, n| *n += more);
    /// assert_eq!(numbers, [11, 12, 13]);
    /// ```
    #[track_caller]
    pub fn for_each_with<A: Portable>(self, args: A, function: fn(&A, &mut T)) {
        // SAFETY: it is a function pointer.
        run(self.0, EachWith(args, unsafe { Code::of(function) }));
    }
}

impl<T: Portable> EnumerateMut<'_, T> {
    /// Calls `function` with each. 1 request and 1 reply for each other node that has values.
    ///
    /// # Panics
    /// Where `function` does; the values are as it left them.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([5; 3]);
    /// numbers.par_iter_mut().enumerate().for_each(|(index, n)| *n += index);
    /// assert_eq!(numbers, [5, 6, 7]);
    /// ```
    #[track_caller]
    pub fn for_each(self, function: fn((usize, &mut T))) {
        // SAFETY: it is a function pointer.
        run(self.0, Numbered(unsafe { Code::of(function) }));
    }

    /// As [`EnumerateMut::for_each`], with `args`, which go along to each node.
    ///
    /// # Panics
    /// Where `function` does; the values are as it left them.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([0; 3]);
    /// numbers.par_iter_mut().enumerate().for_each_with(10, |factor, (index, n)| *n = index * factor);
    /// assert_eq!(numbers, [0, 10, 20]);
    /// ```
    #[track_caller]
    pub fn for_each_with<A: Portable>(self, args: A, function: fn(&A, (usize, &mut T))) {
        // SAFETY: it is a function pointer.
        run(self.0, NumberedWith(args, unsafe { Code::of(function) }));
    }
}

/// What is sent to the nodes.
#[derive(Portable)]
struct Job<F> {
    alter: F,
    /// Values of a piece.
    piece: usize,
    progress: Option<Progress>,
}

/// Alters all values.
#[track_caller]
fn run<T: Portable, F: Alter<T>>(vec: &mut ChunkedVec<T>, alter: F) {
    let job = Job { alter, piece: pieces_of(vec.len), progress: Progress::begin(vec.len) };
    let mut by_node: Vec<Vec<Chunk<T>>> = node::all().map(|_| Vec::new()).collect();
    let mut places = Vec::with_capacity(vec.chunks.len());
    // The directory comes here before it is taken: who is cancelled while he waits for it leaves it as it is.
    let _ = vec.chunks.as_mut_slice();
    for chunk in std::mem::take(&mut vec.chunks) {
        let home = chunk.home().index();
        places.push(home);
        by_node[home].push(chunk);
    }
    // The chunks are put back first, cancelled or not.
    let share_out = || {
        thread::scope(|s| {
            let with_some = node::all().zip(&mut by_node).filter(|(_, chunks)| !chunks.is_empty());
            let tasks: Vec<_> = with_some
                .map(|(node, chunks)| s.spawn_on(node, (RefMut::new(&mut chunks[..]), Ref::of(&job)), share::<T, F>))
                .collect();
            first_of(tasks.into_iter().map(|task| task.join().unwrap_or_else(|error| Some(error.to_string().into()))))
        })
    };
    let failed = cancel::unbound(share_out);
    let mut by_node: Vec<_> = by_node.into_iter().map(Vec::into_iter).collect();
    vec.chunks = places.into_iter().filter_map(|home| by_node[home].next()).collect();
    if let Some(failed) = failed {
        panic!("{failed}");
    }
}

/// A node's share; the message of a panic.
fn share<T: Portable, F: Alter<T>>((mut chunks, job): (RefMut<'_, [Chunk<T>]>, Ref<'_, Job<F>>)) -> Option<String> {
    let mut telling = Telling::of("for_each", chunks.iter().map(|chunk| chunk.values.len()).sum());
    let here = node::current();
    thread::scope(|s| {
        let mut tasks = Vec::new();
        for chunk in chunks.iter_mut() {
            let starts = (chunk.start..).step_by(job.piece);
            for (start, values) in starts.zip(chunk.values.chunks_mut(job.piece)) {
                let count = values.len();
                tasks.push((count, s.spawn_on(here, (start, RefMut::new(values), Ref::of(&*job)), one::<T, F>)));
            }
        }
        first_of(tasks.into_iter().map(|(count, task)| {
            let failed = task.join().err().map(|error| error.to_string().into());
            telling.more(count);
            failed
        }))
    })
}

/// One piece.
fn one<T: Portable, F: Alter<T>>((start, mut values, job): (usize, RefMut<'_, [T]>, Ref<'_, Job<F>>)) {
    job.alter.alter(start, &mut values);
    if let Some(progress) = &job.progress {
        progress.more(values.len());
    }
}

impl<T: Portable> fmt::Debug for ParIterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParIterMut").field("len", &self.0.len).finish_non_exhaustive()
    }
}

impl<T: Portable> fmt::Debug for EnumerateMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnumerateMut").field("len", &self.0.len).finish_non_exhaustive()
    }
}
