//! A `Vec` and std's own containers: made from one another, and compared.
//!
//! std's types own memory of their own, so values move out of the cluster's heap and into it.

use super::Vec;
use drust_heap::Portable;
use std::borrow::Cow;
use std::collections::{BinaryHeap, VecDeque};
use std::ffi::CString;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

impl<T: Portable> From<std::boxed::Box<[T]>> for Vec<T> {
    #[track_caller]
    fn from(values: std::boxed::Box<[T]>) -> Vec<T> {
        Vec::from(values.into_vec())
    }
}

impl<'a, T: Portable + Clone> From<Vec<T>> for Cow<'a, [T]> {
    #[track_caller]
    fn from(values: Vec<T>) -> Cow<'a, [T]> {
        Cow::Owned(values.into())
    }
}

impl<'a, T: Portable + Clone> From<&'a Vec<T>> for Cow<'a, [T]> {
    #[track_caller]
    fn from(values: &'a Vec<T>) -> Cow<'a, [T]> {
        Cow::Borrowed(values)
    }
}

/// Implements moving the values into a container of std's, by way of its vector.
macro_rules! into_std {
    ($([$($bound:path)?] $container:ty),* $(,)?) => {$(
        impl<T: Portable $(+ $bound)?> From<Vec<T>> for $container {
            #[track_caller]
            fn from(values: Vec<T>) -> $container {
                std::vec::Vec::from(values).into()
            }
        }
    )*};
}

into_std!([] std::boxed::Box<[T]>, [] Rc<[T]>, [] Arc<[T]>, [Ord] BinaryHeap<T>, [] VecDeque<T>);

impl<T: Portable> From<BinaryHeap<T>> for Vec<T> {
    #[track_caller]
    fn from(heap: BinaryHeap<T>) -> Vec<T> {
        Vec::from(heap.into_vec())
    }
}

impl<T: Portable> From<VecDeque<T>> for Vec<T> {
    #[track_caller]
    fn from(values: VecDeque<T>) -> Vec<T> {
        Vec::from(std::vec::Vec::from(values))
    }
}

impl From<CString> for Vec<u8> {
    /// The bytes without the last, which is 0.
    #[track_caller]
    fn from(text: CString) -> Vec<u8> {
        Vec::from(text.into_bytes())
    }
}

impl From<Vec<NonZero<u8>>> for CString {
    #[track_caller]
    fn from(bytes: Vec<NonZero<u8>>) -> CString {
        CString::from(std::vec::Vec::from(bytes))
    }
}

impl<T: PartialEq<U> + Clone, U: Portable> PartialEq<Vec<U>> for Cow<'_, [T]> {
    #[track_caller]
    fn eq(&self, other: &Vec<U>) -> bool {
        other.look(|values| **self == *values)
    }
}

impl<T: PartialEq<U>, U: Portable> PartialEq<Vec<U>> for VecDeque<T> {
    #[track_caller]
    fn eq(&self, other: &Vec<U>) -> bool {
        other.look(|values| self.len() == values.len() && self.iter().zip(values).all(|(a, b)| a == b))
    }
}
