//! Many values at once, anywhere in the vector: one message for those of a node.
//!
//! Indices are sorted by the nodes where their values live, and each node gets one task with all of its own. Where
//! these are many, that task shares them out to its node's workers, each with some of the chunks. To be changed the
//! chunks of a node are lent to its task; they are put back when it has ended, also where it panicked.

use super::code::Code;
use super::lots::{Homes, Lot, sorted};
use super::run::first_of;
use super::shares::{Act, look, share};
use super::{Chunk, ChunkedVec, out_of_bounds};
use crate::node;
use crate::reference::{Ref, RefMut};
use crate::string::String;
use crate::thread;
use crate::vec::Vec as Values;
use drust_heap::Portable;
use drust_macros::Portable;

/// Indices that are dealt with before others are sorted: a message has as many at most.
const ROUND: usize = 1 << 16;

#[derive(Portable)]
struct Put;

/// Contract: the code is that of the function whose type `act` takes it for.
#[derive(Portable)]
struct UpdateMany<A>(A, Code);

/// As [`UpdateMany`].
#[derive(Portable)]
struct UpdateEach(Code);

impl<T: Portable> Act<T, Option<T>> for Put {
    fn act(&self, value: &mut T, item: &mut Option<T>) {
        *value = item.take().expect("each is put once");
    }
}

impl<T: Portable, A: Portable> Act<T, ()> for UpdateMany<A> {
    fn act(&self, value: &mut T, (): &mut ()) {
        // SAFETY: by the contract.
        let function: fn(&mut T, &A) = unsafe { self.1.get() };
        function(value, &self.0);
    }
}

impl<T: Portable, A: Portable> Act<T, A> for UpdateEach {
    fn act(&self, value: &mut T, item: &mut A) {
        // SAFETY: by the contract.
        let function: fn(&mut T, &A) = unsafe { self.0.get() };
        function(value, item);
    }
}

impl<T: Portable> ChunkedVec<T> {
    /// Clones of the values of these indices, in the order of the indices. 1 request and 1 reply for each other node
    /// that has some of them, and for 2^16 indices.
    ///
    /// ```
    /// let squares = drust::collections::ChunkedVec::from_fn(100, (), |(), n| n * n);
    /// assert_eq!(squares.gather(&[9, 2, 9]), [81, 4, 81]);
    /// ```
    ///
    /// # Panics
    /// No value has one of the indices, or a clone panics.
    #[must_use]
    #[track_caller]
    pub fn gather(&self, indices: &[usize]) -> Vec<T>
    where
        T: Clone,
    {
        self.expect_all(indices);
        let homes = self.homes();
        let mut by_node: Vec<Vec<Ref<'_, [T]>>> = node::all().map(|_| Vec::new()).collect();
        for (chunk, (home, _)) in self.chunks.iter().zip(&homes) {
            by_node[*home].push(Ref::new(&chunk.values));
        }
        let mut found: Vec<Option<T>> = none(indices.len());
        for (round, found) in indices.chunks(ROUND).zip(found.chunks_mut(ROUND)) {
            let lots = sorted(&self.chunks, &homes, round, 0..);
            let mut outs: Vec<Vec<Option<T>>> = lots.iter().map(|lot| none(lot.items.len())).collect();
            let failed = thread::scope(|s| {
                let with_some = node::all().zip(&by_node).zip(lots.iter().zip(&mut outs));
                let tasks: Vec<_> = with_some
                    .filter(|(_, (lot, _))| !lot.places.is_empty())
                    .map(|((node, chunks), (lot, outs))| {
                        let what = (Ref::of(&chunks[..]), RefMut::new(&mut outs[..]));
                        s.spawn_on(node, (what, Ref::of(&lot.places[..]), Ref::of(&lot.cuts[..])), look::<T>)
                    })
                    .collect();
                first_of(tasks.into_iter().map(told))
            });
            if let Some(failed) = failed {
                panic!("{failed}");
            }
            let items = lots.into_iter().flat_map(|lot| lot.items).zip(outs.into_iter().flatten());
            items.for_each(|(at, out)| found[at] = out);
        }
        found.into_iter().map(|found| found.expect("each was looked at")).collect()
    }

    /// Stores clones of the values: of the first under the first index, and so on. Where an index stands more than once
    /// its last value stays. 1 request and 1 reply for each other node that gets some of them, and for 2^16 indices.
    ///
    /// ```
    /// let mut numbers = drust::collections::ChunkedVec::from([0; 4]);
    /// numbers.scatter(&[3, 0, 3], &[5, 6, 7]);
    /// assert_eq!(numbers, [6, 0, 0, 7]);
    /// ```
    ///
    /// # Panics
    /// No value has one of the indices, or there are not as many values; nothing is stored then. Or a clone panics, or
    /// the drop of what was there.
    #[track_caller]
    pub fn scatter(&mut self, indices: &[usize], values: &[T])
    where
        T: Clone,
    {
        assert_eq!(indices.len(), values.len(), "as many values as indices");
        self.change(indices, values.iter().map(|value| Some(value.clone())), &Put);
    }

