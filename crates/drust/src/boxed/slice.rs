//! Boxes of slices and of `str`.

use super::Box;
use crate::string::String;
use crate::vec::Vec;
use drust_heap::local::dangling;
use drust_heap::{Described, Handle, Portable};
use drust_runtime::memory::{self, Shape};
use std::alloc::Layout;

/// Moves `len` values into a new object.
///
/// # Safety
/// `values` are `len` values that the caller gives up.
#[track_caller]
unsafe fn adopt<U: Described>(values: *const U, len: usize) -> Handle {
    let layout = Layout::array::<U>(len).expect("capacity overflow");
    if layout.size() == 0 {
        return Handle::reserved(dangling(layout.align()).as_ptr());
    }
    let room = memory::room(Shape { descriptor: U::DESCRIPTOR, elements: len, capacity: len });
    // SAFETY: there is room for the values, which is nobody else's.
    unsafe {
        std::ptr::copy_nonoverlapping(values, room.place().cast(), len);
        room.settle()
    }
}

impl<T: Portable> Box<[T]> {
    /// A vector of the values; sends nothing and moves nothing.
    ///
    /// ```
    /// let mut vec = drust::Box::<[u32]>::from([1, 2]).into_vec();
    /// vec.push(3);
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        let (handle, len) = self.into_parts();
        let capacity = if size_of::<T>() == 0 { usize::MAX } else { len };
        // SAFETY: the box owned `len` values in a slot of just that size, and is gone.
        unsafe { Vec::from_parts(handle, len, capacity) }
    }
}

impl Box<str> {
    /// A string of the text, where it lies.
    ///
    /// ```
    /// let mut text = drust::Box::<str>::from("a").into_string();
    /// text.push('b');
    /// assert_eq!(text, "ab");
    /// ```
    #[must_use]
    pub fn into_string(self) -> String {
        String::from(self)
    }

    /// The text's bytes, where they lie.
    ///
    /// ```
    /// let bytes: drust::Box<[u8]> = drust::Box::<str>::from("ab").into_boxed_bytes();
    /// assert_eq!(*bytes, [97, 98]);
    /// ```
    #[must_use]
    pub fn into_boxed_bytes(self) -> Box<[u8]> {
        let (handle, len) = self.into_parts();
        Box::from_handle(handle, len)
    }
}

impl<T: Portable> From<std::vec::Vec<T>> for Box<[T]> {
    #[track_caller]
    fn from(mut values: std::vec::Vec<T>) -> Box<[T]> {
        let len = values.len();
        // SAFETY: the vector forgets its values before they are owned again.
        unsafe {
            values.set_len(0);
            Box::from_handle(adopt(values.as_ptr(), len), len)
        }
    }
}

impl<T: Portable, const N: usize> From<[T; N]> for Box<[T]> {
    #[track_caller]
    fn from(values: [T; N]) -> Box<[T]> {
        let values = std::mem::ManuallyDrop::new(values);
        // SAFETY: the array is forgotten.
        Box::from_handle(unsafe { adopt(values.as_ptr(), N) }, N)
    }
}

impl From<&str> for Box<str> {
    #[track_caller]
    fn from(text: &str) -> Box<str> {
        // SAFETY: bytes are copied, and UTF-8 as they were.
        Box::from_handle(unsafe { adopt(text.as_ptr(), text.len()) }, text.len())
    }
}

impl<T: Portable> Default for Box<[T]> {
    fn default() -> Box<[T]> {
        Box::from([])
    }
}

impl Default for Box<str> {
    fn default() -> Box<str> {
        Box::from("")
    }
}

impl<T: Portable + Clone> Clone for Box<[T]> {
    #[track_caller]
    fn clone(&self) -> Box<[T]> {
        self.look(|values| Box::from(values))
    }

    /// Clones into the values that are there, if they are this node's and as many.
    #[track_caller]
    fn clone_from(&mut self, source: &Box<[T]>) {
        if self.handle().is_private() && self.len_word() == source.len_word() {
            source.look(|source| self.clone_from_slice(source));
        } else {
            *self = source.clone();
        }
    }
}

impl Clone for Box<str> {
    #[track_caller]
    fn clone(&self) -> Box<str> {
        self.look(|values| Box::from(values))
    }
}
