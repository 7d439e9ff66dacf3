//! `Arc`s made from other values, and what is made from them.

use super::Arc;
use crate::boxed::Box;
use crate::string::String;
use crate::vec::Vec;
use drust_heap::{Pointee, Portable};
use drust_runtime::sharing::count::Counted;
use std::borrow::Cow;

/// Moves `len` values into a new object.
///
/// # Safety
/// `values` are `len` values that the caller gives up.
unsafe fn adopt<T: ?Sized + Pointee<Len = usize>>(values: *const T::Item, len: usize) -> Arc<T> {
    let handle = Counted::make::<T::Item>(len);
    // SAFETY: the slot has room for the values, and nobody else knows of it.
    unsafe { std::ptr::copy_nonoverlapping(values, handle.peek().cast(), len) };
    Arc::from_parts(handle, len)
}

impl<T: Portable> From<T> for Arc<T> {
    fn from(value: T) -> Arc<T> {
        Arc::new(value)
    }
}

impl<T: Portable> From<Box<T>> for Arc<T> {
    /// The box's value, which moves here first if it is remote.
    #[track_caller]
    fn from(boxed: Box<T>) -> Arc<T> {
        Arc::new(Box::into_inner(boxed))
    }
}

impl<T: Portable> From<Box<[T]>> for Arc<[T]> {
    #[track_caller]
    fn from(values: Box<[T]>) -> Arc<[T]> {
        Arc::from(values.into_vec())
    }
}

impl From<Box<str>> for Arc<str> {
    #[track_caller]
    fn from(text: Box<str>) -> Arc<str> {
        Arc::from(&*text)
    }
}

impl<T: Portable> From<Vec<T>> for Arc<[T]> {
    /// The vector's values, which move here first if they are remote.
    #[track_caller]
    fn from(mut values: Vec<T>) -> Arc<[T]> {
        let len = values.len();
        let first = values.as_mut_slice().as_ptr();
        // SAFETY: the vector forgets its values before they are owned again.
        unsafe {
            values.set_len(0);
            adopt(first, len)
        }
    }
}

impl<T: Portable> From<std::vec::Vec<T>> for Arc<[T]> {
    fn from(mut values: std::vec::Vec<T>) -> Arc<[T]> {
        let len = values.len();
        // SAFETY: as above.
        unsafe {
            values.set_len(0);
            adopt(values.as_ptr(), len)
        }
    }
}

impl<T: Portable, const N: usize> From<[T; N]> for Arc<[T]> {
    fn from(values: [T; N]) -> Arc<[T]> {
        let values = std::mem::ManuallyDrop::new(values);
        // SAFETY: the array is forgotten.
        unsafe { adopt(values.as_ptr(), N) }
    }
}

impl<T: Portable + Clone> From<&[T]> for Arc<[T]> {
    fn from(values: &[T]) -> Arc<[T]> {
        Arc::from(values.to_vec())
    }
}

impl<T: Portable + Clone> From<&mut [T]> for Arc<[T]> {
    fn from(values: &mut [T]) -> Arc<[T]> {
        Arc::from(&*values)
    }
}

impl<T: Portable + Clone> From<Cow<'_, [T]>> for Arc<[T]> {
    fn from(values: Cow<'_, [T]>) -> Arc<[T]> {
        Arc::from(values.into_owned())
    }
}

impl From<&str> for Arc<str> {
    fn from(text: &str) -> Arc<str> {
        // SAFETY: bytes are copied, and UTF-8 as they were.
        unsafe { adopt(text.as_ptr(), text.len()) }
    }
}

impl From<&mut str> for Arc<str> {
    fn from(text: &mut str) -> Arc<str> {
        Arc::from(&*text)
    }
}

impl From<std::string::String> for Arc<str> {
    fn from(text: std::string::String) -> Arc<str> {
        Arc::from(&*text)
    }
}

impl From<String> for Arc<str> {
    #[track_caller]
    fn from(text: String) -> Arc<str> {
        Arc::from(&*text)
    }
}

impl From<Cow<'_, str>> for Arc<str> {
    fn from(text: Cow<'_, str>) -> Arc<str> {
        Arc::from(&*text)
    }
}

impl From<Arc<str>> for Arc<[u8]> {
    /// The text's bytes, where they are.
    fn from(text: Arc<str>) -> Arc<[u8]> {
        let (handle, len) = text.into_parts();
        Arc::from_parts(handle, len)
    }
}

impl<T: Portable, const N: usize> TryFrom<Arc<[T]>> for Arc<[T; N]> {
    type Error = Arc<[T]>;

    /// The same values as an array, if there are `N`; the slice is given back if not. Sends nothing.
    fn try_from(values: Arc<[T]>) -> Result<Arc<[T; N]>, Arc<[T]>> {
        if values.len != N {
            return Err(values);
        }
        let (handle, _) = values.into_parts();
        Ok(Arc::from_parts(handle, ()))
    }
}

impl<T: Portable> FromIterator<T> for Arc<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Arc<[T]> {
        Arc::from(values.into_iter().collect::<std::vec::Vec<T>>())
    }
}

impl<T: Portable + Default> Default for Arc<T> {
    fn default() -> Arc<T> {
        Arc::new(T::default())
    }
}

impl<T: Portable> Default for Arc<[T]> {
    fn default() -> Arc<[T]> {
        Arc::from([])
    }
}

impl Default for Arc<str> {
    fn default() -> Arc<str> {
        Arc::from("")
    }
}