    /// Has `function` change each value that has one of the indices, where it lives, as often as its index stands. 1
    /// request and 1 reply for each other node that has some of them, and for 2^16 indices.
    ///
    /// ```
    /// let mut texts = drust::collections::ChunkedVec::from(["a", "b"].map(drust::String::from));
    /// texts.update_many(&[1, 1], '!', |text, mark| text.push(*mark));
    /// assert_eq!(texts[1], "b!!");
    /// ```
    ///
    /// # Panics
    /// No value has one of the indices; nothing is changed then. Or the function panics; the values are as it left
    /// them.
    #[track_caller]
    pub fn update_many<A: Portable>(&mut self, indices: &[usize], args: A, function: fn(&mut T, &A)) {
        // SAFETY: it is a function pointer.
        let act = UpdateMany(args, unsafe { Code::of(function) });
        self.change(indices, std::iter::repeat(()), &act);
    }

    /// As [`update_many`](Self::update_many), with an argument of its own for each index. Changes of one value follow
    /// each other in the order in which its index stands.
    ///
    /// ```
    /// let mut table = drust::collections::ChunkedVec::from([0; 8]);
    /// table.update_each(&[5, 1, 5], &[1, 2, 3], |number, value| *number = *number * 10 + value);
    /// assert_eq!(table, [0, 2, 0, 0, 0, 13, 0, 0]);
    /// ```
    ///
    /// # Panics
    /// As [`update_many`](Self::update_many), and where there are not as many arguments as indices.
    #[track_caller]
    pub fn update_each<A: Portable + Copy>(&mut self, indices: &[usize], args: &[A], function: fn(&mut T, &A)) {
        assert_eq!(indices.len(), args.len(), "as many arguments as indices");
        // SAFETY: it is a function pointer.
        let act = UpdateEach(unsafe { Code::of(function) });
        self.change(indices, args.iter().copied(), &act);
    }

    /// Has the values of these indices changed where they live, with an item for each.
    #[track_caller]
    fn change<X: Portable, F: Act<T, X>>(&mut self, indices: &[usize], items: impl Iterator<Item = X>, act: &F) {
        self.expect_all(indices);
        let mut items = items;
        let mut apart = Apart::new(self);
        for round in indices.chunks(ROUND) {
            let mut lots = sorted(apart.chunks, &apart.homes, round, &mut items);
            let failed = thread::scope(|s| {
                let with_some = node::all().zip(&mut apart.by_node).zip(&mut lots);
                let tasks: Vec<_> = with_some
                    .filter(|(_, lot)| !lot.places.is_empty())
                    .map(|((node, chunks), Lot { places, items, cuts })| {
                        let lent = (RefMut::new(&mut chunks[..]), RefMut::new(&mut items[..]));
                        let what = (Ref::of(&places[..]), Ref::of(&cuts[..]));
                        s.spawn_on(node, (lent, what, Ref::of(act)), share::<T, X, F>)
                    })
                    .collect();
                first_of(tasks.into_iter().map(told))
            });
            if let Some(failed) = failed {
                panic!("{failed}");
            }
        }
    }

    fn homes(&self) -> Homes {
        let mut counts = vec![0; node::count()];
        let numbered = self.chunks.iter().map(|chunk| {
            let home = chunk.home().index();
            counts[home] += 1;
            (home, counts[home] - 1)
        });
        numbered.collect()
    }

    #[track_caller]
    fn expect_all(&self, indices: &[usize]) {
        if let Some(index) = indices.iter().find(|index| **index >= self.len) {
            out_of_bounds(self.len, *index);
        }
    }
}

/// The chunks' values by the nodes where they live, to be lent; back in their chunks when this is dropped.
struct Apart<'v, T: Portable> {
    chunks: &'v mut [Chunk<T>],
    homes: Homes,
    by_node: Vec<Vec<Values<T>>>,
}

impl<'v, T: Portable> Apart<'v, T> {
    #[track_caller]
    fn new(vec: &'v mut ChunkedVec<T>) -> Apart<'v, T> {
        let (homes, chunks) = (vec.homes(), &mut vec.chunks[..]);
        let mut by_node: Vec<Vec<Values<T>>> = node::all().map(|_| Vec::new()).collect();
        for (chunk, (home, _)) in chunks.iter_mut().zip(&homes) {
            by_node[*home].push(std::mem::take(&mut chunk.values));
        }
        Apart { chunks, homes, by_node }
    }
}

impl<T: Portable> Drop for Apart<'_, T> {
    fn drop(&mut self) {
        for (chunk, (home, number)) in self.chunks.iter_mut().zip(&self.homes) {
            chunk.values = std::mem::take(&mut self.by_node[*home][*number]);
        }
    }
}

fn none<T>(count: usize) -> Vec<Option<T>> {
    std::iter::repeat_with(|| None).take(count).collect()
}

/// Waits for a task that tells of a panic in what it did.
fn told(task: thread::ScopedJoinHandle<'_, Option<String>>) -> Option<String> {
    task.join().unwrap_or_else(|error| Some(error.to_string().into()))
}
