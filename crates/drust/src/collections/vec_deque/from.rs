//! Deques made from other values, and what is made from them.

use super::VecDeque;
use crate::vec::Vec;
use drust_heap::Portable;

impl<T: Portable> From<Vec<T>> for VecDeque<T> {
    /// Costs nothing: the vector becomes the back.
    fn from(values: Vec<T>) -> VecDeque<T> {
        VecDeque { front: Vec::new(), back: values }
    }
}

impl<T: Portable> From<VecDeque<T>> for Vec<T> {
    /// Moves the values to one side first; costs nothing where they are there.
    #[track_caller]
    fn from(values: VecDeque<T>) -> Vec<T> {
        values.into_vec()
    }
}

impl<T: Portable, const N: usize> From<[T; N]> for VecDeque<T> {
    #[track_caller]
    fn from(values: [T; N]) -> VecDeque<T> {
        Vec::from(values).into()
    }
}

impl<T: Portable> From<std::vec::Vec<T>> for VecDeque<T> {
    #[track_caller]
    fn from(values: std::vec::Vec<T>) -> VecDeque<T> {
        Vec::from(values).into()
    }
}

impl<T: Portable> From<VecDeque<T>> for std::vec::Vec<T> {
    /// Moves the values out of the cluster's heap.
    #[track_caller]
    fn from(values: VecDeque<T>) -> std::vec::Vec<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable> From<std::collections::VecDeque<T>> for VecDeque<T> {
    #[track_caller]
    fn from(values: std::collections::VecDeque<T>) -> VecDeque<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable> From<VecDeque<T>> for std::collections::VecDeque<T> {
    /// Moves the values out of the cluster's heap.
    #[track_caller]
    fn from(values: VecDeque<T>) -> std::collections::VecDeque<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable> FromIterator<T> for VecDeque<T> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> VecDeque<T> {
        values.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T: Portable> Extend<T> for VecDeque<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.back.extend(values);
    }
}

impl<'a, T: Portable + Copy> Extend<&'a T> for VecDeque<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.back.extend(values);
    }
}
