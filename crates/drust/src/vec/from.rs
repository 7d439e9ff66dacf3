//! Vectors made from other values, and what is made from them.

use super::Vec;
use super::edit::Filling;
use crate::boxed::Box;
use crate::string::String;
use drust_heap::Portable;
use std::borrow::Cow;
use std::mem::ManuallyDrop;

impl<T: Portable> Vec<T> {
    /// Moves `count` values into a new vector.
    ///
    /// # Safety
    /// `values` are `count` values that the caller gives up.
    #[track_caller]
    pub(super) unsafe fn adopt(values: *const T, count: usize) -> Vec<T> {
        let mut vec = Vec::with_capacity(count);
        // SAFETY: the new vector has room for the values, which the caller gives up.
        unsafe { vec.place_mut().cast::<T>().copy_from_nonoverlapping(values, count) };
        vec.len = count;
        vec
    }
}

impl<T: Portable, const N: usize> From<[T; N]> for Vec<T> {
    #[track_caller]
    fn from(values: [T; N]) -> Vec<T> {
        let values = ManuallyDrop::new(values);
        // SAFETY: the array is forgotten.
        unsafe { Vec::adopt(values.as_ptr(), N) }
    }
}

impl<T: Portable> From<std::vec::Vec<T>> for Vec<T> {
    #[track_caller]
    fn from(mut values: std::vec::Vec<T>) -> Vec<T> {
        let count = values.len();
        // SAFETY: the vector forgets its values before they are owned again.
        unsafe {
            values.set_len(0);
            Vec::adopt(values.as_ptr(), count)
        }
    }
}

impl<T: Portable + Clone> From<&[T]> for Vec<T> {
    #[track_caller]
    fn from(values: &[T]) -> Vec<T> {
        let mut vec = Vec::with_capacity(values.len());
        vec.extend_from_slice(values);
        vec
    }
}

impl<T: Portable + Clone> From<&mut [T]> for Vec<T> {
    #[track_caller]
    fn from(values: &mut [T]) -> Vec<T> {
        Vec::from(&*values)
    }
}

impl<T: Portable + Clone, const N: usize> From<&[T; N]> for Vec<T> {
    #[track_caller]
    fn from(values: &[T; N]) -> Vec<T> {
        Vec::from(values.as_slice())
    }
}

impl<T: Portable + Clone, const N: usize> From<&mut [T; N]> for Vec<T> {
    #[track_caller]
    fn from(values: &mut [T; N]) -> Vec<T> {
        Vec::from(values.as_slice())
    }
}

impl<T: Portable + Clone> From<Cow<'_, [T]>> for Vec<T> {
    #[track_caller]
    fn from(values: Cow<'_, [T]>) -> Vec<T> {
        match values {
            Cow::Borrowed(values) => Vec::from(values),
            Cow::Owned(values) => Vec::from(values),
        }
    }
}

impl From<&str> for Vec<u8> {
    #[track_caller]
    fn from(text: &str) -> Vec<u8> {
        Vec::from(text.as_bytes())
    }
}

impl From<String> for Vec<u8> {
    #[track_caller]
    fn from(text: String) -> Vec<u8> {
        text.into_bytes()
    }
}

impl<T: Portable> From<Box<[T]>> for Vec<T> {
    fn from(values: Box<[T]>) -> Vec<T> {
        values.into_vec()
    }
}

impl<T: Portable> From<Vec<T>> for Box<[T]> {
    #[track_caller]
    fn from(values: Vec<T>) -> Box<[T]> {
        values.into_boxed_slice()
    }
}

impl<T: Portable> From<Vec<T>> for std::vec::Vec<T> {
    /// Moves the values out of the cluster's heap.
    #[track_caller]
    fn from(values: Vec<T>) -> std::vec::Vec<T> {
        values.into_iter().collect()
    }
}

impl<T: Portable, const N: usize> TryFrom<Vec<T>> for [T; N] {
    type Error = Vec<T>;

    /// The values, if there are `N` of them; the vector is given back if not, and nothing is fetched.
    #[track_caller]
    fn try_from(values: Vec<T>) -> Result<[T; N], Vec<T>> {
        if values.len != N {
            return Err(values);
        }
        let mut values = values.into_iter();
        Ok(std::array::from_fn(|_| values.next().expect("there are N values")))
    }
}

impl<T: Portable> FromIterator<T> for Vec<T> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Vec<T> {
        let mut vec = Vec::new();
        vec.extend(values);
        vec
    }
}

impl<T: Portable> Extend<T> for Vec<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let mut values = values.into_iter();
        // A remote vector does not move for nothing.
        if values.size_hint().1 == Some(0) {
            return;
        }
        self.reserve(values.size_hint().0);
        while !Filling::new(self).fill(&mut values) {
            let Some(value) = values.next() else { return };
            self.reserve(values.size_hint().0.saturating_add(1));
            self.push(value);
        }
    }
}

impl<'a, T: Portable + Copy> Extend<&'a T> for Vec<T> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}
