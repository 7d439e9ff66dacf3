//! Atomic vectors of numbers that are there already.

use super::{AtomicVec, BLOCK, Number};
use crate::{Vec, node, thread};
use drust_runtime::cancel;
use drust_runtime::sharing::word;

impl<T: Number> AtomicVec<T> {
    /// Has each node store its share of `numbers`, which are as many as there are.
    #[track_caller]
    fn fill(&self, numbers: &[T]) {
        let rows: &[_] = &self.rows;
        let parts = rows.len();
        let store = |(part, node)| {
            let blocks = numbers.chunks(BLOCK).skip(part).step_by(parts);
            let share: Vec<u64> = blocks.flatten().map(|number| number.to_bits()).collect();
            thread::spawn_on(node, (rows[part].name().address().word(), share), |(row, share)| {
                let row = drust_heap::Fixed::new(drust_proto::Address::from_word(row));
                for (index, bits) in share.iter().enumerate() {
                    // SAFETY: the row lives while its vector is being made, and has as many words as there are here.
                    unsafe { word::add(row, index, *bits) }
                }
            })
        };
        // The tasks use what is this thread's: it waits for all of them, cancelled or not.
        let ended: std::vec::Vec<_> = cancel::unbound(|| {
            let tasks: std::vec::Vec<_> = (0..parts).zip(node::all()).map(store).collect();
            tasks.into_iter().map(|task| task.join()).collect()
        });
        ended.into_iter().for_each(|end| end.unwrap_or_else(|error| panic!("{error}")));
    }
}

impl<T: Number> From<&[T]> for AtomicVec<T> {
    #[track_caller]
    fn from(numbers: &[T]) -> AtomicVec<T> {
        let made = AtomicVec::new(numbers.len());
        made.fill(numbers);
        made
    }
}

impl<T: Number, const N: usize> From<[T; N]> for AtomicVec<T> {
    #[track_caller]
    fn from(numbers: [T; N]) -> AtomicVec<T> {
        AtomicVec::from(numbers.as_slice())
    }
}

impl<T: Number> From<std::vec::Vec<T>> for AtomicVec<T> {
    #[track_caller]
    fn from(numbers: std::vec::Vec<T>) -> AtomicVec<T> {
        AtomicVec::from(numbers.as_slice())
    }
}

impl<T: Number> From<Vec<T>> for AtomicVec<T> {
    #[track_caller]
    fn from(numbers: Vec<T>) -> AtomicVec<T> {
        AtomicVec::from(numbers.as_slice())
    }
}

impl<T: Number> FromIterator<T> for AtomicVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> AtomicVec<T> {
        AtomicVec::from(numbers.into_iter().collect::<std::vec::Vec<T>>())
    }
}
